"""The protocol between KVM's fault and the mmu notifier, and what each of its pieces is good for.

An anonymous huge page of 4 subpages, shared by a fork with a second process; two vCPUs. Each mutant leaves one piece
of the protocol out and is expected to break a property; the protocol as it is keeps all of them.
"""

from models.kvm.fault import tdp_page_fault
from models.kvm.mmu import (
    CLEAR_BEFORE_START,
    END_BEFORE_CLEAR,
    FLUSH_AFTER_FREE,
    LEVEL_BEFORE_LOCK,
    LEVEL_BEFORE_SEQ,
    MUTANT,
    NO_COUNT_TEST,
    RETRY_WITHOUT_PUT,
    SEQ_AFTER_GUP,
    SEQ_AT_START_ONLY,
    VCPUS,
    VIOLATION_APART,
    Machine,
)
from models.kvm.set_up import mapped_twice
from models.mm.anon import anon_fault
from models.mm.page import ANON, MMS
from models.mm.zap import madvise_dontneed, munmap
from models.patches import V4_8
from properties.lifetime import nothing_small_freed_is_mapped
from properties.mapping_level import kvm_maps_2m, kvm_maps_4k, secondary_level_not_above_primary
from properties.refcount import idle_tasks_hold_nothing
from properties.safety import MEMORY, SECONDARY
from properties.secondary_mmu import secondary_has_primary
from thpverify.lang import scenario, violates

THREADS = [
    madvise_dontneed(a=0, first=0, last=1),
    anon_fault(a=0, first=0, last=1),
    munmap(a=1),
    tdp_page_fault(v=0, first=0, last=1),
    tdp_page_fault(v=1, first=1, last=1),
]

scenario(
    "kvm-fault-protocol",
    state=Machine,
    threads=THREADS,
    properties=[*SECONDARY, *MEMORY, kvm_maps_2m, kvm_maps_4k],
    initial=mapped_twice,
    constants={MMS: 2, VCPUS: 2, ANON: 1},
    era=V4_8,
)

scenario(
    "kvm-fault-protocol",
    state=Machine,
    threads=THREADS,
    properties=[*SECONDARY, *MEMORY, kvm_maps_2m, kvm_maps_4k],
    initial=mapped_twice,
    constants={MMS: 2, VCPUS: 2, ANON: 1, VIOLATION_APART: 1},
    era=V4_8,
    variant="v4.8, violation apart",
)

MUTANTS = [
    ("seq-after-gup", SEQ_AFTER_GUP, secondary_has_primary),
    ("no-count-test", NO_COUNT_TEST, secondary_has_primary),
    ("seq-at-start-only", SEQ_AT_START_ONLY, secondary_has_primary),
    ("flush-after-free", FLUSH_AFTER_FREE, nothing_small_freed_is_mapped),
    ("level-before-seq", LEVEL_BEFORE_SEQ, secondary_level_not_above_primary),
    ("retry-without-put", RETRY_WITHOUT_PUT, idle_tasks_hold_nothing),
    ("clear-before-start", CLEAR_BEFORE_START, secondary_has_primary),
    ("end-before-clear", END_BEFORE_CLEAR, secondary_has_primary),
]

for name, mutant, broken in MUTANTS:
    scenario(
        "kvm-fault-protocol",
        state=Machine,
        threads=THREADS,
        properties=[broken],
        initial=mapped_twice,
        constants={MMS: 2, VCPUS: 2, ANON: 1, MUTANT: mutant},
        era=V4_8,
        variant=name,
        expect=violates(broken.name),
    )

scenario(
    "kvm-fault-protocol",
    state=Machine,
    threads=THREADS,
    properties=SECONDARY,
    initial=mapped_twice,
    constants={MMS: 2, VCPUS: 2, ANON: 1, MUTANT: LEVEL_BEFORE_LOCK},
    era=V4_8,
    variant="level-before-lock",
)
