"""An MMU litmus test as a model: Python source whose threads call models/hardware."""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from thpverify.litmus.mmu_test import ALL, NO_ADDRESS, Ask, MmuTest, Step, addresses, memory_names
from thpverify.litmus.vocabulary import ARM64, INVALID, OPERATIONS, OPTIONS, X86_64, Descriptor, Place, descriptor

_HEAD = '''"""{id}: {title}"""

from models.hardware import arm64_mmu, machine, stores, translation, x86_mmu
from thpverify.lang import Array, Bool, Int, reachable, record, scenario, thread
'''


def mmu_source(test: MmuTest) -> str:
    """The text of a module that declares the scenario of `test`; property `asked` is its question."""
    return "\n".join(_Writer(test).lines()) + "\n"


def _quoted(text: str) -> str:
    """`text` for a docstring."""
    return text.replace("\\", "\\\\").replace('"', "'")


@attrs.define
class _Writer:
    test: MmuTest
    pages: tuple[int, ...] = attrs.field(init=False)
    cells: tuple[str, ...] = attrs.field(init=False)
    tables: tuple[str, ...] = attrs.field(init=False)
    registers: dict[tuple[int, str], Step] = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.pages, self.cells = addresses(self.test), memory_names(self.test)
        named = [entry.target for entry in self.entries() if entry.kind == "tab"]
        named += [at.table for at in self.places() if at is not None]
        self.tables = tuple(dict.fromkeys(named)) or ("T",)
        asked = [(ask.thread, ask.name) for ask in self.test.question if ask.kind == "register"]
        self.registers = {key: self.test.last_writer(*key) for key in asked}

    def steps(self) -> Iterator[Step]:
        for steps in self.test.threads:
            yield from steps

    def entries(self) -> list[Descriptor]:
        """Every value of an entry that the test names."""
        asked = [_entry_of(ask) for ask in self.test.question]
        used = [entry for at, entry in self.test.entries.items() if at is None or at in self.places()]
        return [*used, *(step.entry for step in self.steps() if step.entry), *(entry for entry in asked if entry)]

    def places(self) -> list[Place]:
        """Every place of an entry that matters: on a page that some operation or the question names."""
        return [at for at in self.test.entries if at is None or at.va in self.pages]

    def lines(self) -> Iterator[str]:
        yield _HEAD.format(id=_quoted(self.test.id), title=_quoted(self.test.title))
        yield from self.names()
        yield from self.state()
        for number, steps in enumerate(self.test.threads):
            if steps:
                yield from self.thread(number, steps)
        yield from self.initial()
        yield from self.question()
        yield from self.scenario()

    def names(self) -> Iterator[str]:
        """Constants for everything that the test names."""
        for prefix, names in (("CELL", self.cells), ("TABLE", self.tables), ("PAGE", self.pages)):
            for number, name in enumerate(names):
                yield f"{prefix}_{name} = {number}"
        for entry in dict.fromkeys([*self.entries(), INVALID]):
            yield f"{_name(entry)} = {self.value(entry)}"

    def value(self, entry: Descriptor) -> str:
        kind = {"inv": "NONE", "tab": "TABLE", "blk": "BLOCK", "pg": "PAGE"}[entry.kind]
        match entry.kind:
            case "inv":
                target = "0"
            case "tab":
                target = f"TABLE_{entry.target}"
            case "blk":
                target = f"CELL_{entry.target}{self.pages[0]}"
            case _:
                target = f"CELL_{entry.target}"
        flags = ", ".join(str(flag in entry.flags) for flag in "wad")
        return f"(machine.Kind.{kind}, {target}, {flags})"

    def state(self) -> Iterator[str]:
        yield from ("", "", "@record", "class Registers:")
        for (thread, name), step in self.registers.items():
            register = f"P{thread}_{name}"
            if step.op in ("pt_read", "pt_rmw"):
                yield f"    {register}: machine.Entry"
                continue
            if step.op != "store":
                yield f"    {register}: Int[machine.LOWEST, machine.HIGHEST]"
            if step.op in ("load", "store"):
                yield f"    {register}_fault: Bool"
        if not self.registers:
            yield "    none: Bool"
        yield from ("", "", "@record", "class State:", "    machine: machine.Machine", "    registers: Registers")
        done = ", ".join(str(not steps) for steps in self.test.threads)
        yield f"    done: Array[{len(self.test.threads)}, Bool] = ({done}{',' if len(self.test.threads) == 1 else ''})"

    def thread(self, number: int, steps: tuple[Step, ...]) -> Iterator[str]:
        yield from ("", "", "@thread", f"def P{number}(s: State):", "    m = s.machine")
        for position, step in enumerate(steps):
            if OPERATIONS[step.op].drains and step.op != "dsb":
                yield f"    yield from x86_mmu.mfence(m, {number})"
            for line in self.operation(number, step):
                yield f"    {line}"
            if position == len(steps) - 1:
                yield f"    s.done[{number}] = True"
            yield f"    yield {step.text!r}"

    def operation(self, c: int, step: Step) -> Iterator[str]:
        """The statements of one operation, its yield apart."""
        keeps = self.registers.get((c, step.out or "")) is step
        register = f"s.registers.P{c}_{step.out}"
        page = f"PAGE_{step.page}"
        entry = _memory(step.at)
        match step.op:
            case "pt_write" if step.entry is not None:
                yield f"{_stored('write', step.at, f'm, {c}')}, {_name(step.entry)})"
            case "pt_read" if keeps:
                yield f"machine.set_entry({register}, {_stored('read', step.at, f'm, m.cpu[{c}]')}))"
            case "pt_rmw" if step.entry is not None:
                if keeps:
                    yield f"machine.set_entry({register}, machine.content({entry}))"
                yield f"machine.set_entry({entry}, {_name(step.entry)})"
            case "pt_clearbits":
                for bit in step.bits:
                    yield f"{entry}.{_FLAGS[bit]} = False"
            case "mem_write":
                yield f"stores.write_cell(m, {c}, CELL_{step.cell}, {step.value})"
            case "mem_read" if keeps:
                yield f"{register} = stores.read_cell(m, {c}, CELL_{step.cell})"
            case "load":
                yield f"fault, value = translation.load(m, {c}, {page})"
                if keeps:
                    yield f"{register}_fault = fault"
                    yield f"{register} = value"
            case "store":
                yield f"fault = translation.store(m, {c}, {page}, {step.value})"
                if keeps:
                    yield f"{register}_fault = fault"
            case "ipi_send":
                request = _REQUESTS.get(str(step.page), page)
                for to in step.to:
                    yield f"x86_mmu.send_ipi(m, {c}, {to}, {request})"
            case op if op in _CALLS:
                yield _CALLS[op].format(c=c, page=page)

    def initial(self) -> Iterator[str]:
        yield from ("", "", "def initial(s):", "    m = s.machine")
        for at in self.places():
            yield f"    machine.set_entry({_memory(at)}, {_name(self.test.entries[at])})"
        for cell in self.cells:
            value = self.test.cells.get(cell, 0)
            if value != self.lowest():
                yield f"    m.cell[CELL_{cell}] = {value}"

    def question(self) -> Iterator[str]:
        text = _quoted(" and ".join(ask.text for ask in self.test.question))
        yield from ("", "", "@reachable", "def asked(s: State) -> bool:", f'    """{text}"""')
        yield "    return ("
        yield "        all(s.done)"
        yield "        and all(stores.drained(cpu) for cpu in s.machine.cpu)"
        for ask in self.test.question:
            yield f"        and {self.condition(ask)}"
        yield "    )"

    def condition(self, ask: Ask) -> str:
        register = f"s.registers.P{ask.thread}_{ask.name}"
        asked = _entry_of(ask)
        match ask.kind:
            case "entry" if asked is not None:
                return f"machine.is_entry({_memory(ask.at).replace('m.', 's.machine.', 1)}, {_name(asked)})"
            case "memory":
                return f"s.machine.cell[CELL_{ask.name}] == {ask.value}"
            case "mixed" | "conflict":
                return f"s.machine.cpu[{ask.thread}].{ask.kind}[PAGE_{ask.page}] == {ask.value}"
        writer = self.registers[ask.thread, ask.name]
        if asked is not None:
            return f"machine.is_entry({register}, {_name(asked)})"
        if ask.value in ("F", "ok"):
            return f"{register}_fault" if ask.value == "F" else f"not {register}_fault"
        return f"{register} == {ask.value}" + (f" and not {register}_fault" if writer.op == "load" else "")

    def scenario(self) -> Iterator[str]:
        yield from ("", "", "scenario(", f"    {self.test.id!r},", "    state=State,")
        yield f"    threads=[{', '.join(self.thread_calls())}],"
        yield from ("    properties=[asked],", "    initial=initial,", "    after_step=[translation.fill],")
        yield "    deadlock_free=False,"
        yield "    constants={"
        for name, value in self.constants().items():
            yield f"        machine.{name}: {value},"
        yield from ("    },", ")")

    def thread_calls(self) -> Iterator[str]:
        """The test's threads, and the hardware that can do something in it."""
        everything = list(self.steps())
        for number, steps in enumerate(self.test.threads):
            if steps:
                yield f"P{number}()"
            if any(OPERATIONS[step.op].buffered for step in steps):
                yield f"stores.drain(c={number})"
            if any(number in step.to for step in everything):
                yield f"x86_mmu.interrupt(c={number})"
            if any(step.op == "tlbi_is" or (step.op == "tlbi_local" and step in steps) for step in everything):
                yield f"arm64_mmu.complete_tlbi(c={number})"
        unmarked = any(entry.is_leaf and "a" not in entry.flags for entry in self.entries())
        cleared = any("a" in step.bits for step in everything)
        if (unmarked or cleared) and (self.test.arch == X86_64 or "hwaf" in self.test.options):
            yield "translation.set_accessed()"

    def constants(self) -> dict[str, int]:
        """The sizes that this test needs, and its architecture."""
        frames = {entry.target for entry in self.entries() if entry.kind == "pg"}
        frames |= {f"{e.target}{page}" for e in self.entries() if e.kind == "blk" for page in self.pages}
        watched = any(ask.kind in ("mixed", "conflict") for ask in self.test.question)
        return {
            "CPUS": len(self.test.threads),
            "PAGES": len(self.pages),
            "TABLES": len(self.tables),
            "CELLS": max(1, len(self.cells)),
            "FRAMES": max([1, *(number + 1 for number, cell in enumerate(self.cells) if cell in frames)]),
            "LOWEST": self.lowest(),
            "HIGHEST": max([self.lowest(), *self.values()]),
            "STORES": max(_depth(steps) for steps in self.test.threads),
            "ARM64": int(self.test.arch == ARM64),
            "WATCH": int(watched),
            **{OPTIONS[name]: 1 for name in self.test.options},
        }

    def lowest(self) -> int:
        return min([0, *self.values()])

    def values(self) -> list[int]:
        """Every number that memory can hold or the question names."""
        return [
            *(self.test.cells.get(cell, 0) for cell in self.cells),
            *(step.value for step in self.steps()),
            *(ask.value for ask in self.test.question if type(ask.value) is int),
        ]


