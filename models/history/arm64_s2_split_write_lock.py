"""arm64-s2-split-write-lock: two vCPUs split one block, both with mmu_lock for reading only (f587661f21eb, v5.19)."""

from models.hardware.arm64_stage2 import fill
from models.hardware.machine import ARM64
from models.kvm.arm64.dirty_log import set_memory_region
from models.kvm.arm64.fault import user_mem_abort
from models.kvm.arm64.machine import Arm64Machine
from models.kvm.mmu import VCPUS
from models.kvm.set_up import mapped_once
from models.mm.page import ANON, MMS, NR
from models.patches import S2_SPLIT_WRITE_LOCK, V5_18
from properties.stage2 import STAGE2, block_is_mapped, no_valid_entry_is_overwritten, page_is_logged, table_is_mapped
from thpverify.lang import known_bug, scenario, violates

known_bug(
    "arm64-s2-split-write-lock",
    fix=S2_SPLIT_WRITE_LOCK,
    introduced="v5.18",
    invariants=["BBM"],
    breaks="Two vCPUs that write to one write-protected block both replace it by a table, at the same time.",
)

THREADS = [
    set_memory_region(),
    user_mem_abort(v=0, first=0, last=0, reads=False),
    user_mem_abort(v=1, first=1, last=1, reads=False),
]

scenario(
    "arm64-s2-split-write-lock",
    state=Arm64Machine,
    threads=THREADS,
    properties=[no_valid_entry_is_overwritten],
    initial=mapped_once,
    after_step=[fill],
    constants={ARM64: 1, VCPUS: 2, MMS: 1, ANON: 1, NR: 2},
    era=V5_18,
    expect=violates("no_valid_entry_is_overwritten"),
)
scenario(
    "arm64-s2-split-write-lock",
    state=Arm64Machine,
    threads=THREADS,
    properties=[*STAGE2, block_is_mapped, page_is_logged, table_is_mapped],
    initial=mapped_once,
    after_step=[fill],
    constants={ARM64: 1, VCPUS: 2, MMS: 1, ANON: 1, NR: 2},
    era=V5_18,
    patches=[S2_SPLIT_WRITE_LOCK],
)
