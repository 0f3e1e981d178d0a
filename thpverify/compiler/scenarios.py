"""One scenario, compiled: state, threads, properties, initial states."""

from __future__ import annotations

from thpverify.compiler.context import Step, ThreadFacts
from thpverify.compiler.finish import FinishedThread, finish
from thpverify.compiler.functions import Function, function_of
from thpverify.compiler.questions import PropertyFacts, Unanswered
from thpverify.compiler.starting import with_initial_states
from thpverify.compiler.statements import Statements
from thpverify.compiler.threads import Place, Questions, ThreadCompiler
from thpverify.compiler.tidy import tidy
from thpverify.compiler.values import RecordPlace, Scalar, kind_name
from thpverify.ir.expressions import Variable
from thpverify.ir.statements import Block
from thpverify.ir.system import Property, System
from thpverify.lang.bounds import refusal
from thpverify.lang.context import activate
from thpverify.lang.errors import ModelError, Violation
from thpverify.lang.properties import Property as ModelProperty
from thpverify.lang.scenarios import Scenario
from thpverify.lang.types import leaves


def compile_scenario(scenario: Scenario, *, listed: bool = True) -> System:
    """The transition system of `scenario`; with its initial states `listed`, or else described if they are too many.

    Raises:
        ModelError: the model is outside of the language; the error says where and what to write instead.
    """
    with activate(scenario.activation()):
        questions = Questions()
        while True:
            try:
                return _compile(scenario, questions, listed)
            except Unanswered as unanswered:
                questions = Questions(questions.labels | unanswered.labels, questions.locals | unanswered.locals)
            except ModelError as error:
                # What depends on nothing but constants goes wrong where they are given.
                error.span = error.span or scenario.span
                raise


def _compile(scenario: Scenario, questions: Questions, listed: bool) -> System:
    variables = _variables(scenario)
    root = RecordPlace(scenario.state, "", ())
    compilers = _threads(scenario, root, variables, questions)
    places = [c.compile() for c in compilers]
    facts = PropertyFacts(compilers, places, questions)
    properties = tuple(_property(p, root, variables, facts) for p in scenario.properties)
    finished: list[FinishedThread] = []
    commands = 0
    for compiler, where in zip(compilers, places, strict=True):
        finished.append(finish(compiler, where, commands, facts.kept))
        commands += len(finished[-1].commands)
    system = System(
        name=scenario.title,
        variables=(*variables.values(), *(v for f in finished for v in (f.thread.pc, *f.locals))),
        threads=tuple(f.thread for f in finished),
        commands=tuple(c for f in finished for c in f.commands),
        properties=properties,
        initial=(),
        check_deadlock=scenario.deadlock_free,
        after_step=_after_step(scenario, root, variables),
    )
    setting_up = Step("initial", variables, ThreadFacts())
    block = _inline(setting_up, function_of(scenario.initial), root).block if scenario.initial is not None else []
    return with_initial_states(scenario, system, setting_up, block, listed=listed)


def _variables(scenario: Scenario) -> dict[str, Variable]:
    wrong = refusal(scenario.state)
    if wrong is not None:
        hint = "Let the scenario give constants with which every type has a value."
        raise ModelError("THP003", f"the state of {scenario.title} cannot hold anything: {wrong}", hint, scenario.span)
    try:
        found = leaves(scenario.state)
    except (TypeError, Violation) as error:
        hint = "Write defaults that fit for all constants that scenarios give."
        message = f"a default does not fit the constants of {scenario.title}: {error}"
        raise ModelError("THP005", message, hint, scenario.span) from error
    return {
        leaf.name: Variable(leaf.name, leaf.spec.resolve(), leaf.shape, leaf.initial, ghost=leaf.spec.ghost)
        for leaf in found
    }


def _threads(
    scenario: Scenario, root: RecordPlace, variables: dict[str, Variable], questions: Questions
) -> list[ThreadCompiler]:
    functions = [instance.thread.name for instance in scenario.threads]
    compilers: list[ThreadCompiler] = []
    for number, instance in enumerate(scenario.threads):
        name = instance.thread.name
        shown = f"{name}[{functions[:number].count(name)}]" if functions.count(name) > 1 else name
        compilers.append(ThreadCompiler(number, shown, instance, root, variables, questions))
    return compilers


def _inline(step: Step, function: Function, root: RecordPlace) -> Statements:
    """A lowering that has run `function` on the state, as a caller without code of its own."""
    lowering = Statements(step, function, {}, [])
    inner = Statements(step, function, {function.parameters[0]: root}, lowering.block)
    inner.start()
    inner.run(function.node.body)
    return inner


def _property(prop: ModelProperty, root: RecordPlace, variables: dict[str, Variable], facts: ThreadFacts) -> Property:
    function = function_of(prop.function)
    lowering = _inline(Step("property", variables, facts), function, root)
    value = lowering.result(function.node)
    if not isinstance(value, Scalar) or value.kind != "bool":
        raise lowering.error(
            function.node,
            "THP048",
            f"property {function.name} returns {kind_name(value)}, not a bool",
            "Let every path return a condition: return s.x != 0.",
        )
    result = value.expr
    body, (condition,) = tidy(tuple(lowering.block), result)
    return Property(prop.name, prop.kind, prop.statement, body, condition, lowering.span(function.node))


def _after_step(scenario: Scenario, root: RecordPlace, variables: dict[str, Variable]) -> Block:
    step = Step("hook", variables, ThreadFacts())
    block = [s for hook in scenario.after_step for s in _inline(step, function_of(hook), root).block]
    return tidy(tuple(block))[0]


__all__ = ["Place", "compile_scenario"]
