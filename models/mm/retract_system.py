"""retract_page_tables() before and since v6.6, beside faults and truncation (docs/models/shmem.md)."""

from models.mm.retract import Process, fault, retract_page_tables, some_mapped, unmap_mapping_range
from models.patches import RETRACT_UNLOCKED, V6_1, V6_6
from properties.page_table import RETRACTION, no_freed_page_table_is_used, the_page_table_is_freed
from thpverify.lang import scenario, violates

RETRACT = {
    "state": Process,
    "threads": [retract_page_tables(), unmap_mapping_range(i=0), fault(i=0), fault(i=1)],
    "initial": some_mapped,
}
scenario("mm-shmem-retract", properties=[*RETRACTION, the_page_table_is_freed], era=V6_1, **RETRACT)
scenario("mm-shmem-retract", properties=[*RETRACTION, the_page_table_is_freed], era=V6_6, **RETRACT)
scenario(
    "mm-shmem-retract",
    properties=[no_freed_page_table_is_used],
    era=V6_1,
    patches=[RETRACT_UNLOCKED],
    expect=violates("no_freed_page_table_is_used"),
    **RETRACT,
)
