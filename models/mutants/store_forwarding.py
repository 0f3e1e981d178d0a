"""A processor whose loads pass by its own store buffer: what a model without forwarding would do."""

from models.hardware.store_forwarding import Forwarding
from models.hardware.stores import drain, write_cell
from properties.store_forwarding import own_store_is_read_back
from thpverify.lang import atomic, scenario, thread, violates


@thread
def store_and_read_memory(s: Forwarding, c: int):
    """CPU c reads its cell from memory while its own store still waits."""
    write_cell(s.machine, c, c, 1)
    atomic("the buffer is the CPU's own")
    yield "store"
    s.own[c] = s.machine.cell[c]
    yield "load of the own cell"


scenario(
    "mutant-load-without-forwarding",
    state=Forwarding,
    threads=[store_and_read_memory(c=0), drain(c=0)],
    properties=[own_store_is_read_back],
    expect=violates("own_store_is_read_back"),
    deadlock_free=False,
)
