"""A fault that does not look at i_size again once its page is in the cache, where truncation has passed already."""

from models.mm.shmem_policy import ALWAYS, LOOKED_AT_AGAIN, POLICY, PolicyFile, any_size, get_page, truncate
from models.patches import V4_8
from properties.shmem_policy import nothing_small_is_beyond_the_end
from thpverify.lang import scenario, violates

scenario(
    "mutant-shmem-size-not-looked-at-again",
    state=PolicyFile,
    threads=[get_page(), truncate(size=1)],
    properties=[nothing_small_is_beyond_the_end],
    initial=any_size,
    constants={POLICY: ALWAYS, LOOKED_AT_AGAIN: 0},
    era=V4_8,
    expect=violates("nothing_small_is_beyond_the_end"),
    deadlock_free=False,
)
