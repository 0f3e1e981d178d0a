"""collapse-file-lost-dirty-writers: opening a file for writing drops what was written before (2dfe9f5c91d0, v7.1.4).

One process, call by call, as the commit tells it. With opens that run beside the collapse data is still lost, see
docs/findings.md and `mm-file-collapse-open`.
"""

from models.mm.collapse_file import Disk, flush, write_collapse_write
from models.patches import COLLAPSE_WRITES_DIRTY, V6_1
from properties.file_cache import no_dirty_folio_is_dropped, the_file_has_a_huge_page
from thpverify.lang import known_bug, scenario, violates

known_bug(
    "collapse-file-lost-dirty-writers",
    fix=COLLAPSE_WRITES_DIRTY,
    introduced="v5.4",
    invariants=["LOST"],
    breaks="A file gets a huge page while it has dirty folios; the next open for writing drops all of its cache.",
)

WRITE = {"state": Disk, "threads": [write_collapse_write(), flush()], "era": V6_1}
scenario(
    "collapse-file-lost-dirty-writers",
    properties=[no_dirty_folio_is_dropped],
    expect=violates("no_dirty_folio_is_dropped"),
    **WRITE,
)
scenario(
    "collapse-file-lost-dirty-writers",
    properties=[no_dirty_folio_is_dropped, the_file_has_a_huge_page],
    patches=[COLLAPSE_WRITES_DIRTY],
    **WRITE,
)
