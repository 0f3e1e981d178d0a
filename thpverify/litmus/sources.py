"""From a test of a file to the source of a model."""

from __future__ import annotations

from thpverify.litmus.files import LKMM, Entry
from thpverify.litmus.lkmm_program import lkmm_program
from thpverify.litmus.lkmm_source import lkmm_source
from thpverify.litmus.mmu_source import mmu_source
from thpverify.litmus.mmu_test import mmu_test


def source_of(entry: Entry) -> str:
    """The text of a module that declares one scenario, whose reachable property `asked` is the test's question.

    Raises:
        BrokenTest: the test is malformed.
    """
    if entry.kind == LKMM:
        return lkmm_source(lkmm_program(entry))
    return mmu_source(mmu_test(entry))
