"""mremap() of four subpages beside everybody who comes by the reverse map, for runs of minutes."""

from models.mm.move import NR, Moving, fill, mapped_by_table
from models.mm.move_tasks import vcpu_fault, write_fault
from models.mm.move_walks import page_mkclean, shrink_page
from models.mm.mremap import mremap
from models.patches import V5_0, V6_12
from properties.mremap import (
    cleaned_page_is_not_stored_to,
    freed_page_is_translated_nowhere,
    guest_maps_the_page,
    guest_maps_what_the_process_maps_there,
    mapcount_is_that_of_the_entries,
    page_has_moved_to_the_other_window,
    page_is_clean_after_a_move,
    rmap_walk_is_in_a_page_table,
)
from thpverify.lang import scenario

for name, era, aligned in (("ptes", V5_0, False), ("table", V6_12, True)):
    scenario(
        f"deep-mm-mremap-{name}",
        state=Moving,
        threads=[mremap(aligned=aligned), shrink_page(), page_mkclean(i=0), write_fault(), vcpu_fault()],
        properties=[
            freed_page_is_translated_nowhere,
            cleaned_page_is_not_stored_to,
            rmap_walk_is_in_a_page_table,
            mapcount_is_that_of_the_entries,
            guest_maps_what_the_process_maps_there,
            guest_maps_the_page,
            page_has_moved_to_the_other_window,
            page_is_clean_after_a_move,
        ],
        initial=mapped_by_table,
        after_step=[fill],
        constants={NR: 4},
        era=era,
        deadlock_free=False,
    )
