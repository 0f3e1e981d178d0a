"""Mistakes in entries of history and in the codes of properties: found when the model is imported."""

from tests.compiler.mistake import Mistake, in_module, in_scenario


def in_entry(name: str, code: str, hint: str, call: str) -> Mistake:
    """A mistake in a call of known_bug behind a patch that is right."""
    return in_module(name, code, hint, f'FIX = patch("127393fbe597", "fix", version="v4.6")\n{call}\n')


HISTORY = [
    in_entry(
        "id of a known bug with capitals",
        "THP057",
        "small letters",
        '«known_bug("Stale", fix=FIX, introduced="v4.5", invariants=["LVL"], breaks="All.")»',
    ),
    in_entry(
        "known bug without a fix",
        "THP057",
        "Pass what patch(",
        '«known_bug("stale", fix=[], introduced="v4.5", invariants=["LVL"], breaks="All.")»',
    ),
    in_entry(
        "fix of a known bug is a string",
        "THP057",
        "Pass what patch(",
        '«known_bug("stale", fix="127393fbe597", introduced="v4.5", invariants=["LVL"], breaks="All.")»',
    ),
    in_module(
        "fix of a known bug without a version",
        "THP057",
        "version=",
        """
        FIX = patch("127393fbe597", "fix")
        «known_bug("stale", fix=FIX, introduced="v4.5", invariants=["LVL"], breaks="All.")»
        """,
    ),
    in_entry(
        "known bug of no version",
        "THP057",
        'introduced="v4.5"',
        '«known_bug("stale", fix=FIX, introduced="", invariants=["LVL"], breaks="All.")»',
    ),
    in_entry(
        "known bug that breaks nothing in words",
        "THP057",
        "in one sentence",
        '«known_bug("stale", fix=FIX, introduced="v4.5", invariants=["LVL"], breaks=" ")»',
    ),
    in_entry(
        "known bug without codes",
        "THP057",
        'invariants=["LVL"]',
        '«known_bug("stale", fix=FIX, introduced="v4.5", invariants=[], breaks="All.")»',
    ),
    in_entry(
        "known bug with a CVE number that is none",
        "THP057",
        "leave it out",
        '«known_bug("stale", fix=FIX, introduced="v4.5", invariants=["LVL"], breaks="All.", cve="2022-1")»',
    ),
    in_entry(
        "known bug with a code that is none",
        "THP058",
        "capital letters",
        '«known_bug("stale", fix=FIX, introduced="v4.5", invariants=["level"], breaks="All.")»',
    ),
    in_entry(
        "known bug declared twice",
        "THP010",
        "Remove one",
        'known_bug("stale", fix=FIX, introduced="v4.5", invariants=["LVL"], breaks="All.")\n'
        '«known_bug("stale", fix=FIX, introduced="v4.5", invariants=["LVL"], breaks="All.")»',
    ),
    in_scenario(
        "code of a property that is none",
        "THP058",
        "capital letters",
        """
        @«invariant(code=7)»
        def q(s):
            return s.n < 8""",
    ),
    in_scenario(
        "code of a property given twice",
        "THP058",
        "Remove one",
        """
        @«reachable(code=["LVL", "LVL"])»
        def q(s):
            return s.n < 8""",
    ),
]
