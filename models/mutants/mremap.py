"""mremap() that takes no rmap locks where it needs them, tells no notifier, or copies entries."""

from models.mm.move import Moving, fill, mapped_by_pmd, mapped_by_table
from models.mm.move_tasks import vcpu_fault
from models.mm.move_walks import truncate
from models.mm.mremap import KEEP_OLD, MISTAKE, NO_NOTIFIER, NO_RMAP_LOCKS, mremap
from models.patches import V6_12
from properties.mremap import guest_maps_what_the_process_maps_there, mapcount_is_that_of_the_entries
from thpverify.lang import scenario, violates

MAPPED, COUNTED = guest_maps_what_the_process_maps_there, mapcount_is_that_of_the_entries
for name, mistake, aligned, initial, properties, expect in (
    ("without-rmap-locks", NO_RMAP_LOCKS, True, mapped_by_pmd, [], violates("assertion")),
    ("pmd-untold", NO_NOTIFIER, True, mapped_by_pmd, [MAPPED], violates(MAPPED.name)),
    ("copies-entries", KEEP_OLD, False, mapped_by_table, [COUNTED], violates(COUNTED.name)),
):
    scenario(
        f"mutant-mremap-{name}",
        state=Moving,
        threads=[mremap(aligned=aligned), truncate(), vcpu_fault()],
        properties=properties,
        initial=initial,
        after_step=[fill],
        constants={MISTAKE: mistake},
        era=V6_12,
        expect=expect,
        deadlock_free=False,
    )
