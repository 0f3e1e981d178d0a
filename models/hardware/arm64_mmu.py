"""ARM64: TLBI and the barriers (Arm ARM, chapter D8; "Relaxed virtual memory in Armv8-A").

A TLBI takes effect on each CPU at any time after it was issued and is complete everywhere only behind the DSB that
follows. It does not wait for earlier stores to page tables, which the DSB before it is for, but for stores that have
used the translation. A fault drops nothing.
"""

from models.hardware.machine import CPUS, PAGES, STORES
from models.hardware.stores import drained
from models.hardware.translation import invalidate_page
from thpverify.lang import atomic, choose, thread


def tlbi_is(m, c: int, page) -> None:
    """TLBI VAE1IS: on every CPU of the inner shareable domain."""
    for cpu in m.cpu:
        cpu.tlbi[c][page] = True


def tlbi_local(m, c: int, page) -> None:
    """TLBI VAE1: on the own CPU."""
    m.cpu[c].tlbi[c][page] = True


def dsb(m, c: int):
    """Wait until the own stores are in memory and the own TLBIs complete."""
    while not drained(m.cpu[c]) or any(cpu.tlbi[c][p] for cpu in m.cpu for p in range(PAGES)):
        yield


def isb(m, c: int) -> None:
    """Later instructions do not use translation faults that were found before."""
    for page in range(PAGES):
        m.cpu[c].stale_fault[page] = False


@thread
def complete_tlbi(s, c: int):
    """A TLBI takes effect on CPU `c`, once the stores that have used the translation are in memory."""
    m = s.machine
    cpu = m.cpu[c]
    while True:
        issuer, page = choose(
            (f, p) for f in range(CPUS) for p in range(PAGES) if cpu.tlbi[f][p] and not has_store(cpu, p)
        )
        atomic("what it does is seen by its own CPU only")
        invalidate_page(m, cpu, page)
        cpu.tlbi[issuer][page] = False
        yield "TLBI takes effect"


def has_store(cpu, page):
    """Whether a store that used the translation of `page` is on its way."""
    return any(i < cpu.stores and cpu.store[i].page == page for i in range(STORES))
