"""What the upstream tensor operations mean: slices, updates, elements."""

from __future__ import annotations

from typing import Any

import numpy as np

from tilework.ir import ShapedType
from tilework.reference.errors import ExecutionError
from tilework.reference.program import Step, TensorShape
from tilework.reference.registry import meaning
from tilework.reference.shapes import result_dtype, result_shape
from tilework.reference.values import (
    UNDEFINED,
    Tensor,
    known,
    poison,
    scalar_of,
    tensor_of,
    undefined_tensor,
)


def window_of(step: Step, shape: tuple[int, ...], dynamic: tuple[int, ...]) -> tuple[slice, ...]:
    """The part of a tensor that a slice names; refuses one that leaves the tensor."""
    marker = ShapedType.get_dynamic_stride_or_offset()
    rest = iter(known(value, "an offset or size of a slice") for value in dynamic)
    offsets, sizes, strides = (
        [next(rest) if value == marker else value for value in step.attribute(f"static_{name}")]
        for name in ("offsets", "sizes", "strides")
    )
    for dim, (offset, size, stride) in enumerate(zip(offsets, sizes, strides, strict=True)):
        if stride != 1:
            raise ExecutionError(f"'{step.name}' expects strides of 1, but got {stride}")
        if offset < 0 or size < 0 or offset + size > shape[dim]:
            raise ExecutionError(
                f"'{step.name}' expects [{offset}, {offset + size}) within [0, {shape[dim]}) "
                f"in dim {dim}"
            )
    return tuple(slice(o, o + n) for o, n in zip(offsets, sizes, strict=True))


@meaning("tensor.extract_slice")
def extract_slice(step: Step, source: Tensor, *dynamic: int) -> Tensor:
    """A window, without the unit dimensions that the result's type drops."""
    window = window_of(step, source.data.shape, dynamic)
    sizes = [part.stop - part.start for part in window]
    marker = ShapedType.get_dynamic_size()
    is_dynamic = [size == marker for size in step.attribute("static_sizes")]
    free = [size for size, dynamic in zip(sizes, is_dynamic, strict=True) if dynamic]
    type_ = step.result_types[0]
    assert isinstance(type_, TensorShape)
    shape = type_.resolve(free)
    mask = None if source.defined is None else source.defined[window].reshape(shape)
    result = tensor_of(source.data[window].reshape(shape).copy(), mask)
    if source.unwritten is not None:
        result.unwritten = source.unwritten[window].reshape(shape)
    return result


@meaning("tensor.insert_slice")
def insert_slice(step: Step, source: Tensor, target: Tensor, *dynamic: int) -> Tensor:
    """`target` with a window replaced; in place when nobody else holds it."""
    window = window_of(step, target.data.shape, dynamic)
    sizes = tuple(part.stop - part.start for part in window)
    if [n for n in source.data.shape if n != 1] != [n for n in sizes if n != 1]:
        raise ExecutionError(
            f"'{step.name}' expects a source of shape {sizes}, but got {source.data.shape}"
        )
    mask = None if source.defined is None else source.defined.reshape(sizes)
    unwritten = None if source.unwritten is None else source.unwritten.reshape(sizes)
    return _update(step, target, window, source.data.reshape(sizes), mask, unwritten)


@meaning("tensor.insert")
def insert(step: Step, value: Any, target: Tensor, *indices: int) -> Tensor:
    """`target` with one element replaced."""
    position = position_of(step, target, indices)
    if value is UNDEFINED:
        lost = np.zeros((), bool)
        return _update(step, target, position, poison((), target.data.dtype), lost)
    return _update(step, target, position, np.asarray(value, target.data.dtype), None)


def _update(
    step: Step,
    target: Tensor,
    where: Any,
    data: np.ndarray,
    mask: np.ndarray | None,
    unwritten: np.ndarray | None = None,
) -> Tensor:
    result = target
    if target.holders:
        result = Tensor(target.data.copy(), origin=target.origin)
    fresh = target.unwritten
    if fresh is not None:
        fresh = fresh.copy()
        fresh[where] = False if unwritten is None else unwritten
    defined = None
    if target.defined is not None or mask is not None:
        defined = target.mask.copy()  # masks may be shared
        defined[where] = True if mask is None else mask
        if mask is not None:
            result.origin = step
    result.data[where] = data
    result.defined = None if defined is None or defined.all() else defined
    result.unwritten = fresh if fresh is not None and fresh.any() else None
    return result


@meaning("tensor.extract")
def extract(step: Step, source: Tensor, *indices: int) -> Any:
    """One element as a scalar."""
    position = position_of(step, source, indices)
    if source.defined is not None and not source.defined[position]:
        return UNDEFINED
    kind = step.result_types[0]
    assert isinstance(kind, str)
    return scalar_of(source.data[position], kind)


def position_of(step: Step, tensor: Tensor, indices: tuple[int, ...]) -> tuple[int, ...]:
    position = tuple(known(index, "an index") for index in indices)
    for dim, (index, size) in enumerate(zip(position, tensor.data.shape, strict=True)):
        if not 0 <= index < size:
            raise ExecutionError(
                f"'{step.name}' expects an index within [0, {size}) in dim {dim}, but got {index}"
            )
    return position


@meaning("tensor.dim")
def dim(step: Step, source: Tensor, index: int) -> int:
    """An extent."""
    index = known(index, "a dimension")
    if not 0 <= index < source.data.ndim:
        raise ExecutionError(f"expects a dimension below {source.data.ndim}, but got {index}")
    return source.data.shape[index]


@meaning("tensor.splat")
def splat(step: Step, value: Any, *sizes: int) -> Tensor:
    """The same element everywhere."""
    shape = result_shape(step, sizes)
    if value is UNDEFINED:
        return undefined_tensor(shape, result_dtype(step))
    return Tensor(np.full(shape, value, result_dtype(step)))


@meaning("tensor.from_elements")
def from_elements(step: Step, *elements: Any) -> Tensor:
    """Elements in row-major order."""
    shape, dtype = result_shape(step), result_dtype(step)
    filler = poison((), dtype)[()]
    data = np.array([filler if e is UNDEFINED else e for e in elements], dtype).reshape(shape)
    return tensor_of(data, np.array([e is not UNDEFINED for e in elements]).reshape(shape))


@meaning("tensor.concat")
def concat(step: Step, *parts: Tensor) -> Tensor:
    """Tensors side by side along a dimension."""
    axis = step.attribute("dim")
    shapes = [part.data.shape[:axis] + part.data.shape[axis + 1 :] for part in parts]
    if any(shape != shapes[0] for shape in shapes):
        raise ExecutionError(f"'tensor.concat' expects equal other extents, but got {shapes}")
    mask = None
    if any(part.defined is not None for part in parts):
        mask = np.concatenate([part.mask for part in parts], axis)
    return tensor_of(np.concatenate([part.data for part in parts], axis), mask)


@meaning("tensor.cast")
def cast(step: Step, source: Tensor) -> Tensor:
    """The same tensor under a type that knows more or less of its shape."""
    type_ = step.result_types[0]
    assert isinstance(type_, TensorShape)
    for size, extent in zip(type_.sizes, source.data.shape, strict=True):
        if size is not None and size != extent:
            raise ExecutionError(f"'tensor.cast' expects an extent of {size}, but got {extent}")
    return source
