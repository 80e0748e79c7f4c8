"""Subscripts as NumPy writes them: views, elements, stores."""

from __future__ import annotations

import ast
import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tilework.frontend import scalars, tensors
from tilework.frontend.emitter import Emitter
from tilework.frontend.expressions import evaluate
from tilework.frontend.values import (
    Extent,
    ScalarValue,
    TaskIdValue,
    TensorValue,
    extent_text,
    is_run_time,
    shape_text,
    type_text,
)
from tilework.language.dtypes import INDEX


@dataclass(frozen=True)
class Rectangle:
    """The part a subscript names; `dropped` dimensions were indexed by one number."""

    offsets: tuple[Extent, ...]
    sizes: tuple[Extent, ...]
    dropped: tuple[int, ...]

    @property
    def shape(self) -> tuple[Extent, ...]:
        """The extents that stay."""
        return tuple(size for dim, size in enumerate(self.sizes) if dim not in self.dropped)


def load(e: Emitter, node: ast.Subscript) -> Any:
    """The value of `base[...]`."""
    base = evaluate(e, node.value)
    if isinstance(base, TensorValue):
        rectangle = parse(e, base, node)
        if len(rectangle.dropped) == base.rank:
            return read_element(e, base, rectangle.offsets, ast.unparse(node.value))
        require_inside(e, base, rectangle, node, storing=False)
        return tensors.extract(
            e, base, rectangle.offsets, rectangle.sizes, dropped=rectangle.dropped
        )
    if is_run_time(base):
        e.fail(f"expects a tensor before '[', but got {type_text(base)}")
    return _python_item(e, base, node)


def _python_item(e: Emitter, base: Any, node: ast.Subscript) -> Any:
    if isinstance(node.slice, ast.Slice):
        bounds = [
            None if part is None else evaluate(e, part)
            for part in (node.slice.lower, node.slice.upper, node.slice.step)
        ]
        index: Any = slice(*bounds)
    else:
        index = evaluate(e, node.slice)
    if is_run_time(index):
        e.fail(
            f"expects a compile-time index of {type_text(base)}, but got {type_text(index)}",
            "a tensor, or pl.array.create(n, dtype), takes run-time indices",
        )
    try:
        return base[index]
    except (TypeError, IndexError, KeyError, AttributeError) as error:
        e.fail(f"expects an item of {type_text(base)}, but got: {error}")


def parse(e: Emitter, base: TensorValue, node: ast.Subscript) -> Rectangle:
    """The rectangle a subscript names, not yet checked against the extents."""
    items = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    if len(items) > base.rank:
        e.fail(
            f"expects at most {base.rank} subscripts for shape {shape_text(base.shape)}, "
            f"but got {len(items)}"
        )
    offsets: list[Extent] = []
    sizes: list[Extent] = []
    dropped: list[int] = []
    for dim, extent in enumerate(base.shape):
        item = items[dim] if dim < len(items) else None
        if item is None or isinstance(item, ast.Slice):
            offset, size = _range(e, item, extent)
        else:
            offset, size = _position(e, item), 1
            dropped.append(dim)
        offsets.append(offset)
        sizes.append(size)
    return Rectangle(tuple(offsets), tuple(sizes), tuple(dropped))


def _range(e: Emitter, item: ast.Slice | None, extent: Extent) -> tuple[Extent, Extent]:
    if item is None:
        return 0, extent
    if item.step is not None:
        e.fail(
            "expects a slice without a step, but got one",
            "tiles are dense: load the whole range",
            at=item.step,
        )
    lower = _position(e, item.lower) if item.lower else 0
    if item.upper is None:
        return lower, difference(e, extent, lower)
    size = difference(e, _position(e, item.upper), lower)
    if isinstance(size, int) and size < 1:
        e.fail(f"expects a slice of at least one element, but got {size}", at=item)
    return lower, size


def difference(e: Emitter, high: Extent, low: Extent) -> Extent:
    """high - low, a number where that cancels."""
    form = scalars.linear_of(high).minus(scalars.linear_of(low))
    if form.is_constant:
        return form.constant
    if low == 0:
        return high
    return scalars.binary(e, "-", high, low)


def _position(e: Emitter, node: ast.expr) -> Extent:
    value: Extent = evaluate(e, node)
    if isinstance(value, ScalarValue):
        if value.dtype != INDEX:
            e.fail(
                f"expects an INDEX in a subscript, but got {type_text(value)}",
                f"write pl.cast({ast.unparse(node)}, pl.INDEX)",
                at=node,
            )
        return value
    if isinstance(value, bool) or not isinstance(value, int):
        e.fail(f"expects a whole number in a subscript, but got {type_text(value)}", at=node)
    if value < 0:
        e.fail(f"expects a position counted from the start, but got {value}", at=node)
    return value


def read_element(
    e: Emitter, base: TensorValue, offsets: Sequence[Extent], what: str
) -> ScalarValue | TaskIdValue:
    """One element as a scalar."""
    require_element(e, base, offsets, what)
    operands = [base.value, *(e.index(offset) for offset in offsets)]
    kind = e.builder.type_of(base.dtype)
    value = e.builder.value("tensor.extract", operands, kind)
    return TaskIdValue(value) if base.is_array else e.unknown(value, base.dtype)


