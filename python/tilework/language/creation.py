"""Making tensors and arrays, and reading and writing parts and elements of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tilework.frontend.values import ScalarValue, TaskIdValue, TensorValue, shape_text, type_text
from tilework.language.construct import construct
from tilework.language.dtypes import INT32, TASK_ID, DType
from tilework.language.enums import AtomicType, MemorySpace
from tilework.language.kinds import (
    AnyArg,
    AnyTypeArg,
    ElementTypeArg,
    FlagArg,
    IndicesArg,
    IntArg,
    ScalarArg,
    ShapeArg,
    StaticShapeArg,
    TensorArg,
)
from tilework.language.operands import element, require_same_dtype

if TYPE_CHECKING:
    from tilework.frontend.emitter import Emitter


def _empty(e: Emitter, shape: Any, dtype: DType, manual_dep: bool) -> TensorValue:
    from tilework.frontend.tensors import dynamic_sizes, make

    attributes = {"manual_dep": e.builder.unit} if manual_dep else {}
    made = make(e, "tile.empty", dynamic_sizes(e, shape), shape, dtype, attributes=attributes)
    made.root.shape = made.shape
    return made


@construct("creation")
def create_tensor(
    e: Emitter,
    shape: ShapeArg,
    dtype: ElementTypeArg,
    layout: AnyArg = None,
    manual_dep: FlagArg = False,
    init_value: AnyArg = None,
) -> TensorValue:
    """A tensor whose elements are undefined until written.

    `manual_dep=True` claims that the author gives the dependences between tasks on it; results
    never depend on the claim. `init_value` fills it.
    """
    if layout is not None:
        e.fail(
            "expects 'layout' to be left out, but got one: layouts are the compiler's", at="layout"
        )
    if init_value is not None:
        return _filled(e, shape, dtype, init_value, "init_value")
    return _empty(e, shape, dtype, manual_dep)


@construct("creation", name="create_tile")
def create_tile(
    e: Emitter, shape: ShapeArg, dtype: ElementTypeArg, target_memory: AnyArg = MemorySpace.Vec
) -> TensorValue:
    """A tile whose elements are undefined until written; the compiler chooses where it lives."""
    return _empty(e, shape, dtype, False)


def _filled(e: Emitter, shape: Any, dtype: DType, value: Any, at: str) -> TensorValue:
    from tilework.frontend.tensors import dynamic_sizes, make

    operands = [element(e, value, dtype, at), *dynamic_sizes(e, shape)]
    return make(e, "tile.full", operands, shape, dtype)


@construct("creation")
def full(e: Emitter, shape: ShapeArg, dtype: ElementTypeArg, value: ScalarArg) -> TensorValue:
    """A tensor with `value` everywhere."""
    return _filled(e, shape, dtype, value, "value")


@construct("creation")
def arange(
    e: Emitter,
    start: ScalarArg,
    shape: StaticShapeArg,
    dtype: ElementTypeArg = INT32,
    descending: FlagArg = False,
) -> TensorValue:
    """start, start + 1, ... in row-major order."""
    from tilework.frontend.tensors import make

    if not dtype.is_integer or dtype.kind == "index":
        e.fail(f"expects 'dtype' to be an integer type, but got {dtype}", at="dtype")
    if descending:
        e.fail(
            "expects 'descending' to be False, but got True",
            "subtract from a full tensor",
            at="descending",
        )
    return make(e, "tile.arange", [element(e, start, dtype, "start")], shape, dtype)


@construct("creation", name="array.create")
def array_create(e: Emitter, extent: IntArg, dtype: AnyTypeArg) -> TensorValue:
    """An array of `extent` scalars, zero at first, or of task ids, of no task at first."""
    from tilework.frontend.tensors import make

    if extent < 1:
        e.fail(f"expects 'extent' to be at least 1, but got {extent}", at="extent")
    if dtype == TASK_ID:
        none = e.builder.value("task.none", [], e.builder.type_of(TASK_ID))
        return make(e, "tensor.splat", [none], (extent,), TASK_ID)
    zero = e.builder.constant(0, dtype)
    return make(e, "tensor.splat", [zero], (extent,), dtype)


@construct("creation")
def read(e: Emitter, src: AnyArg, offset: IndicesArg) -> ScalarValue | TaskIdValue:
    """One element as a scalar."""
    from tilework.frontend.subscripts import read_element

    return read_element(e, _readable(e, src, "src"), offset, "the tensor")


@construct("creation", writes="dst")
def write(e: Emitter, dst: AnyArg, offset: IndicesArg, value: AnyArg) -> TensorValue:
    """Replaces one element, as a statement `pl.write(x, [i, j], value)` or by its result."""
    from tilework.frontend.subscripts import write_element

    return write_element(e, _readable(e, dst, "dst"), offset, value, "the tensor")


def _readable(e: Emitter, value: Any, at: str) -> TensorValue:
    if not isinstance(value, TensorValue):
        e.fail(f"expects '{at}' to be a tensor or an array, but got {type_text(value)}", at=at)
    return value


@construct("creation", name="tensor.dim")
def dim(e: Emitter, tensor: TensorArg, axis: IntArg) -> ScalarValue | int:
    """The extent of one dimension, at compile time where it is known."""
    if not -tensor.rank <= axis < tensor.rank:
        e.fail(f"expects 'axis' within the {tensor.rank} dimensions, but got {axis}", at="axis")
    return tensor.shape[axis]


def _require_vec(e: Emitter, memory: Any, at: str) -> None:
    if memory is not MemorySpace.Vec:
        got = type_text(memory)
        e.fail(f"expects '{at}' to be left out, but got {got}", "the compiler places tiles", at=at)


@construct("creation")
def load(
    e: Emitter,
    tensor: TensorArg,
    offsets: IndicesArg,
    shapes: StaticShapeArg,
    valid_shape: ShapeArg | None = None,
    target_memory: AnyArg = MemorySpace.Vec,
    clamp: FlagArg = False,
) -> TensorValue:
    """A tile of a tensor: `pl.slice` with the offsets first."""
    from tilework.language.shapes import sliced

    _require_vec(e, target_memory, "target_memory")
    if clamp:
        e.fail("expects 'clamp' to be False, but got True", "write valid_shape=[...]", at="clamp")
    return sliced(e, tensor, shapes, offsets, valid_shape, None)


@construct("creation", writes="output_tensor")
def store(
    e: Emitter,
    tile: TensorArg,
    offsets: IndicesArg,
    output_tensor: TensorArg,
    shapes: AnyArg = None,
    atomic: AnyArg = AtomicType.None_,
) -> TensorValue:
    """Writes a tile into a tensor, as a statement or by its result."""
    return assembled(e, output_tensor, tile, offsets, atomic, "output_tensor tile offsets")


@construct("creation")
def assemble(
    e: Emitter,
    target: TensorArg,
    source: TensorArg,
    offset: IndicesArg,
    atomic: AnyArg = AtomicType.None_,
) -> TensorValue:
    """`target` with `source` written at `offset`: `out = pl.assemble(out, tile, [i, j])`.

    Of a partly valid tile the valid part is written.
    """
    return assembled(e, target, source, offset, atomic, "target source offset")


def assembled(
    e: Emitter, target: TensorValue, source: TensorValue, offset: Any, atomic: Any, names: str
) -> TensorValue:
    """The target with a tile written into it; `names` are the three parameters' for messages."""
    from tilework.frontend.tensors import insert, require_in_bounds

    whole, part, place = names.split()
    if atomic is not AtomicType.None_:
        e.fail(
            "expects no 'atomic', but got one: this compiler does not support it",
            "accumulate within one task",
            at="atomic",
        )
    require_same_dtype(e, target, source, f"{whole} {part}")
    if source.rank != target.rank or len(offset) != target.rank:
        e.fail(
            f"expects '{part}' and '{place}' to have the {target.rank} dimensions of '{whole}' "
            f"{shape_text(target.shape)}, but got {shape_text(source.shape)} and "
            f"{len(offset)} offsets",
            at=part,
        )
    for axis, (start, size) in enumerate(zip(offset, source.shape, strict=True)):
        require_in_bounds(e, f"'{part}'", start, size, target.shape[axis], axis, at=place)
    return insert(e, target, source, offset)
