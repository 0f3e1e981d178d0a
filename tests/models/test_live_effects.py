"""One after the other, the models' operations leave what a real kernel was seen to leave.

data/live_anon.json holds what Linux 6.18 showed after each operation on an anonymous huge page (/proc/kpagecount and
PAGEMAP_SCAN), read for 4 subpages instead of 512: how each process maps the window (H by PMD, P by PTEs), and for each
address the mapcount of the subpage there, "s" for a small page in its place, "-" for nothing. How the kernel counts has
changed since the versions that models/mm has; what a subpage's mapcount is has not.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from models.kvm.mmu import KVM, Machine
from models.kvm.set_up import mapped_once, mapped_twice
from models.mm.isolation import wp_huge_fault
from models.mm.page import ANON, MMS, NR, Pmd, Pte
from models.mm.split import split_huge_pmd
from models.mm.zap import unmap_window, zap_address
from thpverify.lang.context import Activation, activate

SEEN = json.loads((Path(__file__).parent / "data" / "live_anon.json").read_text(encoding="utf-8"))["sequences"]


def operation(s: Any, text: str) -> Iterator[object]:
    """The generator of models/mm that stands for an operation like "write B 1"."""
    name, process, *page = text.split()
    a = "AB".index(process)
    match name:
        case "write":
            return wp_huge_fault.function(s, a=a, i=int(page[0]))
        case "dontneed":
            return zap_address(s, a, int(page[0]))
        case "unmap":
            return unmap_window(s, a)
        case _:
            return split_huge_pmd(s, a, False)


def mapcount(s: Any, i: int) -> int:
    """page_mapcount() of subpage i, PG_double_map's bias taken off."""
    return s.page.compound_mapcount + s.page.mapcount[i] - (1 if s.page.double_map else 0)


def shown(s: Any, a: int) -> str:
    """What the process maps, written as in the data."""
    m = s.mm[a]
    if m.pmd == Pmd.HUGE:
        return " ".join(["H", *(str(mapcount(s, i)) for i in range(4))])
    if all(pte == Pte.NONE for pte in m.pte):
        return ""
    known = {Pte.NONE: "-", Pte.FRESH: "s"}
    return " ".join(["P", *(known.get(m.pte[i]) or str(mapcount(s, i)) for i in range(4))])


@pytest.mark.parametrize("sequence", SEEN, ids=lambda sequence: sequence["name"])
def test_operations_leave_what_a_kernel_was_seen_to_leave(sequence: dict[str, Any]) -> None:
    processes = sequence["processes"]
    with activate(Activation(constants={KVM: 0, MMS: processes, ANON: 1, NR: 4})):
        s = Machine()
        (mapped_once if processes == 1 else mapped_twice)(s)
        for step in sequence["steps"]:
            for _ in operation(s, step["do"]):
                pass
            assert {"AB"[a]: shown(s, a) for a in range(processes)} == step["then"], step["do"]
            references = sum(m.pmd == Pmd.HUGE for m in s.mm) + sum(pte == Pte.PAGE for m in s.mm for pte in m.pte)
            assert s.page.refcount[0] == references
