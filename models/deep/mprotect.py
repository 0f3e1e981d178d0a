"""mprotect() of parts of a huge page beside migration, a split and a virtual machine, for runs of minutes."""

from models.mm.mprotect import migrate, mprotect, split_page
from models.mm.protection import NR, Process, fill, mapped_by_pmd, store, vcpu_fault, write_fault
from models.patches import V5_19
from properties.mprotect import (
    guest_can_write,
    guest_writes_where_the_process_may,
    half_of_the_page_is_read_only,
    protected_migration_entry,
    protected_page_cannot_be_written,
    written_page_is_dirty,
)
from thpverify.lang import scenario

SAFE = [protected_page_cannot_be_written, written_page_is_dirty, half_of_the_page_is_read_only]
GUEST = [guest_writes_where_the_process_may, guest_can_write]

for name, subpages, others, properties in (
    ("migrate-kvm", 2, [migrate(), split_page(), vcpu_fault()], [*GUEST, protected_migration_entry]),
    ("split", 3, [split_page()], []),
):
    scenario(
        f"deep-mm-mprotect-{name}",
        state=Process,
        threads=[mprotect(parts=True), store(), write_fault(), *others],
        properties=[*SAFE, *properties],
        initial=mapped_by_pmd,
        after_step=[fill],
        constants={NR: subpages},
        era=V5_19,
        deadlock_free=False,
    )
