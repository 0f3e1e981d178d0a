"""Guest and host see the same memory."""

from models.mm.page import Pte, entry
from thpverify.lang import invariant


@invariant(code="DATA")
def guest_and_host_read_the_same_data(s) -> bool:
    """Where the process maps an address, no translation that a vCPU may use leads to other data."""
    return all(
        not (s.ept.tlb_page[i] and entry(s, 0, i) == Pte.FRESH and s.page.data[i] != s.fresh[i].data)
        and not (s.ept.tlb_fresh[i] and entry(s, 0, i) == Pte.PAGE and s.page.data[i] != s.fresh[i].data)
        for i in range(len(s.ept.spte))
    )
