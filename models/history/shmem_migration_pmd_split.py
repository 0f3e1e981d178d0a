"""shmem-migration-pmd-split: a migration entry is split as if it were a mapping (99fa8a48203d, v5.13)."""

from models.mm.file_pmd import Window, madvise_split, mapped_clean, migrate, store
from models.patches import SPLIT_MIGRATION_ENTRY, V5_4
from properties.file_pmd import PMD_MAPPED, a_migration_entry_is_split, huge_page_refcounts
from thpverify.lang import known_bug, scenario, violates

known_bug(
    "shmem-migration-pmd-split",
    fix=SPLIT_MIGRATION_ENTRY,
    introduced="v4.14",
    invariants=["BUG", "REF"],
    breaks="The split takes the bits of a migration entry for a page, and drops a mapping and a reference of that.",
)

SPLIT = {
    "state": Window,
    "threads": [store(), madvise_split(), migrate()],
    "initial": mapped_clean,
    "era": V5_4,
    "deadlock_free": False,
}
scenario("shmem-migration-pmd-split", properties=[huge_page_refcounts], expect=violates("huge_page_refcounts"), **SPLIT)
scenario(
    "shmem-migration-pmd-split",
    properties=[*PMD_MAPPED, a_migration_entry_is_split],
    patches=[SPLIT_MIGRATION_ENTRY],
    **SPLIT,
)
