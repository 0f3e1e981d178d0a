"""A virtual machine on team pages, on ARM64: with the test that the kernel had, with that for x86, with the walk."""

from models.hardware.arm64_stage2 import fill
from models.hardware.machine import ARM64
from models.kvm.arm64.team import TeamArm64Machine, team_abort
from models.kvm.team import HOST_WALK, IS_HUGE_TMPFS, LEVEL_TEST, NO_WALK, PAGE_TEAM, TRANS_COMPOUND
from models.mm.page import MMS, NR
from models.mm.team_set_up import mapped_team
from models.mm.team_tasks import team_fault, team_madvise_dontneed, team_munmap, team_punch_hole
from models.patches import HUGE_TMPFS
from properties.mapping_level import kvm_maps_2m, kvm_maps_4k, secondary_level_not_above_primary
from properties.secondary_mmu import primary_is_never_replaced_under_secondary
from properties.stage2 import no_conflicting_translations
from properties.team import TEAM, secondary_has_team_primary
from thpverify.lang import HOLDS, scenario, violates

LEVEL = "secondary_level_not_above_primary"
SAFE = [
    secondary_level_not_above_primary,
    secondary_has_team_primary,
    primary_is_never_replaced_under_secondary,
    no_conflicting_translations,
    *TEAM,
]
BOTH = [kvm_maps_2m, kvm_maps_4k]
GUEST = team_abort(v=0, first=0, last=NR - 1)
PUNCHED = [team_madvise_dontneed(a=0), team_fault(a=0, refault=True), team_punch_hole(first=1, last=1), GUEST]
SHARED = [team_madvise_dontneed(a=0), team_fault(a=1, refault=False), team_munmap(a=1), GUEST]

for what, variant, test, properties, expect in (
    ("punch-hole", "PageTransCompound", TRANS_COMPOUND, [*SAFE, kvm_maps_2m], violates("kvm_maps_2m")),
    ("punch-hole", "PageTeam", PAGE_TEAM, SAFE, violates(LEVEL)),
    ("shared", "no walk", NO_WALK, SAFE, violates(LEVEL)),
    ("punch-hole", "huge-tmpfs", IS_HUGE_TMPFS, [*SAFE, *BOTH], HOLDS),
    ("shared", "huge-tmpfs", IS_HUGE_TMPFS, [*SAFE, *BOTH], HOLDS),
    ("punch-hole", "host walk only", HOST_WALK, [*SAFE, *BOTH], HOLDS),
    ("shared", "host walk only", HOST_WALK, [*SAFE, *BOTH], HOLDS),
):
    scenario(
        f"kvm-team-{what}-arm64",
        state=TeamArm64Machine,
        threads=PUNCHED if what == "punch-hole" else SHARED,
        properties=properties,
        initial=mapped_team,
        after_step=[fill],
        constants={ARM64: 1, MMS: 1 if what == "punch-hole" else 2, NR: 2, LEVEL_TEST: test},
        era=HUGE_TMPFS,
        variant=variant,
        expect=expect,
        deadlock_free=False,
    )
