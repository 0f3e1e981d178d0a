"""Mistakes in calls of scenario and of threads: found when the model is imported, or with its constants."""

from tests.compiler.mistake import in_scenario

SCENARIOS = [
    in_scenario(
        "argument missing in a thread",
        "THP006",
        "Its parameters besides the state: a",
        """
        @thread
        def u(s, a):
            yield "x"
        scenario("x", state=State, threads=[«u()»])""",
    ),
    in_scenario(
        "argument too many in a thread",
        "THP006",
        "Its parameters besides the state: none",
        'scenario("x", state=State, threads=[«t(a=1)»])',
    ),
    in_scenario(
        "state given to a thread", "THP006", "without the state", 'scenario("x", state=State, threads=[«t(State())»])'
    ),
    in_scenario(
        "thread argument is a list",
        "THP006",
        "Pass an int, a bool",
        """
        @thread
        def u(s, a):
            yield "x"
        scenario("x", state=State, threads=[«u(a=[1])»])""",
    ),
    in_scenario("state is no record", "THP009", "@record", '«scenario("x", state=Pmd, threads=[t()])»'),
    in_scenario("state is an instance", "THP009", "@record", '«scenario("x", state=State(), threads=[t()])»'),
    in_scenario("thread is not called", "THP009", "Write t(...)", '«scenario("x", state=State, threads=[t])»'),
    in_scenario(
        "thread is a plain function",
        "THP009",
        "@thread",
        """
        def f(s):
            yield "x"
        «scenario("x", state=State, threads=[f])»""",
    ),
    in_scenario("no threads", "THP009", "at least one", '«scenario("x", state=State, threads=[])»'),
    in_scenario("threads is one thread", "THP009", "threads=[", '«scenario("x", state=State, threads=t())»'),
    in_scenario(
        "properties is one property",
        "THP009",
        "properties=[",
        '«scenario("x", state=State, threads=[t()], properties=p)»',
    ),
    in_scenario(
        "property without decorator",
        "THP009",
        "@invariant or @reachable",
        '«scenario("x", state=State, threads=[t()], properties=[len])»',
    ),
    in_scenario(
        "initial is a generator",
        "THP009",
        "plain function",
        """
        def start(s):
            yield "x"
        «scenario("x", state=State, threads=[t()], initial=start)»""",
    ),
    in_scenario(
        "initial takes no state",
        "THP009",
        "def start(s",
        """
        def start():
            pass
        «scenario("x", state=State, threads=[t()], initial=start)»""",
    ),
    in_scenario(
        "after_step is one function",
        "THP009",
        "after_step=[",
        """
        def hook(s):
            pass
        «scenario("x", state=State, threads=[t()], after_step=hook)»""",
    ),
    in_scenario(
        "after_step is a property",
        "THP009",
        "plain function",
        '«scenario("x", state=State, threads=[t()], after_step=[p])»',
    ),
    in_scenario(
        "constant by name", "THP009", "Constant(", '«scenario("x", state=State, threads=[t()], constants={"NR": 2})»'
    ),
    in_scenario(
        "constant is a float",
        "THP009",
        "int",
        """
        NR = Constant("NR", 4)
        «scenario("x", state=State, threads=[t()], constants={NR: 2.5})»""",
    ),
    in_scenario(
        "patch by name", "THP009", "patch(", '«scenario("x", state=State, threads=[t()], patches=["127393fbe597"])»'
    ),
    in_scenario("era by name", "THP009", "era(", '«scenario("x", state=State, threads=[t()], era="v4.5")»'),
    in_scenario(
        "expect is a name", "THP009", "violates(", '«scenario("x", state=State, threads=[t()], expect="deadlock")»'
    ),
    in_scenario(
        "expect is a property",
        "THP009",
        "violates(",
        '«scenario("x", state=State, threads=[t()], properties=[p], expect=violates(p))»',
    ),
    in_scenario("name is no string", "THP009", 'scenario("name"', "«scenario(1, state=State, threads=[t()])»"),
    in_scenario(
        "scenario declared twice",
        "THP010",
        "another name or variant",
        """
        scenario("x", state=State, threads=[t()])
        «scenario("x", state=State, threads=[t()])»""",
    ),
    in_scenario(
        "property given twice",
        "THP010",
        "name of its own",
        '«scenario("x", state=State, threads=[t()], properties=[p, p])»',
    ),
    in_scenario(
        "expected violation is not checked",
        "THP011",
        "It has: p, assertion",
        '«scenario("x", state=State, threads=[t()], properties=[p], expect=violates("q"))»',
    ),
    in_scenario(
        "thread's index is no number",
        "THP027",
        "Write t[0]",
        """
        @invariant
        def q(s):
            return at(«t["a"]», "set")
        scenario("q", state=State, threads=[t()], properties=[q])""",
    ),
    in_scenario(
        "a property made of a lambda",
        "THP012",
        "Write it with def",
        """
        p = invariant(«lambda s: True»)
        scenario("l", state=State, threads=[t()], properties=[p])""",
    ),
    in_scenario(
        "a size that is 0 with the scenario's constants",
        "THP003",
        "every type has a value",
        """
        NR = Constant("NR", 4)
        @record
        class Pages:
            ref: Array[NR - 2, Bool]
        «scenario("c", state=Pages, threads=[t()], constants={NR: 2})»""",
    ),
    in_scenario(
        "bounds the wrong way round with the scenario's constants",
        "THP003",
        "every type has a value",
        """
        NR = Constant("NR", 4)
        @record
        class Page:
            count: Int[0, NR - 3]
        @record
        class Pages:
            page: Array[2, Page]
        «scenario("c", state=Pages, threads=[t()], constants={NR: 2})»""",
    ),
    in_scenario(
        "a default that does not fit the scenario's constants",
        "THP005",
        "for all constants",
        """
        NR = Constant("NR", 2)
        @record
        class Pages:
            ref: Array[NR, Int[0, 3]] = (1, 2)
        «scenario("c", state=Pages, threads=[t()], constants={NR: 3})»""",
    ),
    in_scenario(
        "a constant that divides by zero",
        "THP054",
        "other constants",
        """
        NR = Constant("NR", 2)
        @record
        class Pages:
            ref: Array[8 // NR, Bool]
        «scenario("c", state=Pages, threads=[t()], constants={NR: 0})»""",
    ),
    in_scenario(
        "a property named like a built-in one",
        "THP010",
        "a name of its own",
        """
        @invariant
        def deadlock(s):
            return True
        «scenario("c", state=State, threads=[t()], properties=[deadlock])»""",
    ),
    in_scenario(
        "a symbolic field that is misspelt",
        "THP059",
        "Did you mean 'size'?",
        """
        @record
        class Slot:
            size: Int[0, 3]
        «scenario("c", state=Slot, threads=[t()], symbolic=["sise"])»""",
    ),
    in_scenario(
        "a symbolic field with too many values for a search",
        "THP060",
        "check --engine z3",
        """
        @record
        class Slot:
            size: Int[0, 2**40]
        @thread
        def u(s):
            yield "x"
        «scenario("c", state=Slot, threads=[u()], symbolic=["size"])»""",
    ),
]
