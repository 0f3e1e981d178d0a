"""arm64-s2-block-over-table: a block is written over a table that dirty logging has left (3c3736cd32bf, v5.1)."""

from models.hardware.arm64_stage2 import fill
from models.hardware.machine import ARM64
from models.kvm.arm64.dirty_log import set_memory_region
from models.kvm.arm64.fault import user_mem_abort
from models.kvm.arm64.machine import Arm64Machine
from models.kvm.set_up import mapped_once
from models.mm.page import ANON, MMS, NR
from models.mm.zap import madvise_dontneed
from models.patches import S2_UNMAP_TABLE, V4_8
from properties.safety import MEMORY, SECONDARY
from properties.secondary_mmu import secondary_has_primary
from properties.stage2 import (
    STAGE2,
    block_is_mapped,
    page_is_logged,
    table_is_mapped,
    table_refcount_equation,
    what_can_be_written_is_logged,
)
from thpverify.lang import HOLDS, known_bug, scenario, violates

known_bug(
    "arm64-s2-block-over-table",
    fix=S2_UNMAP_TABLE,
    introduced="v4.1",
    invariants=["BBM", "TLB", "REF"],
    breaks="After dirty logging a 2M block replaces a table of PTEs: both stay in the TLBs, and the table leaks.",
)

THREADS = [
    madvise_dontneed(a=0, first=1, last=1),
    set_memory_region(),
    user_mem_abort(v=0, first=0, last=1, reads=False),
]
PROPERTIES = [*SECONDARY, *MEMORY, *STAGE2, what_can_be_written_is_logged]

SIDES = [
    ("", [], PROPERTIES, violates("no_conflicting_translations")),
    ("-leak", [], [table_refcount_equation], violates("table_refcount_equation")),
    ("-stale", [], [secondary_has_primary], violates("secondary_has_primary")),
    ("", [S2_UNMAP_TABLE], [*PROPERTIES, block_is_mapped, page_is_logged, table_is_mapped], HOLDS),
]
for what, patches, properties, expect in SIDES:
    scenario(
        f"arm64-s2-block-over-table{what}",
        state=Arm64Machine,
        threads=THREADS,
        properties=properties,
        initial=mapped_once,
        after_step=[fill],
        constants={ARM64: 1, MMS: 1, ANON: 1, NR: 2},
        era=V4_8,
        patches=patches,
        expect=expect,
    )
