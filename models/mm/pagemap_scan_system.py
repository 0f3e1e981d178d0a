"""PAGEMAP_SCAN of a huge page, v6.7: its dirty bit is not lost (a PTE's was: models/history/pagemap_wp_lost_ad.py)."""

from models.hardware.stores import drain
from models.hardware.translation import fill
from models.hardware.x86_mmu import interrupt
from models.mm.pagemap_scan import Scanned, mapped_huge, pagemap_scan_pmd, store
from models.patches import V6_8
from properties.tlb import page_is_protected_and_dirty, stored_page_is_dirty
from thpverify.lang import scenario

scenario(
    "mm-pagemap-scan-pmd",
    state=Scanned,
    threads=[pagemap_scan_pmd(), store(), interrupt(c=1), drain(c=1)],
    properties=[stored_page_is_dirty, page_is_protected_and_dirty],
    initial=mapped_huge,
    after_step=[fill],
    era=V6_8,
    deadlock_free=False,
)
