"""Views and rearrangements: slice, fillpad, reshape, transpose, concat, broadcasts."""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING, Any

from tilework.frontend.values import Extent, TensorValue, shape_text, type_text
from tilework.language.construct import construct
from tilework.language.enums import PadValue
from tilework.language.kinds import (
    FlagArg,
    IndexArg,
    IndicesArg,
    IntArg,
    ListArg,
    PadArg,
    ScalarArg,
    ShapeArg,
    StaticShapeArg,
    TensorArg,
)
from tilework.language.operands import (
    element,
    like,
    require_matrix,
    require_same_dtype,
    require_shape,
)

if TYPE_CHECKING:
    from tilework.frontend.emitter import Emitter


@construct("shapes")
def slice(
    e: Emitter,
    input: TensorArg,
    shape: ShapeArg,
    offset: IndicesArg,
    valid_shape: IndicesArg | None = None,
    drop_dims: ListArg | None = None,
    pad_value: PadArg | None = None,
    clamp: FlagArg = False,
) -> TensorValue:
    """The part of `input` with extents `shape` at `offset`.

    `valid_shape` gives the extents that hold data, up to `shape`; only they must lie inside
    `input`. `drop_dims` lists dimensions of extent 1 to leave out; `pad_value` fills the rest.
    """
    if clamp:
        e.fail(
            "expects 'clamp' to be False, but got True",
            "write valid_shape=[pl.min(size, extent - offset), ...]",
            at="clamp",
        )
    part = sliced(e, input, shape, offset, valid_shape, drop_dims)
    return part if pad_value is None else filled(e, part, pad_value)


def sliced(
    e: Emitter, input: TensorValue, shape: Any, offset: Any, valid: Any, drop_dims: Any
) -> TensorValue:
    """A checked slice."""
    from tilework.frontend.tensors import extract, require_in_bounds

    for name, given in (("shape", shape), ("offset", offset), ("valid_shape", valid)):
        if given is not None and len(given) != input.rank:
            e.fail(
                f"expects '{name}' to have the {input.rank} dimensions of "
                f"{shape_text(input.shape)}, but got {len(given)}",
                at=name,
            )
    capacity = None
    if valid is not None:
        capacity = _capacity(e, shape, valid)
    sizes = shape if valid is None else valid
    for axis, (start, size) in enumerate(zip(offset, sizes, strict=True)):
        require_in_bounds(
            e,
            "the slice",
            start,
            size,
            input.shape[axis],
            axis,
            functools.partial(_valid_hint, start, size, axis, valid is None),
            "offset",
        )
    return extract(e, input, offset, sizes, capacity, _dropped(e, shape, drop_dims))


def _valid_hint(start: Extent, size: Extent, axis: int, is_full: bool) -> str:
    if not is_full or isinstance(start, int) or not isinstance(size, int):
        return ""
    return f"write valid_shape=[...] with pl.min({size}, ... - offset) at dim {axis}"


def _capacity(e: Emitter, shape: Any, valid: Any) -> tuple[int, ...]:
    from tilework.frontend.tensors import require_at_most

    for axis, (whole, part) in enumerate(zip(shape, valid, strict=True)):
        if not isinstance(whole, int):
            e.fail(
                "expects 'shape' to be known at compile time beside 'valid_shape', but got "
                f"{type_text(whole)} at dim {axis}",
                at="shape",
            )
        require_at_most(e, part, whole, axis, at="valid_shape")
    return tuple(shape)


def _dropped(e: Emitter, shape: Any, drop_dims: Any) -> tuple[int, ...]:
    dims = tuple(drop_dims or ())
    for dim in dims:
        if not isinstance(dim, int) or not 0 <= dim < len(shape) or shape[dim] != 1:
            e.fail(
                f"expects 'drop_dims' to list dimensions of extent 1, but got {dim} of "
                f"{shape_text(shape)}",
                at="drop_dims",
            )
    return dims


@construct("shapes")
def set_validshape(
    e: Emitter, input: TensorArg, valid_rows: IndexArg, valid_cols: IndexArg
) -> TensorValue:
    """The same tile with only its first rows and columns valid."""
    from tilework.frontend.tensors import storage

    require_matrix(e, input, "input")
    return sliced(e, input, storage(input), (0, 0), (valid_rows, valid_cols), None)


def _pad_number(e: Emitter, tensor: TensorValue, pad: PadValue | int | float) -> int | float:
    if not isinstance(pad, PadValue):
        return pad
    dtype = tensor.dtype
    if pad is PadValue.zero:
        return 0
    if dtype.is_float:
        return -math.inf if pad is PadValue.min else math.inf
    if dtype.kind == "int":
        half = 1 << (dtype.width_bits - 1)
        return -half if pad is PadValue.min else half - 1
    return 0 if pad is PadValue.min else (1 << dtype.width_bits) - 1


def filled(e: Emitter, tensor: TensorValue, pad: PadValue | int | float) -> TensorValue:
    """A partly valid tile made full."""
    from tilework.frontend.tensors import make

    value = element(e, _pad_number(e, tensor, pad), tensor.dtype, "pad_value")
    if tensor.capacity is None:
        if any(not isinstance(extent, int) for extent in tensor.shape):
            e.fail(
                f"expects a tile with a capacity, but got {type_text(tensor)}",
                "pl.slice(x, shape, offset, valid_shape=[...]) makes one",
            )
        return tensor
    return make(e, "tile.fillpad", [tensor.value, value], tensor.capacity, tensor.dtype)


