"""A mistake that the properties of mremap() have to find."""

from models.kvm.empty_range import State, fault
from properties.empty_range import moved_page_is_not_mapped
from thpverify.lang import atomic, scenario, thread, violates


@thread
def move_untold(s: State):
    """A page is moved without a notifier."""
    atomic("both page table locks are held")
    s.here[0] = False
    s.moved[0] = True
    yield "move_ptes"


scenario(
    "mutant-mremap-untold",
    state=State,
    threads=[move_untold(), fault()],
    properties=[moved_page_is_not_mapped],
    deadlock_free=False,
    expect=violates("moved_page_is_not_mapped"),
)
