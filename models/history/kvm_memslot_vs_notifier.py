"""kvm-memslot-vs-notifier: a slot appears or goes between a notifier's start and its end (52ac8b358b0c, v5.15)."""

from models.kvm.slot_changes import State, fault, set_memory_region, unmap
from models.patches import MEMSLOT_WAITS, V5_15
from properties.slot_changes import (
    count_is_of_open_invalidations,
    invalidation_hits_the_slot,
    slot_is_mapped,
    slot_maps_no_freed_page,
)
from thpverify.lang import HOLDS, known_bug, scenario, violates

known_bug(
    "kvm-memslot-vs-notifier",
    fix=MEMSLOT_WAITS,
    introduced="v5.15 (before its release)",
    invariants=["SEC", "BUG"],
    breaks="Only one of a notifier's start and end finds the slot: the count goes wrong, a freed page stays mapped.",
)

SAFE = [slot_maps_no_freed_page, count_is_of_open_invalidations]
SIDES = [
    ("", [MEMSLOT_WAITS], [slot_maps_no_freed_page], violates("slot_maps_no_freed_page")),
    ("-count", [MEMSLOT_WAITS], [], violates("assertion")),
    ("-stuck", [MEMSLOT_WAITS], [count_is_of_open_invalidations], violates("count_is_of_open_invalidations")),
    ("", [], [*SAFE, slot_is_mapped, invalidation_hits_the_slot], HOLDS),
]
for what, without, properties, expect in SIDES:
    scenario(
        f"kvm-memslot-vs-notifier{what}",
        state=State,
        threads=[unmap(), set_memory_region(), fault()],
        properties=properties,
        era=V5_15,
        without=without,
        expect=expect,
    )
