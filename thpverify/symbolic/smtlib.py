"""Terms as SMT-LIB text that depends on the terms alone.

z3's own printer names shared terms by numbers that depend on everything that was ever made, and z3 puts the operands of
an equality in an order that does too. Here, the same model and lemmas give the same bytes, so that a certificate can be
compared with the model it is about.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import attrs
import z3

_OPERATORS = {
    z3.Z3_OP_TRUE: "true",
    z3.Z3_OP_FALSE: "false",
    z3.Z3_OP_AND: "and",
    z3.Z3_OP_OR: "or",
    z3.Z3_OP_NOT: "not",
    z3.Z3_OP_EQ: "=",
    z3.Z3_OP_ITE: "ite",
    z3.Z3_OP_ULEQ: "bvule",
    z3.Z3_OP_ULT: "bvult",
    z3.Z3_OP_SLEQ: "bvsle",
    z3.Z3_OP_SLT: "bvslt",
    # Python turns ``a < number`` into ``number > a``.
    z3.Z3_OP_SGEQ: "bvsge",
    z3.Z3_OP_SGT: "bvsgt",
    z3.Z3_OP_BADD: "bvadd",
    z3.Z3_OP_BSUB: "bvsub",
    z3.Z3_OP_BMUL: "bvmul",
    z3.Z3_OP_BUDIV: "bvudiv",
    z3.Z3_OP_BUREM: "bvurem",
    z3.Z3_OP_BSDIV: "bvsdiv",
    z3.Z3_OP_BSMOD: "bvsmod",
    z3.Z3_OP_LE: "<=",
    z3.Z3_OP_LT: "<",
    z3.Z3_OP_GE: ">=",
    z3.Z3_OP_GT: ">",
    z3.Z3_OP_ADD: "+",
    z3.Z3_OP_SUB: "-",
    z3.Z3_OP_UMINUS: "-",
    z3.Z3_OP_MUL: "*",
    z3.Z3_OP_IDIV: "div",
}
_INDEXED = {
    z3.Z3_OP_EXTRACT: "extract",
    z3.Z3_OP_ZERO_EXT: "zero_extend",
    z3.Z3_OP_SIGN_EXT: "sign_extend",
}


def script(about: str, assertions: Sequence[z3.BoolRef]) -> str:
    """A script that asks whether all of `assertions` can be true; `about` is its first line.

    The logic is ALL: with a smaller one, z3's command line drops what it thinks is not in it and goes on.
    """
    printer = _Printer()
    roots = [printer.print(term) for term in assertions]
    lines = [f"; {about}", "(set-logic ALL)", *sorted(printer.declarations), *printer.definitions]
    return "\n".join([*lines, *(f"(assert {root})" for root in roots), "(check-sat)", ""])


@attrs.define
class _Printer:
    """`text` is how a term is referred to, by its number; every term with operands has a definition of its own."""

    declarations: set[str] = attrs.field(factory=set)
    definitions: list[str] = attrs.field(factory=list)
    text: dict[int, str] = attrs.field(factory=dict)
    digests: dict[int, bytes] = attrs.field(factory=dict)
    # A number is a term's only as long as the term lives.
    alive: list[z3.ExprRef] = attrs.field(factory=list)

    def print(self, root: z3.ExprRef) -> str:
        """The text of `root`; what it is made of is defined before."""
        waiting = [root]
        while waiting:
            term = waiting[-1]
            if term.get_id() in self.text:
                waiting.pop()
                continue
            children = self.ordered(term)
            missing = [child for child in children if child.get_id() not in self.text]
            if missing:
                waiting += reversed(missing)
                continue
            self.define(waiting.pop(), children)
        return self.text[root.get_id()]

    def define(self, term: z3.ExprRef, children: Sequence[z3.ExprRef]) -> None:
        self.alive.append(term)
        number = term.get_id()
        if z3.is_bv_value(term):
            self.text[number] = f"(_ bv{term.as_long()} {term.size()})"
        elif z3.is_int_value(term):
            value = term.as_long()
            self.text[number] = str(value) if value >= 0 else f"(- {-value})"
        elif not children:
            self.text[number] = self.constant(term)
        else:
            self.text[number] = f"t{len(self.definitions)}"
            operands = " ".join(self.text[child.get_id()] for child in children)
            body = f"({_operator(term)} {operands})"
            self.definitions.append(f"(define-fun {self.text[number]} () {term.sort().sexpr()} {body})")

    def constant(self, term: z3.ExprRef) -> str:
        if term.decl().kind() != z3.Z3_OP_UNINTERPRETED:
            return _OPERATORS[term.decl().kind()]
        name = f"|{term.decl().name()}|"
        self.declarations.add(f"(declare-fun {name} () {term.sort().sexpr()})")
        return name

    def ordered(self, term: z3.ExprRef) -> list[z3.ExprRef]:
        """The operands of `term`, those of an equality by what they say."""
        children = term.children()
        return sorted(children, key=self.digest) if term.decl().kind() == z3.Z3_OP_EQ else children

    def digest(self, root: z3.ExprRef) -> bytes:
        """A digest of what `root` says."""
        waiting = [root]
        while waiting:
            term = waiting[-1]
            children = term.children()
            missing = [child for child in children if child.get_id() not in self.digests]
            if missing:
                waiting += missing
                continue
            waiting.pop()
            self.alive.append(term)
            parts = [self.digests[child.get_id()] for child in children]
            if term.decl().kind() == z3.Z3_OP_EQ:
                parts.sort()
            head = _operator(term) if children else term.sexpr()
            self.digests[term.get_id()] = hashlib.sha256(b"\0".join([head.encode(), *parts])).digest()
        return self.digests[root.get_id()]


def _operator(term: z3.ExprRef) -> str:
    kind = term.decl().kind()
    if kind in _INDEXED:
        return f"(_ {_INDEXED[kind]} {' '.join(map(str, term.params()))})"
    return _OPERATORS[kind]
