"""kvm-thp-adjust-pte-split: since v4.5 a huge page may be mapped by PTEs, and KVM did not ask (127393fbe597, v4.6)."""

from models.kvm.fault import tdp_page_fault
from models.kvm.mmu import Machine
from models.kvm.set_up import mapped_once
from models.mm.anon import anon_fault
from models.mm.page import ANON, MMS, NR
from models.mm.zap import madvise_dontneed
from models.patches import COMPOUND_MAP, V4_5
from properties.data import guest_and_host_read_the_same_data
from properties.mapping_level import kvm_maps_2m, kvm_maps_4k
from properties.safety import MEMORY, SECONDARY
from thpverify.lang import known_bug, scenario, violates

known_bug(
    "kvm-thp-adjust-pte-split",
    fix=COMPOUND_MAP,
    introduced="v4.5",
    invariants=["LVL", "DATA", "SEC"],
    breaks="KVM maps 2M wherever the page is huge, even where the process maps it by PTE and then replaces a subpage.",
)

THREADS = [
    madvise_dontneed(a=0, first=0, last=NR - 1),
    anon_fault(a=0, first=0, last=NR - 1),
    tdp_page_fault(v=0, first=0, last=NR - 1),
]

scenario(
    "kvm-thp-adjust-pte-split",
    state=Machine,
    threads=THREADS,
    properties=[*SECONDARY, *MEMORY],
    initial=mapped_once,
    constants={MMS: 1, ANON: 1},
    era=V4_5,
    expect=violates("secondary_level_not_above_primary"),
)
scenario(
    "kvm-thp-adjust-pte-split-data",
    state=Machine,
    threads=THREADS,
    properties=[guest_and_host_read_the_same_data],
    initial=mapped_once,
    constants={MMS: 1, ANON: 1},
    era=V4_5,
    expect=violates("guest_and_host_read_the_same_data"),
)
scenario(
    "kvm-thp-adjust-pte-split",
    state=Machine,
    threads=THREADS,
    properties=[*SECONDARY, *MEMORY, kvm_maps_2m, kvm_maps_4k],
    initial=mapped_once,
    constants={MMS: 1, ANON: 1},
    era=V4_5,
    patches=[COMPOUND_MAP],
)
