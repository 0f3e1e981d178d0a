"""rmap-batch-out-of-table: entries beyond the end of a page table are read (ddd05742b45b, v6.16, CVE-2025-38447)."""

from models.mm.rmap_batch import LazyFree, across_tables, store, try_to_unmap_one
from models.patches import BATCH_IN_TABLE, V6_15
from properties.rmap_batch import lazyfree_folio_is_discarded, written_folio_is_restored
from thpverify.lang import known_bug, scenario, violates

known_bug(
    "rmap-batch-out-of-table",
    fix=BATCH_IN_TABLE,
    introduced="v6.15",
    cve="CVE-2025-38447",
    invariants=["BUG"],
    breaks="A folio that two page tables share is looked for behind the end of the first.",
)

ACROSS = {
    "state": LazyFree,
    "threads": [try_to_unmap_one(), store()],
    "initial": across_tables,
    "era": V6_15,
    "deadlock_free": False,
}
REACHED = [lazyfree_folio_is_discarded, written_folio_is_restored]

scenario("rmap-batch-out-of-table", properties=REACHED, expect=violates("index"), **ACROSS)
scenario("rmap-batch-out-of-table", properties=REACHED, patches=[BATCH_IN_TABLE], **ACROSS)
