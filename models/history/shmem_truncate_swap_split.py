"""shmem-truncate-swap-split: an order that is older than the entry it is used for (8a1968bd997f, CVE-2026-23161)."""

from models.mm.swap_shmem import SwapFile, swap_in, swapped_out, swapped_out_in_part, truncate
from models.patches import FREE_SWAP_LOCKED, V6_12
from properties.swap_entries import (
    SWAP_ENTRIES,
    an_entry_is_split,
    everything_is_truncated,
    no_swap_slot_is_freed_twice,
    swap_entries_lead_to_used_slots,
    truncation_keeps_to_its_range,
)
from thpverify.lang import known_bug, scenario, violates

known_bug(
    "shmem-truncate-swap-split",
    fix=FREE_SWAP_LOCKED,
    introduced="v6.12",
    cve="CVE-2026-23161",
    invariants=["DATA", "ACCT"],
    breaks="Truncation reads an entry's order, swap-in splits the entry, and 4 swap slots are freed for one page.",
)

WHOLE = {"state": SwapFile, "threads": [truncate(first=0, last=3), swap_in(i=1)], "initial": swapped_out, "era": V6_12}
PART = {**WHOLE, "threads": [truncate(first=0, last=1), swap_in(i=3)]}
scenario(
    "shmem-truncate-swap-split",
    properties=[swap_entries_lead_to_used_slots],
    expect=violates("swap_entries_lead_to_used_slots"),
    **WHOLE,
)
scenario(
    "shmem-truncate-swap-split-twice",
    properties=[no_swap_slot_is_freed_twice],
    expect=violates("no_swap_slot_is_freed_twice"),
    **WHOLE,
)
scenario(
    "shmem-truncate-swap-split-beyond",
    properties=[truncation_keeps_to_its_range],
    expect=violates("truncation_keeps_to_its_range"),
    **PART,
)
scenario(
    "shmem-truncate-swap-split",
    properties=[*SWAP_ENTRIES, everything_is_truncated, an_entry_is_split],
    patches=[FREE_SWAP_LOCKED],
    **WHOLE,
)
scenario("shmem-truncate-swap-split-beyond", properties=[*SWAP_ENTRIES], patches=[FREE_SWAP_LOCKED], **PART)
scenario(
    "shmem-truncate-swap-split-hole",
    properties=[*SWAP_ENTRIES, everything_is_truncated],
    patches=[FREE_SWAP_LOCKED],
    **{**WHOLE, "initial": swapped_out_in_part},
)
