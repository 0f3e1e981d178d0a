"""split-tail-flags-before-freeze: a tail has references before it is a page of its own (605ca5ede764, v4.17).

The commit fears for flags that are written over; here the reference that was taken on the tail is put on the head.
"""

from models.mm.tail_page import SplitPage, page_idle_get_page, split_tail, whole
from models.patches import TAIL_REF_LAST, V4_16
from properties.tail_page import found_page_has_its_flags, reference_is_put_where_it_was_taken, split_tail_is_found
from thpverify.lang import known_bug, scenario, violates

known_bug(
    "split-tail-flags-before-freeze",
    fix=TAIL_REF_LAST,
    introduced="v4.5",
    invariants=["ORDER"],
    breaks="A tail can be got while its flags and its head are not settled: what is got there is put elsewhere.",
)

FLAGS = {
    "state": SplitPage,
    "threads": [split_tail(), page_idle_get_page()],
    "initial": whole,
    "era": V4_16,
    "deadlock_free": False,
}
ORDER = [reference_is_put_where_it_was_taken, found_page_has_its_flags, split_tail_is_found]

scenario("split-tail-flags-before-freeze", properties=ORDER, expect=violates("found_page_has_its_flags"), **FLAGS)
scenario(
    "split-tail-flags-before-freeze-put",
    properties=[reference_is_put_where_it_was_taken],
    expect=violates("reference_is_put_where_it_was_taken"),
    **FLAGS,
)
scenario("split-tail-flags-before-freeze", properties=ORDER, patches=[TAIL_REF_LAST], **FLAGS)
