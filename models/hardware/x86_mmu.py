"""x86-64: INVLPG, CR3, interrupts, and the instructions that drain the store buffer (Intel SDM vol. 3A, chapter 4)."""

from models.hardware.machine import ALL_ADDRESSES, CPUS, NO_ADDRESS, PAGES
from models.hardware.stores import drained
from models.hardware.translation import invalidate_all, invalidate_page
from thpverify.lang import atomic, choose, thread


def mfence(m, c: int):
    """Wait until every store is in memory, as any serialising or locked instruction does."""
    while not drained(m.cpu[c]):
        yield
    atomic("the buffer is the CPU's own")


def invlpg(m, c: int, page) -> None:
    """Invalidate `page` on the own CPU; serialising, so mfence first."""
    invalidate_page(m, m.cpu[c], page)


def write_cr3(m, c: int) -> None:
    """Invalidate everything on the own CPU; serialising, so mfence first."""
    invalidate_all(m.cpu[c])


def send_ipi(m, c: int, to: int, request) -> None:
    """Ask CPU `to` to invalidate a page, ALL_ADDRESSES, or just to take the interrupt (NO_ADDRESS); mfence first."""
    m.cpu[to].ipi[c][request] = True


def wait_for_ipis(m, c: int):
    """Wait until every CPU has handled what `c` asked for."""
    while any(cpu.ipi[c][r] for cpu in m.cpu for r in range(PAGES + 2)):
        atomic("it only waits, and looks again at everything")
        yield
    atomic("CPU by CPU: a request that is handled stays so")


@thread
def interrupt(s, c: int):
    """CPU `c` takes an interrupt when it may, which serialises, and does what was asked for."""
    m = s.machine
    cpu = m.cpu[c]
    while True:
        while cpu.irqs_off or not drained(cpu):
            yield
        sender, request = choose((f, r) for f in range(CPUS) for r in range(PAGES + 2) if cpu.ipi[f][r])
        atomic("the handler runs with interrupts off; what it does is seen by its own CPU only")
        for page in range(PAGES):
            if request == page:
                invalidate_page(m, cpu, page)
        if request == ALL_ADDRESSES:
            invalidate_all(cpu)
        cpu.ipi[sender][request] = False
        yield "interrupt handled"


__all__ = [
    "ALL_ADDRESSES",
    "NO_ADDRESS",
    "interrupt",
    "invlpg",
    "mfence",
    "send_ipi",
    "wait_for_ipis",
    "write_cr3",
]
