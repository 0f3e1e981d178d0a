"""Refcount and mapcount of an anonymous huge page, for any number of processes, tasks and subpages: `thpverify prove`.

The mutants are the same with a mistake, which makes the search find a counterexample and the proof fail.
"""

from models.counting.anon import (
    fork,
    free_small_pages,
    get_user_pages_fast,
    map_new_page,
    split_huge_page,
    split_huge_pmd,
    unmap,
)
from models.counting.anon_page import (
    BIAS_KEPT,
    BIAS_UNSET,
    DUP_WITHOUT_GET,
    FREEZE_UNCHECKED,
    MMS,
    MUTANT,
    NR,
    SPLIT_ADDS_ALL,
    AnonMemory,
)
from models.patches import V5_4
from properties.counting_anon import (
    anon_mapcount_adds_up,
    anon_refcount_adds_up,
    freed_anon_page_is_unmapped,
    frozen_anon_page_is_unmapped,
)
from thpverify.lang import counting, scenario, violates

TASKS = [
    map_new_page(a=0),
    fork(a=0, b=1),
    split_huge_pmd(a=0),
    unmap(a=0),
    get_user_pages_fast(a=0),
    split_huge_page(),
    free_small_pages(),
]
INSTANCES = [
    ({NR: 2, MMS: 2}, [map_new_page(a=0), fork(a=0, b=1), split_huge_pmd(a=0), split_huge_pmd(a=1)]),
    ({NR: 2, MMS: 2}, [map_new_page(a=0), fork(a=0, b=1), split_huge_pmd(a=0), unmap(a=1)]),
    ({NR: 2, MMS: 1}, [map_new_page(a=0), get_user_pages_fast(a=0), unmap(a=0), split_huge_pmd(a=0)]),
    ({NR: 3, MMS: 1}, [map_new_page(a=0), unmap(a=0), split_huge_pmd(a=0), split_huge_page(), free_small_pages()]),
    ({NR: 3, MMS: 2}, [map_new_page(a=0), fork(a=0, b=1), split_huge_pmd(a=0)]),
    ({NR: 4, MMS: 1}, [map_new_page(a=0), unmap(a=0), split_huge_pmd(a=0)]),
    ({NR: 4, MMS: 1}, [map_new_page(a=0), unmap(a=0), split_huge_page(), free_small_pages()]),
]

ANON = scenario(
    "count-anon-thp",
    state=AnonMemory,
    threads=TASKS,
    properties=[
        anon_refcount_adds_up,
        anon_mapcount_adds_up,
        frozen_anon_page_is_unmapped,
        freed_anon_page_is_unmapped,
    ],
    constants={NR: 2, MMS: 2},
    era=V5_4,
    deadlock_free=False,
)
counting(ANON, size=NR, crowd=MMS, lock="ptl", instances=INSTANCES)

for name, mutant, broken in (
    ("split-adds-all", SPLIT_ADDS_ALL, anon_refcount_adds_up),
    ("dup-without-get", DUP_WITHOUT_GET, freed_anon_page_is_unmapped),
    ("bias-unset", BIAS_UNSET, anon_mapcount_adds_up),
    ("freeze-unchecked", FREEZE_UNCHECKED, frozen_anon_page_is_unmapped),
):
    counting(
        scenario(
            f"mutant-count-anon-{name}",
            state=AnonMemory,
            threads=TASKS,
            properties=[broken],
            constants={NR: 2, MMS: 2, MUTANT: mutant},
            era=V5_4,
            deadlock_free=False,
            expect=violates(broken.name),
        ),
        size=NR,
        crowd=MMS,
        lock="ptl",
        instances=INSTANCES,
    )

LAST_PMD = {
    "state": AnonMemory,
    "threads": [map_new_page(a=0), fork(a=0, b=1), split_huge_pmd(a=0), unmap(a=1)],
    "properties": [anon_mapcount_adds_up],
    "era": V5_4,
    "deadlock_free": False,
}
scenario("count-anon-last-pmd", constants={NR: 2, MMS: 2}, **LAST_PMD)
scenario(
    "mutant-count-anon-bias-kept",
    constants={NR: 2, MMS: 2, MUTANT: BIAS_KEPT},
    expect=violates("anon_mapcount_adds_up"),
    **LAST_PMD,
)
