"""What must hold of a 2M entry when slots begin and end anywhere."""

from models.kvm.memslot import ARM64, GFNS, NR, PAGES, move_memslot, vcpu
from thpverify.lang import at, invariant, local, reachable


@invariant(code="LVL")
def huge_entry_maps_what_the_process_maps(s) -> bool:
    """Each frame of a 2M entry leads to the page that the process has at the frame's address."""
    return not s.entry.huge or s.entry.page * NR - s.entry.gfn * NR == s.slot.userspace - s.slot.base_gfn


@invariant(code="LVL")
def huge_entry_lies_within_the_slot(s) -> bool:
    """A 2M entry gives the guest no frame that is not of the slot."""
    if not s.entry.huge:
        return True
    return s.entry.gfn * NR >= s.slot.base_gfn and s.entry.gfn * NR + NR <= s.slot.base_gfn + s.slot.npages


@reachable
def huge_entry_exists(s) -> bool:
    """KVM maps 2M at all."""
    return s.entry.huge


@invariant(code="LEM")
def slot_fits(s) -> bool:
    """A slot ends within the guest and within the process, also where it is moved to."""
    last = max(s.slot.base_gfn, s.new_base) + s.slot.npages
    return last <= GFNS and s.slot.userspace + s.slot.npages <= PAGES


@invariant(code="LEM")
def lpage_info_is_that_of_the_slot(s) -> bool:
    """lpage_info, which only x86 has, tells of the slot as it is."""
    if ARM64 == 1:
        return True
    first = s.slot.base_gfn % NR != 0
    last = (s.slot.base_gfn + s.slot.npages) % NR != 0
    every = s.slot.base_gfn % NR != s.slot.userspace % NR
    return s.slot.info.first == first and s.slot.info.last == last and s.slot.info.every == every


@invariant(code="LEM")
def readers_are_counted(s) -> bool:
    """A vCPU is within srcu from srcu_read_lock() to srcu_read_unlock()."""
    within = at(vcpu[0], "srcu_read_lock", "slot looked up, page found", "entry set")
    return s.readers == (1 if within else 0)


@invariant(code="LEM")
def slot_is_invalid_while_it_is_moved(s) -> bool:
    """Nobody finds a slot between KVM_MEMSLOT_INVALID and the new one, and after synchronize_srcu() nobody has one."""
    if not at(move_memslot[0], "KVM_MEMSLOT_INVALID published", "synchronize_srcu", "kvm_arch_flush_shadow_memslot"):
        return True
    if s.slot.valid or (at(move_memslot[0], "kvm_arch_flush_shadow_memslot") and s.entry.huge):
        return False
    waited = not at(move_memslot[0], "KVM_MEMSLOT_INVALID published")
    return not (waited and at(vcpu[0], "slot looked up, page found") and local(vcpu[0], "found"))


@invariant(code="LEM")
def vcpu_knows_its_slot(s) -> bool:
    """What a vCPU has found out within srcu is so."""
    if not at(vcpu[0], "slot looked up, page found") or not local(vcpu[0], "found"):
        return True
    gfn, page = local(vcpu[0], "gfn"), local(vcpu[0], "page")
    inside = s.slot.base_gfn <= gfn and gfn < s.slot.base_gfn + s.slot.npages
    if not inside or page != s.slot.userspace + gfn - s.slot.base_gfn:
        return False
    first, same = gfn - gfn % NR, page - page % NR - (gfn - gfn % NR) == s.slot.userspace - s.slot.base_gfn
    fits = first >= s.slot.base_gfn and first + NR <= s.slot.base_gfn + s.slot.npages
    return not local(vcpu[0], "huge") or (same and fits)


SLOT = [huge_entry_maps_what_the_process_maps, huge_entry_lies_within_the_slot]
"""What a 2M entry must be."""

STEPS_OF_MOVE = [
    slot_fits,
    lpage_info_is_that_of_the_slot,
    readers_are_counted,
    slot_is_invalid_while_it_is_moved,
    vcpu_knows_its_slot,
]
"""Why it is that: lemmas for the proof, checked like everything else."""
