"""Reductions of rows and columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tilework.frontend.values import Extent, TensorValue
from tilework.language.construct import construct, construct_of
from tilework.language.dtypes import INT32, DType
from tilework.language.kinds import AnyArg, TensorArg
from tilework.language.operands import require_matrix, require_number

if TYPE_CHECKING:
    from tilework.frontend.emitter import Emitter


def _reduce(
    e: Emitter,
    operation: str,
    enumeration: str,
    kind: str,
    input: TensorValue,
    dim: int,
    dtype: DType,
) -> TensorValue:
    from tilework.frontend.tensors import make

    require_matrix(e, input, "input")
    shape: list[Extent] = list(input.shape)
    shape[dim] = 1
    capacity = None
    if input.capacity is not None:
        capacity = [1 if d == dim else extent for d, extent in enumerate(input.capacity)]
    attributes = {"kind": e.builder.case(enumeration, kind), "dim": e.builder.i64(dim)}
    return make(e, operation, [input.value], shape, dtype, capacity, attributes)


def _reduction(axis: str, kind: str) -> Any:
    dim = 1 if axis == "row" else 0

    def emit(e: Emitter, input: TensorArg, tmp_tile: AnyArg = None) -> TensorValue:
        require_number(e, input, "input")
        return _reduce(e, "tile.reduce", "reduce", kind, input, dim, input.dtype)

    result = "[R, 1]" if axis == "row" else "[1, C]"
    text = f"The {kind} of each {axis}, as {result}. `tmp_tile` is not needed."
    return construct("reductions", name=f"{axis}_{kind}", doc=text)(emit)


def _arg_reduction(axis: str, kind: str) -> Any:
    dim = 1 if axis == "row" else 0

    def emit(e: Emitter, input: TensorArg, tmp_tile: AnyArg = None) -> TensorValue:
        return _reduce(e, "tile.arg_reduce", "arg_reduce", kind, input, dim, INT32)

    text = f"The first position of the {kind[3:]} of each {axis}, as INT32."
    return construct("reductions", name=f"{axis}_{kind}", doc=text)(emit)


row_sum = _reduction("row", "sum")
row_max = _reduction("row", "max")
row_min = _reduction("row", "min")
row_prod = _reduction("row", "prod")
col_sum = _reduction("col", "sum")
col_max = _reduction("col", "max")
col_min = _reduction("col", "min")
col_prod = _reduction("col", "prod")
row_argmax = _arg_reduction("row", "argmax")
row_argmin = _arg_reduction("row", "argmin")
col_argmax = _arg_reduction("col", "argmax")
col_argmin = _arg_reduction("col", "argmin")

__all__ = [name for name, value in list(globals().items()) if construct_of(value)]
