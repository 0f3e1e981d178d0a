"""What has to be possible where huge PMDs are migrated and split."""

from models.mm.pmd_migration import Pmd
from thpverify.lang import reachable


@reachable
def split_folio_is_mapped_by_ptes(s) -> bool:
    """The first page's PMD is split."""
    return s.mm[0].pmd == Pmd.TABLE


@reachable
def other_folio_is_being_migrated(s) -> bool:
    """While the first page is locked, there is a migration entry for the second."""
    return s.folio[0].locked and s.mm[1].pmd == Pmd.MIGRATION
