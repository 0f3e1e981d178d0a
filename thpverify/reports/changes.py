"""What a step changed, said shortly: the thread's own locals by their names, runs of elements as one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from thpverify.traces.trace import Change

_LAST_INDEX = re.compile(r"\[(\d+)\](?!.*\[)")


def condensed(changes: Sequence[Change], thread: str) -> list[str]:
    """``i: 0 -> 1`` for a local of `thread` or of its helpers, ``spte[0..3]: NONE -> HUGE`` for four equal changes."""
    return [f"{name}: {before} -> {after}" for name, before, after in _runs(_renamed(changes, thread))]


def _renamed(changes: Sequence[Change], thread: str) -> list[Change]:
    """`changes` with the locals of `thread` under their own names, as far as these tell them apart."""
    own = [name for name, _, _ in changes if name.startswith(f"{thread}.")]
    short = {name: name.rpartition(".")[2] for name in own}
    taken = [name for name, _, _ in changes if name not in short] + list(short.values())
    return [
        (short[n] if n in short and taken.count(short[n]) == 1 else n, before, after) for n, before, after in changes
    ]


def _runs(changes: Sequence[Change]) -> Iterator[Change]:
    """`changes` with neighbours that differ by one in their last index, and in nothing else, taken together."""
    run: list[Change] = []
    for change in changes:
        if run and not _continues(run[-1], change):
            yield _joined(run)
            run = []
        run.append(change)
    if run:
        yield _joined(run)


def _continues(last: Change, following: Change) -> bool:
    if last[1:] != following[1:]:
        return False
    one, other = _LAST_INDEX.search(last[0]), _LAST_INDEX.search(following[0])
    if one is None or other is None or int(other[1]) != int(one[1]) + 1:
        return False
    return _LAST_INDEX.sub("[]", last[0]) == _LAST_INDEX.sub("[]", following[0])


def _joined(run: Sequence[Change]) -> Change:
    name, before, after = run[0]
    if len(run) == 1:
        return name, before, after
    ends = [match[1] for match in (_LAST_INDEX.search(change[0]) for change in (run[0], run[-1])) if match]
    return _LAST_INDEX.sub(f"[{ends[0]}..{ends[1]}]", name), before, after
