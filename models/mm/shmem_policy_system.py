"""A tmpfs file with huge pages that is truncated and shrunk, by policy (docs/models/shmem.md)."""

from models.mm.shmem_policy import (
    ALWAYS,
    LAST_PAGE_COUNTS,
    NEVER,
    NR,
    POLICY,
    WITHIN_SIZE,
    PolicyFile,
    any_size,
    get_page,
    shrink,
    truncate,
)
from models.patches import V4_8, V5_15
from properties.shmem_policy import (
    a_huge_page_is_split,
    a_huge_page_is_taken,
    nothing_small_is_beyond_the_end,
    the_shrinker_knows_of_what_is_beyond,
    within_size_is_within_size,
)
from thpverify.lang import HOLDS, scenario, violates

TASKS = [get_page(), get_page(), truncate(size=1), shrink()]
ENDS = [nothing_small_is_beyond_the_end]
LISTED = [the_shrinker_knows_of_what_is_beyond]
for name, policy, counts, era, properties, expect in (
    ("always", ALWAYS, 0, V4_8, [*ENDS, a_huge_page_is_taken, a_huge_page_is_split], HOLDS),
    ("within-size", WITHIN_SIZE, 0, V5_15, [*ENDS, within_size_is_within_size, a_huge_page_is_taken], HOLDS),
    ("never", NEVER, 0, V4_8, ENDS, HOLDS),
    ("shrinklist", ALWAYS, 0, V4_8, LISTED, violates("the_shrinker_knows_of_what_is_beyond")),
    ("shrinklist-last-page", ALWAYS, 1, V4_8, LISTED, HOLDS),
):
    scenario(
        f"mm-shmem-policy-{name}",
        state=PolicyFile,
        threads=TASKS,
        properties=properties,
        initial=any_size,
        constants={POLICY: policy, LAST_PAGE_COUNTS: counts, NR: 2},
        era=era,
        expect=expect,
        deadlock_free=False,
    )
