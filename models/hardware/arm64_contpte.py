"""ARM64: contiguous PTEs whose faults are taken by two that differ in hardware updates, v6.9 to v7.0.

A block of PTEs with the contiguous bit maps one folio, writable (DBM set). The CPU sets AF and the dirty state of one
entry by itself; an SMMU without HTTU, which walks the same table, does not and faults. Software keeps one set of bits
for the block: ptep_get() gathers them from all entries.

Left out: entries that are not writable (they unfold the block), and the TLBI behind a change.
"""

from models.patches import CONTPTE_RAW
from thpverify.lang import Array, Bool, Constant, Lock, atomic, choose, record, thread

ENTRIES = Constant("CONT_PTES", 4)  # 16 in the kernel; one that faults, one that the CPU marks, others


@record
class Block:
    """Each entry's own bits; `dirty` is a writable entry that is not read-only."""

    ptl: Lock
    accessed: Array[ENTRIES, Bool] = False
    dirty: Array[ENTRIES, Bool] = False
    resolved: Bool = False


@thread
def cpu(s: Block):
    """A CPU with FEAT_HAFDBS loads or stores: it marks the one entry that it has walked to."""
    while True:
        i, write = choose((i, w) for i in range(1, ENTRIES) for w in range(2) if not s.accessed[i] or not s.dirty[i])
        atomic("the hardware's update of one entry")
        s.accessed[i] = True
        if write == 1:
            s.dirty[i] = True
        yield "entry marked"


@thread
def smmu(s: Block):
    """The SMMU writes through entry 0; its fault is handled as handle_pte_fault() does, until the write passes."""
    while not (s.accessed[0] and s.dirty[0]):
        yield "fault"
        while s.ptl:
            yield
        s.ptl = True
        yield "pte_lock"
        yield from set_access_flags(s)
        s.ptl = False
        yield "fault handled"
    atomic("one walk")
    s.resolved = True
    yield "write"


def set_access_flags(s):
    """contpte_ptep_set_access_flags() for an entry that is to be young and dirty."""
    nothing_to_do = CONTPTE_RAW.applied
    accessed, dirty = False, False
    for i in range(ENTRIES):
        accessed = accessed or s.accessed[i]
        dirty = dirty or s.dirty[i]
        nothing_to_do = nothing_to_do and s.accessed[i] and s.dirty[i]
        atomic("an entry is one word")
        yield "__ptep_get"
    if nothing_to_do or (not CONTPTE_RAW.applied and accessed and dirty):
        return
    for i in range(ENTRIES):
        s.accessed[i] = True
        s.dirty[i] = True
        atomic("cmpxchg of one entry")
        yield "__ptep_set_access_flags"
