"""Mistakes that the properties of ARM64's stage 2 have to find."""

from models.hardware.arm64_stage2 import TABLES, S2Pmd, fill
from models.hardware.machine import ARM64
from models.kvm.arm64.dirty_log import set_memory_region_once
from models.kvm.arm64.fault import user_mem_abort
from models.kvm.arm64.machine import Arm64Machine, write_lock
from models.kvm.arm64.parallel import FREED_AT_ONCE
from models.kvm.arm64.pgtable import free_table
from models.kvm.arm64.stage2 import clear_pmd
from models.kvm.mmu import VCPUS
from models.kvm.set_up import mapped_once
from models.mm.page import ANON, MMS, NR
from models.mm.zap import madvise_dontneed
from models.patches import V5_4, V6_4
from properties.stage2 import freed_table_is_not_walked, walk_is_in_no_freed_table
from thpverify.lang import atomic, scenario, thread, violates


@thread
def unmap_without_invalidation(s: Arm64Machine):
    """The table is freed while walks may still start at it."""
    while True:
        while s.stage2.pmd != S2Pmd.TABLE:
            yield
        yield from write_lock(s)
        yield "mmu_lock"
        if s.stage2.pmd == S2Pmd.TABLE:
            k = s.stage2.child
            clear_pmd(s.stage2)
            yield "pmd_clear"
            atomic("the mistake: no TLBI before")
            free_table(s.stage2, k)
        s.kvm.mmu_lock = False
        yield "mmu_unlock"


scenario(
    "mutant-stage2-free-before-tlbi",
    state=Arm64Machine,
    threads=[
        madvise_dontneed(a=0, first=1, last=1),
        user_mem_abort(v=0, first=0, last=0, reads=False),
        unmap_without_invalidation(),
    ],
    properties=[freed_table_is_not_walked],
    initial=mapped_once,
    after_step=[fill],
    constants={ARM64: 1, MMS: 1, ANON: 1, NR: 2},
    era=V5_4,
    expect=violates("freed_table_is_not_walked"),
)
scenario(
    "mutant-stage2-no-grace-period",
    state=Arm64Machine,
    threads=[
        user_mem_abort(v=0, first=0, last=0, reads=False),
        user_mem_abort(v=1, first=1, last=1, reads=False),
        set_memory_region_once(),
    ],
    properties=[walk_is_in_no_freed_table],
    initial=mapped_once,
    after_step=[fill],
    constants={ARM64: 1, VCPUS: 2, MMS: 1, ANON: 1, NR: 2, TABLES: 3, FREED_AT_ONCE: 1},
    era=V6_4,
    expect=violates("walk_is_in_no_freed_table"),
    deadlock_free=False,
)
