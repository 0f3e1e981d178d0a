"""The second stage of translation on x86-64: EPT entries of one 2M window, and what the vCPUs' TLBs may hold of them.

The TLBs of all vCPUs are one may-set: it holds every translation that some CPU may have cached since the last flush.
Hardware may fill an entry at any time while it is walkable and may drop any entry at any time, so an access can use any
translation of the set; no fill or evict steps are needed. What becomes walkable is added by the step that makes it so,
and a flush leaves what is still walkable.
"""

from enum import Enum

from models.mm.page import NR
from thpverify.lang import Array, Bool, record


class Spte(Enum):
    NONE = 0
    PAGE = 1  # 4K: the subpage of the huge page
    FRESH = 2  # 4K: the small page in its place
    HUGE = 3  # 2M: the huge page


@record
class Ept:
    spte: Array[NR, Spte] = Spte.NONE
    tlb_page: Array[NR, Bool] = False  # the TLB may translate the gfn to the subpage
    tlb_fresh: Array[NR, Bool] = False  # ... to the small page


def set_entry(s, i: int, entry: Spte) -> None:
    """Write one EPT entry; from now on it may be cached."""
    s.ept.spte[i] = entry
    if entry in (Spte.PAGE, Spte.HUGE):
        s.ept.tlb_page[i] = True
    if entry == Spte.FRESH:
        s.ept.tlb_fresh[i] = True


def flush_tlb(s) -> None:
    """kvm_flush_remote_tlbs(): every vCPU drops what it has cached, before the caller goes on."""
    for i in range(NR):
        s.ept.tlb_page[i] = s.ept.spte[i] in (Spte.PAGE, Spte.HUGE)
        s.ept.tlb_fresh[i] = s.ept.spte[i] == Spte.FRESH
