"""KVM on team pages: patch 17 of huge tmpfs, and the tests that one would rather have written (April 2016)."""

from models.hardware.x86_64 import Spte
from models.kvm.fault import set_spte
from models.mm.page import Pmd, Pte, begin, finish
from models.mm.team_tasks import get_user_team_page, put_team_page
from thpverify.lang import Constant, atomic, choose, thread

LEVEL_TEST = Constant("TEAM_LEVEL_TEST", 0)
IS_HUGE_TMPFS = 0  # patch 17: the flags, team_usage, then a walk of the process's page table
TRANS_COMPOUND = 1  # the test for compound pages, as in v4.5
PAGE_TEAM = 2  # the same with the other flag
NO_WALK = 3  # patch 17 without the walk
HOST_WALK = 4  # the walk alone, as for compound pages since v5.6


@thread
def team_page_fault(s, v: int, first: int, last: int):
    """tdp_page_fault() of vCPU v, as models/kvm/fault.py has it, on a team."""
    vcpu = s.kvm.vcpu[v]
    while True:
        atomic("the guest accesses what its TLB does not translate; then the sequence is read")
        gfn = choose(g for g in range(first, last + 1) if s.ept.spte[g] == Spte.NONE)
        vcpu.stale = False
        begin(s)
        yield "mmu_notifier_seq read"
        frame = yield from get_user_team_page(s, 0, gfn)
        if frame == Pte.NONE:
            finish(s)
            yield "back to the guest"
            continue
        while s.kvm.mmu_lock:
            yield
        s.kvm.mmu_lock = True
        retry = vcpu.stale or s.kvm.mmu_notifier_count > 0
        yield "mmu_lock, mmu_notifier_retry"
        if not retry:
            huge = yield from mapping_level(s, gfn, frame)
            atomic("mmu_lock covers the sptes")
            set_spte(s, gfn, frame, huge)
        s.kvm.mmu_lock = False
        yield "spte set unless retried, mmu_unlock"
        put_team_page(s, gfn, frame)
        finish(s)
        yield "kvm_release_pfn_clean"


def mapping_level(s, gfn: int, frame: Pte):
    """is_transparent_hugepage(): whether a 2M mapping will do; address and page->index agree in these scenarios."""
    if frame != Pte.PAGE or LEVEL_TEST == TRANS_COMPOUND:
        return False
    if LEVEL_TEST == HOST_WALK:
        huge = s.mm[0].pmd == Pmd.HUGE
        yield "pmd read"
        return huge
    if not s.member[gfn].team:
        yield "not PageTeam"
        return False
    yield "PageTeam"
    if LEVEL_TEST == PAGE_TEAM:
        return True
    if not s.member[0].team:
        yield "not PageTeam(head)"
        return False
    yield "PageTeam(head)"
    if s.usage.pmd_mapped == 0:
        yield "not team_pmd_mapped"
        return False
    yield "team_pmd_mapped"
    if LEVEL_TEST == NO_WALK:
        return True
    huge = s.mm[0].pmd == Pmd.HUGE
    yield "pmd read"
    return huge
