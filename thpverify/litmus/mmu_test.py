"""An MMU litmus test, read and checked: threads of operations, an initial state, a question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any

import attrs

from thpverify.litmus.errors import BrokenTest
from thpverify.litmus.files import Entry, threads_of
from thpverify.litmus.vocabulary import OPERATIONS, OPTIONS, Descriptor, Place, cell, descriptor, number, place

MAX_OPERATIONS = 16
MAX_ADDRESS = 511
MAX_PAGES = 8
NO_ADDRESS, ALL = "none", "all"
_COMMENTS = ("note", "comment")


@attrs.frozen
class Step:
    """One operation of a thread; fields that it does not have are None. `page` is an address, or for an IPI a word."""

    op: str
    at: Place = None
    entry: Descriptor | None = None
    bits: str = ""
    cell: str = ""
    value: int = 0
    page: int | str | None = None
    to: tuple[int, ...] = ()
    out: str | None = None
    text: str = ""


@attrs.frozen
class Ask:
    """One conjunct of the question.

    `kind` is "register", "entry", "memory", "mixed" or "conflict"; `thread` and `name` say which register, `at` which
    entry, `name` which memory, `thread` and `page` whose translation. `value` is what is asked for.
    """

    kind: str
    value: object
    thread: int = 0
    name: str = ""
    at: Place = None
    page: int = 0
    text: str = ""


@attrs.frozen
class MmuTest:
    """A whole test; `entries` and `cells` are the initial state as far as it is given, `options` those that are on."""

    id: str
    title: str
    arch: str
    threads: tuple[tuple[Step, ...], ...]
    entries: Mapping[Place, Descriptor]
    cells: Mapping[str, int]
    question: tuple[Ask, ...]
    options: tuple[str, ...]

    def last_writer(self, thread: int, register: str) -> Step:
        """The operation whose result `register` holds in the end.

        Raises:
            BrokenTest: there is no such register.
        """
        steps = self.threads[thread] if thread < len(self.threads) else ()
        found = [step for step in steps if step.out == register]
        if not found:
            raise BrokenTest(f"there is no register P{thread}.{register}: no operation of thread {thread} writes it")
        return found[-1]


def mmu_test(entry: Entry) -> MmuTest:
    """Read and check the test in `entry`.

    Raises:
        BrokenTest: something in it is malformed, or names what is not there.
    """
    body = entry.body
    threads = threads_of(body)
    steps = tuple(_thread(n, steps, entry.arch, len(threads)) for n, steps in enumerate(threads))
    init = _object(body.get("init", {}), "init")
    unknown = set(init) - {"pt", "mem"}
    if unknown:
        raise BrokenTest(f"init has {_listed(unknown)}, which is not known; it has pt and mem")
    test = MmuTest(
        entry.id,
        entry.title,
        entry.arch,
        steps,
        {place(at): descriptor(text) for at, text in _object(init.get("pt", {}), "init.pt").items()},
        {cell(name): number(v, f"{name} in init.mem") for name, v in _object(init.get("mem", {}), "init.mem").items()},
        _question(body.get("question")),
        _options(body.get("opts")),
    )
    _check_blocks(test)
    _check_places(test)
    return test


def _object(value: object, name: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise BrokenTest(f"{name} is no object")
    return value


def _listed(names: set[str]) -> str:
    return ", ".join(repr(name) for name in sorted(names))


def _options(value: object) -> tuple[str, ...]:
    options = _object(value if value is not None else {}, "opts")
    for name, on in options.items():
        if name not in OPTIONS:
            raise BrokenTest(f"option {name!r} is not known; there are {', '.join(OPTIONS)}")
        if not isinstance(on, bool):
            raise BrokenTest(f"option {name} is {on!r}, not true or false")
    return tuple(name for name in OPTIONS if options.get(name))


def _thread(number_: int, steps: Sequence[Mapping[str, Any]], arch: str, threads: int) -> tuple[Step, ...]:
    if len(steps) > MAX_OPERATIONS:
        raise BrokenTest(f"thread {number_} has {len(steps)} operations; there can be {MAX_OPERATIONS}")
    read = []
    for position, step in enumerate(steps):
        try:
            read.append(_step(step, arch, threads))
        except BrokenTest as error:
            raise BrokenTest(f"thread {number_}, operation {position + 1}: {error}") from None
    return tuple(read)


def _step(fields: Mapping[str, Any], arch: str, threads: int) -> Step:
    op = fields.get("op")
    known = OPERATIONS.get(op) if isinstance(op, str) else None
    if known is None:
        close = get_close_matches(str(op), OPERATIONS, n=1)
        raise BrokenTest(f"op {op!r} is not known" + (f"; did you mean {close[0]}?" if close else ""))
    if arch not in known.archs:
        raise BrokenTest(f"{arch} has no {op}")
    given = set(fields) - {"op", *_COMMENTS}
    missing, extra = set(known.required) - given, given - {*known.required, *known.optional}
    if missing or extra:
        wrong = f"lacks {_listed(missing)}" if missing else f"has {_listed(extra)}, which it does not take"
        raise BrokenTest(f"{op} {wrong}")
    assert isinstance(op, str)
    return Step(
        op,
        at=place(fields["at"]) if "at" in fields else None,
        entry=descriptor(fields["val"]) if op in ("pt_write", "pt_rmw") else None,
        bits=_bits(fields["bits"]) if "bits" in fields else "",
        cell=cell(fields["addr"]) if "addr" in fields else "",
        value=number(fields["val"], "val") if op in ("mem_write", "store") else 0,
        page=_page(op, fields.get("va")),
        to=_targets(fields["to"], threads) if "to" in fields else (),
        out=cell(fields["out"]) if fields.get("out") is not None else None,
        text=_text(op, fields),
    )


def _bits(value: object) -> str:
    if not isinstance(value, str) or not value or not set(value) <= set("wad"):
        raise BrokenTest(f"bits {value!r} are not known; they are some of w, a and d")
    return value


def _page(op: str, value: object) -> int | str | None:
    if op == "ipi_send" and value in (None, NO_ADDRESS, ALL):
        return NO_ADDRESS if value is None else str(value)
    return address(value) if value is not None else None


def address(value: object) -> int:
    """A 4K page of the window, by its number.

    Raises:
        BrokenTest: it is none.
    """
    found = number(value, "va")
    if not 0 <= found <= MAX_ADDRESS:
        raise BrokenTest(f"va {found} is outside of the 2M window: 0 to {MAX_ADDRESS}")
    return found


def _targets(value: object, threads: int) -> tuple[int, ...]:
    targets = value if isinstance(value, list) else [value]
    for target in targets:
        if number(target, "to") not in range(threads):
            raise BrokenTest(f"to names CPU {target}, which there is not: threads run on CPUs 0 to {threads - 1}")
    return tuple(dict.fromkeys(targets))


def _text(op: str, fields: Mapping[str, Any]) -> str:
    """The operation as a trace shows it."""
    shown = {name: str(value) for name, value in fields.items() if name not in _COMMENTS and value is not None}
    prefixes = {"op": "", "at": "", "addr": "", "val": "", "out": "-> "}
    return " ".join(f"{prefixes.get(name, name + '=')}{value}" for name, value in shown.items())


def _question(value: object) -> tuple[Ask, ...]:
    conjuncts = value.get("exists") if isinstance(value, dict) and set(value) == {"exists"} else None
    if not isinstance(conjuncts, list) or not conjuncts:
        raise BrokenTest('the question is not {"exists": [[LEFT, VALUE], ...]}')
    asked = []
    for conjunct in conjuncts:
        match conjunct:
            case [str() as left, right]:
                asked.append(_ask(left, right))
            case _:
                raise BrokenTest(f"the question has {conjunct!r}, which is no pair [LEFT, VALUE]")
    return tuple(asked)


def _ask(left: str, right: object) -> Ask:
    text = f"{left} = {str(right).lower() if isinstance(right, bool) else right}"
    match left.split(":"):
        case ["pt", at]:
            return Ask("entry", descriptor(right), at=place(at), text=text)
        case ["mem", name]:
            return Ask("memory", number(right, left), name=cell(name), text=text)
        case ["mixed" | "conflict" as kind, cpu, va] if cpu[:1] == "P" and cpu[1:].isdecimal() and va.isdecimal():
            if not isinstance(right, bool):
                raise BrokenTest(f"{left} is asked to be {right!r}, not true or false")
            return Ask(kind, right, thread=int(cpu[1:]), page=address(int(va)), text=text)
    thread, dot, name = left.partition(".")
    if thread[:1] == "P" and thread[1:].isdecimal() and dot:
        return Ask("register", right, thread=int(thread[1:]), name=cell(name), text=text)
    raise BrokenTest(
        f"the question asks for {left!r}; it can ask for P1.v, pt:T.0, mem:A0, mixed:P1:0 or conflict:P1:0"
    )


def _check_places(test: MmuTest) -> None:
    """What operations and the question name is there, and entries are of a kind that their place can hold."""
    if None not in test.entries:
        raise BrokenTest("init.pt has no pmd")
    for at, entry in test.entries.items():
        _check_entry(at, entry)
    for step in (step for steps in test.threads for step in steps):
        if OPERATIONS[step.op].required[:1] == ("at",):
            _check_place(test, step.at, step.text)
        if step.entry is not None:
            _check_entry(step.at, step.entry)
    for ask in test.question:
        _check_ask(test, ask)


def _check_blocks(test: MmuTest) -> None:
    """There are few pages, and the frames of blocks have names of their own: block A has no A11 where A1 has one."""
    if len(addresses(test)) > MAX_PAGES:
        raise BrokenTest(f"{len(addresses(test))} different addresses are too many; there can be {MAX_PAGES}")
    entries = [*test.entries.values(), *(step.entry for steps in test.threads for step in steps if step.entry)]
    blocks = {entry.target for entry in entries if entry.kind == "blk"}
    if len({f"{block}{va}" for block in blocks for va in addresses(test)}) < len(blocks) * len(addresses(test)):
        raise BrokenTest(f"blocks {', '.join(sorted(blocks))} share names of frames")


def _check_entry(at: Place, entry: Descriptor) -> None:
    if entry.kind in (("pg",) if at is None else ("tab", "blk")):
        where = "the pmd" if at is None else f"{at.table}.{at.va}"
        raise BrokenTest(f"{where} cannot hold {entry}")


def _check_place(test: MmuTest, at: Place, where: str) -> None:
    if at is not None and at not in test.entries:
        raise BrokenTest(f"{where}: init.pt has no {at.table}.{at.va}")


def _check_ask(test: MmuTest, ask: Ask) -> None:
    if ask.kind == "entry":
        _check_place(test, ask.at, ask.text)
    elif ask.kind in ("mixed", "conflict") and ask.thread >= len(test.threads):
        raise BrokenTest(f"{ask.text}: there is no thread {ask.thread}")
    elif ask.kind == "memory" and ask.name not in memory_names(test):
        raise BrokenTest(f"{ask.text}: there is no memory {ask.name}")
    elif ask.kind == "register":
        _check_register(test.last_writer(ask.thread, ask.name), ask)


def _check_register(step: Step, ask: Ask) -> None:
    if step.op in ("pt_read", "pt_rmw"):
        descriptor(ask.value)
    elif step.op == "store":
        if ask.value not in ("ok", "F"):
            raise BrokenTest(f"{ask.text}: a store gives ok or F")
    elif step.op != "load" or ask.value != "F":
        number(ask.value, ask.text)


def memory_names(test: MmuTest) -> tuple[str, ...]:
    """Every word of memory that matters, frames first: those of blocks and pages, then the others."""
    steps = [step for steps in test.threads for step in steps]
    leaves = list(test.entries.values()) + [step.entry for step in steps if step.entry is not None]
    frames: dict[str, None] = {}
    for leaf in leaves:
        if leaf.kind == "blk":
            frames |= dict.fromkeys(f"{leaf.target}{va}" for va in addresses(test))
    frames |= dict.fromkeys(leaf.target for leaf in leaves if leaf.kind == "pg")
    asked = [ask.name for ask in test.question if ask.kind == "memory" and ask.name in test.cells]
    return tuple(frames | dict.fromkeys(step.cell for step in steps if step.cell) | dict.fromkeys(asked))


def addresses(test: MmuTest) -> tuple[int, ...]:
    """The pages of the window that matter: those that some operation or the question names, ascending."""
    pages = {step.page for steps in test.threads for step in steps if isinstance(step.page, int)}
    pages |= {ask.page for ask in test.question if ask.kind in ("mixed", "conflict")}
    places = [step.at for steps in test.threads for step in steps] + [ask.at for ask in test.question]
    return tuple(sorted(pages | {at.va for at in places if at is not None})) or (0,)
