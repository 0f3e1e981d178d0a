"""Refcount and mapcount of a shmem huge page, for any number of processes, tasks and subpages: `thpverify prove`.

The mutants are the same with a mistake, which makes the search find a counterexample and the proof fail.
"""

from models.counting.page import (
    COLLAPSE_ONE,
    FREEZE_UNCHECKED,
    HEAD_WITHOUT_CACHE,
    MMS,
    MUTANT,
    NR,
    PTE_WITHOUT_PUT,
    PUT_EACH_SUBPAGE,
    SPLIT_MAPPED,
    SUBPAGE_UNCOUNTED,
    TAIL_WITHOUT_CACHE,
    TRUNCATE_ONE,
    Memory,
)
from models.counting.shmem import (
    allocate,
    free_small_pages,
    get_user_pages_fast,
    shmem_fault,
    split_huge_page,
    truncate,
    unmap,
)
from models.patches import V5_4
from properties.counting import (
    freed_page_is_unmapped,
    frozen_page_is_unmapped,
    mapcount_adds_up,
    refcount_adds_up,
    small_refcounts_add_up,
    split_page_is_unmapped,
)
from thpverify.lang import counting, scenario, violates

LIFE = [split_huge_page(), truncate(), free_small_pages(), allocate()]
TASKS = [shmem_fault(a=0), unmap(a=0), get_user_pages_fast(a=0), *LIFE]
INSTANCES = [
    ({NR: 2, MMS: 2}, [shmem_fault(a=0), unmap(a=0), shmem_fault(a=1)]),
    ({NR: 2, MMS: 1}, [shmem_fault(a=0), get_user_pages_fast(a=0), unmap(a=0), unmap(a=0)]),
    ({NR: 2, MMS: 1}, [shmem_fault(a=0), unmap(a=0), split_huge_page(), truncate()]),
    ({NR: 3, MMS: 1}, [shmem_fault(a=0), unmap(a=0), split_huge_page()]),
    ({NR: 3, MMS: 1}, LIFE),
    ({NR: 4, MMS: 1}, [shmem_fault(a=0), unmap(a=0)]),
    ({NR: 4, MMS: 1}, LIFE),
]

PROPERTIES = [
    refcount_adds_up,
    mapcount_adds_up,
    small_refcounts_add_up,
    frozen_page_is_unmapped,
    freed_page_is_unmapped,
    split_page_is_unmapped,
]

SHMEM = scenario(
    "count-shmem-thp",
    state=Memory,
    threads=TASKS,
    properties=PROPERTIES,
    constants={NR: 2, MMS: 1},
    era=V5_4,
    deadlock_free=False,
)
counting(SHMEM, size=NR, crowd=MMS, lock="ptl", instances=INSTANCES)

for name, mutant, broken in (
    ("head-without-cache", HEAD_WITHOUT_CACHE, small_refcounts_add_up),
    ("tail-without-cache", TAIL_WITHOUT_CACHE, small_refcounts_add_up),
    ("truncate-one", TRUNCATE_ONE, refcount_adds_up),
    ("pte-without-put", PTE_WITHOUT_PUT, refcount_adds_up),
    ("freeze-unchecked", FREEZE_UNCHECKED, frozen_page_is_unmapped),
    ("collapse-one", COLLAPSE_ONE, refcount_adds_up),
    ("put-each-subpage", PUT_EACH_SUBPAGE, refcount_adds_up),
    ("put-each-subpage-freed", PUT_EACH_SUBPAGE, freed_page_is_unmapped),
    ("subpage-uncounted", SUBPAGE_UNCOUNTED, mapcount_adds_up),
):
    counting(
        scenario(
            f"mutant-count-shmem-{name}",
            state=Memory,
            threads=TASKS,
            properties=[broken] if name.endswith("-freed") else PROPERTIES,
            constants={NR: 2, MMS: 1, MUTANT: mutant},
            era=V5_4,
            deadlock_free=False,
            expect=violates(broken.name),
        ),
        size=NR,
        crowd=MMS,
        lock="ptl",
        instances=INSTANCES,
    )

scenario(
    "mutant-count-shmem-split-mapped",
    state=Memory,
    threads=[shmem_fault(a=0), split_huge_page()],
    properties=[split_page_is_unmapped],
    constants={NR: 2, MMS: 1, MUTANT: SPLIT_MAPPED},
    era=V5_4,
    deadlock_free=False,
    expect=violates("split_page_is_unmapped"),
)
