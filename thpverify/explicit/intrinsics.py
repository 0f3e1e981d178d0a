"""What native functions are made of besides plain Python: types, records, and single machine operations.

Each operation exists twice: as Python that works on the memory of this process, and in `PRELUDE` as LLVM IR.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import TypeVar

u64 = int
ptr = int
_LOW = (1 << 64) - 1


class Record(ctypes.Structure):
    """A structure of 8-byte fields, in the order of its annotations, shared by Python and native code."""


RecordClass = TypeVar("RecordClass", bound=type[Record])
Function = TypeVar("Function", bound=Callable[..., object])


def record(cls: RecordClass) -> RecordClass:
    """Class decorator that gives a subclass of `Record` its fields."""
    cls._fields_ = [(name, ctypes.c_uint64) for name in cls.__annotations__]
    return cls


def external(function: Function) -> Function:
    """Mark a native function whose machine code is in another module; its Python body only serves CPython."""
    return function


def inlined(function: Function) -> Function:
    """Mark a native function that is compiled into its callers and cannot be called from outside."""
    return function


def address(record: Record) -> ptr:
    """Where `record` lives."""
    return ctypes.addressof(record)


def load64(at: ptr) -> u64:
    """The 8 bytes at `at`, which need not be aligned."""
    return ctypes.c_uint64.from_address(at).value


def load32(at: ptr) -> u64:
    """The 4 bytes at `at`; other threads' writes to it are seen with everything that they wrote before."""
    return ctypes.c_uint32.from_address(at).value


def load8(at: ptr) -> u64:
    """The byte at `at`."""
    return ctypes.c_uint8.from_address(at).value


def store64(at: ptr, value: u64) -> None:
    """Write 8 bytes."""
    ctypes.c_uint64.from_address(at).value = value


def store32(at: ptr, value: u64) -> None:
    """Write the low 4 bytes of `value`."""
    ctypes.c_uint32.from_address(at).value = value


def store8(at: ptr, value: u64) -> None:
    """Write the low byte of `value`."""
    ctypes.c_uint8.from_address(at).value = value


def swap32(at: ptr, expected: u64, desired: u64) -> u64:
    """Atomically: what stood at `at`, which becomes `desired` if that was `expected`."""
    cell = ctypes.c_uint32.from_address(at)
    before = cell.value
    if before == expected:
        cell.value = desired
    return before


def fetch_add(record: Record, field: str, amount: u64) -> u64:
    """Atomically: the field before `amount` was added to it."""
    before: int = getattr(record, field)
    setattr(record, field, before + amount)
    return before


def prefetch(at: ptr) -> None:
    """Ask for the cache line at `at`."""


def probe_line(at: ptr, key: u64, mask: u64) -> u64:
    """Which of 16 4-byte slots are 0 or agree with `key` in `mask`'s bits: bit i for slot i. `at` is aligned to 64.

    Other threads may be writing: what it says of a slot was true at some moment since the last synchronisation.
    """
    slots = [ctypes.c_uint32.from_address(at + 4 * number).value for number in range(16)]
    return sum(1 << number for number, slot in enumerate(slots) if slot == 0 or (slot ^ key) & mask == 0)


def trailing_zeros(value: u64) -> u64:
    """The number of the lowest bit that is set; 64 if none is."""
    return (value & -value).bit_length() - 1 if value else 64


def multiply_high(left: u64, right: u64) -> u64:
    """The upper half of the 128-bit product."""
    return left * right >> 64


def fold(left: u64, right: u64) -> u64:
    """The upper half of the 128-bit product xor its lower half."""
    product = left * right
    return product >> 64 ^ product & _LOW


