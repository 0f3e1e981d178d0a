"""split-file-pmd-counter-uaf: the page is read after the put that may have freed it (8d878059924f, CVE-2026-53189)."""

from models.mm.file_pmd import Window, madvise_split, mapped_clean, migrate, truncate
from models.patches import COUNTER_BEFORE_PUT, V6_1
from properties.file_pmd import PMD_MAPPED, no_page_is_read_after_the_last_put, page_is_truncated
from thpverify.lang import known_bug, scenario, violates

known_bug(
    "split-file-pmd-counter-uaf",
    fix=COUNTER_BEFORE_PUT,
    introduced="v4.19",
    cve="CVE-2026-53189",
    invariants=["FWM", "ORDER"],
    breaks="A split puts the page, whose last reference that may be, and then reads from it which counter to lower.",
)

READ = {
    "state": Window,
    "threads": [madvise_split(), truncate(), migrate()],
    "initial": mapped_clean,
    "era": V6_1,
}
scenario(
    "split-file-pmd-counter-uaf",
    properties=[no_page_is_read_after_the_last_put],
    expect=violates("no_page_is_read_after_the_last_put"),
    **READ,
)
scenario(
    "split-file-pmd-counter-uaf",
    properties=[*PMD_MAPPED, page_is_truncated],
    patches=[COUNTER_BEFORE_PUT],
    **READ,
)
