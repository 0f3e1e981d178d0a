"""madv-collapse-pmd-states: MADV_COLLAPSE takes a migration entry for a page table (edb5d0cf5525, CVE-2023-52934)."""

from models.mm.file_pmd import Window, madvise_collapse, mapped_or_table, migrate, store
from models.patches import PMD_PRESENT_CHECK, V6_1
from properties.file_pmd import PMD_MAPPED, a_page_table_is_walked, only_page_tables_are_walked
from thpverify.lang import known_bug, scenario, violates

known_bug(
    "madv-collapse-pmd-states",
    fix=PMD_PRESENT_CHECK,
    introduced="v6.1",
    cve="CVE-2023-52934",
    invariants=["BUG", "PTUAF"],
    breaks="A PMD that is neither none nor huge nor bad, such as a migration entry, is walked as a page table.",
)

WALK = {
    "state": Window,
    "threads": [madvise_collapse(), migrate(), store()],
    "initial": mapped_or_table,
    "era": V6_1,
    "deadlock_free": False,
}
scenario(
    "madv-collapse-pmd-states",
    properties=[only_page_tables_are_walked],
    expect=violates("only_page_tables_are_walked"),
    **WALK,
)
scenario(
    "madv-collapse-pmd-states",
    properties=[*PMD_MAPPED, only_page_tables_are_walked, a_page_table_is_walked],
    patches=[PMD_PRESENT_CHECK],
    **WALK,
)
