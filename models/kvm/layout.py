"""Where a memory slot may begin and end, and what KVM may map huge then: every slot of a small guest, one by one.

models/proof/memslot.py asks the same of every slot of a guest with 256 TiB, which takes z3.
"""

from models.kvm.memslot import ARM64, State, move_memslot, new_slot, vcpu
from models.patches import SLOT_MOVE, STAGE2_BOUNDS, V5_6
from properties.layout import SLOT, STEPS_OF_MOVE, huge_entry_exists
from thpverify.lang import era, scenario, violates

ANY_SLOT = ["slot.base_gfn", "slot.npages", "slot.userspace", "touched", "new_base"]
V4_20 = era("v4.20")

scenario(
    "kvm-memslot-move",
    state=State,
    threads=[vcpu(), move_memslot()],
    properties=SLOT,
    initial=new_slot,
    symbolic=ANY_SLOT,
    era=V5_6,
    expect=violates("huge_entry_maps_what_the_process_maps"),
)
scenario(
    "kvm-memslot-move",
    state=State,
    threads=[vcpu(), move_memslot()],
    properties=[*SLOT, *STEPS_OF_MOVE, huge_entry_exists],
    initial=new_slot,
    symbolic=ANY_SLOT,
    era=V5_6,
    patches=[SLOT_MOVE],
)
scenario(
    "kvm-memslot-stage2",
    state=State,
    threads=[vcpu()],
    properties=SLOT,
    initial=new_slot,
    symbolic=ANY_SLOT,
    constants={ARM64: 1},
    era=V4_20,
    expect=violates("huge_entry_lies_within_the_slot"),
)
scenario(
    "kvm-memslot-stage2",
    state=State,
    threads=[vcpu(), move_memslot()],
    properties=[*SLOT, *STEPS_OF_MOVE, huge_entry_exists],
    initial=new_slot,
    symbolic=ANY_SLOT,
    constants={ARM64: 1},
    era=V4_20,
    patches=[STAGE2_BOUNDS],
)
