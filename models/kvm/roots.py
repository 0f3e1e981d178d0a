"""The TDP MMU's roots (v5.13 to v6.12): an invalid root is still in use until its vCPU has loaded another one.

A model of its own, reduced to what this is about: the process maps each of 2 addresses or not, each by a page of its
own; the page is freed when it is unmapped. A vCPU translates through the root that it has loaded. Every section under
mmu_lock is one step, so the lock itself is never seen to be held and is left out.
"""

from enum import Enum

from thpverify.lang import Array, Bool, Constant, Int, atomic, choose, record, thread

FRAMES = Constant("NR_FRAMES", 2)
VCPUS = Constant("NR_ROOT_VCPUS", 2)
SKIP_INVALID = Constant("ZAP_SKIPS_INVALID_ROOTS", 0)


class Life(Enum):
    UNUSED = 0
    VALID = 1
    INVALID = 2


@record
class Root:
    """A tree of EPT entries; `spte[g]` says that guest frame g is mapped to the process's page."""

    life: Life = Life.UNUSED
    spte: Array[FRAMES, Bool] = False


@record
class Vcpu:
    root: Int[0, 1] = 0
    stale: Bool = False
    tlb: Array[FRAMES, Bool] = False  # a may-set of what was walkable through the loaded root since the last flush


@record
class State:
    present: Array[FRAMES, Bool] = True  # the process maps the address
    freed: Array[FRAMES, Bool] = False
    invalidates: Int[0, 1] = 0
    root: Array[2, Root]
    vcpu: Array[VCPUS, Vcpu]


def one_root(s: State) -> None:
    """All vCPUs run on root 0."""
    s.root[0].life = Life.VALID


def fill_tlb(s: State) -> None:
    """Whatever can be walked through the loaded root now may be cached now."""
    for vcpu in s.vcpu:
        for g in range(FRAMES):
            if s.root[vcpu.root].spte[g]:
                vcpu.tlb[g] = True


def flush_tlb(s: State) -> None:
    """kvm_flush_remote_tlbs()."""
    for vcpu in s.vcpu:
        for g in range(FRAMES):
            vcpu.tlb[g] = False


@thread
def run(s: State, v: int):
    """vcpu_run(): a fault, direct_page_fault(); or, at any exit after its root became invalid, kvm_mmu_reload()."""
    vcpu = s.vcpu[v]
    while True:
        g = choose(f for f in range(-1, FRAMES) if may_exit(s, vcpu.root, f))
        if g < 0:
            atomic("mmu_lock is free: it would be taken and dropped in this step")
            vcpu.root = 1 - vcpu.root
            for f in range(FRAMES):
                vcpu.tlb[f] = False
            yield "kvm_mmu_load"
            continue
        yield "EPT violation"
        vcpu.stale = False
        yield "mmu_invalidate_seq read"
        if not s.present[g]:
            yield "kvm_faultin_pfn: no page"
            continue
        yield "kvm_faultin_pfn"
        atomic("mmu_lock would be taken and dropped in this step; it covers roots, count and sequence")
        if not vcpu.stale and s.invalidates == 0 and s.root[vcpu.root].life == Life.VALID:
            s.root[vcpu.root].spte[g] = True
        yield "is_page_fault_stale, kvm_tdp_mmu_map"


def may_exit(s: State, root: int, f: int) -> bool:
    """Why the vCPU leaves the guest: to load another root (-1), or since frame f is not mapped in its root."""
    return s.root[root].life == Life.INVALID if f < 0 else not s.root[root].spte[f]


@thread
def zap_all_fast(s: State):
    """kvm_mmu_zap_all_fast() when a memory slot goes: the valid root becomes invalid at once and is zapped later."""
    while True:
        old = choose(r for r in range(2) if s.root[r].life == Life.VALID and s.root[1 - r].life == Life.UNUSED)
        atomic("mmu_lock would be taken and dropped in this step")
        s.root[old].life = Life.INVALID
        s.root[1 - old].life = Life.VALID
        yield "kvm_tdp_mmu_invalidate_all_roots"
        while any(vcpu.root == old for vcpu in s.vcpu):
            yield
        atomic("mmu_lock would be taken and dropped in this step; the last vCPU has put the root")
        for g in range(FRAMES):
            s.root[old].spte[g] = False
        flush_tlb(s)
        s.root[old].life = Life.UNUSED
        yield "kvm_tdp_mmu_zap_invalidated_roots"


@thread
def unmap(s: State):
    """The process unmaps an address: the notifier zaps every root, also the invalid ones; then the page is freed."""
    while True:
        g = choose(f for f in range(FRAMES) if s.present[f])
        atomic("mmu_lock would be taken and dropped in this step")
        s.invalidates += 1
        for root in s.root:
            if root.life == Life.VALID or SKIP_INVALID == 0:
                root.spte[g] = False
        flush_tlb(s)
        yield "invalidate_range_start, kvm_tdp_mmu_unmap_gfn_range"
        s.present[g] = False
        yield "pte cleared"
        s.freed[g] = True
        yield "page freed"
        atomic("mmu_lock would be taken and dropped in this step")
        for vcpu in s.vcpu:
            vcpu.stale = True
        s.invalidates -= 1
        yield "invalidate_range_end"


@thread
def fault_in(s: State):
    """The process touches an address again and gets a page."""
    while True:
        atomic("the page is this task's own until it is mapped")
        g = choose(f for f in range(FRAMES) if not s.present[f] and s.freed[f])
        s.freed[g] = False
        s.present[g] = True
        yield "pte set"
