"""KVM on team pages, on ARM64: arch/arm/kvm/mmu.c of v4.6 with huge tmpfs, as the series left it and with its x86 test.

Patch 17 of huge tmpfs gave the test to x86 only: ARM64 kept transparent_hugepage_adjust() with PageTransCompound().
"""

from models.hardware.arm64_stage2 import Stage2, leaf
from models.hardware.x86_64 import Spte
from models.kvm.arm64.stage2 import stage2_set_pmd_huge, stage2_set_pte
from models.kvm.mmu import Kvm
from models.kvm.team import mapping_level
from models.mm.page import MMS, NR, AddressSpace, Fresh, Pte, begin, finish
from models.mm.team import Member, TeamUsage
from models.mm.team_tasks import get_user_team_page, put_team_page
from thpverify.lang import Array, Ghost, Int, Lock, atomic, choose, record, thread


@record
class TeamArm64Machine:
    """As models/mm/team.py's TeamMachine, with stage-2 tables."""

    member: Array[NR, Member]
    usage: TeamUsage
    tree_lock: Lock
    fresh: Array[NR, Fresh]
    mm: Array[MMS, AddressSpace]
    stage2: Stage2
    kvm: Kvm
    busy: Ghost[Int[0, 7]] = 0


@thread
def team_abort(s: TeamArm64Machine, v: int, first: int, last: int):
    """user_mem_abort() of vCPU v, which writes, as models/kvm/arm64/fault.py has it, on a team. Nothing is logged."""
    vcpu = s.kvm.vcpu[v]
    while True:
        atomic("the guest accesses what a walk does not let it; then the sequence is read")
        gfn = choose(g for g in range(first, last + 1) if leaf(s.stage2, g) == Spte.NONE)
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
            if huge:
                yield from stage2_set_pmd_huge(s, True)
            else:
                yield from stage2_set_pte(s, gfn, Spte.FRESH if frame == Pte.FRESH else Spte.PAGE, True, False)
        s.kvm.mmu_lock = False
        yield "mapped unless retried, mmu_unlock"
        put_team_page(s, gfn, frame)
        finish(s)
        yield "kvm_release_pfn_clean"
