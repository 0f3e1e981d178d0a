"""split-pmd-migration-wrong-folio: a split meets another page's migration entry (be6e843fc51a, v6.15)."""

from models.mm.pmd_migration import Family, copied, deferred_split_scan, migrate_folio
from models.patches import NO_FOLIO_OF_MIGRATION, V6_14
from properties.pmd_migration import other_folio_is_being_migrated, split_folio_is_mapped_by_ptes
from thpverify.lang import known_bug, scenario, violates

known_bug(
    "split-pmd-migration-wrong-folio",
    fix=NO_FOLIO_OF_MIGRATION,
    introduced="v4.14",
    cve="CVE-2025-37958",
    invariants=["BUG"],
    breaks="A migration entry is taken for a page frame number, and the page that is not there is read.",
)

MIGRATION = {
    "state": Family,
    "threads": [deferred_split_scan(f=0), migrate_folio(f=0), migrate_folio(f=1)],
    "initial": copied,
    "era": V6_14,
}
REACHED = [split_folio_is_mapped_by_ptes, other_folio_is_being_migrated]

scenario("split-pmd-migration-wrong-folio", properties=REACHED, expect=violates("assertion"), **MIGRATION)
scenario("split-pmd-migration-wrong-folio", properties=REACHED, patches=[NO_FOLIO_OF_MIGRATION], **MIGRATION)