def write_element(
    e: Emitter, base: TensorValue, offsets: Sequence[Extent], value: Any, what: str
) -> TensorValue:
    """The tensor with one element replaced."""
    require_element(e, base, offsets, what)
    if base.is_array:
        if value is None:
            element = e.builder.value("task.none", [], e.builder.type_of(base.dtype))
        elif isinstance(value, TaskIdValue):
            element = value.value
        else:
            e.fail(f"expects a task id for '{what}', but got {type_text(value)}")
    else:
        element = scalars.materialize(e, value, base.dtype)
    operands = [element, base.value, *(e.index(offset) for offset in offsets)]
    made = e.builder.value("tensor.insert", operands, base.value.type)
    return TensorValue(made, base.dtype, base.shape, base.capacity, base.root)


def require_element(e: Emitter, base: TensorValue, offsets: Sequence[Extent], what: str) -> None:
    """Demands that one element is inside."""
    if len(offsets) != base.rank:
        e.fail(
            f"expects {base.rank} indices for shape {shape_text(base.shape)}, "
            f"but got {len(offsets)}"
        )
    for dim, offset in enumerate(offsets):
        tensors.require_in_bounds(e, f"the index of '{what}'", offset, 1, base.shape[dim], dim)


def require_inside(
    e: Emitter, base: TensorValue, rectangle: Rectangle, node: ast.Subscript, storing: bool
) -> None:
    """Demands that a rectangle is inside the tensor's valid extents."""
    what = f"'{ast.unparse(node)}'"
    for dim, (offset, size) in enumerate(zip(rectangle.offsets, rectangle.sizes, strict=True)):
        tensors.require_in_bounds(
            e,
            what,
            offset,
            size,
            base.shape[dim],
            dim,
            functools.partial(_tail_hint, base, rectangle, node, dim, storing),
        )


def _tail_hint(
    base: TensorValue,
    rectangle: Rectangle,
    node: ast.Subscript,
    dim: int,
    storing: bool,
) -> str:
    extent, size = base.shape[dim], rectangle.sizes[dim]
    if isinstance(rectangle.offsets[dim], int) or rectangle.dropped:
        return ""
    items = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    starts = [
        ast.unparse(item.lower) if isinstance(item, ast.Slice) and item.lower else "0"
        for item in items
    ] + ["0"] * (base.rank - len(items))
    sizes = [extent_text(size) for size in rectangle.sizes]
    tail = f"pl.min({sizes[dim]}, {extent_text(extent)} - {starts[dim]})"
    valid = [tail if d == dim else text for d, text in enumerate(sizes)]
    shape, offset, valid_shape = (f"[{', '.join(part)}]" for part in (sizes, starts, valid))
    fact = f"{extent_text(size)} does not divide {extent_text(extent)}; "
    whole = "" if not isinstance(extent, int) or not isinstance(size, int) else fact
    name = ast.unparse(node.value)
    if storing:
        zeros = "[" + ", ".join("0" for _ in sizes) + "]"
        return (
            f"{whole}write {name} = pl.assemble({name}, pl.slice(value, {shape}, {zeros}, "
            f"valid_shape={valid_shape}), {offset})"
        )
    return f"{whole}write pl.slice({name}, {shape}, {offset}, valid_shape={valid_shape})"


def store(e: Emitter, node: ast.Subscript, value: Any) -> TensorValue:
    """The new value of the base of `base[...] = value`."""
    base = evaluate(e, node.value)
    if not isinstance(base, TensorValue):
        e.fail(f"expects a tensor before '[', but got {type_text(base)}", at=node.value)
    rectangle = parse(e, base, node)
    if len(rectangle.dropped) == base.rank:
        return write_element(e, base, rectangle.offsets, value, ast.unparse(node.value))
    if not isinstance(value, TensorValue):
        e.fail(
            f"expects a tensor to store, but got {type_text(value)}",
            f"write pl.full({shape_text(rectangle.shape)}, dtype=pl.{base.dtype}, value=...)",
        )
    return write(e, base, rectangle, value, node)


def write(
    e: Emitter, base: TensorValue, rectangle: Rectangle, value: TensorValue, node: ast.Subscript
) -> TensorValue:
    """Stores a tile; of a partly valid one, the valid part."""
    if value.dtype != base.dtype:
        e.fail(
            f"expects a tensor {base.dtype} to store, but got {value.dtype}",
            f'write pl.cast(value, pl.{base.dtype}, mode="rint")',
        )
    held = tensors.storage(value)
    shape = rectangle.shape
    if len(held) != len(shape) or not all(map(_may_hold, shape, held)):
        e.fail(f"expects a tensor {shape_text(shape)} to store, but got {shape_text(held)}")
    kept = iter(value.shape)
    sizes = tuple(1 if dim in rectangle.dropped else next(kept) for dim in range(base.rank))
    for dim, (have, want) in enumerate(zip(sizes, rectangle.sizes, strict=True)):
        if not isinstance(want, int):
            tensors.require_equal(e, have, want, dim)
    part = Rectangle(rectangle.offsets, sizes, rectangle.dropped)
    require_inside(e, base, part, node, storing=True)
    return tensors.insert(e, base, value, rectangle.offsets, rectangle.dropped)


def _may_hold(want: Extent, have: Extent) -> bool:
    """Run-time sizes are compared when the program runs."""
    return not isinstance(want, int) or tensors.same_extent(want, have)
