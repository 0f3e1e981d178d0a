"""Store buffers: what a CPU has written and the others do not see yet.

x86-64 drains in order; ARM64 in any order but that of one place, and not past a DMB ST.
"""

from models.hardware.machine import (
    ARM64,
    BARRIER,
    CELLS,
    LOWEST,
    NOTHING,
    PAGES,
    PMD,
    STORES,
    TABLES,
    content,
    pte_place,
    set_entry,
)
from thpverify.lang import atomic, choose, thread


def push(cpu, place, value, entry, page) -> None:
    """Append a store. It has used the translation of `page`, None for none."""
    atomic("one store, into the CPU's own buffer")
    slot = cpu.store[cpu.stores]
    slot.place = place
    slot.value = value
    set_entry(slot.entry, entry)
    slot.page = page
    cpu.stores += 1


def write_cell(m, c: int, cell, value) -> None:
    """A store by physical address."""
    push(m.cpu[c], cell, value, NOTHING, None)


def write_pmd(m, c: int, entry) -> None:
    """A plain store to the PMD."""
    push(m.cpu[c], PMD, LOWEST, entry, None)


def write_pte(m, c: int, table, page, entry) -> None:
    """A plain store to a PTE."""
    push(m.cpu[c], pte_place(table, page), LOWEST, entry, None)


def read_cell(m, c: int, cell):
    """What a load by physical address gives: the CPU's own last store, else memory."""
    atomic("one load; the buffer is the CPU's own")
    cpu = m.cpu[c]
    value = m.cell[cell]
    for i in range(STORES):
        if i < cpu.stores and cpu.store[i].place == cell:
            value = cpu.store[i].value
    return value


def read_pmd(m, cpu):
    """The PMD as `cpu` sees it."""
    return newest(cpu, PMD, content(m.pmd))


def read_pte(m, cpu, table, page):
    """A PTE as `cpu` sees it."""
    return newest(cpu, pte_place(table, page), content(m.pte[table][page]))


def newest(cpu, place, memory):
    """The CPU's own last store to an entry, else what `memory` has."""
    value = memory
    for i in range(STORES):
        if i < cpu.stores and cpu.store[i].place == place:
            value = content(cpu.store[i].entry)
    return value


@thread
def drain(s, c: int):
    """The store buffer of CPU `c`: its stores reach memory one by one."""
    m = s.machine
    cpu = m.cpu[c]
    while True:
        i = choose(i for i in range(STORES) if may_drain(cpu, i))
        atomic("one store reaches memory")
        commit(m, cpu.store[i])
        remove(cpu, i)
        yield "store drains"


def may_drain(cpu, i):
    """Whether store `i` may be next."""
    if i >= cpu.stores:
        return False
    if ARM64 == 0:
        return i == 0
    return not any(
        j < i and (cpu.store[i].place == BARRIER or cpu.store[j].place in (BARRIER, cpu.store[i].place))
        for j in range(STORES)
    )


def commit(m, store) -> None:
    """Write to memory."""
    for cell in range(CELLS):
        if store.place == cell:
            m.cell[cell] = store.value
    if store.place == PMD:
        set_entry(m.pmd, content(store.entry))
    for table in range(TABLES):
        for page in range(PAGES):
            if store.place == pte_place(table, page):
                set_entry(m.pte[table][page], content(store.entry))


def remove(cpu, i) -> None:
    """Take store `i` out; the empty places at the end are all alike."""
    for j in range(STORES):
        if j >= i:
            if j < STORES - 1:
                move(cpu.store[j], cpu.store[j + 1])
            else:
                clear(cpu.store[j])
    cpu.stores -= 1


def move(to, store) -> None:
    """Copy a store one place down."""
    to.place = store.place
    to.value = store.value
    set_entry(to.entry, content(store.entry))
    to.page = store.page


def clear(store) -> None:
    """Forget a store."""
    store.place = 0
    store.value = LOWEST
    set_entry(store.entry, NOTHING)
    store.page = None


def store_fence(m, c: int) -> None:
    """DMB ST, as a mark in the buffer."""
    if m.cpu[c].stores > 0:
        push(m.cpu[c], BARRIER, LOWEST, NOTHING, None)


def drained(cpu):
    """Whether everything that `cpu` wrote is in memory."""
    return cpu.stores == 0
