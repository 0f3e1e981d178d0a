"""Each simplification that a lazy model would make is caught by a litmus test."""

from __future__ import annotations

from pathlib import Path

import attrs
import pytest

from tests.litmus.running import altered, entries, outcome


@attrs.frozen
class Mutant:
    """A change of one place in models/hardware, and the test that must then go wrong."""

    name: str
    file: str
    old: str
    new: str
    arch: str
    test: str


_FILL = "    fill_from_pmd(cpu, content(m.pmd))\n"
_IPI_WAIT = (
    "    while any(cpu.ipi[c][r] for cpu in m.cpu for r in range(PAGES + 2)):\n"
    '        atomic("it only waits, and looks again at everything")\n'
    "        yield\n"
)
_HITS = "if any(cpu.tlb[page][z][f][DIRTY] for z in range(2)))"
_FAULT = "    if ARM64 == 0:\n        invalidate_page(m, cpu, page)\n"
_TABLES = "    forget(cpu, page, PAGE_SIZE)\n    forget_tables(cpu)\n\n\ndef invalidate_all"
_IN_ORDER = "    if ARM64 == 0:\n        return i == 0\n"
_DSB = "    while not drained(m.cpu[c]) or any(cpu.tlbi[c][p] for cpu in m.cpu for p in range(PAGES)):\n"
_FENCE = "    while not drained(m.cpu[c]):\n        yield\n"
_PAGE_CACHED = "kind == Kind.PAGE and accessed:"

MMU = (
    Mutant("no paging-structure cache", "translation.py", _FILL, "    forget_tables(cpu)\n" + _FILL,
           "x86_64", "free-table-no-flush"),
    Mutant("INVLPG leaves the paging-structure cache", "translation.py", _TABLES,
           _TABLES.replace("    forget_tables(cpu)\n", ""), "x86_64", "free-table-invlpg-other-page"),
    Mutant("INVLPG drops everything", "translation.py", _TABLES, "    invalidate_all(cpu)\n\n\ndef invalidate_all",
           "x86_64", "free-table-invlpg-other-page-tlb"),
    Mutant("a flush takes all fragments", "translation.py", "ARM64 == 1 or m.pmd.kind == Kind.BLOCK", "True",
           "x86_64", "split-fragment-of-other-page"),
    Mutant("TLBI takes a part of a block", "translation.py", "ARM64 == 1 or m.pmd.kind == Kind.BLOCK",
           "m.pmd.kind == Kind.BLOCK", "arm64", "block-tlbi-any-page"),
    Mutant("a 2M page is cached as 4K pages only", "translation.py", "cpu.tlb[page][PMD_SIZE][target + page]",
           "cpu.tlb[page][PAGE_SIZE][target + page]", "x86_64", "split-populate-first"),
    Mutant("entries cached with A clear", "translation.py", _PAGE_CACHED, "kind == Kind.PAGE:",
           "x86_64", "no-entry-without-a"),
    Mutant("D set by speculation", "translation.py", "            m.pte[t][page].accessed = True\n",
           "            m.pte[t][page].accessed = True\n            m.pte[t][page].dirty = True\n",
           "x86_64", "no-speculative-d"),
    Mutant("D set without a look at memory", "translation.py", _HITS,
           "if any(cpu.tlb[page][z][f][DIRTY] or cpu.tlb[page][z][f][CLEAN] for z in range(2)))",
           "x86_64", "dirty-or-fault-xchg"),
    Mutant("an x86-64 fault drops nothing", "translation.py", _FAULT, "    pass\n",
           "x86_64", "make-writable-spurious-twice"),
    Mutant("an ARM64 fault drops the translation", "translation.py", _FAULT, "    invalidate_page(m, cpu, page)\n",
           "arm64", "fault-drops-nothing"),
    Mutant("invalid entries cached on x86-64", "translation.py", "return ARM64 == 1 and ETS2 == 0", "return True",
           "x86_64", "map-without-flush"),
    Mutant("no spurious faults without ETS2", "translation.py", "return ARM64 == 1 and ETS2 == 0", "return False",
           "arm64", "map-dsb"),
    Mutant("interrupts are never off", "x86_mmu.py", "while cpu.irqs_off or not drained(cpu):",
           "while not drained(cpu):", "x86_64", "gup-fast-ipi"),
    Mutant("nobody waits for an IPI", "x86_mmu.py", _IPI_WAIT, "    if c < 0:\n        yield\n",
           "x86_64", "unmap-shootdown"),
    Mutant("stores wait for no fence", "x86_mmu.py", _FENCE, "    if c < 0:\n        yield\n",
           "x86_64", "store-buffering-fence"),
    Mutant("own stores are not seen early", "stores.py", "            value = cpu.store[i].value\n",
           "            pass\n", "x86_64", "store-forwarding"),
    Mutant("TLBI takes effect at once", "arm64_mmu.py", "    for cpu in m.cpu:\n        cpu.tlbi[c][page] = True\n",
           "    for cpu in m.cpu:\n        invalidate_page(m, cpu, page)\n", "arm64", "unmap-tlbi-not-complete"),
    Mutant("TLBI does not wait for stores", "arm64_mmu.py", " and not has_store(cpu, p)", "",
           "arm64", "bbm-store-after"),
    Mutant("DSB does not wait for TLBI", "arm64_mmu.py", _DSB, "    while not drained(m.cpu[c]):\n",
           "arm64", "unmap-tlbi-is"),
    Mutant("ISB does nothing", "arm64_mmu.py", "m.cpu[c].stale_fault[page] = False", "pass", "arm64", "map-dsb-isb"),
    Mutant("ARM64 stores in order", "stores.py", _IN_ORDER, "    if i < STORES:\n        return i == 0\n",
           "arm64", "publish-no-barrier"),
    Mutant("DMB ST does nothing", "stores.py", "    if m.cpu[c].stores > 0:\n", "    if c < 0:\n",
           "arm64", "publish-dmb-st"),
)  # fmt: skip

