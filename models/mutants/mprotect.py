"""mprotect() that forgets to tell the virtual machine, or to flush."""

from models.mm.mprotect import mprotect
from models.mm.protection import MISTAKE, NO_FLUSH, NO_NOTIFIER, Process, fill, mapped_by_pmd, store, vcpu_fault
from models.patches import V5_19
from properties.mprotect import guest_writes_where_the_process_may, protected_page_cannot_be_written
from thpverify.lang import scenario, violates

for name, mistake, broken in (
    ("untold", NO_NOTIFIER, guest_writes_where_the_process_may),
    ("unflushed", NO_FLUSH, protected_page_cannot_be_written),
):
    scenario(
        f"mutant-mprotect-{name}",
        state=Process,
        threads=[mprotect(parts=False), store(), vcpu_fault()],
        properties=[broken],
        initial=mapped_by_pmd,
        after_step=[fill],
        constants={MISTAKE: mistake},
        era=V5_19,
        expect=violates(broken.name),
        deadlock_free=False,
    )
