"""deferred-split-requeue-order: a migrated page is queued when others see it already (3bac01168982, v7.1)."""

from models.mm.deferred_migration import Moving, deferred_split_scan, migrate_folio_move, munmap_one
from models.patches import MIGRATE_REQUEUES, REQUEUE_FIRST, V7_0
from properties.deferred_split import (
    moved_page_is_partially_mapped,
    moved_page_is_split,
    unjudged_page_is_queued,
)
from thpverify.lang import known_bug, scenario, violates

known_bug(
    "deferred-split-requeue-order",
    fix=REQUEUE_FIRST,
    introduced="v7.1",
    cve="CVE-2026-46017",
    invariants=["LOST", "BUG"],
    breaks="The shrinker drops a migrated page unseen, or munmap() has queued it as something else before.",
)

MOVE = {
    "state": Moving,
    "threads": [migrate_folio_move(), munmap_one(i=0), deferred_split_scan()],
    "era": V7_0,
    "deadlock_free": False,
}
BEFORE = {**MOVE, "patches": [MIGRATE_REQUEUES]}
ALONE = {"threads": [migrate_folio_move(), deferred_split_scan()], "expect": violates("unjudged_page_is_queued")}
PROPERTIES = [unjudged_page_is_queued, moved_page_is_split, moved_page_is_partially_mapped]

scenario("deferred-split-requeue-order", properties=PROPERTIES, expect=violates("assertion"), **BEFORE)
scenario("deferred-split-requeue-order-lost", properties=PROPERTIES, **{**BEFORE, **ALONE})
scenario("deferred-split-requeue-order-never", properties=PROPERTIES, **{**MOVE, **ALONE})
scenario(
    "deferred-split-requeue-order",
    properties=PROPERTIES,
    patches=[MIGRATE_REQUEUES, REQUEUE_FIRST],
    **MOVE,
)
