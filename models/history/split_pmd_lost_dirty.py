"""split-pmd-lost-dirty: a split of a huge PMD reads its dirty bit before it stops the program (d52605d7cb30, v4.16).

The fix makes pmdp_invalidate() return what the entry was; the next commit of its series takes the dirty bit from that.
"""

from models.mm.mprotect import mprotect
from models.mm.protection import Process, fill, mapped_by_pmd, store
from models.patches import ESTABLISH_PMD, V4_15
from properties.mprotect import half_of_the_page_is_read_only, written_page_is_dirty
from thpverify.lang import HOLDS, known_bug, scenario, violates

known_bug(
    "split-pmd-lost-dirty",
    fix=ESTABLISH_PMD,
    introduced="v4.5",
    invariants=["DIRTY", "LOST"],
    breaks="The program writes while its huge PMD is split; nothing says that the page is dirty.",
)

for patches, properties, expect in (
    ([], [], violates("written_page_is_dirty")),
    ([ESTABLISH_PMD], [half_of_the_page_is_read_only], HOLDS),
):
    scenario(
        "split-pmd-lost-dirty",
        state=Process,
        threads=[mprotect(parts=True), store()],
        properties=[written_page_is_dirty, *properties],
        initial=mapped_by_pmd,
        after_step=[fill],
        era=V4_15,
        patches=patches,
        expect=expect,
        deadlock_free=False,
    )
