"""What the element-wise operations of the tile dialect mean.

Float elements are computed in float32 and rounded once to their type. Integers wrap: by 0 the
quotient and the remainder are 0, and shifts by amounts beyond the width leave nothing, or the sign.
An element of the result is defined where all elements it is computed from are.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tilework.reference import float_arithmetic, transcendentals
from tilework.reference.errors import ExecutionError
from tilework.reference.program import Step, TensorShape
from tilework.reference.registry import meaning
from tilework.reference.rounding import convert
from tilework.reference.values import UNDEFINED, Tensor, is_float, tensor_of, widened

Function = Callable[..., np.ndarray]


def _unary(name: str, floats: Function | None, integers: Function | None = None) -> None:
    @meaning(name)
    def evaluate(step: Step, x: Tensor) -> Tensor:
        return tensor_of(_computed(step, floats, integers, x.data), x.defined)


def _binary(name: str, floats: Function | None, integers: Function | None) -> None:
    @meaning(name)
    def evaluate(step: Step, lhs: Tensor, rhs: object) -> Tensor:
        right, mask = repeated(step, lhs, rhs)
        return tensor_of(_computed(step, floats, integers, lhs.data, right), lhs.defined, mask)


def _computed(
    step: Step, floats: Function | None, integers: Function | None, *data: np.ndarray
) -> np.ndarray:
    dtype = data[0].dtype
    function = floats if is_float(dtype) else integers
    if function is None or (dtype == np.bool_ and step.name not in _BITWISE):
        raise ExecutionError(f"'{step.name}' expects elements it is meant for, but got {dtype}")
    if is_float(dtype):
        data = tuple(widened(operand) for operand in data)
    return np.asarray(function(*data)).astype(dtype)


def repeated(step: Step, lhs: Tensor, rhs: object) -> tuple[np.ndarray, np.ndarray | None]:
    """`rhs`, a scalar or a tensor with static unit dimensions, as data and mask that fit `lhs`."""
    if rhs is UNDEFINED:
        return np.ones((), lhs.data.dtype), np.zeros(lhs.data.shape, bool)
    if not isinstance(rhs, Tensor):
        return np.asarray(rhs, lhs.data.dtype), None
    type_ = step.operand_types[-1]
    assert isinstance(type_, TensorShape)
    for dim, (left, right) in enumerate(zip(lhs.data.shape, rhs.data.shape, strict=True)):
        if left != right and type_.sizes[dim] != 1:
            raise ExecutionError(
                f"'{step.name}' expects equal extents of dim {dim}, but got {left} and {right}"
            )
    return rhs.data, rhs.defined


def _divide_truncating(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    divisor = np.where(b == 0, b.dtype.type(1), b)
    quotient = np.floor_divide(a, divisor)
    is_rounded_down = (quotient * divisor != a) & ((a < 0) != (divisor < 0))
    truncated = np.where(is_rounded_down, quotient + quotient.dtype.type(1), quotient)
    return np.where(b == 0, b.dtype.type(0), truncated)


def _remainder(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.where(b == 0, b.dtype.type(0), np.fmod(a, np.where(b == 0, b.dtype.type(1), b)))


def _shift_left(a: np.ndarray, amount: np.ndarray) -> np.ndarray:
    fits, known = _shift_amount(amount)
    return np.where(fits, np.left_shift(a, known), a.dtype.type(0))


def _shift_right(a: np.ndarray, amount: np.ndarray) -> np.ndarray:
    fits, known = _shift_amount(amount)
    return np.where(fits, np.right_shift(a, known), np.where(a < 0, -1, 0).astype(a.dtype))


def _shift_amount(amount: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where an amount is from 0 to the width less 1, and the amounts with 0 elsewhere."""
    fits = (amount >= 0) & (amount < 8 * amount.dtype.itemsize)
    return fits, np.where(fits, amount, amount.dtype.type(0))


def _relu_float(x: np.ndarray) -> np.ndarray:
    return float_arithmetic.maximum(x, np.zeros_like(x))


_BITWISE = {"tile.and", "tile.or", "tile.xor", "tile.not"}

_unary("tile.neg", np.negative, np.negative)
_unary("tile.abs", np.abs, np.abs)
_unary("tile.exp", transcendentals.exp)
_unary("tile.log", transcendentals.log)
_unary("tile.sin", transcendentals.sin)
_unary("tile.cos", transcendentals.cos)
_unary("tile.sqrt", np.sqrt)
_unary("tile.rsqrt", lambda x: np.float32(1) / np.sqrt(x))
_unary("tile.recip", lambda x: np.float32(1) / x)
_unary("tile.relu", _relu_float, lambda x: np.maximum(x, x.dtype.type(0)))
_unary("tile.not", None, np.bitwise_not)

_binary("tile.add", np.add, np.add)
_binary("tile.sub", np.subtract, np.subtract)
_binary("tile.div", np.divide, _divide_truncating)
_binary("tile.maximum", float_arithmetic.maximum, np.maximum)
_binary("tile.minimum", float_arithmetic.minimum, np.minimum)
_binary("tile.fmod", np.fmod, _remainder)
_binary("tile.and", None, np.bitwise_and)
_binary("tile.or", None, np.bitwise_or)
_binary("tile.xor", None, np.bitwise_xor)
_binary("tile.shl", None, _shift_left)
_binary("tile.shr", None, _shift_right)


@meaning("tile.mul")
def multiply(step: Step, lhs: Tensor, rhs: object) -> Tensor:
    """The product; of a never-written tensor and the literal 0 it is 0, defined."""
    if lhs.unwritten is not None and lhs.unwritten.all() and _is_literal_zero(step, rhs):
        return Tensor(np.zeros_like(lhs.data))
    right, mask = repeated(step, lhs, rhs)
    data = _computed(step, np.multiply, np.multiply, lhs.data, right)
    return tensor_of(data, lhs.defined, mask)


def _is_literal_zero(step: Step, rhs: object) -> bool:
    owner = step.op.operands[1].owner
    is_constant = getattr(owner, "name", None) == "arith.constant"
    return is_constant and not isinstance(rhs, Tensor) and rhs == 0 and not np.signbit(rhs)


@meaning("tile.compare")
def compare(step: Step, lhs: Tensor, rhs: object) -> Tensor:
    """A comparison with a NaN is false, but for `ne`."""
    right, mask = repeated(step, lhs, rhs)
    left = lhs.data
    if is_float(left.dtype):
        left, right = widened(left), widened(right)
    function = _PREDICATES[step.attribute("predicate")]
    return tensor_of(function(left, right), lhs.defined, mask)


_PREDICATES = (np.equal, np.not_equal, np.less, np.less_equal, np.greater, np.greater_equal)


@meaning("tile.select")
def select(step: Step, mask: Tensor, lhs: Tensor, rhs: Tensor) -> Tensor:
    """Defined where the mask and the chosen element are."""
    for other in (lhs, rhs):
        if other.data.shape != mask.data.shape:
            raise ExecutionError(
                f"'{step.name}' expects equal extents, but got {mask.data.shape} and "
                f"{other.data.shape}"
            )
    chosen = None
    if lhs.defined is not None or rhs.defined is not None:
        chosen = np.where(mask.data, lhs.mask, rhs.mask)
    return tensor_of(np.where(mask.data, lhs.data, rhs.data), mask.defined, chosen)


@meaning("tile.cast")
def cast(step: Step, x: Tensor) -> Tensor:
    """Another element type, rounded once."""
    result = step.result_types[0]
    assert isinstance(result, TensorShape)
    return tensor_of(convert(x.data, result.dtype, step.attribute("rounding")), x.defined)
