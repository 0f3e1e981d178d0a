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


def multiply_high(left: u64, right: u64) -> u64:
    """The upper half of the 128-bit product."""
    return left * right >> 64


def fold(left: u64, right: u64) -> u64:
    """The upper half of the 128-bit product xor its lower half."""
    product = left * right
    return product >> 64 ^ product & _LOW


PRELUDE = """
declare void @llvm.prefetch.p0(ptr, i32, i32, i32)
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
VALUES = ("load64", "load32", "load8", "swap32", "multiply_high", "fold")
ACTIONS = ("store64", "store32", "store8", "prefetch")
