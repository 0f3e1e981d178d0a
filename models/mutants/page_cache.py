"""Mistakes that the properties of the page cache have to find, for those that no known bug breaks."""

from models.mm.file_io import pin_page
from models.mm.page_cache import FIRST, NEW, File, Slot, all_small, lock_tree
from models.patches import V4_20
from properties.page_cache import cached_page_refcounts, pages_hold_the_files_data
from thpverify.lang import atomic, scenario, thread, violates


@thread
def replace_pinned_page(s: File):
    """replace_slot() and copy_highpage() of index 0 without page_ref_freeze(): whoever holds the page."""
    old, new = s.page[FIRST], s.page[NEW]
    while old.locked:
        yield
    old.locked = True
    yield "lock_page"
    yield from lock_tree(s)
    atomic("the tree lock; the huge page is this task's own")
    s.slot[0] = Slot.NEW
    old.cached = 0
    old.held += 1
    new.mapping = True
    new.refcount = 1
    new.cached = 1
    s.tree_lock = False
    yield "slot replaced"
    atomic("the huge page is this task's own")
    new.data[0] = old.data[0]
    yield "copy_highpage"
    old.locked = False
    yield "unlock_page"


@thread
def unfreeze_too_little(s: File):
    """roll_back() that forgets the reference of the page cache when it unfreezes the page of index 0."""
    old = s.page[FIRST]
    yield from lock_tree(s)
    if old.refcount == 1:
        old.refcount = 0
        old.frozen = True
        yield "page_ref_freeze"
        old.frozen = False
        s.tree_lock = False
        yield "page_ref_unfreeze"
    else:
        s.tree_lock = False
        yield "page_ref_freeze fails"


scenario(
    "mutant-replace-pinned-page",
    state=File,
    threads=[replace_pinned_page(), pin_page(i=0)],
    properties=[pages_hold_the_files_data],
    initial=all_small,
    era=V4_20,
    deadlock_free=False,
    expect=violates("pages_hold_the_files_data"),
)
scenario(
    "mutant-unfreeze-too-little",
    state=File,
    threads=[unfreeze_too_little(), pin_page(i=0)],
    properties=[cached_page_refcounts],
    initial=all_small,
    era=V4_20,
    deadlock_free=False,
    expect=violates("cached_page_refcounts"),
)
