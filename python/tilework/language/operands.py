"""Checks that emitters of several groups share: element types, shapes, scalar operands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tilework.frontend.values import ScalarValue, TensorValue, shape_text, type_text
from tilework.language.dtypes import DType

if TYPE_CHECKING:
    from tilework_mlir import ir

    from tilework.frontend.emitter import Emitter


def like(
    e: Emitter,
    name: str,
    operands: list[ir.Value],
    tensor: TensorValue,
    dtype: DType | None = None,
    attributes: Mapping[str, ir.Attribute] | None = None,
) -> TensorValue:
    """An operation whose result has the extents of `tensor`."""
    from tilework.frontend.tensors import make

    kind = dtype or tensor.dtype
    return make(e, name, operands, tensor.shape, kind, tensor.capacity, attributes)


def require_float(e: Emitter, tensor: TensorValue, at: str) -> None:
    """Refuses tensors of whole numbers."""
    if not tensor.dtype.is_float:
        e.fail(
            f"expects '{at}' to have a float type, but got {tensor.dtype}",
            "write pl.cast(value, pl.FP32)",
            at=at,
        )


def require_integer(e: Emitter, tensor: TensorValue, at: str) -> None:
    """Refuses tensors that are not of whole numbers."""
    if not tensor.dtype.is_integer:
        e.fail(f"expects '{at}' to have an integer type, but got {tensor.dtype}", at=at)


def require_bits(e: Emitter, tensor: TensorValue, at: str) -> None:
    """Refuses tensors that are neither of whole numbers nor of truth values."""
    if tensor.dtype.kind != "bool":
        require_integer(e, tensor, at)


def require_number(e: Emitter, tensor: TensorValue, at: str) -> None:
    """Refuses tensors of truth values."""
    if tensor.dtype.kind == "bool":
        e.fail(
            f"expects '{at}' to have a type of numbers, but got {tensor.dtype}",
            "write pl.cast(value, pl.INT32), or pl.and_, pl.or_, pl.xor, pl.not_",
            at=at,
        )


def require_matrix(e: Emitter, tensor: TensorValue, at: str) -> None:
    """Refuses tensors that do not have two dimensions."""
    if tensor.rank != 2:
        e.fail(
            f"expects '{at}' to have 2 dimensions, but got shape {shape_text(tensor.shape)}",
            "write pl.reshape(value, [rows, columns])",
            at=at,
        )


def require_same_dtype(
    e: Emitter, lhs: TensorValue, rhs: TensorValue, names: str = "lhs rhs"
) -> None:
    """Nothing is promoted implicitly."""
    first, second = names.split()
    if lhs.dtype != rhs.dtype:
        e.fail(
            f"expects '{second}' to have the element type of '{first}', {lhs.dtype}, "
            f"but got {rhs.dtype}",
            f"write pl.cast(value, pl.{lhs.dtype})",
            at=second,
        )


def require_shape(
    e: Emitter,
    lhs: TensorValue,
    rhs: TensorValue,
    expanded: int | None = None,
    names: str = "lhs rhs",
) -> None:
    """Equal extents, but for the `expanded` dimension, where `rhs` has 1."""
    from tilework.frontend.tensors import require_equal, static

    first, second = names.split()
    wanted = list(lhs.shape)
    if expanded is not None:
        require_matrix(e, lhs, first)
        wanted[expanded] = 1
    mixed = lhs.rank != rhs.rank or any(
        (static(a) is None) != (static(b) is None) or (static(a) != static(b))
        for a, b in zip(wanted, rhs.shape, strict=False)
    )
    if mixed:
        e.fail(
            f"expects '{second}' to have shape {shape_text(wanted)} to go with '{first}', "
            f"but got {shape_text(rhs.shape)}",
            _shape_hint(lhs, rhs, expanded),
            at=second,
        )
    for dim, (a, b) in enumerate(zip(wanted, rhs.shape, strict=True)):
        require_equal(e, a, b, dim)


def _shape_hint(lhs: TensorValue, rhs: TensorValue, expanded: int | None) -> str:
    if lhs.capacity is not None or rhs.capacity is not None:
        return "write pl.fillpad(value) to make a partly valid tile full"
    if expanded is None and lhs.rank == rhs.rank == 2:
        if rhs.shape[1] == 1 and lhs.shape[0] == rhs.shape[0]:
            return "nothing is broadcast: write pl.row_expand_add, row_expand_mul, ..."
        if rhs.shape[0] == 1 and lhs.shape[1] == rhs.shape[1]:
            return "nothing is broadcast: write pl.col_expand_add, col_expand_mul, ..."
    return ""


def element(e: Emitter, value: Any, dtype: DType, at: str) -> ir.Value:
    """A scalar operand in the element type."""
    from tilework.frontend.scalars import materialize

    if isinstance(value, TensorValue):
        e.fail(f"expects '{at}' to be a scalar, but got {type_text(value)}", at=at)
    if isinstance(value, ScalarValue) and value.dtype != dtype:
        e.fail(
            f"expects '{at}' to be a scalar {dtype}, but got {value.dtype}",
            f"write pl.cast(value, pl.{dtype})",
            at=at,
        )
    return materialize(e, value, dtype, at)
