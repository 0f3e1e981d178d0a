"""Bounds on what an operation costs, in atomics and in N = HPAGE_PMD_NR."""

from thpverify.lang import invariant


@invariant(code="PERF")
def at_most_1(s) -> bool:
    """One atomic."""
    return s.atomics <= 1


@invariant(code="PERF")
def at_most_2(s) -> bool:
    """Two atomics."""
    return s.atomics <= 2


@invariant(code="PERF")
def at_most_3(s) -> bool:
    """Three atomics."""
    return s.atomics <= 3


@invariant(code="PERF")
def at_most_n_minus_1(s) -> bool:
    """Less than one for each subpage."""
    return s.atomics <= s.nr - 1


@invariant(code="PERF")
def at_most_n(s) -> bool:
    """One for each subpage."""
    return s.atomics <= s.nr


@invariant(code="PERF")
def at_most_n_plus_1(s) -> bool:
    """One for each subpage, and one."""
    return s.atomics <= s.nr + 1


@invariant(code="PERF")
def at_most_n_plus_2(s) -> bool:
    """One for each subpage, and two."""
    return s.atomics <= s.nr + 2


@invariant(code="PERF")
def at_most_n_plus_4(s) -> bool:
    """One for each subpage, and four."""
    return s.atomics <= s.nr + 4


@invariant(code="PERF")
def at_most_n_plus_5(s) -> bool:
    """One for each subpage, and five."""
    return s.atomics <= s.nr + 5


@invariant(code="PERF")
def at_most_2n_minus_2(s) -> bool:
    """Two for each subpage, less two."""
    return s.atomics <= 2 * s.nr - 2


@invariant(code="PERF")
def at_most_2n_minus_1(s) -> bool:
    """Two for each subpage, less one."""
    return s.atomics <= 2 * s.nr - 1


@invariant(code="PERF")
def at_most_3n_plus_2(s) -> bool:
    """Three for each subpage, and two."""
    return s.atomics <= 3 * s.nr + 2


@invariant(code="PERF")
def at_most_3n_plus_3(s) -> bool:
    """Three for each subpage, and three."""
    return s.atomics <= 3 * s.nr + 3


@invariant(code="PERF")
def none(s) -> bool:
    """No atomic."""
    return s.atomics <= 0


@invariant(code="PERF")
def at_most_2n_plus_1(s) -> bool:
    """Two for each subpage, and one."""
    return s.atomics <= 2 * s.nr + 1


@invariant(code="PERF")
def at_most_2n_plus_2(s) -> bool:
    """Two for each subpage, and two."""
    return s.atomics <= 2 * s.nr + 2
