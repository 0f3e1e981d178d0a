"""pagemap-wp-lost-ad: a dirty bit that hardware sets while PAGEMAP_SCAN write-protects is lost (c70dce4982ce)."""

from models.hardware.stores import drain
from models.hardware.translation import fill
from models.hardware.x86_mmu import interrupt
from models.mm.pagemap_scan import Scanned, mapped_clean, pagemap_scan, store
from models.patches import V6_8, WRITE_PROTECT_OLD
from properties.tlb import page_is_protected_and_dirty, stored_page_is_dirty
from thpverify.lang import HOLDS, known_bug, scenario, violates

known_bug(
    "pagemap-wp-lost-ad",
    fix=WRITE_PROTECT_OLD,
    introduced="v6.7",
    cve="CVE-2024-36943",
    invariants=["DIRTY", "LOST"],
    breaks="The write-protected PTE is made from an older read than the exchange's: a dirty bit in between is lost.",
)

for patches, properties, expect in (
    ([], [], violates("stored_page_is_dirty")),
    ([WRITE_PROTECT_OLD], [page_is_protected_and_dirty], HOLDS),
):
    scenario(
        "pagemap-wp-lost-ad",
        state=Scanned,
        threads=[pagemap_scan(), store(), interrupt(c=1), drain(c=1)],
        properties=[stored_page_is_dirty, *properties],
        initial=mapped_clean,
        after_step=[fill],
        era=V6_8,
        patches=patches,
        expect=expect,
        deadlock_free=False,
    )
