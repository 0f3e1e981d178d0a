"""filemap-contig-thp: a sibling entry is taken for a folio (c225c4f6056b, v6.12, CVE-2024-49873).

memfd_pin_folios() starts within a huge page; the walk reaches the next slot before its batch is full.
"""

from models.mm.multi_index import PER_SLOT, Node, get_folios_contig, large_node, truncate_folio
from models.patches import CONTIG_SIBLING, V6_11
from properties.file_cache import a_sibling_is_met
from thpverify.lang import known_bug, scenario, violates

known_bug(
    "filemap-contig-thp",
    fix=CONTIG_SIBLING,
    introduced="v6.11",
    cve="CVE-2024-49873",
    invariants=["BUG"],
    breaks="A walk that begins in the middle of a huge page comes to a sibling entry and uses it as a pointer.",
)

PIN = {
    "state": Node,
    "threads": [get_folios_contig(first=PER_SLOT - 1), truncate_folio()],
    "initial": large_node,
    "era": V6_11,
}
scenario("filemap-contig-thp", expect=violates("assertion"), **PIN)
scenario("filemap-contig-thp", properties=[a_sibling_is_met], patches=[CONTIG_SIBLING], **PIN)
scenario("filemap-contig-thp-aligned", **{**PIN, "threads": [get_folios_contig(first=0), truncate_folio()]})
scenario(
    "filemap-contig-thp-sibling-first", **{**PIN, "threads": [get_folios_contig(first=PER_SLOT), truncate_folio()]}
)
