"""Division and shifts of run-time whole numbers.

They decide addresses and trip counts: a divisor that is not positive stops the program at the
author's line, when it is compiled where the divisor is known, else when it runs. A shift by an
amount that is not from 0 to the width less 1 leaves nothing, or the sign, as it does in tensors.
"""

from __future__ import annotations

from typing import Any

from tilework_mlir import ir

from tilework.frontend import scalars
from tilework.frontend.bounds import Atom, Linear, highest, is_at_most_zero, lowest
from tilework.frontend.emitter import Emitter
from tilework.frontend.values import ScalarValue
from tilework.language.dtypes import INDEX, DType

SYMBOLS = ("//", "%", "<<", ">>")


def binary(e: Emitter, symbol: str, lhs: Any, rhs: Any) -> ScalarValue:
    """lhs `symbol` rhs, where at least one is a run-time scalar."""
    dtype = scalars.together(e, lhs, rhs)
    if not dtype.is_integer:
        scalars.refuse_operator(e, symbol, dtype)
    if symbol in ("<<", ">>"):
        return _shift(e, symbol, lhs, rhs, dtype)
    quotient = _floor_quotient(e, lhs, rhs, dtype)
    return quotient if symbol == "//" else _remainder(e, lhs, rhs, quotient)


def _floor_quotient(e: Emitter, lhs: Any, rhs: Any, dtype: DType) -> ScalarValue:
    operands = [scalars.materialize(e, lhs, dtype), _positive(e, rhs, dtype)]
    name = "divui" if dtype.kind == "uint" else "floordivsi"
    made = scalars.arith(e, name, operands, dtype)
    known = scalars.linear_of(rhs)
    if dtype != INDEX or not known.is_constant:
        return e.unknown(made, dtype)
    return ScalarValue(made, dtype, _quotient_linear(scalars.linear_of(lhs), known.constant))


def _quotient_linear(lhs: Linear, divisor: int) -> Linear:
    exact = lhs.divided(divisor)
    if exact is not None:
        return exact
    low, high = lowest(lhs), highest(lhs)
    return Linear.of(
        Atom(
            None if low is None else low // divisor,
            None if high is None else high // divisor,
            upper=((divisor, lhs),),
            lower=((divisor, lhs.plus(Linear(1 - divisor))),),
        )
    )


def _remainder(e: Emitter, lhs: Any, rhs: Any, quotient: ScalarValue) -> ScalarValue:
    """lhs - lhs // rhs * rhs, which is not negative, as in Python."""
    result = scalars.binary(e, "-", lhs, scalars.binary(e, "*", quotient, rhs))
    if result.dtype != INDEX or not isinstance(rhs, int) or result.linear.is_constant:
        return result
    return ScalarValue(result.value, result.dtype, Linear.of(Atom(0, rhs - 1)))


def _positive(e: Emitter, divisor: Any, dtype: DType) -> ir.Value:
    """A divisor, which is demanded to be positive, as a value that is positive whatever happens.

    What computes it may be moved or copied to where the demand is not made.
    """
    value = scalars.materialize(e, divisor, dtype)
    linear = scalars.linear_of(divisor)
    if linear.is_constant and linear.constant <= 0:
        e.fail(f"expects a positive divisor, but got {linear.constant}")
    if is_at_most_zero(Linear(1).minus(linear)):
        return value
    if not is_at_most_zero(Linear(1).minus(linear), e.facts):
        _demand_positive(e, value, dtype)
    largest = "maxui" if dtype.kind == "uint" else "maxsi"
    return scalars.arith(e, largest, [value, e.builder.constant(1, dtype)], dtype)


def _demand_positive(e: Emitter, value: ir.Value, dtype: DType) -> None:
    from tilework.frontend.tensors import check

    is_unsigned = dtype.kind == "uint"
    if is_unsigned:  # only 0 is not positive, and INDEX holds no more than half of UINT64
        value = scalars.arith(e, "minui", [value, e.builder.constant(1, dtype)], dtype)
    if dtype != INDEX:
        plain = e.builder.recast(value, e.builder.plain_type_of(dtype))
        name = "arith.index_castui" if is_unsigned else "arith.index_cast"
        value = e.builder.value(name, [plain], e.builder.index)
    check(e, "positive", [e.unknown(value, INDEX)], dim=0)


def _shift(e: Emitter, symbol: str, lhs: Any, rhs: Any, dtype: DType) -> ScalarValue:
    last = dtype.width_bits - 1
    value, by = (scalars.materialize(e, side, dtype) for side in (lhs, rhs))
    amount = scalars.linear_of(rhs)
    if amount.is_constant and not 0 <= amount.constant <= last:
        e.fail(f"expects a shift amount from 0 to {last}, but got {amount.constant}")
    name = "shli" if symbol == "<<" else "shrui" if dtype.kind == "uint" else "shrsi"
    if is_at_most_zero(amount.minus(Linear(last))) and is_at_most_zero(amount.times(-1)):
        return e.unknown(scalars.arith(e, name, [value, by], dtype), dtype)
    # read without a sign, a negative amount is a large one
    within = scalars.arith(e, "minui", [by, e.builder.constant(last, dtype)], dtype)
    shifted = scalars.arith(e, name, [value, within], dtype)
    if name != "shrsi":
        fits = scalars.arith_compare(e, "==", [by, within], dtype)
        zero = e.builder.constant(0, dtype)
        operands = [fits, shifted, zero]
        shifted = e.builder.value("arith.select", operands, e.builder.type_of(dtype))
    return e.unknown(shifted, dtype)
