"""split-tail-mapping-after-unfreeze: truncation finds a tail that has no index yet (173d9d9fd3dd, v4.20)."""

from models.mm.tail_page import SplitPage, page_idle_get_page, shmem_undo_range, split_tail, whole
from models.patches import TAIL_MAPPING_FIRST, V4_19
from properties.tail_page import (
    found_page_has_its_flags,
    reference_is_put_where_it_was_taken,
    split_tail_is_found,
    split_tail_leaves_the_cache,
)
from thpverify.lang import known_bug, scenario, violates

known_bug(
    "split-tail-mapping-after-unfreeze",
    fix=TAIL_MAPPING_FIRST,
    introduced="v4.8",
    invariants=["BUG", "ORDER"],
    breaks="A page can be found in the cache and held before it says at which index of which file it is.",
)

UNFREEZE = {
    "state": SplitPage,
    "threads": [split_tail(), shmem_undo_range(), page_idle_get_page()],
    "initial": whole,
    "era": V4_19,
    "deadlock_free": False,
}
PROPERTIES = [
    reference_is_put_where_it_was_taken,
    found_page_has_its_flags,
    split_tail_is_found,
    split_tail_leaves_the_cache,
]

scenario("split-tail-mapping-after-unfreeze", properties=PROPERTIES, expect=violates("assertion"), **UNFREEZE)
scenario("split-tail-mapping-after-unfreeze", properties=PROPERTIES, patches=[TAIL_MAPPING_FIRST], **UNFREEZE)
