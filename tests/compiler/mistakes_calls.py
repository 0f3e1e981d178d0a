"""Mistakes in calls, assignments, locals and choices."""

from tests.compiler.mistake import in_definitions, in_helper, in_step

CALLS = [
    in_step("print", "THP026", "any, all, sum", "«print(s.n)»"),
    in_step("sorted", "THP026", "any, all, sum", "x = «sorted(s.ref)»"),
    in_step("method of an array", "THP023", "Index the array first", "«s.ref.append»(1)"),
    in_step("method of a string", "THP023", "Only records", "x = «'a'.upper»()"),
    in_step("constructor of a record", "THP026", "any, all, sum", "x = «AddressSpace()»"),
    in_step("constructor of an Enum", "THP026", "any, all, sum", "s.pmd = «Pmd(1)»"),
    in_step("call of a number", "THP026", "any, all, sum", "s.n = «s.n()»"),
    in_step("at in a step", "THP026", "Only properties", "s.flag = «at(t[0], 'end')»"),
    in_step("local in a step", "THP026", "Only properties", "s.n = «local(t[0], 'x')»"),
    in_step("field of a record called", "THP026", "any, all, sum", "«s.n()»"),
    in_step("scenario in a step", "THP026", "any, all, sum", "«scenario('x', state=State, threads=[])»"),
    in_helper(
        "argument missing",
        "THP027",
        "Missing: b",
        """
def f(s, a, b):
    s.n = a
def h(s):
    «f(s, 1)»
""",
    ),
    in_helper(
        "argument too many",
        "THP027",
        "Give each parameter once",
        """
def f(s):
    s.n = 1
def h(s):
    «f(s, 1)»
""",
    ),
    in_helper(
        "unknown keyword",
        "THP027",
        "Missing: a. Unknown: b.",
        """
def f(s, a):
    s.n = 1
def h(s):
    «f(s, b=1)»
""",
    ),
    in_helper(
        "argument given twice",
        "THP027",
        "Give each parameter once",
        """
def f(s, a):
    s.n = 1
def h(s):
    «f(s, 1, a=1)»
""",
    ),
    in_helper(
        "star in a call",
        "THP027",
        "Write each argument",
        """
def f(s, a, b):
    s.n = a
def h(s):
    «f(s, *(1, 2))»
""",
    ),
    in_step("len of two arrays", "THP027", "Give it one", "s.n = «len(s.ref, s.mm)»"),
    in_step("any without an argument", "THP027", "Give it one", "s.flag = «any()»"),
    in_step("sum with a start", "THP027", "Give it one", "s.n = «sum(s.ref, 1)»"),
    in_step("min of a comprehension that may be empty", "THP027", "default=", "s.n = «min(i for i in s.ref if i > 1)»"),
    in_step("range without arguments", "THP027", "range(stop)", "for i in «range()»:\n    s.n = i"),
    in_step("range of an Enum", "THP024", "only compared", "for i in range(«s.pmd»):\n    s.n = i"),
    in_step("choose of two arguments", "THP027", "choose(i for i", "s.n = «choose(1, 2)»"),
    in_helper(
        "generator without yield from",
        "THP028",
        "Write `yield from spin_lock(...)`",
        """
def spin_lock(s):
    while s.flag:
        yield
    s.flag = True
def h(s):
    «spin_lock(s)»
""",
    ),
    in_definitions(
        "generator's value without yield from",
        "THP028",
        "Write `yield from f(...)`",
        """
        def f(s):
            yield "x"
            return 1
        @thread
        def t(s):
            n = «f(s)»
            yield "end"
        """,
    ),
    in_step("yield from a list", "THP029", "yield from helper(...)", "«yield from [1, 2]»"),
    in_step("yield from a range", "THP029", "let it yield", "«yield from range(3)»"),
    in_definitions(
        "yield from a plain function",
        "THP029",
        "without `yield from`",
        """
        def f(s):
            s.n = 1
        @thread
        def t(s):
            «yield from f(s)»
        """,
    ),
    in_definitions(
        "yield from a generator that is not called",
        "THP029",
        "yield from helper(...)",
        """
        def f(s):
            yield "x"
        @thread
        def t(s):
            «yield from f»
        """,
    ),
    in_definitions(
        "yield from a thread",
        "THP053",
        "helper",
        """
        @thread
        def u(s):
            yield "x"
        @thread
        def t(s):
            «yield from u(s)»
        """,
    ),
    in_definitions(
        "thread called",
        "THP053",
        "Threads are started by the scenario",
        """
        @thread
        def u(s):
            yield "x"
        @thread
        def t(s):
            «u(s)»
            yield "end"
        """,
    ),
    in_helper(
        "recursion",
        "THP030",
        "loop",
        """
def h(s):
    if s.n > 0:
        s.n -= 1
        «h(s)»
""",
    ),
    in_helper(
        "recursion by way of another function",
        "THP030",
        "loop",
        """
def g(s):
    «h(s)»
def h(s):
    g(s)
""",
    ),
    in_definitions(
        "recursion of a generator",
        "THP030",
        "loop",
        """
        def h(s):
            yield "x"
            «yield from h(s)»
        @thread
        def t(s):
            yield from h(s)
        """,
    ),
    in_definitions(
        "default argument that is mutable",
        "THP004",
        "tuple",
        """
        def h(s, seen=«[]»):
            s.n = len(seen)
        @thread
        def t(s):
            h(s)
            yield "end"
        """,
    ),
    in_definitions(
        "list of the module",
        "THP024",
        "Use a tuple",
        """
        TABLE = [1, 2]
        @thread
        def t(s):
            s.n = «TABLE»[0]
            yield "end"
        """,
    ),
    in_definitions(
        "float of the module",
        "THP024",
        "whole numbers",
        """
        RATE = 0.5
        @thread
        def t(s):
            s.n = «RATE»
            yield "end"
        """,
    ),
    in_definitions(
        "float attribute of a class",
        "THP024",
        "whole numbers",
        """
        class Config:
            rate = 0.5
        @thread
        def t(s):
            s.n = «Config.rate»
            yield "end"
        """,
    ),
]

