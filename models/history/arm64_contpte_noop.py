"""arm64-contpte-noop: a fault of the SMMU is answered with nothing, for ever (97c5550b7631, CVE-2026-43486)."""

from models.hardware.arm64_contpte import Block, cpu, smmu
from models.patches import CONTPTE_RAW, V6_19
from properties.tlb import device_write_passes, handled_fault_does_not_repeat
from thpverify.lang import HOLDS, known_bug, scenario, violates

known_bug(
    "arm64-contpte-noop",
    fix=CONTPTE_RAW,
    introduced="v6.9",
    cve="CVE-2026-43486",
    invariants=["LIVE"],
    breaks="A contiguous block counts as dirty when one entry is; an SMMU that needs another faults for ever.",
)

for patches, properties, expect in (
    ([], [], violates("handled_fault_does_not_repeat")),
    ([CONTPTE_RAW], [device_write_passes], HOLDS),
):
    scenario(
        "arm64-contpte-noop",
        state=Block,
        threads=[cpu(), smmu()],
        properties=[handled_fault_does_not_repeat, *properties],
        era=V6_19,
        patches=patches,
        expect=expect,
        deadlock_free=False,
    )
