"""The fault protocol with a nested guest: the level also depends on something that no notifier tells about.

kvm_mmu_hugepage_adjust() of v5.6 looks at disallow_lpage under mmu_lock. Until v5.5 mapping_level() did before it was
taken, and set_spte() looked again; "KVM: x86/mmu: Remove lpage_is_disallowed() check from set_spte()" removed that.
So a level that is chosen before the lock, without the second look, is wrong when a shadow page comes in between.
"""

from models.kvm.fault import tdp_page_fault
from models.kvm.mmu import LEVEL_BEFORE_LOCK, LEVEL_CHECKED_AGAIN, MUTANT, VCPUS, WRITE_TRACKING
from models.kvm.set_up import mapped_once
from models.kvm.write_track import TrackingMachine, absent_permits_nothing, shadow
from models.mm.anon import anon_fault
from models.mm.page import ANON, MMS
from models.mm.zap import madvise_dontneed
from models.patches import V5_6
from properties.mapping_level import kvm_maps_2m, kvm_maps_4k
from properties.safety import MEMORY, SECONDARY
from properties.write_track import kvm_maps_a_window_read_only, tracked_frame_is_not_writable
from thpverify.lang import scenario, violates

THREADS = [
    madvise_dontneed(a=0, first=0, last=1),
    anon_fault(a=0, first=0, last=1),
    shadow(first=0, last=1),
    tdp_page_fault(v=0, first=0, last=1),
    tdp_page_fault(v=1, first=1, last=1),
]
CONSTANTS = {MMS: 1, VCPUS: 2, ANON: 1, WRITE_TRACKING: 1}
REACHED = [kvm_maps_2m, kvm_maps_4k, kvm_maps_a_window_read_only]

scenario(
    "kvm-fault-protocol-nested",
    state=TrackingMachine,
    threads=THREADS,
    properties=[tracked_frame_is_not_writable, *SECONDARY, *MEMORY, *REACHED],
    initial=mapped_once,
    after_step=[absent_permits_nothing],
    constants=CONSTANTS,
    era=V5_6,
)
scenario(
    "kvm-fault-protocol-nested",
    state=TrackingMachine,
    threads=THREADS,
    properties=[tracked_frame_is_not_writable],
    initial=mapped_once,
    after_step=[absent_permits_nothing],
    constants=CONSTANTS | {MUTANT: LEVEL_BEFORE_LOCK},
    era=V5_6,
    variant="level-before-lock",
    expect=violates(tracked_frame_is_not_writable.name),
)
scenario(
    "kvm-fault-protocol-nested",
    state=TrackingMachine,
    threads=THREADS,
    properties=[tracked_frame_is_not_writable, *SECONDARY, *REACHED],
    initial=mapped_once,
    after_step=[absent_permits_nothing],
    constants=CONSTANTS | {MUTANT: LEVEL_BEFORE_LOCK, LEVEL_CHECKED_AGAIN: 1},
    era=V5_6,
    variant="level-before-lock, checked again in set_spte",
)
