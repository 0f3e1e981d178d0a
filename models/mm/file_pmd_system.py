"""A PMD-mapped shmem page that is reclaimed, truncated and written through GUP at the same time."""

from models.mm.file_pmd import Window, mapped_clean, reclaim, store, truncate, write_through_gup
from models.patches import V6_1
from properties.file_pmd import PMD_MAPPED, page_is_reclaimed, page_is_truncated
from thpverify.lang import scenario

for beside, reached in (
    ((store(), truncate()), page_is_truncated),
    ((store(), write_through_gup()), page_is_reclaimed),
):
    scenario(
        "mm-file-pmd-reclaim" + ("-truncate" if reached is page_is_truncated else "-gup"),
        state=Window,
        threads=[reclaim(), *beside],
        properties=[*PMD_MAPPED, reached],
        initial=mapped_clean,
        era=V6_1,
        deadlock_free=False,
    )
