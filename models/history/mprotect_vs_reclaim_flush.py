"""mprotect-vs-reclaim-flush: mprotect() returns while CPUs may still write to the page (3ea277194daa, v4.13).

Reclaim has cleared the PTE and flushes later, with other pages; mprotect() finds nothing to change, nor to flush.
"""

from models.hardware.machine import PAGES
from models.hardware.translation import fill
from models.hardware.x86_mmu import interrupt
from models.mm.shootdown import Process, mapped, mprotect, shrink_page_list
from models.patches import FLUSH_BATCHED, V4_12
from properties.tlb import (
    address_is_protected,
    freed_page_is_not_translated,
    page_is_freed,
    protected_address_is_not_written,
)
from thpverify.lang import HOLDS, known_bug, scenario, violates

known_bug(
    "mprotect-vs-reclaim-flush",
    fix=FLUSH_BATCHED,
    introduced="v4.3",
    invariants=["TLB", "LOST"],
    breaks="mprotect(PROT_READ) returns, and a CPU that has the old translation goes on to write.",
)

for patches, properties, expect in (
    ([], [], violates("protected_address_is_not_written")),
    ([FLUSH_BATCHED], [freed_page_is_not_translated, page_is_freed, address_is_protected], HOLDS),
):
    scenario(
        "mprotect-vs-reclaim-flush",
        state=Process,
        threads=[mprotect(c=0), shrink_page_list(c=1), interrupt(c=0), interrupt(c=1)],
        properties=[protected_address_is_not_written, *properties],
        initial=mapped,
        after_step=[fill],
        constants={PAGES: 1},
        era=V4_12,
        patches=patches,
        expect=expect,
        deadlock_free=False,
    )
