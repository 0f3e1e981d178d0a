"""kvm-nested-ro-pfn: KVM maps a page writable that the process may only read (2684e02bac41, v7.2)."""

from models.kvm.arm64.vncr import State, break_cow, translate_vncr, write_register
from models.patches import V7_1, VNCR_PUT, VNCR_READ_ONLY
from properties.vncr import own_page_is_writable, shared_page_is_mapped, shared_page_is_never_written
from thpverify.lang import HOLDS, known_bug, scenario, violates

known_bug(
    "kvm-nested-ro-pfn",
    fix=VNCR_READ_ONLY,
    introduced="v6.16",
    cve="CVE-2026-72279",
    invariants=["COW", "DATA"],
    breaks="The permissions of the page of registers are the guest's only: a page shared by copy on write is written.",
)

for patches, expect in [([], violates("shared_page_is_never_written")), ([VNCR_READ_ONLY], HOLDS)]:
    scenario(
        "kvm-nested-ro-pfn",
        state=State,
        threads=[translate_vncr(), write_register(), break_cow()],
        properties=[shared_page_is_never_written, own_page_is_writable, shared_page_is_mapped],
        era=V7_1,
        patches=[VNCR_PUT, *patches],
        deadlock_free=False,
        expect=expect,
    )
