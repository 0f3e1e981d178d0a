"""Each barrier of 088b8aa537c2 left out: what it is for (docs/models/anon.md)."""

from models.hardware.weak_memory import IN_ORDER, LOCATIONS, MESSAGES
from models.mm.anon_exclusive import (
    CLEAR_MB,
    EXCLUSIVE_RMB,
    LEFT_OUT,
    PIN_MB,
    RESTORES,
    SHARED_WMB,
    ExclusivePage,
    exclusive,
    gup_pte_range,
    page_try_share_anon_rmap,
)
from models.patches import V6_1
from properties.anon_exclusive import page_is_shared, pinned_page_is_not_shared
from thpverify.lang import HOLDS, scenario, violates

BROKEN = violates("pinned_page_is_not_shared")
for restores, variant, left_out, properties, expect in (
    (0, "", 0, [page_is_shared], HOLDS),
    (1, "without smp_mb behind the clearing", CLEAR_MB, [], BROKEN),
    (1, "without smp_mb behind the pin", PIN_MB, [], BROKEN),
    (1, "without smp_mb before the restoring", SHARED_WMB, [], BROKEN),
    (1, "without smp_rmb before PageAnonExclusive", EXCLUSIVE_RMB, [], BROKEN),
    (0, "without the smp_rmb, not restored", EXCLUSIVE_RMB, [page_is_shared], HOLDS),
):
    scenario(
        "mm-anon-exclusive",
        variant=variant,
        state=ExclusivePage,
        threads=[page_try_share_anon_rmap(), gup_pte_range()],
        properties=[pinned_page_is_not_shared, *properties],
        initial=exclusive,
        constants={LEFT_OUT: left_out, RESTORES: restores, IN_ORDER: 1, LOCATIONS: 3, MESSAGES: 3},
        era=V6_1,
        expect=expect,
        deadlock_free=False,
    )