PRELUDE = """
declare void @llvm.prefetch.p0(ptr, i32, i32, i32)
declare i64 @llvm.cttz.i64(i64, i1)
define internal i64 @load64(i64 %a) alwaysinline { %p = inttoptr i64 %a to ptr
  %v = load i64, ptr %p, align 1
  ret i64 %v }
define internal i64 @load32(i64 %a) alwaysinline { %p = inttoptr i64 %a to ptr
  %v = load atomic i32, ptr %p acquire, align 4
  %w = zext i32 %v to i64
  ret i64 %w }
define internal i64 @load8(i64 %a) alwaysinline { %p = inttoptr i64 %a to ptr
  %v = load atomic i8, ptr %p monotonic, align 1
  %w = zext i8 %v to i64
  ret i64 %w }
define internal void @store64(i64 %a, i64 %v) alwaysinline { %p = inttoptr i64 %a to ptr
  store i64 %v, ptr %p, align 1
  ret void }
define internal void @store32(i64 %a, i64 %v) alwaysinline { %p = inttoptr i64 %a to ptr
  %w = trunc i64 %v to i32
  store i32 %w, ptr %p, align 4
  ret void }
define internal void @store8(i64 %a, i64 %v) alwaysinline { %p = inttoptr i64 %a to ptr
  %w = trunc i64 %v to i8
  store atomic i8 %w, ptr %p monotonic, align 1
  ret void }
define internal i64 @swap32(i64 %a, i64 %e, i64 %d) alwaysinline { %p = inttoptr i64 %a to ptr
  %f = trunc i64 %e to i32
  %g = trunc i64 %d to i32
  %r = cmpxchg ptr %p, i32 %f, i32 %g acq_rel acquire
  %v = extractvalue { i32, i1 } %r, 0
  %w = zext i32 %v to i64
  ret i64 %w }
define internal i64 @add_to(i64 %a, i64 %d) alwaysinline { %p = inttoptr i64 %a to ptr
  %v = atomicrmw add ptr %p, i64 %d acq_rel
  ret i64 %v }
define internal void @prefetch(i64 %a) alwaysinline { %p = inttoptr i64 %a to ptr
  call void @llvm.prefetch.p0(ptr %p, i32 0, i32 3, i32 1)
  ret void }
define internal i64 @probe_line(i64 %a, i64 %k, i64 %m) alwaysinline { %p = inttoptr i64 %a to ptr
  %v = load <16 x i32>, ptr %p, align 64
  %k32 = trunc i64 %k to i32
  %m32 = trunc i64 %m to i32
  %k1 = insertelement <16 x i32> poison, i32 %k32, i32 0
  %ks = shufflevector <16 x i32> %k1, <16 x i32> poison, <16 x i32> zeroinitializer
  %m1 = insertelement <16 x i32> poison, i32 %m32, i32 0
  %ms = shufflevector <16 x i32> %m1, <16 x i32> poison, <16 x i32> zeroinitializer
  %x = xor <16 x i32> %v, %ks
  %y = and <16 x i32> %x, %ms
  %e = icmp eq <16 x i32> %y, zeroinitializer
  %z = icmp eq <16 x i32> %v, zeroinitializer
  %o = or <16 x i1> %e, %z
  %b = bitcast <16 x i1> %o to i16
  %r = zext i16 %b to i64
  ret i64 %r }
define internal i64 @trailing_zeros(i64 %a) alwaysinline { %v = call i64 @llvm.cttz.i64(i64 %a, i1 false)
  ret i64 %v }
define internal i64 @multiply_high(i64 %a, i64 %b) alwaysinline { %x = zext i64 %a to i128
  %y = zext i64 %b to i128
  %p = mul i128 %x, %y
  %h = lshr i128 %p, 64
  %v = trunc i128 %h to i64
  ret i64 %v }
define internal i64 @fold(i64 %a, i64 %b) alwaysinline { %x = zext i64 %a to i128
  %y = zext i64 %b to i128
  %p = mul i128 %x, %y
  %h = lshr i128 %p, 64
  %u = xor i128 %h, %p
  %v = trunc i128 %u to i64
  ret i64 %v }
"""
VALUES = ("load64", "load32", "load8", "swap32", "probe_line", "trailing_zeros", "multiply_high", "fold")
ACTIONS = ("store64", "store32", "store8", "prefetch")
