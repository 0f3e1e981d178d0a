"""x86-64 store buffers on their own: each of two CPUs stores to its cell, reads it back, and reads the other's.

A CPU sees its own store before anybody else does (Intel SDM vol. 3A, 9.2.3.5, "intra-processor forwarding is allowed").
"""

from models.hardware.machine import CPUS, Machine
from models.hardware.stores import drain, read_cell, write_cell
from properties.store_forwarding import both_read_what_was_before, own_store_is_read_back
from thpverify.lang import Array, Ghost, Int, atomic, record, scenario, thread


@record
class Forwarding:
    machine: Machine
    own: Array[CPUS, Ghost[Int[0, 2]]] = 2  # what each has read, 2 while it has not
    other: Array[CPUS, Ghost[Int[0, 2]]] = 2


@thread
def store_and_read(s: Forwarding, c: int):
    """CPU c."""
    write_cell(s.machine, c, c, 1)
    atomic("the buffer is the CPU's own")
    yield "store"
    s.own[c] = read_cell(s.machine, c, c)
    yield "load of the own cell"
    s.other[c] = read_cell(s.machine, c, 1 - c)
    yield "load of the other's"


scenario(
    "x86-store-forwarding",
    state=Forwarding,
    threads=[store_and_read(c=0), store_and_read(c=1), drain(c=0), drain(c=1)],
    properties=[own_store_is_read_back, both_read_what_was_before],
    deadlock_free=False,
)
