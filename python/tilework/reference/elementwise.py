"""What the element-wise operations of the tile dialect mean.

Float elements are computed in float32 and rounded once to their type; integers wrap. An element of
the result is defined where all elements it is computed from are.
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
        if integers in _NEEDS_SAFE_RHS and not is_float(lhs.data.dtype):
            right = _NEEDS_SAFE_RHS[integers](right, tensor_of(lhs.data, lhs.defined, mask).mask)
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


def _nonzero(right: np.ndarray, used: np.ndarray) -> np.ndarray:
    right = np.broadcast_to(right, used.shape)
    if ((right == 0) & used).any():
        index = np.argwhere((right == 0) & used)[0].tolist()
        raise ExecutionError(f"expects nonzero integer divisors, but got 0 at {index}")
    return np.where(used, right, right.dtype.type(1))


def _shift_amount(right: np.ndarray, used: np.ndarray) -> np.ndarray:
    right = np.broadcast_to(right, used.shape)
    width = 8 * right.dtype.itemsize
    is_bad = ((right < 0) | (right >= width)) & used
    if is_bad.any():
        index = np.argwhere(is_bad)[0].tolist()
        raise ExecutionError(
            f"expects shift amounts from 0 to {width - 1}, but got {right[is_bad][0]} at {index}"
        )
    return np.where(used, right, right.dtype.type(0))


def _divide_truncating(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    quotient = np.floor_divide(a, b)
    is_rounded_down = (quotient * b != a) & ((a < 0) != (b < 0))
    return np.where(is_rounded_down, quotient + quotient.dtype.type(1), quotient)


def _relu_float(x: np.ndarray) -> np.ndarray:
    return float_arithmetic.maximum(x, np.zeros_like(x))


_BITWISE = {"tile.and", "tile.or", "tile.xor", "tile.not"}
_NEEDS_SAFE_RHS: dict[Function | None, Function] = {
    _divide_truncating: _nonzero,
    np.fmod: _nonzero,
    np.left_shift: _shift_amount,
    np.right_shift: _shift_amount,
}

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
_binary("tile.fmod", np.fmod, np.fmod)
_binary("tile.and", None, np.bitwise_and)
_binary("tile.or", None, np.bitwise_or)
_binary("tile.xor", None, np.bitwise_xor)
_binary("tile.shl", None, np.left_shift)
_binary("tile.shr", None, np.right_shift)


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
