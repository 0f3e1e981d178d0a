"""collapse-file-writeback: a page is freed while the disk still works on it (74c42e1baacf, CVE-2021-47492)."""

from models.mm.collapse_file import Page, any_page, collapse_page, dirty_page, read_page, write_out
from models.patches import COLLAPSE_WRITEBACK, V5_4
from properties.file_cache import a_written_page_is_collapsed, no_page_is_freed_under_io
from thpverify.lang import known_bug, scenario, violates

known_bug(
    "collapse-file-writeback",
    fix=COLLAPSE_WRITEBACK,
    introduced="v5.4",
    cve="CVE-2021-47492",
    invariants=["REF", "BUG"],
    breaks="khugepaged asks whether a page is dirty, not whether it is being written, and frees it under I/O.",
)

COLLAPSE = {"state": Page, "threads": [write_out(), collapse_page()], "initial": dirty_page, "era": V5_4}
scenario(
    "collapse-file-writeback",
    properties=[no_page_is_freed_under_io],
    expect=violates("no_page_is_freed_under_io"),
    **COLLAPSE,
)
scenario(
    "collapse-file-writeback",
    properties=[no_page_is_freed_under_io, a_written_page_is_collapsed],
    patches=[COLLAPSE_WRITEBACK],
    **COLLAPSE,
)
scenario(
    "collapse-file-writeback-beside-a-reader",
    properties=[no_page_is_freed_under_io, a_written_page_is_collapsed],
    patches=[COLLAPSE_WRITEBACK],
    **{**COLLAPSE, "threads": [write_out(), collapse_page(), read_page()], "initial": any_page},
)
