"""Making tensors, and the checked reading and writing of their parts."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence

from tilework_mlir import ir

from tilework.frontend import bounds
from tilework.frontend.builder import DYNAMIC
from tilework.frontend.emitter import Emitter
from tilework.frontend.scalars import linear_of
from tilework.frontend.values import Extent, ScalarValue, TensorValue, extent_text
from tilework.language.dtypes import INDEX, DType

Place = ast.AST | str | None
Hint = Callable[[], str]


def static(extent: Extent) -> int | None:
    """The extent, where it is known at compile time."""
    if isinstance(extent, int):
        return extent
    return extent.linear.constant if extent.linear.is_constant else None


def normalized(extents: Sequence[Extent]) -> tuple[Extent, ...]:
    """The same extents, those known at compile time as Python integers."""
    known = [static(extent) for extent in extents]
    return tuple(e if k is None else k for e, k in zip(extents, known, strict=True))


def tensor_type(
    e: Emitter, shape: Sequence[Extent], dtype: DType, capacity: Sequence[int] | None
) -> ir.Type:
    """The IR type of a tensor with these valid extents."""
    return e.builder.tensor_type([static(extent) for extent in shape], dtype, capacity)


def make(
    e: Emitter,
    name: str,
    operands: Sequence[ir.Value],
    shape: Sequence[Extent],
    dtype: DType,
    capacity: Sequence[int] | None = None,
    attributes: Mapping[str, ir.Attribute] | None = None,
) -> TensorValue:
    """An operation whose result is a new tensor."""
    shape = normalized(shape)
    kept = tuple(capacity) if capacity is not None else None
    if kept is not None and kept == tuple(shape):
        kept = None
    result = tensor_type(e, shape, dtype, kept)
    value = e.builder.value(name, operands, result, attributes)
    return TensorValue(value, dtype, tuple(shape), kept)


def dynamic_sizes(e: Emitter, shape: Sequence[Extent]) -> list[ir.Value]:
    """The extents that are known at run time only, as operands."""
    return [e.index(extent) for extent in shape if static(extent) is None]


def storage(tensor: TensorValue) -> tuple[Extent, ...]:
    """The full extents of a tensor, valid or not."""
    return tensor.capacity if tensor.capacity is not None else tensor.shape


def from_block(e: Emitter, value: ir.Value, like: TensorValue) -> TensorValue:
    """A block argument or a result that stands for `like`; its run-time extents are read anew,
    unless its storage has always had them."""
    shape: list[Extent] = list(like.root.shape or ())
    if like.capacity is not None or not shape:
        shape = [
            extent if isinstance(extent, int) else dim_of(e, value, dim, like)
            for dim, extent in enumerate(like.shape)
        ]
    return TensorValue(value, like.dtype, tuple(shape), like.capacity, like.root)


def dim_of(e: Emitter, value: ir.Value, dim: int, like: TensorValue) -> ScalarValue:
    """The run-time extent of one dimension."""
    position = e.builder.constant(dim, INDEX)
    made = e.builder.value("tensor.dim", [value, position], e.builder.index)
    capacity = like.capacity[dim] if like.capacity else None
    return e.unknown(made, INDEX, bounds.Atom(0, capacity))


# Checks.


def same_extent(lhs: Extent, rhs: Extent) -> bool:
    """True when two extents are provably equal."""
    return linear_of(lhs).minus(linear_of(rhs)) == bounds.Linear()


def require_equal(e: Emitter, lhs: Extent, rhs: Extent, dim: int) -> None:
    """Demands at run time that two extents agree, where that is not provable."""
    if not same_extent(lhs, rhs):
        check(e, "equal", [lhs, rhs], dim)


def check(e: Emitter, kind: str, values: Sequence[Extent], dim: int) -> None:
    """A demand at run time."""
    attributes = {"kind": e.builder.case("check", kind), "dim": e.builder.i64(dim)}
    e.builder.op("tile.check", [e.index(value) for value in values], [], attributes)


def require_in_bounds(
    e: Emitter,
    what: str,
    offset: Extent,
    size: Extent,
    extent: Extent,
    dim: int,
    hint: Hint = str,
    at: Place = None,
) -> None:
    """Demands 0 <= offset and offset + size <= extent: by proof, by refusal, or at run time."""
    start = linear_of(offset)
    excess = start.plus(linear_of(size)).minus(linear_of(extent))
    before = start.times(-1)
    for form in (excess, before):
        found = _refuted(e, form)
        if found is not None:
            at_values = bounds.extreme_values(form)
            first = _value_at(start, form)
            last = first + _value_at(linear_of(size), form)
            where = "".join(f" at {name} = {value}" for name, value in at_values.items())
            e.fail(
                f"expects {what} to stay within dim {dim} of size {extent_text(extent)}, "
                f"but got {first}:{last}{where}",
                hint(),
                at=at,
            )
    demands = (excess, before, linear_of(size).times(-1))
    if not all(bounds.is_at_most_zero(form, e.facts) for form in demands):
        check(e, "in_bounds", [offset, size, extent], dim)
        e.facts.extend(demands)  # for what follows in this block


def require_at_most(e: Emitter, valid: Extent, size: int, dim: int, at: Place = None) -> None:
    """Demands 0 <= valid <= size for a valid extent."""
    excess = linear_of(valid).plus(bounds.Linear(-size))
    negative = linear_of(valid).times(-1)
    if _refuted(e, excess) is not None or _refuted(e, negative) is not None:
        e.fail(
            f"expects valid extents within the shape ({size} along dim {dim}), "
            f"but got {extent_text(valid)}",
            f"write pl.min({size}, ...) around it",
            at=at,
        )
    if not all(bounds.is_at_most_zero(form, e.facts) for form in (excess, negative)):
        check(e, "at_most", [valid, size], dim)
        e.facts.extend((excess, negative))


def _refuted(e: Emitter, form: bounds.Linear) -> int | None:
    """A positive value the form takes for certain, if there is one."""
    attained = bounds.attained_highest(form, e.condition_depth)
    if form.is_constant:
        attained = form.constant
    if attained is not None and attained > 0:
        return attained
    always = bounds.lowest(form)
    return always if always is not None and always > 0 else None


def _value_at(linear: bounds.Linear, form: bounds.Linear) -> int:
    """The value of a form where another form is largest; the nearest bound where unknown."""
    signs = dict(form.terms)
    total = linear.constant
    for atom, coefficient in linear.terms:
        upward = signs.get(atom, coefficient) > 0
        chosen = atom.highest if upward else atom.lowest
        total += coefficient * (chosen if chosen is not None else 0)
    return total


# Parts.


def extract(
    e: Emitter,
    tensor: TensorValue,
    offsets: Sequence[Extent],
    sizes: Sequence[Extent],
    capacity: Sequence[int] | None = None,
    dropped: Sequence[int] = (),
) -> TensorValue:
    """The part of a tensor at these offsets; `dropped` dimensions have size 1 and vanish."""
    sizes = normalized(sizes)
    if capacity is None:
        capacity = _capacity_of(tensor, sizes)
    kept = [dim for dim in range(len(sizes)) if dim not in dropped]
    shape = tuple(sizes[dim] for dim in kept)
    kept_capacity = tuple(capacity[dim] for dim in kept) if capacity is not None else None
    operands, attributes = _geometry(e, [tensor.value], normalized(offsets), sizes)
    return make(e, "tensor.extract_slice", operands, shape, tensor.dtype, kept_capacity, attributes)


def _capacity_of(tensor: TensorValue, sizes: Sequence[Extent]) -> tuple[int, ...] | None:
    found: list[int] = []
    for dim, size in enumerate(sizes):
        if isinstance(size, int):
            found.append(size)
            continue
        known = bounds.highest(size.linear)
        if tensor.capacity is not None:
            known = tensor.capacity[dim] if known is None else min(known, tensor.capacity[dim])
        if known is None or known < 1:
            return None
        found.append(known)
    return tuple(found)


def insert(
    e: Emitter,
    target: TensorValue,
    source: TensorValue,
    offsets: Sequence[Extent],
    dropped: Sequence[int] = (),
) -> TensorValue:
    """The target with the source's valid part written at these offsets."""
    kept = iter(source.shape)
    sizes = [1 if dim in dropped else next(kept) for dim in range(target.rank)]
    operands, attributes = _geometry(
        e, [source.value, target.value], normalized(offsets), normalized(sizes)
    )
    value = e.builder.value("tensor.insert_slice", operands, target.value.type, attributes)
    return TensorValue(value, target.dtype, target.shape, target.capacity, target.root)


def _geometry(
    e: Emitter, first: list[ir.Value], offsets: Sequence[Extent], sizes: Sequence[Extent]
) -> tuple[list[ir.Value], dict[str, ir.Attribute]]:
    run_time_offsets = dynamic_sizes(e, offsets)
    run_time_sizes = dynamic_sizes(e, sizes)
    segments = [1] * len(first) + [len(run_time_offsets), len(run_time_sizes), 0]
    attributes = {
        "operandSegmentSizes": e.builder.i32_array(segments),
        "static_offsets": e.builder.i64_array(_static_or_dynamic(offsets)),
        "static_sizes": e.builder.i64_array(_static_or_dynamic(sizes)),
        "static_strides": e.builder.i64_array([1] * len(sizes)),
    }
    return [*first, *run_time_offsets, *run_time_sizes], attributes


def _static_or_dynamic(extents: Sequence[Extent]) -> list[int]:
    return [extent if isinstance(extent, int) else DYNAMIC for extent in extents]
