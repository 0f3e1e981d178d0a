"""The scenarios of models/kvm/layout.py for every slot of a guest: 2M blocks of 512 pages, 48 bits of addresses.

A search cannot list where such slots begin and end; z3 takes it as unknown: `check --engine z3 --profile proof`.
"""

from models.kvm.layout import ANY_SLOT, V4_20
from models.kvm.memslot import ARM64, GFNS, NR, PAGES, State, move_memslot, new_slot, vcpu
from models.patches import SLOT_MOVE, STAGE2_BOUNDS, V5_6
from properties.layout import SLOT, STEPS_OF_MOVE, huge_entry_exists
from thpverify.lang import scenario, violates

REAL = {NR: 512, GFNS: 2**36, PAGES: 2**35}

scenario(
    "kvm-memslot-move-any",
    state=State,
    threads=[vcpu(), move_memslot()],
    properties=SLOT,
    initial=new_slot,
    symbolic=ANY_SLOT,
    constants=REAL,
    era=V5_6,
    expect=violates("huge_entry_maps_what_the_process_maps"),
)
scenario(
    "kvm-memslot-move-any",
    state=State,
    threads=[vcpu(), move_memslot()],
    properties=[*SLOT, *STEPS_OF_MOVE, huge_entry_exists],
    initial=new_slot,
    symbolic=ANY_SLOT,
    constants=REAL,
    era=V5_6,
    patches=[SLOT_MOVE],
)
scenario(
    "kvm-memslot-stage2-any",
    state=State,
    threads=[vcpu()],
    properties=SLOT,
    initial=new_slot,
    symbolic=ANY_SLOT,
    constants={**REAL, ARM64: 1},
    era=V4_20,
    expect=violates("huge_entry_lies_within_the_slot"),
)
scenario(
    "kvm-memslot-stage2-any",
    state=State,
    threads=[vcpu(), move_memslot()],
    properties=[*SLOT, *STEPS_OF_MOVE, huge_entry_exists],
    initial=new_slot,
    symbolic=ANY_SLOT,
    constants={**REAL, ARM64: 1},
    era=V4_20,
    patches=[STAGE2_BOUNDS],
)
