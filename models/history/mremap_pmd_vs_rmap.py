"""mremap-pmd-vs-rmap: a page table moves to another PMD under a walk of the reverse map (97113eb39fa7, v5.14).

The walk has the table's lock and flushes the address that it came by; others use the new one meanwhile.
"""

from models.mm.move import Moving, fill, mapped_by_table
from models.mm.move_walks import shrink_page, truncate
from models.mm.mremap import mremap
from models.patches import MREMAP_RMAP_LOCKS, V5_13
from properties.mremap import (
    freed_page_is_translated_nowhere,
    page_is_freed_after_a_move,
    rmap_walk_is_in_a_page_table,
)
from thpverify.lang import HOLDS, known_bug, scenario, violates

known_bug(
    "mremap-pmd-vs-rmap",
    fix=MREMAP_RMAP_LOCKS,
    introduced="v5.0",
    cve="CVE-2022-41222",
    invariants=["TLB", "FWM", "PTUAF", "LOCK"],
    breaks="Reclaim frees a page while CPUs still reach it by the address that its page table has been moved to.",
)

FREED, LOST = freed_page_is_translated_nowhere, rmap_walk_is_in_a_page_table
for name, walk, patches, properties, expect in (
    ("", shrink_page(), [], [FREED], violates("freed_page_is_translated_nowhere")),
    ("-truncate", truncate(), [], [FREED], violates("freed_page_is_translated_nowhere")),
    ("-lost", shrink_page(), [], [LOST], violates("rmap_walk_is_in_a_page_table")),
    ("-lost-truncate", truncate(), [], [LOST], violates("rmap_walk_is_in_a_page_table")),
    ("", shrink_page(), [MREMAP_RMAP_LOCKS], [FREED, LOST, page_is_freed_after_a_move], HOLDS),
    ("-lost-truncate", truncate(), [MREMAP_RMAP_LOCKS], [FREED, LOST, page_is_freed_after_a_move], HOLDS),
):
    scenario(
        f"mremap-pmd-vs-rmap{name}",
        state=Moving,
        threads=[mremap(aligned=True), walk],
        properties=properties,
        initial=mapped_by_table,
        after_step=[fill],
        era=V5_13,
        patches=patches,
        expect=expect,
        deadlock_free=False,
    )
