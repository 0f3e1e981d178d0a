"""Mistakes in statements, loops, yields and patterns."""

from tests.compiler.mistake import in_definitions, in_helper, in_step

STATEMENTS = [
    in_step(
        "try",
        "THP020",
        "test the condition with `if`",
        """
        «try:»
            s.n = 1
        except ValueError:
            pass
        """,
    ),
    in_step(
        "try around a yield",
        "THP020",
        "test the condition with `if`",
        """
        «try:»
            yield "x"
        finally:
            s.n = 1
        """,
    ),
    in_step(
        "with",
        "THP020",
        "steps of their own",
        """
        «with s.mm[0].ptl:»
            s.n = 1
        """,
    ),
    in_step(
        "with around a yield",
        "THP020",
        "steps of their own",
        """
        «with s.mm[0].ptl:»
            yield "x"
        """,
    ),
    in_step("raise", "THP020", "`assert condition`", "«raise ValueError»"),
    in_step("del", "THP020", 'means "nothing"', "x = 1\n«del x»"),
    in_step("global", "THP020", "Keep everything that changes in the state", "«global counter»\ncounter = 1"),
    in_step("import in a thread", "THP020", "top of the file", "«import os»"),
    in_step("from import in a thread", "THP020", "top of the file", "«from os import path»"),
    in_step(
        "function in a function",
        "THP020",
        "top level",
        """
        «def inner():»
            s.n = 1
        inner()
        """,
    ),
    in_step(
        "class in a function",
        "THP020",
        "top level",
        """
        «class Inner:»
            pass
        """,
    ),
    in_step("expression without effect", "THP020", "assign its value", "«s.n + 1»"),
    in_step("comparison in place of an assignment", "THP020", "assign its value", "«s.n == 1»"),
    in_step(
        "while-else",
        "THP020",
        "Set a local in the loop",
        """
        «while s.n < 3:»
            yield "x"
        else:
            s.n = 0
        """,
    ),
    in_step(
        "for-else",
        "THP020",
        "Set a local in the loop",
        """
        «for i in range(4):»
            s.ref[i] = 0
        else:
            s.n = 0
        """,
    ),
    in_step("star in an assignment", "THP020", "names, fields and elements", "«a, *b» = (1, 2, 3)"),
    in_step("assignment to a list of names", "THP020", "names, fields and elements", "«[a, b]» = (1, 2)"),
    in_step("annotation of a field", "THP052", "Fields get their types in the record", "«s.n: Int[0, 7] = 1»"),
    in_definitions(
        "star arguments",
        "THP020",
        "Name each parameter",
        """
        def h(s, *«numbers»):
            s.n = 1
        @thread
        def t(s):
            h(s, 1, 2)
            yield "end"
        """,
    ),
    in_definitions(
        "double star arguments in a thread",
        "THP020",
        "Name each parameter",
        """
        @thread
        def «t»(s, **rest):
            yield "end"
        """,
    ),
    in_definitions(
        "async helper",
        "THP012",
        "Write it with def",
        """
        async def «h»(s):
            s.n = 1
        @thread
        def t(s):
            h(s)
            yield "end"
        """,
    ),
]

