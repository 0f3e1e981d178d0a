"""The compiler of native functions: the same function in CPython and as machine code."""

from __future__ import annotations

import ctypes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thpverify.explicit import NativeError, table
from thpverify.explicit.intrinsics import fold, multiply_high, probe_line, trailing_zeros
from thpverify.explicit.jit import LOOP_PASSES, Library, Source, build
from thpverify.explicit.native import compile_native
from thpverify.explicit.program import core_source

WORD = st.integers(0, (1 << 64) - 1)

LOOPS = '''
LIMIT = 10

@record
class Pair(Record):
    left: u64
    right: u64

def gcd(a: u64, b: u64) -> u64:
    """Euclid."""
    while b != 0:
        rest = a % b
        a = b
        b = rest
    return a

def first_multiple(step: u64, over: u64) -> u64:
    at = 0
    while True:
        at += 1
        if at * step <= over or not at > 1:
            continue
        if at > LIMIT and step < 1000:
            break
        elif at > LIMIT * 2:
            return 0
        else:
            at = at
    return at * step

def swap(pair: Pair) -> u64:
    old = pair.left
    pair.left = pair.right
    pair.right = old
    return fetch_add(pair, "left", 5)

def high(a: u64, b: u64) -> u64:
    return multiply_high(a, b)

def mixed(a: u64, b: u64) -> u64:
    return fold(a, b)

def probe(at: ptr, key: u64, mask: u64) -> u64:
    return probe_line(at, key, mask)

def lowest(a: u64) -> u64:
    return trailing_zeros(a)

def differs(a: u64, b: u64) -> u64:
    return 10 * (a != b) + (a < b)
'''


@pytest.fixture(scope="module")
def library() -> Library:
    return build((Source(compile_native(LOOPS, {})),), None)


def call(library: Library, name: str, *arguments: int) -> int:
    kinds = [ctypes.c_uint64] * (len(arguments) + 1)
    result: int = ctypes.CFUNCTYPE(*kinds)(library.address(name))(*arguments)
    return result


def first_multiple(step: int, over: int) -> int:
    at = max(2, over // step + 1, 11)
    return at * step


@given(st.integers(1, 999), st.integers(0, 10_000))
def test_loops_and_conditions(library: Library, step: int, over: int) -> None:
    assert call(library, "first_multiple", step, over) == first_multiple(step, over)


def test_euclid(library: Library) -> None:
    assert call(library, "gcd", 1071, 462) == 21


def test_fields(library: Library) -> None:
    pair = (ctypes.c_uint64 * 2)(3, 4)
    assert call(library, "swap", ctypes.addressof(pair)) == 4
    assert list(pair) == [9, 3]


@given(WORD, WORD)
def test_wide_multiplication(library: Library, a: int, b: int) -> None:
    assert call(library, "high", a, b) == multiply_high(a, b)
    assert call(library, "mixed", a, b) == fold(a, b)


@given(st.lists(st.integers(0, 7), min_size=16, max_size=16), st.integers(0, (1 << 32) - 1), st.integers(0, 7))
def test_a_line_is_probed_as_a_whole(library: Library, low: list[int], key: int, mask: int) -> None:
    """Slots that agree with the key in most bits, or are zero, so that the three lowest bits decide."""
    room = (ctypes.c_uint32 * 32)()
    start = -ctypes.addressof(room) % 64 // 4
    room[start : start + 16] = [bits and (key & ~7 | bits) for bits in low]
    line = ctypes.addressof(room) + 4 * start
    expected = sum(1 << n for n in range(16) if not room[start + n] or (room[start + n] ^ key) & mask == 0)
    assert call(library, "probe", line, key, mask) == probe_line(line, key, mask) == expected


@given(WORD, WORD)
def test_bits_and_comparisons_as_values(library: Library, a: int, b: int) -> None:
    assert call(library, "lowest", a) == trailing_zeros(a)
    assert call(library, "lowest", 0) == 64 == trailing_zeros(0)
    assert call(library, "differs", a, b) == 10 * (a != b) + (a < b)
    assert call(library, "differs", a, a) == 0


@pytest.fixture(scope="module")
def core_library() -> Library:
    sizes = {"WORDS": 1, "PAIRS": 1, "TAIL": 0, "RECORD": 8, "EVENT": 24, "RECENT": 16}
    own = "def hash_of(state: ptr) -> u64:\n    return hash_words(state)\n"
    text = compile_native(core_source() + own, sizes)
    model = """define i64 @expand(ptr %a, ptr %b, ptr %c, ptr %d) {\n  ret i64 0\n}
define void @inspect(ptr %a, ptr %b) {\n  ret void\n}\n"""
    return build((Source(text, LOOP_PASSES), Source(model)), None)


@given(st.lists(WORD, min_size=1, max_size=1))
def test_the_core_runs_the_same_in_cpython(core_library: Library, words: list[int]) -> None:
    state = (ctypes.c_uint64 * len(words))(*words)
    at = ctypes.addressof(state)
    assert call(core_library, "hash_of", at) == table.hash_words(at)


def test_what_is_not_native_is_refused_with_its_line() -> None:
    with pytest.raises(NativeError, match="line 3: not native: x = y = 1"):
        compile_native("def f(a: u64) -> u64:\n    a = 1\n    x = y = 1\n    return a\n", {})
    with pytest.raises(NativeError, match="line 2: not native: unknown"):
        compile_native("def f(a: u64) -> u64:\n    b = unknown\n    return a\n", {})
