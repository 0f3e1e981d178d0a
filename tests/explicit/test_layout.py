"""Packing: round trips, no straddling, the log record as small as promised."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.explicit.bench_system import bench_system
from tests.explicit.build import Builder, at
from thpverify.explicit import StateTooWide
from thpverify.explicit.layout import make_layout
from thpverify.ir.system import System


@st.composite
def systems_with_states(draw: st.DrawFn) -> tuple[System, tuple[int, ...]]:
    b = Builder()
    thread = b.thread("t", 2)
    values: list[int] = [draw(st.integers(0, 1))]
    for number in range(draw(st.integers(0, 8))):
        lo = draw(st.integers(-(1 << 40), 1 << 40))
        hi = lo + draw(st.sampled_from([0, 1, 2, 3, 7, 8, 100, 1 << 20, (1 << 33) + 5]))
        size = draw(st.integers(1, 20))
        variable = b.variable(f"v{number}[]", lo, hi, (size,), lo)
        values += [draw(st.integers(lo, hi)) for _ in range(size)]
        if draw(st.booleans()):
            index = b.variable(f"i{number}", 0, size - 1)
            values.append(draw(st.integers(0, size - 1)))
            b.command(thread, 0, 1, (b.put(variable, lo, at(index)),), 1)
    return b.system(), tuple(values)


@given(systems_with_states())
def test_round_trip(case: tuple[System, tuple[int, ...]]) -> None:
    system, state = case
    layout = make_layout(system)
    words = layout.pack(state)
    assert len(words) == layout.words
    assert all(0 <= word < 1 << 64 for word in words)
    assert layout.unpack(words) == state
    tail = layout.granules - 2 * (layout.words - 1)
    assert words[-1] < 1 << 32 * tail


@given(systems_with_states())
def test_elements_do_not_overlap_or_straddle(case: tuple[System, tuple[int, ...]]) -> None:
    layout = make_layout(case[0])
    taken: set[tuple[int, int]] = set()
    for place in (place for places in layout.places.values() for place in places):
        bits = {(place.word, place.shift + bit) for bit in range(place.bits)}
        assert place.shift + place.bits <= 64
        assert not bits & taken
        taken |= bits


def test_the_benchmark_state_of_85_bits_takes_12_bytes() -> None:
    layout = make_layout(bench_system("L"))
    assert layout.bits == 85
    assert (layout.words, layout.record_bytes) == (2, 12)


def test_too_wide_a_state_is_refused_by_name() -> None:
    b = Builder()
    b.variable("small", 0, 1)
    b.variable("huge[]", 0, 255, (600,))
    with pytest.raises(StateTooWide, match=r"huge\[\] \(4800 bits\)"):
        make_layout(b.system())
