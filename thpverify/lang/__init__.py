"""What a model imports. See docs/language.md."""

from thpverify.lang.claims import answer, cell, claim, evidence
from thpverify.lang.constants import Constant
from thpverify.lang.counting import counting
from thpverify.lang.history import known_bug
from thpverify.lang.patches import era, patch
from thpverify.lang.properties import invariant, reachable
from thpverify.lang.records import record
from thpverify.lang.scenarios import HOLDS, scenario, violates
from thpverify.lang.threads import assume, at, atomic, choose, local, thread
from thpverify.lang.types import Array, Bool, Ghost, Int, Lock, Ref

__all__ = [
    "HOLDS",
    "Array",
    "Bool",
    "Constant",
    "Ghost",
    "Int",
    "Lock",
    "Ref",
    "answer",
    "assume",
    "at",
    "atomic",
    "cell",
    "choose",
    "claim",
    "counting",
    "era",
    "evidence",
    "invariant",
    "known_bug",
    "local",
    "patch",
    "reachable",
    "record",
    "scenario",
    "thread",
    "violates",
]
