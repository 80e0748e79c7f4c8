"""What scalar arithmetic (arith, math) means. Floats round once, integers wrap."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from tilework.reference import float_arithmetic, transcendentals
from tilework.reference.errors import ExecutionError
from tilework.reference.program import Step, TensorShape
from tilework.reference.registry import meaning
from tilework.reference.values import (
    UNDEFINED,
    Tensor,
    dtype_of,
    known,
    scalar_of,
    widened,
    wrapped,
)


def result_kind(step: Step) -> str:
    """The name of the result's scalar type."""
    type_ = step.result_types[0]
    if isinstance(type_, TensorShape):
        raise ExecutionError(f"'{step.name}' expects scalars, but got tensors")
    return type_


def unsigned(value: int, type_name: Any) -> int:
    """The bits of an integer, read as unsigned."""
    if type_name == "i1":
        return int(value)
    return int(value) & ((1 << 8 * dtype_of(type_name).itemsize) - 1)


def width_of(type_name: str) -> int:
    """The bits of an integer type."""
    return 1 if type_name == "i1" else 8 * dtype_of(type_name).itemsize


def _nonzero(value: int) -> int:
    if value == 0:
        raise ExecutionError("expects a nonzero integer divisor, but got 0")
    return value


def _truncating(a: int, b: int) -> int:
    quotient = abs(a) // abs(_nonzero(b))
    return quotient if (a < 0) == (b < 0) else -quotient


