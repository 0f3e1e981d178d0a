"""arch/x86/kvm/mmu/mmu.c, v5.13 to v7.1: shadow paging, one shadow page and the reverse map.

The guest maps a 2M window of two pages, and KVM shadows it by one page of SPTEs. With `DIRECT` the guest's entry is a
huge one, so that SPTE i stands for frame `gfn + i` and the shadow page does not note which frame it maps; otherwise it
is a table, and the frame is noted for each SPTE. Guest page tables that user space of the host writes are not tracked.
Sections under mmu_lock are one step each, and the lock is left out. Dirty, accessed and write protection are left out.
"""

from models.patches import MMIO_DROPS_SPTE, SHADOW_GFN_CHECK
from thpverify.lang import Array, Bool, Constant, Ghost, Int, Ref, atomic, choose, record, thread

DIRECT = Constant("ROLE_DIRECT", 1)
NR = 2
GFNS = 2 * NR
MMIO = 2  # what the guest maps when it is not one of the two windows of memory


@record
class Spte:
    gfn: Ref[GFNS] = None  # present, and maps this frame
    mmio: Bool = False
    noted: Ref[GFNS] = None  # sp->shadowed_translation


@record
class ShadowPage:
    linked: Bool = False  # the parent's SPTE leads here; otherwise the page is free
    gfn: Int[0, GFNS] = 0
    spte: Array[NR, Spte]


@record
class State:
    guest: Int[0, MMIO] = 0  # the window of frames that the guest's entries map
    sp: ShadowPage
    rmap: Array[GFNS, Array[NR, Bool]]  # the frame's reverse map has this SPTE
    freed: Array[GFNS, Bool]  # the process has given the frame's page back
    tlb: Array[NR, Array[GFNS, Ghost[Bool]]]


def fill(s: State) -> None:
    """after_step: what the SPTEs map may be cached."""
    for i in range(NR):
        for g in range(GFNS):
            if s.sp.linked and s.sp.spte[i].gfn == g:
                s.tlb[i][g] = True


def flush(s: State) -> None:
    """kvm_flush_remote_tlbs()."""
    for i in range(NR):
        for g in range(GFNS):
            s.tlb[i][g] = False


@thread
def rewrite(s: State):
    """User space of the host writes to the guest's page table, which no vCPU sees."""
    while True:
        w = choose(w for w in ((0, 1) if DIRECT == 1 else (0, MMIO)) if w != s.guest)
        s.guest = w
        yield "guest entry written"


@thread
def page_fault(s: State):
    """FNAME(page_fault) and FNAME(fetch): the guest's entry is read, then the shadow page is looked up and filled."""
    while True:
        i = choose(range(NR))
        window = s.guest
        yield "walk_addr"
        atomic("mmu_lock would be taken and dropped in this step")
        gfn = None if window == MMIO else window * NR + i
        if gfn is None or not s.freed[gfn]:
            base = 0 if window == MMIO else window * NR
            if s.sp.linked and SHADOW_GFN_CHECK.applied and DIRECT == 1 and s.sp.gfn != base:
                zap_page(s)
            if not s.sp.linked:
                s.sp.linked = True
                s.sp.gfn = base
            mmu_set_spte(s, i, gfn)
        yield "mmu_set_spte"


def mmu_set_spte(s: State, i: int, gfn) -> None:
    """mmu_set_spte(): MMIO is looked at first, and only then what is there already."""
    spte = s.sp.spte[i]
    if gfn is None:
        if MMIO_DROPS_SPTE.applied and spte.gfn is not None:
            drop_spte(s, i)
            flush(s)
        spte.gfn = None
        spte.noted = None
        spte.mmio = True
        return
    if spte.gfn is not None and spte.gfn != gfn:
        drop_spte(s, i)
        flush(s)
    spte.mmio = False
    spte.gfn = gfn
    spte.noted = None if DIRECT == 1 else gfn
    s.rmap[gfn][i] = True


def drop_spte(s: State, i: int) -> None:
    """drop_spte(): rmap_remove() looks in the reverse map of the frame that the shadow page says SPTE i is for."""
    spte = s.sp.spte[i]
    gfn = s.sp.gfn + i if DIRECT == 1 else spte.noted
    s.rmap[gfn][i] = False
    spte.gfn = None
    spte.noted = None


def zap_page(s: State) -> None:
    """kvm_mmu_prepare_zap_page(), the flush, and kvm_mmu_commit_zap_page(): the shadow page is freed."""
    for i in range(NR):
        if s.sp.spte[i].gfn is not None:
            drop_spte(s, i)
        s.sp.spte[i].mmio = False
    s.sp.linked = False
    s.sp.gfn = 0
    flush(s)


@thread
def delete_memslot(s: State):
    """kvm_mmu_zap_all_fast(): all shadow pages go."""
    while True:
        while not s.sp.linked:
            yield
        atomic("mmu_lock is taken and dropped in this step")
        zap_page(s)
        yield "kvm_zap_obsolete_pages"


@thread
def unmap(s: State):
    """The process discards the page of a frame, and touches it again: kvm_unmap_gfn_range() goes by the reverse map."""
    while True:
        g = choose(range(GFNS))
        atomic("mmu_lock is taken and dropped in this step")
        for i in range(NR):
            if s.rmap[g][i]:
                s.sp.spte[i].gfn = None
                s.sp.spte[i].noted = None
                s.rmap[g][i] = False
                flush(s)
        s.freed[g] = True
        yield "kvm_unmap_gfn_range, page freed"
        s.freed[g] = False
        yield "faulted in again"
