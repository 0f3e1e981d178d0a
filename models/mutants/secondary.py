"""Mistakes that the properties of the secondary MMU have to find and that no known bug makes."""

from models.kvm.fault import tdp_page_fault
from models.kvm.mmu import Machine
from models.kvm.roots import State, fill_tlb, one_root, run
from models.kvm.set_up import mapped_by_ptes
from models.mm.page import ANON, MMS, NR, Pte, begin, head
from models.patches import V5_6
from properties.roots import guest_frame_has_primary
from properties.secondary_mmu import primary_is_never_replaced_under_secondary
from thpverify.lang import atomic, choose, scenario, thread, violates


@thread
def copy_untold(s, a: int):
    """wp_page_copy() without a notifier: the entry leads to the copy at once, where it led to the page."""
    m = s.mm[a]
    i = choose(j for j in range(NR) if m.pte[j] == Pte.PAGE and s.fresh[j].refcount == 0)
    atomic("the copy is this task's own until it is mapped; the subpage's data does not change here")
    s.fresh[i].refcount = 1
    s.fresh[i].held = 1
    s.fresh[i].data = s.page.data[i]
    begin(s)
    yield "copy_user_highpage"
    while m.ptl:
        yield
    if m.pte[i] == Pte.PAGE:
        atomic("ptl covers the entry; its reference is this task's, and the task's the entry's, from now on")
        m.ptl = True
        m.pte[i] = Pte.FRESH
        s.fresh[i].held -= 1
        s.page.held[head(s, i)] += 1
        yield "set_pte_at"


@thread
def unmap_untold(s):
    """An address is unmapped, and KVM does not hear of it."""
    g = choose(f for f in range(len(s.present)) if s.present[f])
    s.present[g] = False
    yield "pte cleared"


scenario(
    "mutant-copy-untold",
    state=Machine,
    threads=[copy_untold(a=0), tdp_page_fault(v=0, first=0, last=NR - 1)],
    properties=[primary_is_never_replaced_under_secondary],
    initial=mapped_by_ptes,
    constants={MMS: 1, ANON: 0, NR: 2},
    era=V5_6,
    deadlock_free=False,
    expect=violates("primary_is_never_replaced_under_secondary"),
)
scenario(
    "mutant-unmap-untold",
    state=State,
    threads=[run(v=0), unmap_untold()],
    properties=[guest_frame_has_primary],
    initial=one_root,
    after_step=[fill_tlb],
    deadlock_free=False,
    expect=violates("guest_frame_has_primary"),
)
