"""gup-fast-head-vs-split: GUP-fast takes its reference on what is no longer the page's head (c24d37322548, v5.14)."""

from models.kvm.mmu import KVM, Machine
from models.kvm.set_up import anon_by_ptes
from models.mm.gup import FLUSH_WAITS, pin_user_page
from models.mm.page import ANON, MMS, NR
from models.mm.split import split_huge_page
from models.patches import GUP_HEAD_AGAIN, V5_12
from properties.reached import page_is_split
from properties.refcount import pinned_page_has_the_reference, refcount_equation
from thpverify.lang import HOLDS, known_bug, scenario, violates

known_bug(
    "gup-fast-head-vs-split",
    fix=GUP_HEAD_AGAIN,
    introduced="v4.5",
    invariants=["REF"],
    breaks="The page is split between compound_head() and the reference, which is left on another page.",
)

PROPERTIES = [pinned_page_has_the_reference, refcount_equation, page_is_split]
for what, flush_waits, patches, expect in (
    ("", 0, [], violates("pinned_page_has_the_reference")),
    ("", 0, [GUP_HEAD_AGAIN], HOLDS),
    ("-bare-x86", 1, [], HOLDS),
):
    scenario(
        f"gup-fast-head-vs-split{what}",
        state=Machine,
        threads=[split_huge_page(), pin_user_page(a=0)],
        properties=PROPERTIES,
        initial=anon_by_ptes,
        constants={KVM: 0, MMS: 1, ANON: 1, NR: 2, FLUSH_WAITS: flush_waits},
        era=V5_12,
        patches=patches,
        expect=expect,
        deadlock_free=False,
    )
