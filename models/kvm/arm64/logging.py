"""Dirty logging switched on, read and switched off while two vCPUs write, by era (docs/findings.md, section 5)."""

from models.hardware.arm64_stage2 import fill
from models.hardware.machine import ARM64
from models.kvm.arm64.dirty_log import set_memory_region
from models.kvm.arm64.fault import user_mem_abort
from models.kvm.arm64.machine import Arm64Machine
from models.kvm.mmu import VCPUS
from models.kvm.set_up import mapped_once
from models.mm.page import ANON, MMS, NR
from models.patches import V5_4, V5_15
from properties.stage2 import STAGE2, block_is_mapped, page_is_logged, table_is_mapped, what_can_be_written_is_logged
from thpverify.lang import scenario, violates

THREADS = [
    set_memory_region(),
    user_mem_abort(v=0, first=0, last=0, reads=False),
    user_mem_abort(v=1, first=1, last=1, reads=False),
]

scenario(
    "arm64-dirty-log",
    state=Arm64Machine,
    threads=[
        set_memory_region(),
        user_mem_abort(v=0, first=0, last=0, reads=True),
        user_mem_abort(v=1, first=1, last=1, reads=False),
    ],
    properties=[*STAGE2, what_can_be_written_is_logged, block_is_mapped, page_is_logged, table_is_mapped],
    initial=mapped_once,
    after_step=[fill],
    constants={ARM64: 1, VCPUS: 2, MMS: 1, ANON: 1, NR: 2},
    era=V5_4,
)
scenario(
    "arm64-dirty-log",
    state=Arm64Machine,
    threads=THREADS,
    properties=[*STAGE2, what_can_be_written_is_logged],
    initial=mapped_once,
    after_step=[fill],
    constants={ARM64: 1, VCPUS: 2, MMS: 1, ANON: 1, NR: 2},
    era=V5_15,
    expect=violates("what_can_be_written_is_logged"),
)
scenario(
    "arm64-dirty-log-tables",
    state=Arm64Machine,
    threads=THREADS,
    properties=[*STAGE2, block_is_mapped, page_is_logged, table_is_mapped],
    initial=mapped_once,
    after_step=[fill],
    constants={ARM64: 1, VCPUS: 2, MMS: 1, ANON: 1, NR: 2},
    era=V5_15,
)
scenario(
    "arm64-dirty-log-same-page",
    state=Arm64Machine,
    threads=[
        set_memory_region(),
        user_mem_abort(v=0, first=0, last=0, reads=True),
        user_mem_abort(v=1, first=0, last=0, reads=False),
    ],
    properties=[*STAGE2, page_is_logged, table_is_mapped],
    initial=mapped_once,
    after_step=[fill],
    constants={ARM64: 1, VCPUS: 2, MMS: 1, ANON: 1, NR: 2},
    era=V5_15,
)
