"""Guest and host see the same memory."""

from models.kvm.second_stage import reaches_fresh, reaches_page
from models.mm.page import NR, Pte, entry
from thpverify.lang import invariant


@invariant(code="DATA")
def guest_and_host_read_the_same_data(s) -> bool:
    """Where the process maps an address, no translation that a vCPU may use leads to other data."""
    return all(
        not (reaches_page(s, i) and entry(s, 0, i) == Pte.FRESH and s.page.data[i] != s.fresh[i].data)
        and not (reaches_fresh(s, i) and entry(s, 0, i) == Pte.PAGE and s.page.data[i] != s.fresh[i].data)
        for i in range(NR)
    )
