"""kvm-x86-hostwalk: KVM walks the process's page table with interrupts on (db5432165e9b; repaired by 44187235cbcc).

In a fault the retry check under mmu_lock makes the walk safe. The end of dirty logging has no such check, and page
tables are freed after the notifier's end.
"""

from models.kvm.host_walk import State, fault, munmap, zap_collapsible
from models.patches import HOST_WALK_IRQS_OFF, V5_15
from properties.host_walk import fault_walks, recovery_walks, table_is_freed, walked_table_is_not_freed
from thpverify.lang import known_bug, scenario, violates

known_bug(
    "kvm-x86-hostwalk",
    fix=HOST_WALK_IRQS_OFF,
    introduced="v5.6",
    invariants=["PTUAF"],
    breaks="KVM walks the page table of the process with interrupts on, so that munmap() frees it under the walk.",
)

scenario(
    "kvm-x86-hostwalk",
    state=State,
    threads=[fault(w=0), zap_collapsible(w=1), munmap()],
    properties=[walked_table_is_not_freed],
    era=V5_15,
    expect=violates("walked_table_is_not_freed"),
)
scenario(
    "kvm-x86-hostwalk",
    state=State,
    threads=[fault(w=0), zap_collapsible(w=1), munmap()],
    properties=[walked_table_is_not_freed, fault_walks, recovery_walks, table_is_freed],
    era=V5_15,
    patches=[HOST_WALK_IRQS_OFF],
)
scenario(
    "kvm-x86-hostwalk-fault",
    state=State,
    threads=[fault(w=0), munmap()],
    properties=[walked_table_is_not_freed, fault_walks, table_is_freed],
    era=V5_15,
)
