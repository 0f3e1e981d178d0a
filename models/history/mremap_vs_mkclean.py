"""mremap-vs-mkclean: a page is cleaned at its new address and stored to by the old one (5d1904204c99, v4.9)."""

from models.mm.move import Moving, fill, mapped_by_table
from models.mm.move_tasks import write_fault
from models.mm.move_walks import page_mkclean
from models.mm.mremap import mremap
from models.patches import MREMAP_FLUSH_DIRTY, V4_8
from properties.mremap import cleaned_page_is_not_stored_to, page_is_clean_after_a_move
from thpverify.lang import HOLDS, known_bug, scenario, violates

known_bug(
    "mremap-vs-mkclean",
    fix=MREMAP_FLUSH_DIRTY,
    introduced="v2.6",
    invariants=["TLB", "DIRTY"],
    breaks="mremap() flushes at its end only; what is written until then goes to a page that is taken for clean.",
)

for patches, properties, expect in (
    ([], [], violates("cleaned_page_is_not_stored_to")),
    ([MREMAP_FLUSH_DIRTY], [page_is_clean_after_a_move], HOLDS),
):
    scenario(
        "mremap-vs-mkclean",
        state=Moving,
        threads=[mremap(aligned=False), page_mkclean(i=0), write_fault()],
        properties=[cleaned_page_is_not_stored_to, *properties],
        initial=mapped_by_table,
        after_step=[fill],
        era=V4_8,
        patches=patches,
        expect=expect,
        deadlock_free=False,
    )
