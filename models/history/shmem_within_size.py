"""shmem-within-size: huge=within_size takes a huge page that reaches beyond the file (de6ee659684b, v5.15)."""

from models.mm.shmem_policy import POLICY, WITHIN_SIZE, PolicyFile, any_size, get_page, truncate
from models.patches import V5_14, WITHIN_NEXT_INDEX
from properties.shmem_policy import a_huge_page_is_taken, within_size_is_within_size
from thpverify.lang import HOLDS, known_bug, scenario, violates

known_bug(
    "shmem-within-size",
    fix=WITHIN_NEXT_INDEX,
    introduced="v4.8",
    invariants=["PERF"],
    breaks="The first index of an extent is rounded up to itself: a file that ends within the extent gets it whole.",
)

for patches, expect in (([], violates("within_size_is_within_size")), ([WITHIN_NEXT_INDEX], HOLDS)):
    scenario(
        "shmem-within-size",
        state=PolicyFile,
        threads=[get_page(), truncate(size=1)],
        properties=[within_size_is_within_size, a_huge_page_is_taken],
        initial=any_size,
        constants={POLICY: WITHIN_SIZE},
        era=V5_14,
        patches=patches,
        expect=expect,
        deadlock_free=False,
    )
