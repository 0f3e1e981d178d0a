"""What has to be possible, so that a scenario says something."""

from properties.lifetime import is_free
from thpverify.lang import reachable


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
