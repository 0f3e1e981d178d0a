"""Team pages with 4 subpages, for minutes."""

from models.kvm.mmu import KVM
from models.kvm.team import team_page_fault
from models.mm.page import MMS, NR
from models.mm.team import TeamMachine
from models.mm.team_set_up import any_team, mapped_team
from models.mm.team_tasks import team_fault, team_madvise_dontneed, team_punch_hole
from models.patches import HUGE_TMPFS
from properties.mapping_level import kvm_maps_2m, kvm_maps_4k, secondary_level_not_above_primary
from properties.secondary_mmu import primary_is_never_replaced_under_secondary
from properties.team import TEAM, member_is_freed, secondary_has_team_primary, team_is_disbanded, team_is_mapped_by_pmd
from thpverify.lang import scenario

scenario(
    "deep-mm-team-punch-hole",
    state=TeamMachine,
    threads=[
        team_fault(a=0, refault=False),
        team_fault(a=1, refault=False),
        team_madvise_dontneed(a=0),
        team_punch_hole(first=1, last=1),
    ],
    properties=[*TEAM, team_is_mapped_by_pmd, team_is_disbanded, member_is_freed],
    initial=any_team,
    constants={KVM: 0, MMS: 2, NR: 3},
    era=HUGE_TMPFS,
    deadlock_free=False,
)
scenario(
    "deep-kvm-team-punch-hole",
    state=TeamMachine,
    threads=[
        team_madvise_dontneed(a=0),
        team_fault(a=0, refault=True),
        team_punch_hole(first=1, last=1),
        team_page_fault(v=0, first=0, last=NR - 1),
    ],
    properties=[
        secondary_level_not_above_primary,
        secondary_has_team_primary,
        primary_is_never_replaced_under_secondary,
        *TEAM,
        kvm_maps_2m,
        kvm_maps_4k,
        team_is_disbanded,
    ],
    initial=mapped_team,
    constants={MMS: 1, NR: 4},
    era=HUGE_TMPFS,
    deadlock_free=False,
)
