"""split-unmap-sync: try_to_unmap() passes by an entry that is cleared but still counted (732ed55823fc, v5.13).

The zapper has cleared the entry and holds its lock; whoever splits the page sees an empty entry, and then a mapcount.
"""

from models.kvm.mmu import KVM, Machine
from models.kvm.set_up import mapped_once
from models.mm import move
from models.mm.move_walks import split_page
from models.mm.mremap import mremap
from models.mm.page import ANON, MMS, NR
from models.mm.split import DEBUG_VM, split_huge_page
from models.mm.zap import madvise_dontneed, munmap
from models.patches import TTU_SYNC, V5_12
from properties.reached import page_is_split
from properties.safety import MEMORY
from thpverify.lang import HOLDS, known_bug, scenario, violates

known_bug(
    "split-unmap-sync",
    fix=TTU_SYNC,
    introduced="v4.11",
    invariants=["BUG", "MAP"],
    breaks="A page that is to be split counts as mapped after it was unmapped: a BUG with CONFIG_DEBUG_VM.",
)

UNMAP = {
    "state": Machine,
    "threads": [madvise_dontneed(a=0, first=0, last=NR - 1), munmap(a=0), split_huge_page()],
    "initial": mapped_once,
    "constants": {KVM: 0, MMS: 1, ANON: 1, NR: 2, DEBUG_VM: 1},
    "era": V5_12,
    "deadlock_free": False,
}

scenario("split-unmap-sync", properties=[*MEMORY, page_is_split], expect=violates("assertion"), **UNMAP)
scenario("split-unmap-sync", properties=[*MEMORY, page_is_split], patches=[TTU_SYNC], **UNMAP)
scenario(
    "split-unmap-sync-without-debugging",
    properties=[*MEMORY, page_is_split],
    **{**UNMAP, "constants": {KVM: 0, MMS: 1, ANON: 1, NR: 2}},
)
for patches, expect in (([], violates("assertion")), ([TTU_SYNC], HOLDS)):
    scenario(
        "split-unmap-sync-mremap",
        state=move.Moving,
        threads=[mremap(aligned=True), split_page()],
        properties=[],
        initial=move.mapped_by_pmd,
        after_step=[move.fill],
        era=V5_12,
        patches=patches,
        expect=expect,
        deadlock_free=False,
    )
