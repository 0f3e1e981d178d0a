"""zap-batch-lost-flush: who finds a PTE already cleared does not wait for the flush that is still due (99baac21e458).

Of the entry's two commits this is the one for madvise(); 3ea277194daa does the same where reclaim defers the flush.
"""

from models.hardware.machine import PAGES
from models.hardware.translation import fill
from models.hardware.x86_mmu import interrupt
from models.mm.shootdown import OLD, Process, madvise_dontneed, mapped
from models.patches import FLUSH_NESTED, V4_13
from properties.tlb import freed_page_is_not_translated, page_is_freed, zapped_address_is_not_translated
from thpverify.lang import HOLDS, known_bug, scenario, violates

known_bug(
    "zap-batch-lost-flush",
    fix=FLUSH_NESTED,
    introduced="v2.6.12",
    invariants=["TLB", "DATA"],
    breaks="A second madvise() of a range returns while CPUs still translate it: the first has not flushed yet.",
)

for patches, properties, expect in (
    ([], [], violates("zapped_address_is_not_translated")),
    ([FLUSH_NESTED], [freed_page_is_not_translated, page_is_freed], HOLDS),
):
    scenario(
        "zap-batch-lost-flush",
        state=Process,
        threads=[madvise_dontneed(c=0, page=OLD), madvise_dontneed(c=1, page=OLD), interrupt(c=0), interrupt(c=1)],
        properties=[zapped_address_is_not_translated, *properties],
        initial=mapped,
        after_step=[fill],
        constants={PAGES: 1},
        era=V4_13,
        patches=patches,
        expect=expect,
        deadlock_free=False,
    )
