"""anon-exclusive-gup-order: a page is pinned and shared, since each side sees the other too late (088b8aa537c2, v6.1).

Where flushing a TLB interrupts every CPU (x86-64) a walk of GUP is waited for, and nothing happens; elsewhere it can.
"""

from models.hardware.weak_memory import IN_ORDER, LOCATIONS, MESSAGES
from models.mm.anon_exclusive import RESTORES, ExclusivePage, exclusive, gup_pte_range, page_try_share_anon_rmap
from models.patches import EXCLUSIVE_BARRIERS, V6_0
from properties.anon_exclusive import page_is_pinned_and_stays_exclusive, pinned_page_is_not_shared
from thpverify.lang import HOLDS, known_bug, scenario, violates

known_bug(
    "anon-exclusive-gup-order",
    fix=EXCLUSIVE_BARRIERS,
    introduced="v5.19",
    invariants=["COW", "ORDER"],
    breaks="A pinned page may be merged, swapped or migrated as a shared one; the next write leaves the pin behind.",
)

for what, restores in (("", 1), ("-unmapped", 0)):
    for patches, properties, expect in (
        ([], [], violates("pinned_page_is_not_shared")),
        ([EXCLUSIVE_BARRIERS], [page_is_pinned_and_stays_exclusive], HOLDS),
    ):
        scenario(
            f"anon-exclusive-gup-order{what}",
            state=ExclusivePage,
            threads=[page_try_share_anon_rmap(), gup_pte_range()],
            properties=[pinned_page_is_not_shared, *properties],
            initial=exclusive,
            constants={RESTORES: restores, IN_ORDER: 1, LOCATIONS: 3, MESSAGES: 3},
            era=V6_0,
            patches=patches,
            expect=expect,
            deadlock_free=False,
        )