_FLAGS = {"w": "writable", "a": "accessed", "d": "dirty"}
_REQUESTS = {NO_ADDRESS: "machine.NO_ADDRESS", ALL: "machine.ALL_ADDRESSES"}
_CALLS = {
    "cli": "m.cpu[{c}].irqs_off = True",
    "sti": "m.cpu[{c}].irqs_off = False",
    "ipi_wait": "yield from x86_mmu.wait_for_ipis(m, {c})",
    "invlpg": "x86_mmu.invlpg(m, {c}, {page})",
    "cr3": "x86_mmu.write_cr3(m, {c})",
    "dmb_st": "stores.store_fence(m, {c})",
    "dsb": "yield from arm64_mmu.dsb(m, {c})",
    "isb": "arm64_mmu.isb(m, {c})",
    "tlbi_is": "arm64_mmu.tlbi_is(m, {c}, {page})",
    "tlbi_local": "arm64_mmu.tlbi_local(m, {c}, {page})",
}


def _depth(steps: tuple[Step, ...]) -> int:
    """The most stores that a thread has under way."""
    deepest = depth = 0
    for step in steps:
        depth = 0 if OPERATIONS[step.op].drains else depth + OPERATIONS[step.op].buffered
        deepest = max(deepest, depth)
    return max(1, deepest)


def _entry_of(ask: Ask) -> Descriptor | None:
    """The page table entry that a conjunct asks for, if it is about one."""
    if isinstance(ask.value, Descriptor):
        return ask.value
    return descriptor(ask.value) if isinstance(ask.value, str) and ask.value not in ("F", "ok") else None


def _name(entry: Descriptor) -> str:
    """The constant for an entry: PG_A0_WAD."""
    flags = "".join(flag for flag in "wad" if flag in entry.flags).upper()
    return "_".join(filter(None, (entry.kind.upper(), entry.target, flags)))


def _memory(at: Place) -> str:
    """An entry in memory."""
    return "m.pmd" if at is None else f"m.pte[TABLE_{at.table}][PAGE_{at.va}]"


def _stored(verb: str, at: Place, first: str) -> str:
    """A call, up to its last argument, that reads or writes an entry through the store buffer."""
    return f"stores.{verb}_pmd({first}" if at is None else f"stores.{verb}_pte({first}, TABLE_{at.table}, PAGE_{at.va}"
