"""The fault of v5.10 and of v6.12: one lock for all, or a lock for readers and a retry check that looks at the range.

An anonymous huge page of 2 subpages, two vCPUs, and a process that discards both addresses, each by a call of its own,
so that two invalidations can be open at once.
"""

from models.kvm.fault import tdp_page_fault
from models.kvm.mmu import MUTANT, RANGE_REPLACED, VCPUS, Machine
from models.kvm.set_up import mapped_once
from models.mm.anon import anon_fault
from models.mm.page import ANON, MMS, NR
from models.mm.zap import madvise_dontneed
from models.patches import V5_10, V6_12
from properties.mapping_level import kvm_maps_2m, kvm_maps_4k
from properties.reached import faults_run_in_parallel
from properties.safety import SECONDARY
from properties.secondary_mmu import secondary_has_primary
from thpverify.lang import HOLDS, scenario, violates

for era, variant, mutant, properties, expect in [
    (V5_10, "v5.10", 0, [*SECONDARY, kvm_maps_2m, kvm_maps_4k], HOLDS),
    (V6_12, "v6.12", 0, [*SECONDARY, kvm_maps_2m, kvm_maps_4k, faults_run_in_parallel], HOLDS),
    (V6_12, "v6.12, range-replaced", RANGE_REPLACED, [secondary_has_primary], violates("secondary_has_primary")),
]:
    scenario(
        "kvm-tdp-fault",
        state=Machine,
        threads=[
            madvise_dontneed(a=0, first=0, last=0),
            madvise_dontneed(a=0, first=1, last=1),
            anon_fault(a=0, first=0, last=1),
            tdp_page_fault(v=0, first=0, last=0),
            tdp_page_fault(v=1, first=1, last=1),
        ],
        properties=properties,
        initial=mapped_once,
        constants={MMS: 1, VCPUS: 2, ANON: 1, NR: 2, MUTANT: mutant},
        era=era,
        variant=variant,
        expect=expect,
    )