STATE_CHANGES = [
    in_step("record assigned", "THP036", "Assign its fields", "«s.mm[0]» = s.mm[1]"),
    in_step("array assigned", "THP036", "Assign its fields or elements", "«s.ref» = s.ref"),
    in_step("array filled by a tuple", "THP036", "Assign its fields or elements", "«s.ref» = (0, 0, 0, 0)"),
    in_step("array of a record assigned", "THP036", "Assign its fields or elements", "«s.mm[0].pte» = s.mm[1].pte"),
    in_step("records swapped", "THP036", "Assign its fields", "«s.mm[0]», s.mm[1] = s.mm[1], s.mm[0]"),
    in_step("array augmented", "THP036", "Assign its fields or elements", "«s.ref» += 1"),
    in_definitions(
        "Constant assigned",
        "THP050",
        "in the state",
        """
        NR = Constant("NR", 4)
        @thread
        def t(s):
            «NR.default» = 1
            yield "end"
        """,
    ),
    in_definitions(
        "attribute of a class assigned",
        "THP050",
        "in the state",
        """
        class Config:
            debug = 0
        @thread
        def t(s):
            «Config.debug» = 1
            yield "end"
        """,
    ),
    in_step("attribute of an Enum assigned", "THP050", "in the state", "«Pmd.HUGE» = 1"),
    in_definitions(
        "element of a module's tuple assigned",
        "THP025",
        "array of the state",
        """
        TABLE = (1, 2)
        @thread
        def t(s):
            «TABLE[0]» = 1
            yield "end"
        """,
    ),
    in_definitions(
        "module's constant augmented",
        "THP037",
        "Assign COUNT before",
        """
        COUNT = 0
        @thread
        def t(s):
            «COUNT» += 1
            yield "end"
        """,
    ),
]

