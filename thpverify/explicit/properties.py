"""Properties to LLVM IR: `inspect`, which evaluates each of them on a new state."""

from __future__ import annotations

from collections.abc import Iterator

from thpverify.explicit.code import Code
from thpverify.explicit.expressions import Scope
from thpverify.explicit.statements import Body
from thpverify.explicit.steps import Emission, field_pointer
from thpverify.ir.statements import Check, Cut, walk
from thpverify.ir.system import Property


def emit_properties(emission: Emission) -> Iterator[str]:
    """The text of `inspect`."""
    code = Code()
    active = field_pointer(code, "%worker", "active")
    scope = Scope(code, emission.layout, "%state", "%state")
    for prop in emission.system.properties:
        _emit_property(emission, code, scope.fork(), prop, active)
    code.finish("ret void")
    yield f"define void @inspect(ptr noalias readonly %state, ptr %worker) {{\nentry:\n{code.text}\n}}\n"


def _emit_property(emission: Emission, code: Code, scope: Scope, prop: Property, active: str) -> None:
    slot, decided = emission.property_events(prop)
    after = code.fresh("next")
    is_invariant = prop.kind == "invariant"
    can_fail = any(isinstance(statement, Check) for statement in walk(prop.body))
    if not is_invariant and not can_fail:
        open_ = code.fresh("open")
        flag = code.value(f"load i8, ptr {code.value(f'getelementptr i8, ptr {active}, i64 {slot}')}")
        code.branch(code.value(f"icmp ne i8 {flag}, 0"), open_, after)
        code.begin(open_)

    def cut(_inside: Scope, statement: Cut) -> None:
        raise AssertionError(f"property {prop.name} has a Cut at {statement.span}")

    def fail(_inside: Scope, check: Check) -> None:
        failed_slot, event = emission.event(prop.name, prop.kind, check)
        code.do(f"call void @report(ptr %worker, i64 {failed_slot}, i64 {event}, i64 0, ptr %state)")
        code.jump(after)

    if Body(emission.coverage, "", cut, fail).run(scope, prop.body):
        result = scope.condition(prop.result)
        found = code.fresh("found")
        if is_invariant:
            code.branch(result, after, found, likely=True)
        else:
            code.branch(result, found, after)
        code.begin(found)
        code.do(f"call void @report(ptr %worker, i64 {slot}, i64 {decided}, i64 0, ptr %state)")
        code.jump(after)
    code.begin(after)
