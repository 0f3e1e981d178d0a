"""kvm-arm64-hostwalk-irq: KVM walks the process's page table with interrupts on (e86fc1a3a3e9, v6.3).

What frees the table within the fault's section is khugepaged, which until v6.1 told no notifier. Interrupts that are
off hold it up only if it sends an IPI (2ba99c5e0881, v6.1).
"""

from models.hardware.machine import ARM64
from models.kvm.host_walk import WALKERS, State, fault, munmap, retract_page_tables
from models.patches import ARM64_WALK_IRQS_OFF, COLLAPSE_IPI, FILE_NOTIFIER, V5_15
from properties.host_walk import fault_walks, table_is_freed, walked_table_is_not_freed
from thpverify.lang import HOLDS, known_bug, scenario, violates

known_bug(
    "kvm-arm64-hostwalk-irq",
    fix=ARM64_WALK_IRQS_OFF,
    introduced="v5.15",
    invariants=["PTUAF"],
    breaks="KVM walks the page table of the process with interrupts on, so that khugepaged frees it under the walk.",
)

BROKEN = violates("walked_table_is_not_freed")
for patches, expect in [
    ([], BROKEN),
    ([COLLAPSE_IPI], BROKEN),
    ([ARM64_WALK_IRQS_OFF], BROKEN),
    ([COLLAPSE_IPI, ARM64_WALK_IRQS_OFF], HOLDS),
    ([FILE_NOTIFIER], HOLDS),
]:
    scenario(
        "kvm-arm64-hostwalk-irq",
        state=State,
        threads=[fault(w=0), munmap(), retract_page_tables()],
        properties=[walked_table_is_not_freed, fault_walks, table_is_freed],
        constants={ARM64: 1, WALKERS: 1},
        era=V5_15,
        patches=patches,
        expect=expect,
    )
