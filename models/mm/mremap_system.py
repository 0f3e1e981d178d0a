"""mremap() beside reclaim, truncation, page cleaning and a virtual machine, by era (docs/models/mremap.md)."""

from models.mm.move import Moving, empty_table, fill, mapped_by_pmd, mapped_by_table
from models.mm.move_tasks import vcpu_fault, write_fault
from models.mm.move_walks import page_mkclean, retract_page_tables, shrink_page, truncate
from models.mm.mremap import mremap
from models.patches import V4_19, V5_0, V5_14, V6_12
from properties.mremap import (
    cleaned_page_is_not_stored_to,
    freed_page_is_translated_nowhere,
    guest_maps_the_page,
    guest_maps_what_the_process_maps_there,
    mapcount_is_that_of_the_entries,
    page_has_moved_to_the_other_window,
    page_is_clean_after_a_move,
    page_is_freed_after_a_move,
    page_table_is_retracted,
    rmap_walk_is_in_a_page_table,
)
from thpverify.lang import scenario

SAFE = [freed_page_is_translated_nowhere, rmap_walk_is_in_a_page_table, mapcount_is_that_of_the_entries]
GUEST = [guest_maps_what_the_process_maps_there, guest_maps_the_page]
FREED = [page_has_moved_to_the_other_window, page_is_freed_after_a_move]

for name, era, initial, aligned, others, properties in (
    ("huge", V4_19, mapped_by_pmd, True, [shrink_page()], FREED),
    ("huge-truncate", V5_14, mapped_by_pmd, True, [truncate()], FREED),
    ("huge-kvm", V6_12, mapped_by_pmd, True, [truncate(), vcpu_fault()], [*FREED, *GUEST]),
    ("ptes", V4_19, mapped_by_table, False, [shrink_page(), vcpu_fault()], [*FREED, *GUEST]),
    ("ptes-truncate", V5_0, mapped_by_table, False, [truncate()], FREED),
    ("table", V5_14, mapped_by_table, True, [shrink_page(), vcpu_fault()], [*FREED, *GUEST]),
    ("table-truncate", V6_12, mapped_by_table, True, [truncate()], FREED),
    ("retract", V6_12, empty_table, True, [truncate(), retract_page_tables()], [page_table_is_retracted]),
    ("mkclean", V5_14, mapped_by_table, True, [page_mkclean(i=0), write_fault()], [page_is_clean_after_a_move]),
):
    scenario(
        f"mm-mremap-{name}",
        state=Moving,
        threads=[mremap(aligned=aligned), *others],
        properties=[*SAFE, cleaned_page_is_not_stored_to, *properties],
        initial=initial,
        after_step=[fill],
        era=era,
        deadlock_free=False,
    )
