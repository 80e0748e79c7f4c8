"""Arithmetic, comparison and conversion of run-time scalars."""

from __future__ import annotations

import ast
from typing import Any, NoReturn

from tilework_mlir import ir

from tilework.frontend.bounds import Atom, Linear, highest, lowest
from tilework.frontend.emitter import Emitter
from tilework.frontend.values import ScalarValue, is_number, type_text
from tilework.language.dtypes import BOOL, FP32, INDEX, DType

Number = int | float | bool
ARITH = {
    "+": ("addi", "addf"), "-": ("subi", "subf"), "*": ("muli", "mulf"), "/": ("", "divf"),
    "&": ("andi", ""), "|": ("ori", ""), "^": ("xori", ""),
}  # fmt: skip
INTEGER_PREDICATES = {"==": 0, "!=": 1, "<": 2, "<=": 3, ">": 4, ">=": 5}
UNSIGNED_PREDICATES = {"==": 0, "!=": 1, "<": 6, "<=": 7, ">": 8, ">=": 9}
FLOAT_PREDICATES = {"==": 1, "!=": 13, "<": 4, "<=": 5, ">": 2, ">=": 3}


def natural_dtype(value: Number) -> DType:
    """The scalar type a compile-time number takes when nothing else decides."""
    if isinstance(value, bool):
        return BOOL
    return INDEX if isinstance(value, int) else FP32


def materialize(e: Emitter, value: Any, dtype: DType, at: ast.AST | str | None = None) -> ir.Value:
    """A number or scalar as an IR value of the given type; refuses any other type."""
    if isinstance(value, ScalarValue):
        if value.dtype != dtype:
            e.fail(
                f"expects a scalar {dtype}, but got {type_text(value)}",
                f"write pl.cast(value, pl.{dtype})",
                at=at,
            )
        return e.index(value) if dtype == INDEX else value.value
    check_representable(e, value, dtype, at)
    return e.builder.constant(value, dtype)


def check_representable(
    e: Emitter, value: Any, dtype: DType, at: ast.AST | str | None = None
) -> None:
    """Refuses a compile-time number that the type cannot hold."""
    if not is_number(value):
        e.fail(f"expects a number, but got {type_text(value)}", at=at)
    if dtype.is_float:
        return
    if isinstance(value, float):
        e.fail(
            f"expects a whole number for {dtype}, but got {value!r}",
            "cast the tensor to a float type, or write a whole number",
            at=at,
        )
    signed = dtype.kind in ("int", "index")
    low = -(1 << (dtype.width_bits - 1)) if signed else 0
    high = (1 << (dtype.width_bits - signed)) - 1
    if not low <= int(value) <= high:
        e.fail(f"expects a value of {dtype}, from {low} to {high}, but got {value}", at=at)


def together(e: Emitter, lhs: Any, rhs: Any) -> DType:
    """The common type of two operands, one of which is a run-time scalar."""
    for value, other in ((lhs, rhs), (rhs, lhs)):
        if isinstance(value, ScalarValue):
            if isinstance(other, ScalarValue) and other.dtype != value.dtype:
                e.fail(
                    f"expects both scalars to have one type, but got {lhs.dtype} and {rhs.dtype}",
                    f"write pl.cast(value, pl.{lhs.dtype}) around the second",
                )
            return value.dtype
    raise AssertionError("no run-time scalar")


def arith(e: Emitter, name: str, values: list[ir.Value], dtype: DType) -> ir.Value:
    """An operation of arith on values of one type, which it knows without a sign."""
    plain = e.builder.plain_type_of(dtype)
    made = e.builder.value(f"arith.{name}", [e.builder.recast(v, plain) for v in values], plain)
    return e.builder.recast(made, e.builder.type_of(dtype))


def binary(e: Emitter, symbol: str, lhs: Any, rhs: Any) -> ScalarValue:
    """lhs `symbol` rhs, where at least one is a run-time scalar; integers.py divides and shifts."""
    dtype = together(e, lhs, rhs)
    names = ARITH.get(symbol)
    name = names[dtype.is_float] if names else ""
    if not name or (dtype == BOOL and symbol not in "&|^"):
        refuse_operator(e, symbol, dtype)
    made = arith(e, name, [materialize(e, side, dtype) for side in (lhs, rhs)], dtype)
    if dtype != INDEX:
        return e.unknown(made, dtype)
    return ScalarValue(made, dtype, _linear(symbol, linear_of(lhs), linear_of(rhs)))


def refuse_operator(e: Emitter, symbol: str, dtype: DType) -> NoReturn:
    """Refuses an operator that scalars of the type do not know."""
    hint = "write // for whole numbers" if symbol == "/" else ""
    e.fail(f"expects numbers that know '{symbol}', but got scalars {dtype}", hint)


def linear_of(value: Any) -> Linear:
    """What is known of a whole number."""
    return value.linear if isinstance(value, ScalarValue) else Linear(int(value))


def _linear(symbol: str, lhs: Linear, rhs: Linear) -> Linear:
    if symbol == "+":
        return lhs.plus(rhs)
    if symbol == "-":
        return lhs.minus(rhs)
    if symbol == "*" and rhs.is_constant:
        return lhs.times(rhs.constant)
    if symbol == "*" and lhs.is_constant:
        return rhs.times(lhs.constant)
    if symbol == "*":
        return Linear.of(_product(lhs, rhs))
    return Linear.of(Atom())


