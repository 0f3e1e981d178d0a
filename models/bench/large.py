"""The benchmark model at the sizes M, L and XL: for tests/benchmarks, too large for the default check."""

from models.bench.thp_refcount import INVARIANTS, NR, State, fault, kvm_page_fault, split, zap
from thpverify.lang import scenario

scenario(
    "bench-thp-M",
    state=State,
    threads=[fault(a=0, subpages=NR), fault(a=1, subpages=1), split(), kvm_page_fault(retry=True), zap()],
    properties=INVARIANTS,
)
scenario(
    "bench-thp-L",
    state=State,
    threads=[fault(a=0, subpages=NR), fault(a=1, subpages=2), split(), kvm_page_fault(retry=True), zap()],
    properties=INVARIANTS,
)
scenario(
    "bench-thp-XL",
    state=State,
    threads=[fault(a=0, subpages=NR), fault(a=1, subpages=3), split(), kvm_page_fault(retry=True), zap()],
    properties=INVARIANTS,
)