LOCALS = [
    in_step("local without a value", "THP037", "Assign x before", "s.n = «x»\nx = 1"),
    in_step("local with a value on one path", "THP037", "Assign x before", "if s.flag:\n    x = 1\ns.n = «x»"),
    in_step(
        "local with a value on one path to a yield",
        "THP037",
        "Assign x before",
        'if s.flag:\n    x = choose(range(4))\nyield "a"\ns.n = «x»',
    ),
    in_step(
        "loop's variable behind a loop over nothing",
        "THP037",
        "Assign i before",
        "for i in range(0):\n    pass\ns.n = «i»",
    ),
    in_step(
        "comprehension's variable behind it", "THP022", "Import it", "s.flag = any(i > 1 for i in s.ref)\ns.n = «i»"
    ),
    in_step(
        "comprehension's variable before its for",
        "THP037",
        "put the `for` that gives it its value first",
        "x = 2\ns.n = sum(x for y in range(2) if «x» > y for x in range(3))",
    ),
    in_step(
        "comprehension's variable before its for, in choose",
        "THP037",
        "put the `for` that gives it its value first",
        "x = 2\ns.n = choose(x for y in range(2) for x in range(«x»))",
    ),
    in_step(
        "local of one case", "THP037", "Assign x before", "match s.pmd:\n    case Pmd.HUGE:\n        x = 1\ns.n = «x»"
    ),
    in_step(
        "local grows around a loop",
        "THP038",
        "Annotate it where it gets its first value",
        'n = 0\nwhile True:\n    n += 1\n    «yield "x"»',
    ),
    in_step(
        "local shrinks around a loop",
        "THP038",
        "Annotate it where it gets its first value",
        'n = 0\nwhile s.flag:\n    n = n - 2\n    «yield "x"»\ns.n = n',
    ),
    in_step("local of two kinds", "THP039", "two names", "if s.flag:\n    x = 1\nelse:\n    x = Pmd.HUGE\ns.n = «x»"),
    in_step(
        "local of two kinds at a yield",
        "THP039",
        "two names",
        """
        x = choose((1, 2))
        yield "a"
        while s.flag:
            x = Pmd.HUGE
            yield "b"
        s.n = «x»
        """,
    ),
    in_step(
        "reference to different arrays", "THP039", "two names", "m = s.ref\nif s.flag:\n    m = s.mm\ns.n = «m»[0]"
    ),
    in_step(
        "too large a number", "THP040", "within 62 bits", "x = s.n + 1152921504606846976\nx = «x * x»\ns.flag = x > 3"
    ),
    in_step("too large a constant", "THP040", "within 62 bits", "s.flag = s.n < «99999999999999999999»"),
    in_step(
        "annotation int of a growing local",
        "THP038",
        "Int[lo, hi]",
        'n: int = 0\nwhile True:\n    n += 1\n    «yield "x"»',
    ),
    in_step("annotation with an unknown name", "THP052", "Write Int[lo, hi]", "n: «Number» = 0"),
    in_step("annotation without bounds", "THP052", "Write Int[lo, hi]", "n: «Int» = 0"),
    in_step("annotation with too few bounds", "THP052", "Int[lo, hi]", "n: «Int[3]» = 0"),
    in_step("annotation that is a record", "THP052", "Write Int[lo, hi]", "m: «AddressSpace» = s.mm[0]"),
    in_step("annotation that is an array", "THP052", "Write Int[lo, hi]", "a: «Array[4, Bool]» = s.mm[0].pte"),
    in_step("annotated local of another kind", "THP024", "type", "n: Int[0, 3] = «Pmd.HUGE»"),
    in_step("annotated twice", "THP052", "once", "n: Int[0, 3] = 0\nyield 'a'\nn: «Int[0, 7]» = 1\nyield 'b'\ns.n = n"),
]

CHOICES = [
    in_step("choose over a number", "THP041", "range, tuple, Enum class", "s.n = choose(«s.n»)"),
    in_step("choose over a record", "THP041", "range, tuple, Enum class", "x = choose(«s.mm[0]»)"),
    in_step("choose over functions", "THP041", "Choose numbers", "x = «choose((abs,))»"),
    in_step("choose over a set", "THP021", "Array of Bool", "s.n = choose(«{1, 2}»)"),
    in_step("choose over a list", "THP021", "Use a tuple", "s.n = choose(«[1, 2]»)"),
    in_step("choose over different kinds", "THP049", "the same kind", "x = choose(«(1, Pmd.HUGE)»)"),
    in_step("choose over a huge range", "THP041", "smaller range", "x = choose(«range(1099511627776)»)"),
]