def _product(lhs: Linear, rhs: Linear) -> Atom:
    bounds = [lowest(lhs), highest(lhs), lowest(rhs), highest(rhs)]
    if None in bounds:
        return Atom()
    a, b, c, d = (bound for bound in bounds if bound is not None)
    corners = (a * c, a * d, b * c, b * d)
    return Atom(min(corners), max(corners))


def extreme(e: Emitter, which: str, lhs: Any, rhs: Any) -> Any:
    """min or max of two scalars; of compile-time numbers at compile time."""
    if is_number(lhs) and is_number(rhs):
        return min(lhs, rhs) if which == "min" else max(lhs, rhs)
    dtype = together(e, lhs, rhs)
    values = [materialize(e, side, dtype) for side in (lhs, rhs)]
    if dtype != INDEX:
        suffix = "imumf" if dtype.is_float else "ui" if dtype.kind == "uint" else "si"
        return e.unknown(arith(e, f"{which}{suffix}", values, dtype), dtype)
    # Value bounds see through affine.min, not through arith.minsi.
    both = [ir.AffineExpr.get_dim(i, e.builder.context) for i in (0, 1)]
    chosen = ir.AffineMap.get(2, 0, both, e.builder.context)
    attributes = {"map": ir.AffineMapAttr.get(chosen)}
    made = e.builder.value(f"affine.{which}", values, e.builder.index, attributes)
    return ScalarValue(made, dtype, Linear.of(_extreme(which, linear_of(lhs), linear_of(rhs))))


def _extreme(which: str, lhs: Linear, rhs: Linear) -> Atom:
    sides = ((1, lhs), (1, rhs))
    lows = [lowest(lhs), lowest(rhs)]
    highs = [highest(lhs), highest(rhs)]
    if which == "min":
        known = [high for high in highs if high is not None]
        low = None if None in lows else min(low for low in lows if low is not None)
        return Atom(low, min(known) if known else None, upper=sides)
    known = [low for low in lows if low is not None]
    high = None if None in highs else max(high for high in highs if high is not None)
    return Atom(max(known) if known else None, high, lower=sides)


def arith_compare(e: Emitter, symbol: str, values: list[ir.Value], dtype: DType) -> ir.Value:
    """A comparison of two values of one type."""
    table = {"float": FLOAT_PREDICATES, "uint": UNSIGNED_PREDICATES}
    number = table.get(dtype.kind, INTEGER_PREDICATES)[symbol]
    name = "arith.cmpf" if dtype.is_float else "arith.cmpi"
    plain = [e.builder.recast(value, e.builder.plain_type_of(dtype)) for value in values]
    predicate = {"predicate": e.builder.i64(number)}
    return e.builder.value(name, plain, e.builder.type_of(BOOL), predicate)


def compare(e: Emitter, symbol: str, lhs: Any, rhs: Any) -> ScalarValue:
    """lhs `symbol` rhs as a condition, with what it teaches about whole numbers."""
    dtype = together(e, lhs, rhs)
    values = [materialize(e, side, dtype) for side in (lhs, rhs)]
    made = arith_compare(e, symbol, values, dtype)
    if dtype != INDEX:
        return ScalarValue(made, BOOL, Linear.of(Atom(0, 1)))
    less = linear_of(lhs).minus(linear_of(rhs))
    more = less.times(-1)
    one = Linear(1)
    known = {
        "<": ((less.plus(one),), (more,)), "<=": ((less,), (more.plus(one),)),
        ">": ((more.plus(one),), (less,)), ">=": ((more,), (less.plus(one),)),
        "==": ((less, more), ()), "!=": ((), (less, more)),
    }  # fmt: skip
    facts, denials = known[symbol]
    return ScalarValue(made, BOOL, Linear.of(Atom(0, 1)), facts, denials)


def condition(e: Emitter, value: Any) -> ScalarValue | bool:
    """A truth value: a run-time condition, or Python's own."""
    if isinstance(value, ScalarValue):
        if value.dtype != BOOL:
            e.fail(f"expects a condition, but got {type_text(value)}", "compare it: value != 0")
        return value
    if is_number(value) or value is None or isinstance(value, (str, tuple, list)):
        return bool(value)
    e.fail(
        f"expects a condition on scalars, but got {type_text(value)}",
        "read an element with pl.read(tensor, [i, j]) and compare that",
    )


def logic(e: Emitter, which: str, lhs: Any, rhs: Any) -> Any:
    """`and` or `or` of two conditions; both sides are evaluated."""
    left, right = condition(e, lhs), condition(e, rhs)
    for known, other in ((left, right), (right, left)):
        if isinstance(known, bool):
            return other if known == (which == "and") else known
    assert isinstance(left, ScalarValue) and isinstance(right, ScalarValue)
    made = e.builder.value(f"arith.{which}i", [left.value, right.value], e.builder.type_of(BOOL))
    facts = left.facts + right.facts if which == "and" else ()
    denials = left.denials + right.denials if which == "or" else ()
    return ScalarValue(made, BOOL, Linear.of(Atom(0, 1)), facts, denials)


def negation(e: Emitter, value: Any) -> Any:
    """`not` of a condition."""
    known = condition(e, value)
    if isinstance(known, bool):
        return not known
    true = e.builder.constant(1, BOOL)
    made = e.builder.value("arith.xori", [known.value, true], e.builder.type_of(BOOL))
    return ScalarValue(made, BOOL, known.linear, known.denials, known.facts)
