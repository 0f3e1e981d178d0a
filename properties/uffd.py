"""What has to be possible for UFFDIO_COPY."""

from thpverify.lang import reachable


@reachable
def uffd_fills_the_entry(s) -> bool:
    """UFFDIO_COPY sets an entry."""
    return s.filled


@reachable
def uffd_is_told_to_try_again(s) -> bool:
    """UFFDIO_COPY meets a huge PMD, or none, and returns."""
    return s.again
