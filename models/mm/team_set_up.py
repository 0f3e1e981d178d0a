"""How the scenarios of team pages start."""

from models.mm.page import NR, Pmd
from models.mm.team import TeamMachine
from thpverify.lang import choose


def add_members(s, cached: int) -> None:
    """The first `cached` pages of the team are in the page cache, the others are holes; nobody maps any."""
    s.usage.instantiated = cached
    for i in range(NR):
        there = i < cached
        s.member[i].cached = there
        s.member[i].hole = not there
        s.member[i].team = there or i == 0
        s.member[i].refcount = 1


def whole_team(s: TeamMachine) -> None:
    """The team is complete, and nobody maps it."""
    add_members(s, NR)


def any_team(s: TeamMachine) -> None:
    """Some pages of the team are in the page cache, at least one; nobody maps it."""
    add_members(s, choose(range(1, NR + 1)))


def mapped_team(s: TeamMachine) -> None:
    """The virtual machine's process maps the complete team by PMD."""
    add_members(s, NR)
    s.mm[0].pmd = Pmd.HUGE
    s.usage.pmd_mapped = 1
    s.usage.pte_mapped = 1
    s.member[0].mapcount = 1
    s.member[0].refcount = 2
