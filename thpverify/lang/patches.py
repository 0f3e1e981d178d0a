"""Patches, and eras as sets of them: which kernel a scenario runs on."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from thpverify.lang.context import active


@attrs.frozen
class Patch:
    """A kernel commit. Model code asks `applied`, which is a constant of the scenario."""

    commit: str
    subject: str = attrs.field(eq=False)
    version: str = attrs.field(eq=False, default="")

    @property
    def applied(self) -> bool:
        """Whether the active scenario has this patch."""
        return self in active().patches


@attrs.frozen
class Era:
    """A kernel version as a set of patches."""

    name: str
    patches: frozenset[Patch]


def patch(commit: str, subject: str, *, version: str = "") -> Patch:
    """A kernel commit by its abbreviated id, with its subject and the version that has it."""
    return Patch(commit, subject, version)


def era(name: str, *, patches: Iterable[Patch] = ()) -> Era:
    """A kernel version and the patches, of those that models ask for, which it has."""
    return Era(name, frozenset(patches))
