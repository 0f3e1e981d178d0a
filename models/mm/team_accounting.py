"""The equations of team pages on the work that models/mm/accounting.py gives to compound pages, without KVM."""

from models.kvm.mmu import KVM
from models.mm.page import MMS, NR
from models.mm.team import TeamMachine
from models.mm.team_set_up import any_team, whole_team
from models.mm.team_tasks import team_fault, team_madvise_dontneed, team_munmap, team_punch_hole, team_reclaim
from models.patches import DISBAND_UNMAPS, HUGE_TMPFS
from properties.team import TEAM, member_is_freed, team_is_disbanded, team_is_mapped_by_pmd
from thpverify.lang import scenario, violates

SMALL = {"state": TeamMachine, "era": HUGE_TMPFS, "constants": {KVM: 0, MMS: 2, NR: 2}, "deadlock_free": False}
FAULTS = [team_fault(a=0, refault=False), team_fault(a=1, refault=False)]

scenario(
    "mm-team-map",
    threads=[*FAULTS, team_madvise_dontneed(a=0), team_munmap(a=1)],
    properties=[*TEAM, team_is_mapped_by_pmd],
    initial=any_team,
    **SMALL,
)
scenario(
    "mm-team-punch-hole",
    threads=[*FAULTS, team_madvise_dontneed(a=0), team_punch_hole(first=1, last=1)],
    properties=[*TEAM, team_is_mapped_by_pmd, team_is_disbanded, member_is_freed],
    initial=any_team,
    **SMALL,
)
scenario(
    "mm-team-punch-hole",
    threads=[*FAULTS, team_madvise_dontneed(a=0), team_punch_hole(first=1, last=1)],
    properties=TEAM,
    initial=whole_team,
    without=[DISBAND_UNMAPS],
    expect=violates("only_a_complete_team_is_mapped_by_pmd"),
    **SMALL,
)
scenario(
    "mm-team-same-process",
    threads=[team_fault(a=0, refault=True), team_fault(a=0, refault=True), team_punch_hole(first=1, last=1)],
    properties=[*TEAM, team_is_mapped_by_pmd, team_is_disbanded, member_is_freed],
    initial=any_team,
    **{**SMALL, "constants": {KVM: 0, MMS: 1, NR: 2}},
)
scenario(
    "mm-team-reclaim-and-punch-hole",
    threads=[team_fault(a=0, refault=False), team_reclaim(), team_punch_hole(first=1, last=1)],
    properties=[*TEAM, team_is_mapped_by_pmd, team_is_disbanded, member_is_freed],
    initial=any_team,
    **{**SMALL, "constants": {KVM: 0, MMS: 1, NR: 2}},
)
scenario(
    "mm-team-reclaim",
    threads=[*FAULTS, team_munmap(a=1), team_reclaim()],
    properties=[*TEAM, team_is_mapped_by_pmd, team_is_disbanded, member_is_freed],
    initial=any_team,
    **SMALL,
)
