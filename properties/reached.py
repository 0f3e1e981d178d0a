"""What has to be possible, so that a scenario says something."""

from models.mm.isolation import offline_pages
from models.mm.page import Pte
from properties.lifetime import is_free
from thpverify.lang import at, reachable


@reachable
def page_is_freed(s) -> bool:
    """The huge page is freed."""
    return s.page.compound and is_free(s, 0)


@reachable
def page_is_split(s) -> bool:
    """The huge page is split into small pages."""
    return not s.page.compound and not s.page.frozen


@reachable
def page_leaves_the_cache(s) -> bool:
    """The shmem page is removed from the page cache."""
    return not s.page.cached


@reachable
def page_is_copied(s) -> bool:
    """A subpage was copied: the small page in its place is mapped."""
    return any(m.pte[i] == Pte.FRESH for m in s.mm for i in range(len(s.fresh)))


@reachable
def offline_pages_isolates(s) -> bool:
    """The page is isolated after a subpage of it was copied."""
    return at(offline_pages[0], "isolated") and page_is_copied(s)


@reachable
def faults_run_in_parallel(s) -> bool:
    """Two vCPUs hold mmu_lock for reading at the same time."""
    return s.kvm.readers > 1
