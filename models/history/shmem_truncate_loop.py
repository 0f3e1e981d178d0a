"""shmem-truncate-loop: truncation that starts within a large swap entry never ends (2030dddf9545, CVE-2026-23177).

bugs.json has it since v6.12; the loop itself came with 8a1968bd997f, which refuses to free an entry that begins before
the range. So both sides have that commit.
"""

from models.mm.swap_shmem import SwapFile, swap_in, swapped_out, truncate
from models.patches import FREE_SWAP_LOCKED, TRUNCATE_ROUND_DOWN, V6_12
from properties.swap_entries import SWAP_ENTRIES, an_entry_is_split, truncation_does_not_spin
from thpverify.lang import known_bug, scenario, violates

known_bug(
    "shmem-truncate-loop",
    fix=TRUNCATE_ROUND_DOWN,
    introduced="v6.12",
    cve="CVE-2026-23177",
    invariants=["LIVE"],
    breaks="Truncation finds an entry that begins before its range, frees nothing, and looks at it again for ever.",
)

WITHIN = {
    "state": SwapFile,
    "threads": [truncate(first=2, last=7), swap_in(i=1)],
    "initial": swapped_out,
    "era": V6_12,
}
scenario(
    "shmem-truncate-loop",
    properties=[truncation_does_not_spin],
    patches=[FREE_SWAP_LOCKED],
    expect=violates("truncation_does_not_spin"),
    **WITHIN,
)
scenario(
    "shmem-truncate-loop",
    properties=[*SWAP_ENTRIES, truncation_does_not_spin, an_entry_is_split],
    patches=[FREE_SWAP_LOCKED, TRUNCATE_ROUND_DOWN],
    **WITHIN,
)
