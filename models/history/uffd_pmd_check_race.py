"""uffd-pmd-check-race: a fault makes a huge PMD where userfaultfd wants a page table (71c186efc1b2, v6.11).

In an area whose page tables khugepaged may take away the BUG_ON() can still be met; 4828d207dc51 removes it.
"""

from models.mm.uffd import Area, discard_huge, huge_fault, mfill_atomic, retract_page_table
from models.patches import UFFD_NO_BUG, UFFD_PMD_AGAIN, V6_10
from properties.uffd import uffd_fills_the_entry, uffd_is_told_to_try_again
from thpverify.lang import known_bug, scenario, violates

known_bug(
    "uffd-pmd-check-race",
    fix=UFFD_PMD_AGAIN,
    introduced="v4.3",
    cve="CVE-2024-46787",
    invariants=["BUG"],
    breaks="UFFDIO_COPY takes a PMD that has just become huge for a page table: BUG_ON().",
)

FILL = {"state": Area, "era": V6_10, "deadlock_free": False}
ANON = {**FILL, "threads": [mfill_atomic(), huge_fault(), discard_huge()]}
FILE = {**FILL, "threads": [mfill_atomic(), huge_fault(), discard_huge(), retract_page_table()]}
REACHED = [uffd_fills_the_entry, uffd_is_told_to_try_again]

scenario("uffd-pmd-check-race", properties=REACHED, expect=violates("assertion"), **ANON)
scenario("uffd-pmd-check-race", properties=REACHED, patches=[UFFD_PMD_AGAIN], **ANON)
scenario("uffd-pmd-check-race-file", patches=[UFFD_PMD_AGAIN], expect=violates("assertion"), **FILE)
scenario("uffd-pmd-check-race-file", properties=REACHED, patches=[UFFD_PMD_AGAIN, UFFD_NO_BUG], **FILE)
