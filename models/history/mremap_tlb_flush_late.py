"""mremap-tlb-flush-late: the page can go before the old address is flushed (eb66ae030829, CVE-2018-18281)."""

from models.hardware.machine import PAGES
from models.hardware.translation import fill
from models.hardware.x86_mmu import interrupt
from models.mm import move
from models.mm.move_walks import shrink_page
from models.mm.mremap import mremap
from models.mm.shootdown import NEW, Process, madvise_dontneed, mapped, move_ptes
from models.patches import MREMAP_FLUSH, V4_18
from properties.mremap import freed_page_is_translated_nowhere, page_is_freed_after_a_move
from properties.tlb import freed_page_is_not_translated, page_is_freed, page_is_moved
from thpverify.lang import HOLDS, known_bug, scenario, violates

known_bug(
    "mremap-tlb-flush-late",
    fix=MREMAP_FLUSH,
    introduced="v2.6.12",
    cve="CVE-2018-18281",
    invariants=["TLB", "FWM"],
    breaks="mremap() flushes the old address after it has let the page table lock go; by then the page may be free.",
)

for patches, properties, expect in (
    ([], [], violates("freed_page_is_not_translated")),
    ([MREMAP_FLUSH], [page_is_freed, page_is_moved], HOLDS),
):
    scenario(
        "mremap-tlb-flush-late",
        state=Process,
        threads=[move_ptes(c=0), madvise_dontneed(c=1, page=NEW), interrupt(c=0), interrupt(c=1)],
        properties=[freed_page_is_not_translated, *properties],
        initial=mapped,
        after_step=[fill],
        constants={PAGES: 2},
        era=V4_18,
        patches=patches,
        expect=expect,
        deadlock_free=False,
    )

for patches, properties, expect in (
    ([], [], violates("freed_page_is_translated_nowhere")),
    ([MREMAP_FLUSH], [page_is_freed_after_a_move], HOLDS),
):
    scenario(
        "mremap-tlb-flush-late-pmd",
        state=move.Moving,
        threads=[mremap(aligned=True), shrink_page()],
        properties=[freed_page_is_translated_nowhere, *properties],
        initial=move.mapped_by_pmd,
        after_step=[move.fill],
        era=V4_18,
        patches=patches,
        expect=expect,
        deadlock_free=False,
    )
