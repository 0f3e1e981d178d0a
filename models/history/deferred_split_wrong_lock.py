"""deferred-split-wrong-lock: a page is taken off a cgroup's list under the node's lock (f8f931bba0f9, v6.12)."""

from models.mm.deferred_split import (
    Memcg,
    both_queued,
    deferred_split_folio,
    deferred_split_scan,
    swap_out_and_free,
)
from models.patches import UNQUEUE_FIRST, V6_11
from properties.deferred_split import swapped_page_leaves_the_queue, unlocked_queue_is_a_list
from thpverify.lang import known_bug, scenario, violates

known_bug(
    "deferred-split-wrong-lock",
    fix=UNQUEUE_FIRST,
    introduced="v5.4",
    cve="CVE-2024-53079",
    invariants=["LOCK", "BUG"],
    breaks="Two tasks change one list with different locks, since the lock is chosen by a field that has changed.",
)

QUEUE = {
    "state": Memcg,
    "threads": [swap_out_and_free(), deferred_split_scan(), deferred_split_folio()],
    "initial": both_queued,
    "era": V6_11,
}
PROPERTIES = [unlocked_queue_is_a_list, swapped_page_leaves_the_queue]

scenario("deferred-split-wrong-lock", properties=PROPERTIES, expect=violates("unlocked_queue_is_a_list"), **QUEUE)
scenario("deferred-split-wrong-lock", properties=PROPERTIES, patches=[UNQUEUE_FIRST], **QUEUE)
