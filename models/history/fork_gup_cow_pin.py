"""fork-gup-cow-pin: copy-on-write broken the wrong way round after a fork (CVE-2020-29374).

17839856fd58 (v5.8) let get_user_pages() break it at once; v5.9 took that back and counted references, after which a pin
could be left with the old page; 6c287605fd56 (v5.19) knows which pages are exclusive.
"""

from models.mm.cow import Forked, forked, pin_longterm, vmsplice_and_unmap, write
from models.patches import ANON_EXCLUSIVE, FORCE_COW_BREAK, V5_7, V5_18, V5_19
from properties.cow import (
    child_sees_nothing_written_after_the_fork,
    child_takes_a_page_along,
    parent_writes_while_both_hold,
    pinned_page_is_the_mapped_one,
)
from thpverify.lang import known_bug, scenario, violates

known_bug(
    "fork-gup-cow-pin",
    fix=[FORCE_COW_BREAK, ANON_EXCLUSIVE],
    introduced="v2.6",
    cve="CVE-2020-29374",
    invariants=["COW", "DATA"],
    breaks="A child reads what its parent has written after the fork, or a device what the process no longer maps.",
)

FORK = {"state": Forked, "initial": forked}
SPLICE = {**FORK, "threads": [write(a=0, copy=1), vmsplice_and_unmap(a=1, copy=2)]}
BOTH = {**FORK, "threads": [*SPLICE["threads"], pin_longterm(a=0, copy=3)]}
SECRET = [child_sees_nothing_written_after_the_fork, child_takes_a_page_along]
ALL = [*SECRET, pinned_page_is_the_mapped_one, parent_writes_while_both_hold]
SEEN, STALE = violates("child_sees_nothing_written_after_the_fork"), violates("pinned_page_is_the_mapped_one")

scenario("fork-gup-cow-pin", properties=SECRET, era=V5_7, expect=SEEN, **SPLICE)
scenario("fork-gup-cow-pin", properties=SECRET, era=V5_7, patches=[FORCE_COW_BREAK], **SPLICE)
scenario("fork-gup-cow-pin-stale", properties=ALL, era=V5_7, patches=[FORCE_COW_BREAK], **BOTH)
scenario("fork-gup-cow-pin", properties=SECRET, era=V5_18, **SPLICE)
scenario("fork-gup-cow-pin-stale", properties=[pinned_page_is_the_mapped_one], era=V5_18, expect=STALE, **BOTH)
scenario("fork-gup-cow-pin", properties=SECRET, era=V5_19, **SPLICE)
scenario("fork-gup-cow-pin-stale", properties=ALL, era=V5_19, **BOTH)
