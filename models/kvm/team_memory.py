"""A virtual machine on team pages: what KVM has to ask before it maps 2M."""

from models.kvm.mmu import VCPUS
from models.kvm.team import HOST_WALK, LEVEL_TEST, NO_WALK, PAGE_TEAM, TRANS_COMPOUND, team_page_fault
from models.mm.page import MMS, NR
from models.mm.team import TeamMachine
from models.mm.team_set_up import mapped_team
from models.mm.team_tasks import team_fault, team_madvise_dontneed, team_munmap, team_punch_hole, team_reclaim
from models.patches import HUGE_TMPFS
from properties.mapping_level import kvm_maps_2m, kvm_maps_4k, secondary_level_not_above_primary
from properties.secondary_mmu import primary_is_never_replaced_under_secondary
from properties.team import TEAM, member_is_freed, secondary_has_team_primary, team_is_disbanded
from thpverify.lang import scenario, violates

SAFE = [
    secondary_level_not_above_primary,
    secondary_has_team_primary,
    primary_is_never_replaced_under_secondary,
    *TEAM,
]
VM = {"state": TeamMachine, "era": HUGE_TMPFS, "initial": mapped_team, "deadlock_free": False}
GUEST = team_page_fault(v=0, first=0, last=NR - 1)
PUNCHED = [
    team_madvise_dontneed(a=0),
    team_fault(a=0, refault=True),
    team_punch_hole(first=1, last=1),
    GUEST,
]
SHARED = [team_madvise_dontneed(a=0), team_fault(a=1, refault=False), team_munmap(a=1), GUEST]
ONE, TWO = {MMS: 1, NR: 2}, {MMS: 2, NR: 2}

scenario(
    "kvm-team-punch-hole",
    threads=PUNCHED,
    properties=[*SAFE, kvm_maps_2m, kvm_maps_4k, team_is_disbanded, member_is_freed],
    constants=ONE,
    **VM,
)
scenario(
    "kvm-team-reclaim",
    threads=[team_fault(a=0, refault=False), team_reclaim(), GUEST, team_page_fault(v=1, first=0, last=NR - 1)],
    properties=[*SAFE, kvm_maps_2m, kvm_maps_4k, team_is_disbanded, member_is_freed],
    constants={**ONE, VCPUS: 2},
    **VM,
)
scenario("kvm-team-shared", threads=SHARED, properties=[*SAFE, kvm_maps_2m, kvm_maps_4k], constants=TWO, **VM)
scenario(
    "kvm-team-shared",
    threads=SHARED,
    properties=[*SAFE, kvm_maps_2m, kvm_maps_4k],
    constants={**TWO, LEVEL_TEST: HOST_WALK},
    variant="host walk only",
    **VM,
)
scenario(
    "kvm-team-punch-hole",
    threads=PUNCHED,
    properties=[*SAFE, kvm_maps_2m, kvm_maps_4k],
    constants={**ONE, LEVEL_TEST: HOST_WALK},
    variant="host walk only",
    **VM,
)
scenario(
    "kvm-team-punch-hole",
    threads=PUNCHED,
    properties=[*SAFE, kvm_maps_2m],
    constants={**ONE, LEVEL_TEST: TRANS_COMPOUND},
    variant="PageTransCompound",
    expect=violates("kvm_maps_2m"),
    **VM,
)
scenario(
    "kvm-team-punch-hole",
    threads=PUNCHED,
    properties=SAFE,
    constants={**ONE, LEVEL_TEST: PAGE_TEAM},
    variant="PageTeam",
    expect=violates("secondary_level_not_above_primary"),
    **VM,
)
scenario(
    "kvm-team-shared",
    threads=SHARED,
    properties=SAFE,
    constants={**TWO, LEVEL_TEST: NO_WALK},
    variant="no walk",
    expect=violates("secondary_level_not_above_primary"),
    **VM,
)