_SIGNED: dict[str, Callable[[int, int], int]] = {
    "addi": operator.add,
    "subi": operator.sub,
    "muli": operator.mul,
    "andi": operator.and_,
    "ori": operator.or_,
    "xori": operator.xor,
    "maxsi": max,
    "minsi": min,
    "divsi": _truncating,
    "remsi": lambda a, b: a - _truncating(a, b) * b,
    "floordivsi": lambda a, b: a // _nonzero(b),
    "ceildivsi": lambda a, b: -(-a // _nonzero(b)),
}
_UNSIGNED: dict[str, Callable[[int, int], int]] = {
    "divui": lambda a, b: a // _nonzero(b),
    "remui": lambda a, b: a % _nonzero(b),
    "ceildivui": lambda a, b: -(-a // _nonzero(b)),
    "maxui": max,
    "minui": min,
}
_SHIFTS: dict[str, Callable[[int, int, int], int]] = {
    "shli": lambda a, n, width: a << n,
    "shrsi": lambda a, n, width: a >> n,
    "shrui": lambda a, n, width: (a & ((1 << width) - 1)) >> n,
}
_FLOATS: dict[str, Callable[..., Any]] = {
    "arith.addf": np.add,
    "arith.subf": np.subtract,
    "arith.mulf": np.multiply,
    "arith.divf": np.divide,
    "arith.remf": np.fmod,
    "arith.negf": np.negative,
    "arith.maximumf": float_arithmetic.maximum,
    "arith.minimumf": float_arithmetic.minimum,
    "arith.maxnumf": np.fmax,
    "arith.minnumf": np.fmin,
    "math.absf": np.abs,
    "math.sqrt": np.sqrt,
    "math.rsqrt": lambda x: x.dtype.type(1) / np.sqrt(x),
    "math.exp": transcendentals.exp,
    "math.log": transcendentals.log,
    "math.sin": transcendentals.sin,
    "math.cos": transcendentals.cos,
    "math.floor": np.floor,
    "math.ceil": np.ceil,
    "math.trunc": np.trunc,
    "math.roundeven": np.rint,
    "math.fma": float_arithmetic.fma32,
}
_NEEDS_FLOAT32 = {"math.exp", "math.log", "math.sin", "math.cos", "math.fma"}


def _register_integers(name: str, function: Callable[[int, int], int], is_signed: bool) -> None:
    @meaning(f"arith.{name}")
    def evaluate(step: Step, a: Any, b: Any) -> Any:
        kind = result_kind(step)
        if a is UNDEFINED or b is UNDEFINED:
            return UNDEFINED
        if is_signed:
            # a set i1 is -1 to signed operations
            a, b = (-int(v) if kind == "i1" else v for v in (a, b))
        else:
            a, b = unsigned(a, kind), unsigned(b, kind)
        return wrapped(int(function(a, b)), kind)


def _register_shift(name: str, function: Callable[[int, int, int], int]) -> None:
    @meaning(f"arith.{name}")
    def evaluate(step: Step, a: Any, amount: Any) -> Any:
        kind = result_kind(step)
        if a is UNDEFINED or amount is UNDEFINED:
            return UNDEFINED
        width = width_of(kind)
        if not 0 <= amount < width:
            raise ExecutionError(
                f"expects a shift amount from 0 to {width - 1}, but got {int(amount)}"
            )
        return wrapped(function(int(a), int(amount), width), kind)


def _register_floats(name: str, function: Callable[..., Any]) -> None:
    @meaning(name)
    def evaluate(step: Step, *operands: Any) -> Any:
        dtype = dtype_of(result_kind(step))
        if any(operand is UNDEFINED for operand in operands):
            return UNDEFINED
        if name in _NEEDS_FLOAT32 and dtype == np.float64:
            raise ExecutionError(f"'{name}' expects f32, f16 or bf16, but got f64")
        arrays = (widened(np.asarray(operand, dtype).reshape(1)) for operand in operands)
        return dtype.type(np.asarray(function(*arrays)).astype(dtype)[0])


for _name, _function in _SIGNED.items():
    _register_integers(_name, _function, True)
for _name, _function in _UNSIGNED.items():
    _register_integers(_name, _function, False)
for _name, _shift in _SHIFTS.items():
    _register_shift(_name, _shift)
for _name, _function in _FLOATS.items():
    _register_floats(_name, _function)


@meaning("arith.constant")
def constant(step: Step) -> Any:
    """A literal."""
    type_ = step.result_types[0]
    value = step.attribute("value")
    if not isinstance(type_, TensorShape):
        return scalar_of(value, type_)
    shape = tuple(size or 0 for size in type_.sizes)
    if value.is_splat:
        return Tensor(np.full(shape, value.get_splat_value().value).astype(type_.dtype))
    return Tensor(np.array(list(value)).reshape(shape).astype(type_.dtype))


_CMPI = (operator.eq, operator.ne, operator.lt, operator.le, operator.gt, operator.ge)


@meaning("arith.cmpi")
def compare_integers(step: Step, a: Any, b: Any) -> Any:
    """eq, ne, then lt, le, gt, ge: signed, and once more unsigned."""
    if a is UNDEFINED or b is UNDEFINED:
        return UNDEFINED
    predicate, kind = step.attribute("predicate"), step.operand_types[0]
    if predicate >= len(_CMPI):
        return _CMPI[predicate - 4](unsigned(a, kind), unsigned(b, kind))
    if kind == "i1":
        a, b = -int(a), -int(b)
    return _CMPI[predicate](a, b)


# false, oeq, ogt, oge, olt, ole, one, ord, ueq, ugt, uge, ult, ule, une, uno, true: the outcomes
# that satisfy each, as a sum of 1 (equal), 2 (greater), 4 (less) and 8 (unordered)
_CMPF = (0, 1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13, 14, 8, 15)


@meaning("arith.cmpf")
def compare_floats(step: Step, a: Any, b: Any) -> Any:
    """An ordered predicate is false with a NaN, an unordered one is true."""
    if a is UNDEFINED or b is UNDEFINED:
        return UNDEFINED
    a, b = float(a), float(b)
    outcome = 1 if a == b else 2 if a > b else 4 if a < b else 8
    return bool(_CMPF[step.attribute("predicate")] & outcome)


@meaning("arith.select")
def select(step: Step, condition: Any, a: Any, b: Any) -> Any:
    """One of two values, tensors included."""
    if condition is UNDEFINED and not isinstance(a, Tensor):
        return UNDEFINED
    return a if known(condition, "a condition") else b


@meaning("math.absi")
def absolute(step: Step, a: Any) -> Any:
    """The absolute value; of the smallest integer, itself."""
    return UNDEFINED if a is UNDEFINED else wrapped(abs(int(a)), result_kind(step))