_MEMORY = "weak_memory.py"
LKMM = (
    Mutant("smp_rmb() does nothing", _MEMORY, "    join(m.thread[t].floor, m.thread[t].read)\n", "    pass\n",
           "lkmm", "mp-wmb-rmb"),
    Mutant("smp_wmb() does nothing", _MEMORY, "    join(m.thread[t].carried, m.thread[t].wrote)\n", "    pass\n",
           "lkmm", "mp-wmb-rmb"),
    Mutant("smp_mb() orders its own CPU only", _MEMORY, "    tell_all(m.fences, thread)\n",
           "    tell_all(thread.floor, thread)\n    join(thread.carried, thread.floor)\n", "lkmm", "sb-mb"),
    Mutant("a release is not cumulative", _MEMORY, "    tell_all(m.location[x][k].view, thread)\n",
           "    join(m.location[x][k].view, thread.wrote)\n", "lkmm", "wrc-release-rmb"),
    Mutant("unlock and lock order nothing for others", _MEMORY, "        join(thread.carried, view)\n", "",
           "lkmm", "mp-unlock-lock"),
    Mutant("coherence order is the order of execution", _MEMORY, "if k > oldest and",
           "if not any(m.location[x][j].there for j in range(1, MESSAGES) if j >= k) and k > oldest and",
           "lkmm", "2+2w-wmb"),
    Mutant("a grace period does not wait", _MEMORY, "waits_for[reader] = m.reading[reader]",
           "waits_for[reader] = False", "lkmm", "rcu"),
)  # fmt: skip


@pytest.mark.parametrize("mutant", MMU + LKMM, ids=lambda m: m.name)
def test_a_simplification_is_caught(mutant: Mutant, tmp_path: Path) -> None:
    entry = entries(mutant.arch)[mutant.test]
    with altered(tmp_path, mutant.file, mutant.old, mutant.new) as file:
        assert outcome(entry, file) != entry.expected


def test_an_unaltered_copy_is_right(tmp_path: Path) -> None:
    entry = entries("x86_64")["gup-fast-ipi"]
    with altered(tmp_path, "machine.py", "class Machine:", "class  Machine:") as file:
        assert outcome(entry, file) == entry.expected
