"""mremap-vs-truncate: truncation passes by a huge PMD that is on its way, twice (closed by 22061a1ffabd, v5.13).

That commit is about zap_huge_pmd(), which clears a PMD before it lowers the mapcount. mremap() clears one PMD before it
sets the other, and a walk that looks at each without its lock sees neither. docs/findings.md, section 15.
"""

from models.mm.move import Moving, fill, mapped_by_pmd
from models.mm.move_walks import truncate
from models.mm.mremap import mremap
from models.patches import UNMAP_PAGE_LOCKS, V5_12
from properties.mremap import page_is_freed_after_a_move
from thpverify.lang import HOLDS, known_bug, scenario, violates

known_bug(
    "mremap-vs-truncate",
    fix=UNMAP_PAGE_LOCKS,
    introduced="v4.8",
    invariants=["BUG", "MAP"],
    breaks="VM_BUG_ON_PAGE(page_mapped(page)): a huge page that is mapped leaves the page cache.",
)

for patches, properties, expect in (
    ([], [], violates("assertion")),
    ([UNMAP_PAGE_LOCKS], [page_is_freed_after_a_move], HOLDS),
):
    scenario(
        "mremap-vs-truncate",
        state=Moving,
        threads=[mremap(aligned=True), truncate()],
        properties=properties,
        initial=mapped_by_pmd,
        after_step=[fill],
        era=V5_12,
        patches=patches,
        expect=expect,
        deadlock_free=False,
    )
