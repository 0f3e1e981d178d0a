"""collapse_huge_page() beside lockless walks, where flushing interrupts them and where it does not."""

from models.mm.anon_collapse import (
    COPY_LATE,
    IPI,
    MAPCOUNT_AGAIN,
    MISTAKE,
    Collapse,
    child_unmaps,
    child_writes,
    collapse_huge_page,
    get_user_pages_fast,
    lock_small_page,
    shared_by_some,
)
from models.patches import GUP_PMD_AGAIN, V5_7, V6_0
from properties.anon_collapse import (
    collapsed_page_has_the_data_of_its_process,
    page_in_use_is_not_collapsed,
    page_is_gotten_in_the_old_table,
    shared_page_is_collapsed,
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

SHARED = {
    "state": Collapse,
    "threads": [collapse_huge_page(), get_user_pages_fast(g=0), child_unmaps(i=0), child_writes(i=1)],
    "initial": shared_by_some,
    "deadlock_free": False,
}
DATA = collapsed_page_has_the_data_of_its_process
REACHED = [shared_page_is_collapsed, small_pages_are_collapsed]
TWICE, LATE = {MAPCOUNT_AGAIN: 1}, {MISTAKE: COPY_LATE}
scenario("mm-anon-collapse-shared", properties=[*SAFE, DATA], era=V5_7, **SHARED)
scenario("mm-anon-collapse-shared", properties=[page_in_use_is_not_collapsed], era=V6_0, expect=LOST, **SHARED)
scenario(
    "mm-anon-collapse-shared",
    variant="mapcount read twice",
    properties=[page_in_use_is_not_collapsed, DATA, *REACHED],
    constants=TWICE,
    era=V6_0,
    **SHARED,
)
scenario("mm-anon-collapse-shared-data", properties=[DATA, *REACHED], era=V6_0, **SHARED)
scenario(
    "mutant-anon-collapse-copies-late",
    properties=[DATA],
    constants=LATE,
    era=V6_0,
    expect=violates(DATA.name),
    **SHARED,
)
