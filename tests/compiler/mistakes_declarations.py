"""Mistakes in records and in the heads of threads and properties: found when the model is imported."""

from tests.compiler.mistake import Mistake, in_definitions, in_module


def in_field(name: str, code: str, hint: str, field: str) -> Mistake:
    """A mistake in one field of a record."""
    return in_module(
        name,
        code,
        hint,
        f"""
class Pmd(Enum):
    NONE = 0
    HUGE = 1

@record
class Inner:
    x: Int[0, 3]

@record
class State:
    n: Int[0, 7] = 0
    {field}
""",
    )


FIELDS = [
    in_field("field without type", "THP001", "Write ref: Int[lo, hi]", "«ref = 0»"),
    in_field("field of type float", "THP002", "Use Int[lo, hi], Bool", "«x: float = 0»"),
    in_field("field of type list", "THP002", "Array[n, type]", "«x: list[int] = 0»"),
    in_field("annotation with unknown name", "THP002", "Use Int[lo, hi], Bool", "«x: 'Flags' = 0»"),
    in_field("annotation that is a number", "THP002", "Use Int[lo, hi], Bool", "«x: 3 = 0»"),
    in_field("field of a class that is no record", "THP002", "or a record", "«x: Exception»"),
    in_field("optional", "THP002", "Ref[n]", "«x: int | None = None»"),
    in_field("int without bounds", "THP003", "Write x: Int[lo, hi]", "«x: int = 0»"),
    in_field("Int without bounds", "THP003", "Write x: Int[lo, hi]", "«x: Int = 0»"),
    in_field("Int with one bound", "THP003", "Int[lo, hi]", "x: «Int[3]» = 0"),
    in_field("Int with float bounds", "THP003", "Int[lo, hi]", "x: «Int[0, 1.5]» = 0"),
    in_field("Int with bounds the wrong way round", "THP003", "lower bound first", "«x: Int[7, 0]»"),
    in_field("Int wider than the engines' integers", "THP003", "62 bits", "«x: Int[0, 1 << 63]»"),
    in_field("Array without size and type", "THP003", "Array[n, type]", "«x: Array = False»"),
    in_field("Array without size", "THP003", "Array[4, Bool]", "x: «Array[Bool]» = False"),
    in_field("Array without type", "THP003", "Array[4, Bool]", "x: «Array[4]» = False"),
    in_field("Array of unbounded ints", "THP003", "Int[lo, hi]", "x: «Array[4, int]» = 0"),
    in_field("Array of size 0", "THP003", "at least one", "«x: Array[0, Bool]»"),
    in_field("Array of negative size", "THP003", "at least one", "«x: Array[-1, Bool]»"),
    in_field("Ref without slots", "THP003", "Ref[n]", "«x: Ref = None»"),
    in_field("Ref to a record", "THP003", "Ref[4]", "x: «Ref[Inner]» = None"),
    in_field("Ref without any slot", "THP003", "at least one", "«x: Ref[0]»"),
    in_field("default is a list", "THP004", "Write a tuple", "«x: Array[2, Int[0, 3]] = [0, 1]»"),
    in_field("default is a record", "THP004", "Write a tuple", "«x: Inner = Inner()»"),
    in_field("default out of range", "THP005", "within the type", "«x: Int[0, 3] = 4»"),
    in_field("default of another kind", "THP005", "within the type", "«x: Bool = 1»"),
    in_field("default None for an int", "THP005", "within the type", "«x: Int[0, 3] = None»"),
    in_field("default is a string", "THP005", "within the type", "«x: Pmd = 'NONE'»"),
    in_field("default is a float", "THP005", "within the type", "«x: Int[0, 3] = 1.0»"),
    in_field("default of a Ref out of range", "THP005", "within the type", "«x: Ref[2] = 2»"),
    in_field("default of a Ref below 0", "THP005", "within the type", "«x: Ref[2] = -1»"),
    in_field("an array's default too long", "THP005", "within the type", "«x: Array[2, Bool] = (True, False, True)»"),
    in_module(
        "a record in itself",
        "THP002",
        "or a record",
        """
        @record
        class Node:
            «next: "Node"»
        """,
    ),
    in_module(
        "an Enum without members",
        "THP003",
        "member",
        """
        class Empty(Enum):
            pass

        @record
        class State:
            «x: Empty»
        """,
    ),
    in_module(
        "a record that inherits",
        "THP055",
        "a field that is a record",
        """
        @record
        class Page:
            count: Int[0, 3]

        @«record»
        class Huge(Page):
            compound: Bool
        """,
    ),
    in_module(
        "a record made of a function",
        "THP055",
        "plain class",
        """
        @«record»
        def State():
            pass
        """,
    ),
    in_module(
        "a Flag",
        "THP003",
        "member",
        """
        from enum import Flag
        class Vm(Flag):
            READ = 1

        @record
        class State:
            «x: Vm»
        """,
    ),
    in_module(
        "field after from __future__ import annotations",
        "THP003",
        "Int[lo, hi]",
        """
        @record
        class State:
            n: Int[0, 3]
            «x: "Int[3]"»
        """,
    ),
]

HEADS = [
    in_definitions(
        "thread that never yields",
        "THP007",
        "End each step with `yield",
        """
        @thread
        def «t»(s):
            s.n = 1
        """,
    ),
    in_definitions(
        "thread without the state",
        "THP007",
        "Write def t(s: State",
        """
        @thread
        def «t»():
            yield "x"
        """,
    ),
    in_definitions(
        "async thread",
        "THP007",
        "plain generator",
        """
        @thread
        async def «t»(s):
            yield "x"
        """,
    ),
    in_definitions(
        "thread that is a class",
        "THP007",
        "def",
        """
        @«thread»
        class t:
            pass
        """,
    ),
    in_definitions(
        "thread that is decorated twice",
        "THP007",
        "once",
        """
        @«thread»
        @thread
        def t(s):
            yield "x"
        """,
    ),
    in_definitions(
        "property that yields",
        "THP008",
        "remove the yield",
        """
        @invariant
        def «p»(s):
            yield s.n
        """,
    ),
    in_definitions(
        "property without the state",
        "THP008",
        "Write def p(s: State)",
        """
        @invariant
        def «p»():
            return True
        """,
    ),
    in_definitions(
        "property with two parameters",
        "THP008",
        "Write def p(s: State)",
        """
        @reachable
        def «p»(s, i):
            return True
        """,
    ),
    in_definitions(
        "property that is a thread",
        "THP008",
        "def",
        """
        @«invariant»
        @thread
        def p(s):
            yield "x"
        """,
    ),
]
