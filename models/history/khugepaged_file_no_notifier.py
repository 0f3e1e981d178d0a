"""khugepaged-file-no-notifier: a page table is taken away and KVM is not told (f268f6cf875f, v6.1, CVE-2022-48991).

Each thread acts once at most, or has nothing to do any more when all is mapped: the machine may come to rest.
"""

from models.kvm.fault import tdp_page_fault
from models.kvm.mmu import Machine
from models.kvm.set_up import mapped_by_ptes
from models.mm.collapse import collapse_pte_mapped_thp
from models.mm.migrate import migrate_pages
from models.mm.page import ANON, MMS, NR
from models.patches import FILE_NOTIFIER, V5_6
from properties.lifetime import nothing_freed_is_mapped
from properties.mapping_level import kvm_maps_4k
from properties.safety import MEMORY, SECONDARY
from thpverify.lang import known_bug, scenario, violates

known_bug(
    "khugepaged-file-no-notifier",
    fix=FILE_NOTIFIER,
    introduced="v4.8, worse since v5.4",
    cve="CVE-2022-48991",
    invariants=["SEC", "FWM"],
    breaks="khugepaged clears page tables without telling KVM, which goes on mapping pages that are later freed.",
)

THREADS = [collapse_pte_mapped_thp(a=0), migrate_pages(), tdp_page_fault(v=0, first=0, last=NR - 1)]

COLLAPSE = {
    "state": Machine,
    "threads": THREADS,
    "initial": mapped_by_ptes,
    "constants": {MMS: 1, ANON: 0},
    "era": V5_6,
    "deadlock_free": False,
}
scenario(
    "khugepaged-file-no-notifier",
    properties=[*SECONDARY, *MEMORY],
    expect=violates("secondary_has_primary"),
    **COLLAPSE,
)
scenario(
    "khugepaged-file-no-notifier-freed",
    properties=[nothing_freed_is_mapped],
    expect=violates("nothing_freed_is_mapped"),
    **COLLAPSE,
)
scenario(
    "khugepaged-file-no-notifier",
    properties=[*SECONDARY, *MEMORY, kvm_maps_4k],
    patches=[FILE_NOTIFIER],
    **COLLAPSE,
)
