"""kvm-release-pfn-on-retry: a translation that has to be tried again keeps its page (9f76b039a72d, v7.2)."""

from models.kvm.arm64.vncr import State, break_cow, translate_vncr, write_register
from models.patches import V7_1, VNCR_PUT, VNCR_READ_ONLY
from properties.vncr import idle_vncr_holds_no_page, own_page_is_writable, shared_page_is_mapped
from thpverify.lang import HOLDS, known_bug, scenario, violates

known_bug(
    "kvm-release-pfn-on-retry",
    fix=VNCR_PUT,
    introduced="v6.16",
    cve="CVE-2026-64282",
    invariants=["REF"],
    breaks="kvm_translate_vncr() forgets to put the page when a notifier got in between.",
)

for patches, expect in [([], violates("idle_vncr_holds_no_page")), ([VNCR_PUT], HOLDS)]:
    scenario(
        "kvm-release-pfn-on-retry",
        state=State,
        threads=[translate_vncr(), write_register(), break_cow()],
        properties=[idle_vncr_holds_no_page, own_page_is_writable, shared_page_is_mapped],
        era=V7_1,
        patches=[VNCR_READ_ONLY, *patches],
        deadlock_free=False,
        expect=expect,
    )