@construct("shapes")
def fillpad(e: Emitter, value: TensorArg, pad_value: PadArg = PadValue.zero) -> TensorValue:
    """A partly valid tile made full: `pad_value` (zero, min, max or a number) beyond its valid
    extents. `min` and `max` are the infinities of float types."""
    return filled(e, value, pad_value)


@construct("shapes")
def reshape(e: Emitter, input: TensorArg, shape: StaticShapeArg) -> TensorValue:
    """The same elements in row-major order under another shape."""
    from tilework.frontend.tensors import make

    have = [extent for extent in input.shape if isinstance(extent, int)]
    if input.capacity is not None or len(have) != input.rank:
        e.fail(
            f"expects a full tensor of static shape, but got {type_text(input)}",
            "write pl.fillpad(value) first",
            at="input",
        )
    if math.prod(have) != math.prod(shape):
        e.fail(
            f"expects 'shape' to have the {math.prod(have)} elements of "
            f"{shape_text(input.shape)}, but got {shape_text(shape)} with {math.prod(shape)}",
            at="shape",
        )
    return make(e, "tile.reshape", [input.value], shape, input.dtype)


@construct("shapes")
def transpose(e: Emitter, input: TensorArg, axis1: IntArg, axis2: IntArg) -> TensorValue:
    """Two dimensions exchanged."""
    from tilework.frontend.tensors import make

    for name, axis in (("axis1", axis1), ("axis2", axis2)):
        if not -input.rank <= axis < input.rank:
            e.fail(f"expects '{name}' within the {input.rank} dimensions, but got {axis}", at=name)
    order = list(range(input.rank))
    first, second = axis1 % input.rank, axis2 % input.rank
    order[first], order[second] = second, first
    shape = [input.shape[axis] for axis in order]
    capacity = [input.capacity[axis] for axis in order] if input.capacity else None
    attributes = {"permutation": e.builder.i64_array(order)}
    return make(e, "tile.transpose", [input.value], shape, input.dtype, capacity, attributes)


@construct("shapes")
def concat(e: Emitter, src0: TensorArg, src1: TensorArg) -> TensorValue:
    """Two tensors side by side, along the last dimension."""
    from tilework.frontend.tensors import insert, make

    require_same_dtype(e, src0, src1, "src0 src1")
    shapes = (src0.shape, src1.shape)
    static = all(isinstance(extent, int) for shape in shapes for extent in shape)
    if not static or src0.capacity or src1.capacity or shapes[0][:-1] != shapes[1][:-1]:
        e.fail(
            "expects full tensors of static shapes that differ in the last dimension only, "
            f"but got {shape_text(shapes[0])} and {shape_text(shapes[1])}",
            at="src1",
        )
    left, right = shapes[0][-1], shapes[1][-1]
    assert isinstance(left, int) and isinstance(right, int)
    both = make(e, "tile.empty", [], (*shapes[0][:-1], left + right), src0.dtype)
    start: list[Extent] = [0] * src0.rank
    both = insert(e, both, src0, start)
    return insert(e, both, src1, [*start[:-1], left])


def _broadcast(e: Emitter, target: TensorValue, source: TensorValue) -> TensorValue:
    from tilework.frontend.tensors import dynamic_sizes

    operands = [source.value, *dynamic_sizes(e, target.shape)]
    return like(e, "tile.broadcast", operands, target, source.dtype)


@construct("shapes")
def row_expand(e: Emitter, target: TensorArg, row_vec: TensorArg) -> TensorValue:
    """`row_vec` [R, 1] repeated to the shape of `target` [R, C]."""
    require_shape(e, target, row_vec, 1, "target row_vec")
    return _broadcast(e, target, row_vec)


@construct("shapes")
def col_expand(e: Emitter, target: TensorArg, col_vec: TensorArg) -> TensorValue:
    """`col_vec` [1, C] repeated to the shape of `target` [R, C]."""
    require_shape(e, target, col_vec, 0, "target col_vec")
    return _broadcast(e, target, col_vec)


@construct("shapes")
def expand_clone(e: Emitter, src: TensorArg, target: TensorArg) -> TensorValue:
    """`src` with its dimensions of extent 1 repeated to the shape of `target`."""
    fits = src.rank == target.rank and all(
        have == 1 or have == want for have, want in zip(src.shape, target.shape, strict=True)
    )
    if not fits:
        e.fail(
            f"expects 'src' to have 1 or the extents of {shape_text(target.shape)}, "
            f"but got {shape_text(src.shape)}",
            at="src",
        )
    return _broadcast(e, target, src)


@construct("shapes")
def expands(e: Emitter, target: TensorArg, scalar: ScalarArg) -> TensorValue:
    """A tensor of the shape and element type of `target` with `scalar` everywhere."""
    from tilework.frontend.tensors import dynamic_sizes

    value = element(e, scalar, target.dtype, "scalar")
    return like(e, "tile.full", [value, *dynamic_sizes(e, target.shape)], target)
