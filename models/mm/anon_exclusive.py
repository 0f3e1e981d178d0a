"""PageAnonExclusive is cleared while get_user_pages_fast() pins the page, on weakly ordered memory; v5.19 to v6.4.

A page that is pinned must stay its process's alone, or a write would leave the pin with another page than the mapping.
So who is about to share the page (KSM, swap, migration) clears its entry, looks for pins, clears PageAnonExclusive, and
perhaps puts the entry back, write-protected as it was; who pins it for reading reads the entry, pins, and looks at the
entry and at PageAnonExclusive again. Nobody waits for the other: it is a matter of the order in which the words are
seen (models/hardware/weak_memory.py; the threads run in program order). fork is told by write_protect_seq instead
(fork_pin.py), and the slow way of GUP holds the page table lock.

Left out: the page's count, which is not zero as long as anybody looks; pins for writing, which the entry itself turns
away. A huge page's entry is a PMD, and its pins are one count too: the same words.
"""

from models.hardware.weak_memory import (
    Memory,
    known,
    read,
    read_once,
    smp_mb,
    smp_rmb,
    start,
    update,
    value_of,
    write_once,
)
from models.patches import EXCLUSIVE_BARRIERS
from thpverify.lang import Bool, Constant, Ghost, record, thread

PTE, PINS, EXCLUSIVE = range(3)
SHARER, PINNER = range(2)

LEFT_OUT = Constant("LEFT_OUT_BARRIER", 0)  # one of the barriers of 088b8aa537c2, or 0 for none
CLEAR_MB, PIN_MB, SHARED_WMB, EXCLUSIVE_RMB = 1, 2, 3, 4
RESTORES = Constant("ENTRY_IS_RESTORED", 1)  # 1: the entry is put back as it was (KSM); 0: another takes its place


@record
class ExclusivePage:
    memory: Memory
    shared: Ghost[Bool] = False  # PageAnonExclusive was cleared
    pinned: Ghost[Bool] = False  # get_user_pages_fast() has returned the page
    refused: Ghost[Bool] = False  # the page was pinned, and is not shared


def exclusive(s: ExclusivePage) -> None:
    """Set up: the process maps its page, write-protected; nobody has pinned it."""
    for variable, value in ((PTE, 1), (PINS, 0), (EXCLUSIVE, 1)):
        start(s.memory, variable, value)


@thread
def page_try_share_anon_rmap(s: ExclusivePage):
    """page_try_share_anon_rmap() and its caller, with the page table lock. Until v6.0 a flush is the barrier."""
    m = s.memory
    write_once(m, SHARER, PTE, 0)
    yield "ptep_clear"
    if LEFT_OUT != CLEAR_MB:
        smp_mb(m, SHARER)
        yield "flush, or smp_mb"
    pins = read_once(m, SHARER, PINS)
    yield "page_maybe_dma_pinned"
    if pins > 0:
        write_once(m, SHARER, PTE, 1)
        s.refused = True
        yield "-EBUSY, entry restored"
        return
    write_once(m, SHARER, EXCLUSIVE, 0)
    s.shared = True
    yield "ClearPageAnonExclusive"
    if EXCLUSIVE_BARRIERS.applied and LEFT_OUT != SHARED_WMB:
        smp_mb(m, SHARER)
        yield "smp_mb__after_atomic"
    if RESTORES == 1:
        write_once(m, SHARER, PTE, 1)
        yield "set_pte_at"


@thread
def gup_pte_range(s: ExclusivePage):
    """gup_pte_range() with FOLL_PIN, for reading; try_grab_folio() adds to the pins without ordering anything."""
    m = s.memory
    pte = read_once(m, PINNER, PTE)
    yield "entry read"
    if pte == 0:
        return
    k = read(m, PINNER, PINS, known(m, PINNER, PINS))
    update(m, PINNER, PINS, k, value_of(m, PINS, k) + 1)
    yield "try_grab_folio"
    if EXCLUSIVE_BARRIERS.applied and LEFT_OUT != PIN_MB:
        smp_mb(m, PINNER)
        yield "smp_mb__after_atomic"
    again = read_once(m, PINNER, PTE)
    yield "entry read again"
    if again == pte:
        if EXCLUSIVE_BARRIERS.applied and LEFT_OUT != EXCLUSIVE_RMB:
            smp_rmb(m, PINNER)
        alone = read_once(m, PINNER, EXCLUSIVE)
        yield "gup_must_unshare: PageAnonExclusive"
        if alone == 1:
            s.pinned = True
            yield "pinned"
            return
    k = read(m, PINNER, PINS, known(m, PINNER, PINS))
    update(m, PINNER, PINS, k, value_of(m, PINS, k) - 1)
    yield "gup_put_folio"
