"""What a fork makes of a huge page that may be pinned (models/mm/fork_huge_pin.py), v5.8 to v5.18."""

from models.mm.fork_huge_pin import NR, Frame, Pmd, frame
from thpverify.lang import invariant, reachable


@invariant(code=("COW", "DATA", "REF"))
def pinned_subpage_is_the_mapped_one(s) -> bool:
    """What a device has is what the parent maps there, while the parent's page table lock is free."""
    return s.mm[0].ptl or all(s.pinned[i] == Frame.NONE or frame(s.mm[0], i) == s.pinned[i] for i in range(NR))


@invariant(code=("COW", "DATA"))
def shared_subpage_is_not_writable(s) -> bool:
    """While the locks are free, who may write to a subpage of the huge page is the only one to map it."""
    return any(m.ptl for m in s.mm) or all(
        frame(s.mm[1], i) != Frame.PAGE
        or frame(s.mm[0], i) != Frame.PAGE
        or not (s.mm[0].pte[i].writable or s.mm[0].writable)
        for i in range(NR)
    )


@invariant(code="REF")
def references_are_those_of_mappings_and_pins(s) -> bool:
    """While no page table lock is held, the count has one for every entry that maps the page, and every pin."""
    return any(m.ptl for m in s.mm) or s.refcount >= s.pins + sum(
        1 if m.pmd == Pmd.HUGE else sum(1 for e in m.pte if e.frame == Frame.PAGE) for m in s.mm
    )


@reachable
def child_gets_copies_of_a_pinned_huge_page(s) -> bool:
    """fork has seen the pin, has split the PMD and has copied every subpage."""
    return s.forked and s.pinned[0] == Frame.PAGE and s.mm[1].pmd == Pmd.TABLE and s.mm[1].pte[1].frame == Frame.COPY


@reachable
def huge_page_is_shared_by_fork(s) -> bool:
    """Parent and child map the page by PMD."""
    return s.forked and s.mm[0].pmd == Pmd.HUGE and s.mm[1].pmd == Pmd.HUGE


@reachable
def child_has_gone_and_the_page_is_used_again(s) -> bool:
    """The parent, again the only one to map it, may write to the huge page."""
    return s.forked and s.mm[1].pmd == Pmd.NONE and s.mm[0].pmd == Pmd.HUGE and s.mm[0].writable
