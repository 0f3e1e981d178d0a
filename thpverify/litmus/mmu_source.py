"""An MMU litmus test as a model: Python source whose threads call models/hardware."""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from thpverify.litmus.mmu_test import ALL, NO_ADDRESS, Ask, MmuTest, Step, addresses, memory_names
from thpverify.litmus.vocabulary import ARM64, INVALID, OPERATIONS, OPTIONS, X86_64, Descriptor, Place, Pte

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
        register = self.register(c, step)
        page = f"PAGE_{step.page}"
        match step.op:
            case "pt_write":
                yield f"stores.{self.entry_call('write', c, step.at, 'm, %d' % c)[:-1]}, {_name(step.entry)})"
            case "pt_read":
                if register:
                    yield f"machine.set_entry({register}, stores.{self.entry_call('read', c, step.at, f'm, m.cpu[{c}]')})"
            case "pt_rmw":
                if register:
                    yield f"machine.set_entry({register}, machine.content({self.entry(step.at)}))"
                yield f"machine.set_entry({self.entry(step.at)}, {_name(step.entry)})"
            case "pt_clearbits":
                names = {"w": "writable", "a": "accessed", "d": "dirty"}
                for bit in step.bits:
                    yield f"{self.entry(step.at)}.{names[bit]} = False"
            case "mem_write":
                yield f"stores.write_cell(m, {c}, CELL_{step.cell}, {step.value})"
            case "mem_read":
                if register:
                    yield f"{register} = stores.read_cell(m, {c}, CELL_{step.cell})"
            case "load":
                yield f"fault, value = translation.load(m, {c}, {page})"
                if register:
                    yield f"{register}_fault = fault"
                    yield f"{register} = value"
            case "store":
                yield f"fault = translation.store(m, {c}, {page}, {step.value})"
                if register:
                    yield f"{register}_fault = fault"
            case "fence" | "dmb":
                pass
            case "cli" | "sti":
                yield f"m.cpu[{c}].irqs_off = {step.op == 'cli'}"
            case "ipi_send":
                for to in step.to:
                    yield f"x86_mmu.send_ipi(m, {c}, {to}, {_request(step)})"
            case "ipi_wait":
                yield f"yield from x86_mmu.wait_for_ipis(m, {c})"
            case "invlpg":
                yield f"x86_mmu.invlpg(m, {c}, {page})"
            case "cr3":
                yield f"x86_mmu.write_cr3(m, {c})"
            case "dmb_st":
                yield f"stores.store_fence(m, {c})"
            case "dsb":
                yield f"yield from arm64_mmu.dsb(m, {c})"
            case "isb":
                yield f"arm64_mmu.isb(m, {c})"
            case "tlbi_is" | "tlbi_local":
                yield f"arm64_mmu.{step.op}(m, {c}, {page})"
            case _:
                raise AssertionError(step.op)
