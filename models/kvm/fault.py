"""arch/x86/kvm/mmu.c of v4.5 to v6.12: the fault of a vCPU on a guest frame that EPT does not map."""

from models.hardware.x86_64 import Spte, flush_tlb, set_entry
from models.kvm.mmu import (
    LEVEL_BEFORE_LOCK,
    LEVEL_BEFORE_SEQ,
    LEVEL_CHECKED_AGAIN,
    MUTANT,
    NO_COUNT_TEST,
    READ_AT_ONCE,
    RETRY_WITHOUT_PUT,
    SEQ_AFTER_GUP,
    VIOLATION_APART,
    WRITE_TRACKING,
)
from models.kvm.notifier import is_invalidated
from models.kvm.write_track import permit, write_traps
from models.mm.gup import get_user_page_fast, put_frame
from models.mm.page import ANON, NR, Pmd, Pte, begin, finish
from models.patches import COMPOUND_MAP, HOST_WALK, PAGECACHE_MAP, TDP_PARALLEL
from thpverify.lang import atomic, choose, thread


@thread
def tdp_page_fault(s, v: int, first: int, last: int):
    """tdp_page_fault(), direct_page_fault() since v5.6, of vCPU v on the guest frames first to last.

    Left out: MMIO, dirty logging, the software TLB of async page faults; the memory slot is aligned and covers the
    whole window, so that transparent_hugepage_adjust() decides about the level, and what is write-tracked.
    """
    vcpu = s.kvm.vcpu[v]
    while True:
        atomic("the guest accesses what its TLB does not translate; then the sequence is read")
        gfn = choose(g for g in range(first, last + 1) if faults(s, g))
        huge = False
        if VIOLATION_APART == 1:
            yield "EPT violation"
        if MUTANT == LEVEL_BEFORE_SEQ:
            huge = yield from mapping_level(s, gfn, Pte.PAGE)
            yield "level chosen"
        if MUTANT != SEQ_AFTER_GUP:
            vcpu.stale = False
        begin(s)
        yield "mmu_notifier_seq read"
        frame = yield from get_user_page_fast(s, 0, gfn)
        if frame == Pte.NONE:
            finish(s)
            yield "back to the guest"
            continue
        if MUTANT == SEQ_AFTER_GUP:
            vcpu.stale = False
            yield "mmu_notifier_seq read"
        if MUTANT == LEVEL_BEFORE_LOCK:
            huge = yield from mapping_level(s, gfn, frame)
            yield "level chosen"
        yield from lock_for_fault(s)
        retry = vcpu.stale or (is_invalidated(s, gfn) and MUTANT != NO_COUNT_TEST)
        yield "mmu_lock, mmu_notifier_retry"
        if not retry:
            if MUTANT != LEVEL_BEFORE_LOCK and MUTANT != LEVEL_BEFORE_SEQ:
                huge = yield from mapping_level(s, gfn, frame)
            atomic("mmu_lock covers the sptes; besides them one counter of the page or one entry is read")
            set_spte(s, gfn, frame, huge and frame == Pte.PAGE)
        if TDP_PARALLEL.applied:
            s.kvm.readers -= 1
        else:
            s.kvm.mmu_lock = False
        yield "spte set unless retried, mmu_unlock"
        if not retry or MUTANT != RETRY_WITHOUT_PUT:
            atomic("compound_head() and put_page() of a page that this task holds, whose flags stay")
            put_frame(s, gfn, frame)
        finish(s)
        yield "kvm_release_pfn_clean"


def lock_for_fault(s):
    """spin_lock(), or read_lock() since a2855afc7ee8: then faults run in parallel, and an SPTE is set by cmpxchg."""
    while s.kvm.mmu_lock or (not TDP_PARALLEL.applied and s.kvm.readers > 0):
        yield
    atomic("the retry check reads what changes under mmu_lock, held for writing")
    if TDP_PARALLEL.applied:
        s.kvm.readers += 1
    else:
        s.kvm.mmu_lock = True


def faults(s, gfn: int) -> bool:
    """Whether the guest's access to a frame leads here: EPT does not map it, or does not let it be written."""
    return s.ept.spte[gfn] == Spte.NONE or (WRITE_TRACKING == 1 and write_traps(s, gfn))


def mapping_level(s, gfn: int, frame: Pte):
    """transparent_hugepage_adjust(): whether a 2M mapping will do. The caller's step goes on from the last read."""
    if frame != Pte.PAGE:
        return False
    if WRITE_TRACKING == 1:
        disallowed = s.track.disallow_lpage > 0
        if MUTANT == LEVEL_BEFORE_LOCK:
            yield "disallow_lpage"
        if disallowed:
            return False
    if HOST_WALK.applied:
        return s.mm[0].pmd == Pmd.HUGE
    return (yield from compound_level(s, gfn))


def compound_level(s, gfn: int):
    """PageTransCompound(), or PageTransCompoundMap() as it was (127393fbe597) and as it became (169226f7e0d2)."""
    compound = s.page.compound if gfn == 0 else s.page.tail[gfn]
    if not compound or not COMPOUND_MAP.applied:
        return compound
    yield "PageTransCompound"
    if PAGECACHE_MAP.applied and ANON == 0:
        mapcount = s.page.mapcount[gfn]
        if READ_AT_ONCE == 0:
            yield "_mapcount read"
        return mapcount == s.page.compound_mapcount
    return s.page.mapcount[gfn] == 0


def set_spte(s, gfn: int, frame: Pte, huge: bool) -> None:
    """__direct_map(): a 2M entry takes the place of the 4K entries of its range, and the other way round, flushed."""
    if huge and LEVEL_CHECKED_AGAIN == 1 and s.track.disallow_lpage > 0:
        return
    if huge:
        for i in range(NR):
            set_entry(s, i, Spte.HUGE)
        flush_tlb(s)
    else:
        if s.ept.spte[gfn] == Spte.HUGE:
            for i in range(NR):
                s.ept.spte[i] = Spte.NONE
            flush_tlb(s)
        set_entry(s, gfn, Spte.FRESH if frame == Pte.FRESH else Spte.PAGE)
    if WRITE_TRACKING == 1:
        permit(s, gfn, huge)
