"""KVM never maps above its process's level: what each test of v4.5 to today is worth, for any number of vCPUs."""

from models.counting.level import (
    AT_FIRST,
    BARE,
    FILE_COUNTS_EQUAL,
    FILE_SUBPAGE_UNMAPPED,
    HOST_WALK,
    MMS,
    NR,
    SUBPAGE_UNMAPPED,
    TEST,
    UNREGISTERED,
    Guest,
    fault,
    other_fault,
    other_unmap,
    split,
    tdp_page_fault,
    zap,
)
from models.patches import V4_5, V4_8, V5_4, V5_6
from properties.counting_level import (
    bias_is_raised_once,
    found_page_is_mapped,
    huge_spte_has_a_huge_pmd,
    kvm_never_maps_2m,
    spte_has_a_mapping,
)
from thpverify.lang import HOLDS, counting, scenario, violates

PROPERTIES = [huge_spte_has_a_huge_pmd, spte_has_a_mapping, found_page_is_mapped]
TASKS = [tdp_page_fault(), zap(), split(), fault(), other_fault(b=0), other_unmap(b=0)]
INSTANCES = [
    ({NR: 2, MMS: 1}, [tdp_page_fault(), zap(), fault()]),
    ({NR: 2, MMS: 1}, [tdp_page_fault(), split(), fault()]),
    ({NR: 2, MMS: 1}, [tdp_page_fault(), tdp_page_fault(), zap(), fault()]),
    ({NR: 2, MMS: 1}, [tdp_page_fault(), split(), fault(), other_fault(b=0), other_unmap(b=0)]),
    ({NR: 3, MMS: 1}, [split(), fault(), other_fault(b=0), other_unmap(b=0)]),
    ({NR: 3, MMS: 2}, [other_fault(b=0), other_unmap(b=0), other_fault(b=1), other_unmap(b=1)]),
    ({NR: 4, MMS: 1}, [zap(), fault(), other_fault(b=0), other_unmap(b=0)]),
]

for name, test, era, properties, expect in (
    ("count-kvm-level", BARE, V4_5, [huge_spte_has_a_huge_pmd], violates("huge_spte_has_a_huge_pmd")),
    ("count-kvm-level", SUBPAGE_UNMAPPED, V4_8, [*PROPERTIES, bias_is_raised_once], HOLDS),
    ("count-kvm-level-file", FILE_SUBPAGE_UNMAPPED, V4_8, [*PROPERTIES, kvm_never_maps_2m], HOLDS),
    ("count-kvm-level", HOST_WALK, V5_6, PROPERTIES, HOLDS),
    ("mutant-count-kvm-unregistered", UNREGISTERED, V5_6, [spte_has_a_mapping], violates("spte_has_a_mapping")),
):
    counting(
        scenario(
            name,
            state=Guest,
            threads=TASKS,
            properties=properties,
            constants={NR: 2, MMS: 1, TEST: test, AT_FIRST: int(test == FILE_SUBPAGE_UNMAPPED)},
            era=era,
            expect=expect,
            deadlock_free=False,
        ),
        size=NR,
        crowd=MMS,
        lock="ptl",
        instances=INSTANCES,
    )

for name, test, at_first, era, broken in (
    ("count-kvm-level-file", FILE_COUNTS_EQUAL, 1, V5_4, huge_spte_has_a_huge_pmd),
    ("mutant-count-kvm-level-of-anonymous-page", SUBPAGE_UNMAPPED, 0, V4_8, kvm_never_maps_2m),
):
    # A number that a task remembers is not counted: these are searched only.
    scenario(
        name,
        state=Guest,
        threads=TASKS,
        properties=[broken],
        constants={NR: 2, MMS: 1, TEST: test, AT_FIRST: at_first},
        era=era,
        expect=violates(broken.name),
        deadlock_free=False,
    )