LOOPS = [
    in_step(
        "assignments of constants for ever",
        "THP031",
        "for _ in range(n)",
        "«while True:»\n    m = s.mm[1]",
    ),
    in_helper(
        "loops that unroll into too much",
        "THP056",
        "Yield in its loops",
        """
def h(s):
    for i in range(1000):
        for «j» in range(1000):
            s.n = 1
""",
    ),
    in_step("loop for ever", "THP031", "for _ in range(n)", "«while True:»\n    s.n = 1"),
    in_step("loop until the state changes", "THP031", "for _ in range(n)", "«while s.n > 0:»\n    s.n -= 1"),
    in_step("waiting without a yield", "THP031", "Let every path through its body yield", "«while s.flag:»\n    pass"),
    in_helper(
        "loop left at different times",
        "THP031",
        "and break",
        """
def h(s):
    i = 0
    «while i < 4:»
        if s.ref[i] == 0:
            break
        i += 1
""",
    ),
    in_helper(
        "loop in a helper that ends with the state",
        "THP031",
        "and break",
        """
def h(s):
    «while s.n > 0:»
        s.n -= 1
""",
    ),
    in_helper(
        "long loop in a helper",
        "THP031",
        "Yield in it",
        """
def h(s):
    n = 0
    «while n < 5000:»
        n += 1
""",
    ),
    in_step(
        "a path around the yield",
        "THP031",
        "Let every path through its body yield",
        """
        «while s.n < 3:»
            if s.flag:
                continue
            yield "x"
        """,
    ),
    in_step("long loop", "THP031", "Let every path through its body yield", "n = 0\n«while n < 5000:»\n    n += 1"),
    in_step("for over a large range", "THP032", "Yield in the loop", "for i in «range(5000)»:\n    s.n = 1"),
    in_step(
        "for over a huge range", "THP032", "Yield in the loop", "for i in «range(1152921504606846976)»:\n    s.n = 1"
    ),
    in_step("for over an int", "THP032", "Loop over range(...)", "for i in «s.n»:\n    s.flag = True"),
    in_step("for over a record", "THP032", "Loop over range(...)", "for i in «s.mm[0]»:\n    s.flag = True"),
    in_step("for over a string", "THP032", "Loop over range(...)", "for c in «'abc'»:\n    s.flag = True"),
    in_step("for over a comprehension", "THP021", "any, all, sum", "for i in «(j for j in range(4))»:\n    s.n = i"),
    in_step(
        "step of a range that is no constant",
        "THP032",
        "constant step",
        "for i in «range(0, 4, s.n)»:\n    s.flag = True",
    ),
    in_step("step 0", "THP032", "constant step", "for i in «range(0, 4, 0)»:\n    s.flag = True"),
    in_step("yield in a loop whose bounds change", "THP032", "Use a while", 'for i in «range(s.n)»:\n    yield "x"'),
    in_step(
        "yield in a loop over an array of numbers", "THP032", "range(len(...))", 'for r in «s.ref»:\n    yield "x"'
    ),
    in_step("yield in a loop over a tuple", "THP032", "range(...)", 'for r in «(1, 2)»:\n    yield "x"'),
    in_step("loop variable assigned", "THP045", "another name", "for i in range(4):\n    «i» += 1"),
    in_step(
        "loop variable assigned in a loop that yields",
        "THP045",
        "another name",
        'for i in range(4):\n    yield "x"\n    «i» = 2',
    ),
    in_step(
        "loop variable of an outer loop used again",
        "THP045",
        "another name",
        "for i in range(4):\n    for «i» in range(2):\n        s.n = i",
    ),
    in_step(
        "what a yielding loop runs over is assigned",
        "THP045",
        "another name",
        'm = s.mm\nfor a in m:\n    yield "x"\n    «m» = s.mm',
    ),
    in_step(
        "break outside of the loop's step",
        "THP048",
        "x != 0",
        'while True:\n    if «s.n»:\n        break\n    yield "x"',
    ),
]

YIELDS = [
    in_step("yield as a value", "THP033", "statement of its own", "x = «yield 'x'»"),
    in_step("yield in a condition", "THP033", "statement of its own", "if («yield»):\n    s.n = 1"),
    in_step("yield in a call", "THP033", "statement of its own", "abs((«yield»))"),
    in_step("yield from in an expression", "THP033", "x = yield from f()", "s.n = 1 + («yield from range(3)»)"),
    in_step("yield from in an augmented assignment", "THP033", "x = yield from f()", "s.n += «yield from range(3)»"),
    in_step("return of a yield", "THP033", "statement of its own", "return («yield 'x'»)"),
    in_step("yield in a while's condition", "THP033", "statement of its own", "while («yield»):\n    pass"),
    in_step("label is an f-string", "THP034", "Write it out", "yield «f'step {s.n}'»"),
    in_step("label is a number", "THP034", "Write it out", "yield «1»"),
    in_step("label is a local", "THP034", "Write it out", "x = s.n\nyield «x»"),
    in_step("label chosen by a condition", "THP034", "Write it out", "yield («'a' if s.flag else 'b'»)"),
    in_step("reason of atomic is no string", "THP034", "Write it out", "atomic(«s.n»)"),
    in_step("atomic without a reason", "THP027", "Give it one", "«atomic()»"),
]

PATTERNS = [
    in_step("capture", "THP046", "Match enum members", "match s.n:\n    case «x»:\n        s.n = x"),
    in_step("capture with as", "THP046", "Match enum members", "match s.n:\n    case «1 as x»:\n        s.n = 0"),
    in_step("sequence pattern", "THP046", "Match enum members", "match s.n:\n    case «[1, 2]»:\n        s.n = 0"),
    in_step("class pattern", "THP046", "Match enum members", "match s.n:\n    case «int()»:\n        s.n = 0"),
    in_step("pattern of another kind", "THP049", "the same kind", "match s.pmd:\n    case «1»:\n        s.n = 0"),
    in_step("string pattern", "THP049", "the same kind", "match s.pmd:\n    case «'HUGE'»:\n        s.n = 0"),
    in_step("capture around a yield", "THP046", "Match enum members", 'match s.n:\n    case «x»:\n        yield "x"'),
]
