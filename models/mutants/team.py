"""Mistakes that the properties of team pages have to find; each thread ends where its mistake shows."""

from models.kvm.mmu import KVM
from models.kvm.team import team_page_fault
from models.mm.page import MMS, NR, Pmd, Pte
from models.mm.team import TeamMachine
from models.mm.team_set_up import mapped_team, whole_team
from models.mm.team_tasks import team_fault
from models.patches import HUGE_TMPFS
from properties.team import (
    no_freed_member_is_mapped,
    secondary_has_team_primary,
    team_mapcount_equation,
    team_refcount_equation,
    team_usage_equation,
)
from thpverify.lang import atomic, scenario, thread, violates


@thread
def split_team_pmd_badly(s, a: int, referenced: bool):
    """remap_team_by_ptes() that forgets the tails' references, or has them and forgets their mapcounts."""
    m = s.mm[a]
    while m.ptl or m.pmd != Pmd.HUGE:
        yield
    atomic("ptl is taken and dropped in this step")
    m.pmd = Pmd.TABLE
    for i in range(NR):
        m.pte[i] = Pte.PAGE
        if i > 0 and referenced:
            s.member[i].refcount += 1
    s.usage.pmd_mapped -= 1
    yield "pmd_populate"


@thread
def map_team_uncounted(s, a: int):
    """map_team_by_pmd() that counts in _mapcount only and not in team_usage."""
    m = s.mm[a]
    while m.ptl or m.pmd != Pmd.NONE:
        yield
    atomic("ptl is taken and dropped in this step")
    m.pmd = Pmd.HUGE
    s.member[0].refcount += 1
    s.member[0].mapcount += 1
    yield "set_pmd_at"


@thread
def free_member(s):
    """A member is put too often."""
    s.member[1].refcount -= 1
    yield "put_page"


@thread
def zap_team_untold(s, a: int):
    """zap_huge_pmd() without a notifier."""
    m = s.mm[a]
    while m.ptl or m.pmd != Pmd.HUGE:
        yield
    m.pmd = Pmd.NONE
    yield "pmd cleared"


ALONE = {"state": TeamMachine, "constants": {KVM: 0, MMS: 1, NR: 2}, "era": HUGE_TMPFS, "deadlock_free": False}

scenario(
    "mutant-team-split-without-references",
    threads=[split_team_pmd_badly(a=0, referenced=False)],
    properties=[team_refcount_equation],
    initial=mapped_team,
    expect=violates("team_refcount_equation"),
    **ALONE,
)
scenario(
    "mutant-team-split-without-rmap",
    threads=[split_team_pmd_badly(a=0, referenced=True)],
    properties=[team_mapcount_equation],
    initial=mapped_team,
    expect=violates("team_mapcount_equation"),
    **ALONE,
)
scenario(
    "mutant-team-mapped-uncounted",
    threads=[map_team_uncounted(a=0)],
    properties=[team_usage_equation],
    initial=whole_team,
    expect=violates("team_usage_equation"),
    **ALONE,
)
scenario(
    "mutant-team-freed",
    threads=[team_fault(a=0, refault=False), free_member()],
    properties=[no_freed_member_is_mapped],
    initial=whole_team,
    expect=violates("no_freed_member_is_mapped"),
    **ALONE,
)
scenario(
    "mutant-team-zap-untold",
    threads=[zap_team_untold(a=0), team_page_fault(v=0, first=0, last=NR - 1)],
    properties=[secondary_has_team_primary],
    initial=mapped_team,
    expect=violates("secondary_has_team_primary"),
    **{**ALONE, "constants": {MMS: 1, NR: 2}},
)
