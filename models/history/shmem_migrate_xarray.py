"""shmem-migrate-xarray: migration makes four entries of one (60cf233b585c, v6.14, CVE-2025-22015)."""

from models.mm.multi_index import Mapping, large_folio, migrate_folio, swap_out
from models.patches import MIGRATE_SWAPCACHE, V6_12
from properties.file_cache import (
    a_migrated_folio_is_swapped_out,
    multi_index_entry_is_whole,
    slots_lead_to_no_freed_folio,
)
from thpverify.lang import known_bug, scenario, violates

known_bug(
    "shmem-migrate-xarray",
    fix=MIGRATE_SWAPCACHE,
    introduced="v6.7",
    cve="CVE-2025-22015",
    invariants=["DATA", "REF"],
    breaks="Migration turns the siblings of a shmem folio's entry into entries, which lead to it when it is gone.",
)

MIGRATE = {"state": Mapping, "threads": [migrate_folio(), swap_out()], "initial": large_folio, "era": V6_12}
scenario(
    "shmem-migrate-xarray",
    properties=[slots_lead_to_no_freed_folio],
    expect=violates("slots_lead_to_no_freed_folio"),
    **MIGRATE,
)
scenario(
    "shmem-migrate-xarray-siblings",
    properties=[multi_index_entry_is_whole],
    expect=violates("multi_index_entry_is_whole"),
    **MIGRATE,
)
scenario(
    "shmem-migrate-xarray",
    properties=[slots_lead_to_no_freed_folio, multi_index_entry_is_whole, a_migrated_folio_is_swapped_out],
    patches=[MIGRATE_SWAPCACHE],
    **MIGRATE,
)
