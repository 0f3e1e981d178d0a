"""rmap-lazyfree-restore-writable: all entries are put back as the first one was (29f40594a281, v7.0)."""

from models.mm.rmap_batch import FOLIO, PTES, LazyFree, child_exits, shared_by_half, store, try_to_unmap_one
from models.patches import BATCH_SAME_WRITE, V6_19
from properties.rmap_batch import (
    lazyfree_folio_is_discarded,
    shared_subpage_is_write_protected,
    written_folio_is_restored,
)
from thpverify.lang import known_bug, scenario, violates

known_bug(
    "rmap-lazyfree-restore-writable",
    fix=BATCH_SAME_WRITE,
    introduced="v6.15",
    cve="CVE-2026-31398",
    invariants=["COW"],
    breaks="A subpage that a child shares becomes writable for its parent, as its neighbour is.",
)

HALF = {
    "state": LazyFree,
    "threads": [try_to_unmap_one(), store(), child_exits()],
    "initial": shared_by_half,
    "constants": {PTES: 2, FOLIO: 2},
    "era": V6_19,
    "deadlock_free": False,
}
PROPERTIES = [shared_subpage_is_write_protected, lazyfree_folio_is_discarded, written_folio_is_restored]
WRITABLE = violates("shared_subpage_is_write_protected")

scenario("rmap-lazyfree-restore-writable", properties=PROPERTIES, expect=WRITABLE, **HALF)
scenario("rmap-lazyfree-restore-writable", properties=PROPERTIES, patches=[BATCH_SAME_WRITE], **HALF)
