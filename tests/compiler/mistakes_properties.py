"""Mistakes in properties, initial states and what runs after every step."""

from tests.compiler.mistake import in_definitions, in_property

_T = """
@thread
def t(s):
    yield "end"
"""

PROPERTIES = [
    in_property("assignment to the state", "THP035", "only threads may assign fields", "«s.n» = 1\nreturn True"),
    in_property(
        "augmented assignment to the state", "THP035", "only threads may assign", "«s.ref[0]» += 1\nreturn True"
    ),
    in_definitions(
        "assignment in a property's helper",
        "THP035",
        "only threads may assign fields",
        _T
        + """
def h(s):
    «s.flag» = True
    return True

@invariant
def p(s):
    return h(s)
""",
        "threads=[t()], properties=[p]",
    ),
    in_property(
        "property that returns a number", "THP048", "Let every path return a condition", "return s.n", at_head=True
    ),
    in_property(
        "property that returns nothing", "THP048", "Let every path return a condition", "x = s.n", at_head=True
    ),
    in_property(
        "property that returns only sometimes",
        "THP049",
        "Let every path return a value",
        "if s.flag:\n    return True",
        at_head=True,
    ),
    in_property("property with an Enum", "THP048", "Compare it", "return all(«m.pmd» for m in s.mm)"),
    in_property("choose in a property", "THP042", "Only threads and `initial`", "return «choose((True, False))»"),
    in_property("print in a property", "THP026", "any, all, sum", "«print(s.n)»\nreturn True"),
    in_property("list comprehension in a property", "THP021", "any, all, sum", "x = «[r for r in s.ref]»\nreturn True"),
    in_property("unknown name in a comprehension", "THP022", "Import it", "return all(r < «LIMIT» for r in s.ref)"),
    in_property(
        "unknown field in a comprehension", "THP023", "It has: pmd, pte, ptl", "return any(«m.lock» for m in s.mm)"
    ),
    in_property("unknown label", "THP043", "It has: end, set", "return at(t[0], «'sett'»)"),
    in_property("second label unknown", "THP043", "It has: end, set", "return at(t[0], 'set', «'never'»)"),
    in_property("unknown local", "THP044", "It has: i", "return local(t[0], «'j'») == 0"),
    in_property("local that is the state", "THP044", "It has: i", "return local(t[0], «'s'») == 0"),
    in_property("at with a label that is no string", "THP034", "Write it out", "return at(t[0], «1»)"),
    in_property("at without a label", "THP027", 'Write at(fault[0], "entry set")', "return «at(t[0])»"),
    in_property("at without a number", "THP027", "Write fault[0]", "return at(«t», 'set')"),
    in_property("at with an instance number that is no constant", "THP027", "number", "return at(«t[s.n]», 'set')"),
    in_property("at with a negative number", "THP027", "number", "return at(«t[-1]», 'set')"),
    in_property("local without a name", "THP027", 'Write local(fault[0], "i")', "return «local(t[0])» == 0"),
    in_property("local by keyword", "THP027", "Write", "return «local(handle=t[0], name='i')» == 0"),
    in_property(
        "while in a property", "THP031", "for _ in range(n)", "n = s.n\n«while n > 0:»\n    n -= 1\nreturn n == 0"
    ),
    in_property(
        "lambda in a property", "THP021", "top level", "test = «lambda r: r > 0»\nreturn all(test(r) for r in s.ref)"
    ),
]

HOOKS = [
    in_definitions(
        "yield in a helper of initial",
        "THP028",
        "yield from",
        _T
        + """
def h(s):
    yield "x"

def start(s):
    «h(s)»
""",
        "threads=[t()], initial=start",
    ),
    in_definitions(
        "choose in after_step",
        "THP042",
        "Only threads and `initial`",
        _T
        + """
def close(s):
    s.n = «choose(range(4))»
""",
        "threads=[t()], after_step=[close]",
    ),
    in_definitions(
        "initial out of range",
        "THP051",
        "Set up values within the types",
        _T
        + """
def start(s):
    «s.n» = 8
""",
        "threads=[t()], initial=start",
    ),
    in_definitions(
        "initial index out of range",
        "THP051",
        "Set up values within the types",
        _T
        + """
def start(s):
    for i in range(5):
        «s.ref[i]» = 1
""",
        "threads=[t()], initial=start",
    ),
    in_definitions(
        "initial asserts what is false",
        "THP051",
        "Set up values within the types",
        _T
        + """
def start(s):
    «assert s.n == 1»
""",
        "threads=[t()], initial=start",
    ),
    in_definitions(
        "initial has nothing to choose",
        "THP051",
        "Let every choose",
        _T
        + """
def start(s):
    s.n = choose(i for i in s.ref if i > 0)
""",
        "threads=[t()], initial=start",
        at_scenario=True,
    ),
    in_definitions(
        "unknown field in after_step",
        "THP023",
        "It has: n",
        _T
        + """
def close(s):
    «s.m» = 1
""",
        "threads=[t()], after_step=[close]",
    ),
]

CONDITIONS = [*PROPERTIES, *HOOKS]
