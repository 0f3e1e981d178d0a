"""arm64-tlbi-range-operand: a range of 8 GiB is not flushed at all (e3ba51ab24fd, CVE-2024-35980)."""

from models.hardware.arm64_range import Range, any_range, flush_tlb_range_op
from models.patches import TLBI_RANGE_NUM, V6_8
from properties.tlb import flushed_range_is_covered, largest_range_is_covered
from thpverify.lang import HOLDS, known_bug, scenario, violates

known_bug(
    "arm64-tlbi-range-operand",
    fix=TLBI_RANGE_NUM,
    introduced="v6.6",
    cve="CVE-2024-35980",
    invariants=["TLB", "DIRTY"],
    breaks="The largest range has no operand in the kernel's arithmetic, and stage 2 stays writable in the TLBs.",
)

for patches, properties, expect in (
    ([], [], violates("flushed_range_is_covered")),
    ([TLBI_RANGE_NUM], [largest_range_is_covered], HOLDS),
):
    scenario(
        "arm64-tlbi-range-operand",
        state=Range,
        threads=[flush_tlb_range_op()],
        properties=[flushed_range_is_covered, *properties],
        initial=any_range,
        era=V6_8,
        patches=patches,
        expect=expect,
    )
