"""What the tile operations that make, reshape and check tensors mean."""

from __future__ import annotations

import math

import numpy as np

from tilework.reference.errors import CheckError, ExecutionError
from tilework.reference.program import Step, TensorShape
from tilework.reference.registry import meaning
from tilework.reference.values import (
    UNDEFINED,
    Tensor,
    known,
    tensor_of,
    undefined_tensor,
)

IN_BOUNDS, EQUAL, POSITIVE, AT_MOST = range(4)  # the enum CheckKind of the tile dialect


def result_shape(step: Step, sizes: tuple[int, ...] = ()) -> tuple[int, ...]:
    """The result's extents, the dynamic ones given by `sizes`."""
    type_ = step.result_types[0]
    assert isinstance(type_, TensorShape)
    shape = type_.resolve([known(size, "a size") for size in sizes])
    if any(size < 0 for size in shape):
        raise ExecutionError(f"'{step.name}' expects sizes of at least 0, but got {shape}")
    return shape


def result_dtype(step: Step) -> np.dtype:
    """The result's element type."""
    type_ = step.result_types[0]
    assert isinstance(type_, TensorShape)
    return type_.dtype


@meaning("tile.empty", "tensor.empty")
def empty(step: Step, *sizes: int) -> Tensor:
    """No element is defined."""
    tensor = undefined_tensor(result_shape(step, sizes), result_dtype(step))
    tensor.unwritten = ~tensor.mask if tensor.defined is not None else None
    return tensor


@meaning("tile.full")
def full(step: Step, value: object, *sizes: int) -> Tensor:
    """The same value everywhere."""
    shape = result_shape(step, sizes)
    if value is UNDEFINED:
        return undefined_tensor(shape, result_dtype(step))
    return Tensor(np.full(shape, value, result_dtype(step)))


@meaning("tile.arange")
def arange(step: Step, start: int) -> Tensor:
    """Consecutive integers, wrapping."""
    shape, dtype = result_shape(step), result_dtype(step)
    if start is UNDEFINED:
        return undefined_tensor(shape, dtype)
    offsets = np.arange(math.prod(shape), dtype=np.int64).reshape(shape).astype(dtype)
    return Tensor(offsets + np.asarray(start).astype(dtype))


@meaning("tile.broadcast")
def broadcast(step: Step, x: Tensor, *sizes: int) -> Tensor:
    """Unit dimensions repeated."""
    shape = result_shape(step, sizes)
    type_ = step.operand_types[0]
    assert isinstance(type_, TensorShape)
    for dim, (given, wanted) in enumerate(zip(x.data.shape, shape, strict=True)):
        if given != wanted and type_.sizes[dim] != 1:
            raise ExecutionError(
                f"'tile.broadcast' expects dim {dim} to have size {wanted} or 1, but got {given}"
            )
    mask = None if x.defined is None else np.broadcast_to(x.defined, shape)
    return tensor_of(np.broadcast_to(x.data, shape).copy(), mask)


@meaning("tile.reshape")
def reshape(step: Step, x: Tensor) -> Tensor:
    """The same elements in row-major order."""
    shape = result_shape(step)
    mask = None if x.defined is None else x.defined.reshape(shape)
    return tensor_of(x.data.reshape(shape).copy(), mask)


@meaning("tile.transpose")
def transpose(step: Step, x: Tensor) -> Tensor:
    """Dimension d of the result is dimension `permutation[d]` of the input."""
    axes = step.attribute("permutation")
    mask = None if x.defined is None else x.defined.transpose(axes)
    return tensor_of(x.data.transpose(axes).copy(order="C"), mask)


@meaning("tile.fillpad")
def fillpad(step: Step, x: Tensor, value: object) -> Tensor:
    """The elements of `x`, and `value` in the rest of its capacity."""
    shape = result_shape(step)
    if any(size > room for size, room in zip(x.data.shape, shape, strict=True)):
        raise ExecutionError(
            f"'tile.fillpad' expects extents within {shape}, but got {x.data.shape}"
        )
    inside = tuple(slice(0, size) for size in x.data.shape)
    is_undefined = value is UNDEFINED
    data = np.full(shape, 0 if is_undefined else value, x.data.dtype)
    defined = np.full(shape, not is_undefined)
    data[inside] = x.data
    defined[inside] = x.mask
    return tensor_of(data, defined)


@meaning("tile.check")
def check(step: Step, *values: int) -> None:
    """Stops the execution when the demand does not hold."""
    values = tuple(known(value, "a size") for value in values)
    kind, dim = step.attribute("kind"), step.attribute("dim", 0)
    if kind == IN_BOUNDS:
        offset, size, extent = values
        holds = offset >= 0 and size >= 0 and offset + size <= extent
        demand = f"[{offset}, {offset + size}) within [0, {extent})"
    elif kind == EQUAL:
        holds, demand = values[0] == values[1], f"{values[0]} to equal {values[1]}"
    elif kind == POSITIVE:
        holds, demand = values[0] > 0, f"{values[0]} to be positive"
    else:
        holds = 0 <= values[0] <= values[1]
        demand = f"{values[0]} to be from 0 to {values[1]}"
    if not holds:
        raise CheckError(f"'tile.check' expects {demand} in dim {dim}", values)
