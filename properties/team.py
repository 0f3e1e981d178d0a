"""Team pages: the counts of each member, those of the team, and who may map it."""

from models.hardware.x86_64 import Spte
from models.kvm.second_stage import mapped_as, reaches_fresh, reaches_page
from models.mm.page import NR, Pmd, Pte
from models.mm.team_tasks import team_reclaim
from properties.refcount import huge_mappings, mappings
from thpverify.lang import at, invariant, reachable


@invariant(code="REF")
def team_refcount_equation(s) -> bool:
    """A member has a reference per PTE, the page cache's or the team's that keeps a hole, and those of running tasks.

    The head has one more per huge PMD. remap_team_by_ptes() takes a tail's reference after its entry is set.
    """
    return all(
        s.member[i].refcount + s.member[i].owed
        == mappings(s, i)
        + (huge_mappings(s) if i == 0 else 0)
        + (1 if s.member[i].cached else 0)
        + (1 if s.member[i].hole else 0)
        + s.member[i].held
        for i in range(len(s.member))
    )


@invariant(code="MAP")
def team_mapcount_equation(s) -> bool:
    """While no page table lock is held, a member counts its PTEs, the head the huge PMDs too."""
    return any(m.ptl for m in s.mm) or all(
        s.member[i].mapcount == mappings(s, i) + (huge_mappings(s) if i == 0 else 0) for i in range(len(s.member))
    )


@invariant(code="MAP")
def team_usage_equation(s) -> bool:
    """While no page table lock is held, team_usage counts huge PMDs, mapped members and members in the page cache.

    It is reset when the team is disbanded.
    """
    return (
        any(m.ptl for m in s.mm)
        or s.usage.instantiated == 0
        or (
            s.usage.pmd_mapped == huge_mappings(s)
            and s.usage.pte_mapped == sum(member.mapcount > 0 for member in s.member)
            and s.usage.instantiated == sum(1 for member in s.member if member.cached)
        )
    )


@invariant(code=("DATA", "FWM"))
def only_a_complete_team_is_mapped_by_pmd(s) -> bool:
    """What a huge PMD maps is a team, and every page of it is in the page cache: no hole is exposed."""
    return huge_mappings(s) == 0 or (s.member[0].team and all(member.cached for member in s.member))


@invariant(code="FWM")
def no_freed_member_is_mapped(s) -> bool:
    """A freed member is in no page table, in no entry of the second stage, in no TLB, and not in the page cache."""
    return all(
        s.member[i].refcount > 0
        or not (
            s.member[i].cached
            or any(m.pmd == Pmd.HUGE or m.pte[i] == Pte.PAGE for m in s.mm)
            or mapped_as(s, i) in (Spte.PAGE, Spte.HUGE)
            or reaches_page(s, i)
        )
        for i in range(len(s.member))
    )


@invariant(code="SEC")
def secondary_has_team_primary(s) -> bool:
    """While no invalidation is open, second stage and TLB translate a guest frame only to what the process maps there.

    Open is also the time from try_to_unmap_one()'s clearing of an entry to its call of invalidate_page().
    """
    due = at(team_reclaim[0], "pte cleared", "_mapcount", "PageTeam", "dec_team_pte_mapped", "pte unlock", "put_page")
    return (
        s.kvm.mmu_notifier_count > 0
        or due
        or all(
            (s.mm[0].pmd == Pmd.HUGE or s.mm[0].pte[i] == Pte.PAGE or not reaches_page(s, i))
            and (s.mm[0].pte[i] == Pte.FRESH or not reaches_fresh(s, i))
            for i in range(NR)
        )
    )


@reachable
def team_is_mapped_by_pmd(s) -> bool:
    """A process maps the team by PMD."""
    return huge_mappings(s) > 0


@reachable
def team_is_disbanded(s) -> bool:
    """The head is no PageTeam any more."""
    return not s.member[0].team


@reachable
def member_is_freed(s) -> bool:
    """A page of the team is freed."""
    return any(member.refcount == 0 for member in s.member)


TEAM = [
    team_refcount_equation,
    team_mapcount_equation,
    team_usage_equation,
    only_a_complete_team_is_mapped_by_pmd,
    no_freed_member_is_mapped,
]
"""The pages of the team and the page tables of the processes."""
