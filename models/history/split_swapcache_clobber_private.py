"""split-swapcache-clobber-private: a split clears the swap entry of a tail in the swap cache (71e2d666ef85, v6.1)."""

from models.mm.tail_page import SWAP, SplitPage, reclaim_swap_slot, split_tail, whole
from models.patches import KEEP_PRIVATE, V6_0
from properties.tail_page import reference_is_put_where_it_was_taken, split_tail_leaves_the_cache
from thpverify.lang import known_bug, scenario, violates

known_bug(
    "split-swapcache-clobber-private",
    fix=KEEP_PRIVATE,
    introduced="v5.19",
    cve="CVE-2022-50517",
    invariants=["BUG", "DATA", "LIVE"],
    breaks="A page in the swap cache no longer says in which slot it is, which can then not be freed.",
)

SWAPPED = {
    "state": SplitPage,
    "threads": [split_tail(), reclaim_swap_slot()],
    "initial": whole,
    "constants": {SWAP: 1},
    "era": V6_0,
}
PROPERTIES = [reference_is_put_where_it_was_taken, split_tail_leaves_the_cache]

scenario("split-swapcache-clobber-private", properties=PROPERTIES, expect=violates("assertion"), **SWAPPED)
scenario("split-swapcache-clobber-private", properties=PROPERTIES, patches=[KEEP_PRIVATE], **SWAPPED)
