"""x86-64's TLBs with four CPUs, and ARM64's contiguous entries, for minutes."""

from models.hardware.arm64_contpte import ENTRIES, Block, cpu, smmu
from models.hardware.machine import CPUS, PAGES
from models.hardware.translation import fill
from models.hardware.x86_mmu import interrupt
from models.mm.shootdown import NEW, OLD, Process, madvise_dontneed, mapped, move_ptes, shrink_page_list
from models.patches import CONTPTE_RAW, V4_19, V6_19
from properties.tlb import (
    freed_page_is_not_translated,
    handled_fault_does_not_repeat,
    page_is_freed,
    page_is_moved,
)
from thpverify.lang import scenario

scenario(
    "deep-x86-shootdown",
    state=Process,
    threads=[
        move_ptes(c=0),
        madvise_dontneed(c=1, page=NEW),
        madvise_dontneed(c=2, page=OLD),
        shrink_page_list(c=3),
        *[interrupt(c=c) for c in range(4)],
    ],
    properties=[freed_page_is_not_translated, page_is_freed, page_is_moved],
    initial=mapped,
    after_step=[fill],
    constants={PAGES: 2, CPUS: 4},
    era=V4_19,
    deadlock_free=False,
)
scenario(
    "deep-arm64-contpte",
    state=Block,
    threads=[cpu(), smmu()],
    properties=[handled_fault_does_not_repeat],
    constants={ENTRIES: 14},
    era=V6_19,
    patches=[CONTPTE_RAW],
    deadlock_free=False,
)
