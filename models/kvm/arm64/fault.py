"""arch/arm/kvm/mmu.c of v4.5 to v5.9, arch/arm64/kvm/mmu.c from v5.10: a vCPU's stage-2 abort."""

from models.hardware.arm64_stage2 import leaf, may_write
from models.hardware.x86_64 import Spte
from models.kvm.arm64.machine import Srcu, write_lock
from models.kvm.arm64.parallel import stage2_map, stage2_relax_perms
from models.kvm.arm64.pgtable import map_block, map_page, relax_perms
from models.kvm.arm64.stage2 import stage2_set_pmd_huge, stage2_set_pte
from models.kvm.fault import compound_level
from models.mm.gup import get_user_page_fast, put_frame
from models.mm.page import Pmd, Pte, begin, finish
from models.patches import ARM64_HOST_WALK, S2_PARALLEL, S2_PGTABLE, S2_READ_LOCK, S2_SPLIT_WRITE_LOCK
from thpverify.lang import atomic, choose, thread


@thread
def user_mem_abort(s, v: int, first: int, last: int, reads: bool):
    """kvm_handle_guest_abort() and user_mem_abort(), v4.5 to v6.12, of vCPU v on the guest frames first to last.

    The guest writes, or, with `reads`, writes or reads. A read fault maps writable where the process may write, unless
    dirty pages are logged. Left out: device memory, hugetlbfs, execute permissions and the cache maintenance for them;
    the slot is aligned like its memory and covers the whole window.
    """
    vcpu = s.kvm.vcpu[v]
    while True:
        atomic("the guest accesses what a walk does not let it; srcu_read_lock() reads nothing that others write")
        gfn, write = choose(
            (g, w) for g in range(first, last + 1) for w in ((False, True) if reads else (True,)) if aborts(s, g, w)
        )
        permission = leaf(s.stage2, gfn) != Spte.NONE
        granule_2m = leaf(s.stage2, gfn) == Spte.HUGE
        s.slot.reader[v] = Srcu.INSIDE
        logging = s.slot.logging
        yield "srcu_read_lock, memslot flags read"
        vcpu.stale = False
        begin(s)
        yield "mmu_notifier_seq read"
        frame = yield from get_user_page_fast(s, 0, gfn)
        if frame == Pte.NONE:
            finish(s)
            s.slot.reader[v] = Srcu.OUTSIDE
            yield "back to the guest"
            continue
        reader = S2_PARALLEL.applied or (
            S2_READ_LOCK.applied and logging and permission and (not S2_SPLIT_WRITE_LOCK.applied or not granule_2m)
        )
        if reader:
            while s.kvm.mmu_lock:
                yield
            s.kvm.readers += 1
        else:
            yield from write_lock(s)
        retry = vcpu.stale or s.kvm.mmu_notifier_count > 0
        yield "mmu_lock, mmu_notifier_retry"
        if not retry:
            huge = False
            if not logging:
                huge = yield from mapping_level(s, gfn, frame)
                yield "transparent_hugepage_adjust"
            if logging and write and not S2_PGTABLE.applied:
                s.slot.dirty[gfn] = True
                yield "mark_page_dirty"
            writable = write or not logging
            entry = Spte.FRESH if frame == Pte.FRESH else Spte.PAGE
            done = True
            if S2_PARALLEL.applied:
                if permission and huge == granule_2m:
                    done = yield from stage2_relax_perms(s, v, gfn)
                else:
                    done = yield from stage2_map(s, v, gfn, entry, huge, writable)
            elif not S2_PGTABLE.applied:
                if huge:
                    yield from stage2_set_pmd_huge(s, writable)
                else:
                    yield from stage2_set_pte(s, gfn, entry, writable, logging)
            elif permission and huge == granule_2m:
                yield from relax_perms(s, gfn)
            elif huge:
                yield from map_block(s, writable)
            else:
                yield from map_page(s, gfn, entry, writable)
            if S2_PGTABLE.applied:
                yield "mapped"
                if logging and write and done:
                    s.slot.dirty[gfn] = True
                    yield "mark_page_dirty_in_slot"
        if reader:
            s.kvm.readers -= 1
        else:
            s.kvm.mmu_lock = False
        yield "mmu_unlock"
        atomic("compound_head() and put_page() of a page that this task holds, whose flags stay")
        put_frame(s, gfn, frame)
        finish(s)
        yield "kvm_release_pfn_clean"
        s.slot.reader[v] = Srcu.OUTSIDE
        yield "srcu_read_unlock"


def aborts(s, gfn: int, write: bool) -> bool:
    """Whether an access of the guest faults at stage 2."""
    return leaf(s.stage2, gfn) == Spte.NONE or (write and not may_write(s.stage2, gfn))


def mapping_level(s, gfn: int, frame: Pte):
    """transparent_hugepage_adjust(): whether a block will do. The caller's step goes on from the last read.

    The counters until v5.14; then the process's own page table, get_user_mapping_size().
    """
    if frame != Pte.PAGE:
        return False
    if ARM64_HOST_WALK.applied:
        return s.mm[0].pmd == Pmd.HUGE
    return (yield from compound_level(s, gfn))
