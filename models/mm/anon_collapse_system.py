"""collapse_huge_page() beside lockless walks, where flushing interrupts them and where it does not."""

from models.mm.anon_collapse import IPI, Collapse, collapse_huge_page, get_user_pages_fast, lock_small_page
from models.patches import GUP_PMD_AGAIN, V6_0
from properties.anon_collapse import (
    page_in_use_is_not_collapsed,
    page_is_gotten_in_the_old_table,
    small_pages_are_collapsed,
)
from thpverify.lang import scenario, violates

SAFE = [page_in_use_is_not_collapsed, small_pages_are_collapsed]
ANON = {
    "state": Collapse,
    "threads": [collapse_huge_page(), get_user_pages_fast(g=0), lock_small_page(i=0)],
    "deadlock_free": False,
}
ARM64, LOST = {IPI: 0}, violates("page_in_use_is_not_collapsed")

scenario("mm-anon-collapse", properties=[*SAFE, page_is_gotten_in_the_old_table], era=V6_0, **ANON)
scenario("mm-anon-collapse-arm64", properties=SAFE, constants=ARM64, era=V6_0, expect=LOST, **ANON)
scenario("mm-anon-collapse-arm64", properties=SAFE, constants=ARM64, era=V6_0, patches=[GUP_PMD_AGAIN], **ANON)
