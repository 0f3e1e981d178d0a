"""What the second stage says of a guest frame, on x86-64 (`ept`) and on ARM64 (`stage2`), for properties."""

from models.hardware.arm64_stage2 import leaf
from models.hardware.machine import ARM64
from models.hardware.x86_64 import Spte


def mapped_as(s, i: int) -> Spte:
    """What a walk for guest frame i finds."""
    return leaf(s.stage2, i) if ARM64 == 1 else s.ept.spte[i]


def reaches_page(s, i: int) -> bool:
    """Whether a vCPU may translate guest frame i to the subpage of the huge page."""
    return s.stage2.tlb[i].block or s.stage2.tlb[i].page if ARM64 == 1 else s.ept.tlb_page[i]


def reaches_fresh(s, i: int) -> bool:
    """Whether a vCPU may translate guest frame i to the small page in the subpage's place."""
    return s.stage2.tlb[i].fresh if ARM64 == 1 else s.ept.tlb_fresh[i]
