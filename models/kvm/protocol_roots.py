"""The ninth mutant of the fault protocol: the notifier zaps valid roots only."""

from models.kvm.roots import SKIP_INVALID, State, fault_in, fill_tlb, one_root, run, unmap, zap_all_fast
from properties.roots import freed_page_is_not_mapped, guest_frame_has_primary, invalid_root_is_used
from thpverify.lang import scenario, violates

THREADS = [run(v=0), run(v=1), zap_all_fast(), unmap(), fault_in()]
PROPERTIES = [freed_page_is_not_mapped, guest_frame_has_primary]

scenario(
    "kvm-roots",
    state=State,
    threads=THREADS,
    properties=[*PROPERTIES, invalid_root_is_used],
    initial=one_root,
    after_step=[fill_tlb],
)
scenario(
    "kvm-roots",
    state=State,
    threads=THREADS,
    properties=PROPERTIES,
    initial=one_root,
    after_step=[fill_tlb],
    constants={SKIP_INVALID: 1},
    variant="zap-skips-invalid-roots",
    expect=violates("freed_page_is_not_mapped"),
)
