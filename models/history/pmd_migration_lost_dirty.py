"""pmd-migration-lost-dirty: migration reads a PMD's dirty bit before it stops the program (8a8683ad9ba4, v5.6)."""

from models.mm.mprotect import migrate
from models.mm.protection import Process, fill, mapped_by_pmd, store
from models.patches import MIGRATION_DIRTY, V5_5
from properties.mprotect import page_has_moved, written_page_is_dirty
from thpverify.lang import HOLDS, known_bug, scenario, violates

known_bug(
    "pmd-migration-lost-dirty",
    fix=MIGRATION_DIRTY,
    introduced="v4.14",
    invariants=["DIRTY", "LOST"],
    breaks="The program writes while its PMD becomes a migration entry; nothing says that the page is dirty.",
)

for patches, properties, expect in (
    ([], [], violates("written_page_is_dirty")),
    ([MIGRATION_DIRTY], [page_has_moved], HOLDS),
):
    scenario(
        "pmd-migration-lost-dirty",
        state=Process,
        threads=[migrate(), store()],
        properties=[written_page_is_dirty, *properties],
        initial=mapped_by_pmd,
        after_step=[fill],
        era=V5_5,
        patches=patches,
        expect=expect,
        deadlock_free=False,
    )
