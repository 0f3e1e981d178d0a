"""kvm-mremap-empty-range: mremap(old_len=0) opens a notifier range of no length (01e67e04c281, v5.18)."""

from models.kvm.empty_range import State, fault, mremap
from models.patches import MREMAP_EMPTY, V5_17
from properties.empty_range import all_is_moved, moved_page_is_not_mapped, nothing_is_moved
from thpverify.lang import HOLDS, known_bug, scenario, violates

known_bug(
    "kvm-mremap-empty-range",
    fix=MREMAP_EMPTY,
    introduced="v3.2",
    cve="CVE-2022-49077",
    invariants=["BUG"],
    breaks="mremap() that moves nothing calls the notifier with an empty range, and KVM warns.",
)

for patches, expect in [([], violates("assertion")), ([MREMAP_EMPTY], HOLDS)]:
    scenario(
        "kvm-mremap-empty-range",
        state=State,
        threads=[mremap(), fault()],
        properties=[moved_page_is_not_mapped, all_is_moved, nothing_is_moved],
        era=V5_17,
        patches=patches,
        expect=expect,
    )
