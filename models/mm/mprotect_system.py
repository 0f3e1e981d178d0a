"""mprotect() of a huge page beside stores, faults, migration, and a virtual machine, by era (docs/models/anon.md)."""

from models.mm.mprotect import migrate, mprotect, split_page
from models.mm.protection import Process, fill, mapped_by_pmd, store, vcpu_fault, write_fault
from models.patches import V4_8, V4_16, V5_6, V5_19
from properties.mprotect import (
    guest_can_write,
    guest_writes_where_the_process_may,
    half_of_the_page_is_read_only,
    page_is_read_only,
    protected_migration_entry,
    protected_page_cannot_be_written,
    written_page_is_dirty,
)
from thpverify.lang import scenario

SAFE = [protected_page_cannot_be_written, written_page_is_dirty]
GUEST = [guest_writes_where_the_process_may, guest_can_write]
PROGRAM = [store(), write_fault()]

for name, era, parts, others, properties in (
    ("whole", V4_8, False, [], [page_is_read_only]),
    ("parts", V4_16, True, [], [page_is_read_only, half_of_the_page_is_read_only]),
    ("split", V4_16, False, [split_page(), vcpu_fault()], [*GUEST, page_is_read_only]),
    ("migrate", V5_6, True, [migrate()], [protected_migration_entry, half_of_the_page_is_read_only]),
    ("migrate", V5_19, True, [migrate()], [protected_migration_entry, half_of_the_page_is_read_only]),
    ("kvm", V5_6, False, [migrate(), vcpu_fault()], [*GUEST, page_is_read_only]),
    ("kvm", V5_19, True, [vcpu_fault()], [*GUEST, half_of_the_page_is_read_only]),
):
    scenario(
        f"mm-mprotect-{name}",
        state=Process,
        threads=[mprotect(parts=parts), *PROGRAM, *others],
        properties=[*SAFE, *properties],
        initial=mapped_by_pmd,
        after_step=[fill],
        era=era,
        deadlock_free=False,
    )
