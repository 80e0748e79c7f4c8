"""What stands behind the colon of a parameter: tensors, scalars, directions, dynamic extents."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tilework.errors import LanguageError
from tilework.language.dtypes import DTYPES, TASK_ID, DType


@dataclass(frozen=True)
class DynVar:
    """A dimension whose extent is known at the call only; equal names are equal extents."""

    name: str

    def __str__(self) -> str:
        return self.name


def dynamic(name: str) -> DynVar:
    """A dynamic extent for annotations; the body reads it by `pl.tensor.dim`."""
    return DynVar(name)


@dataclass(frozen=True)
class TensorSpec:
    """A tensor parameter: extents and element type, or None for both when the call decides."""

    shape: tuple[int | DynVar, ...] | None = None
    dtype: DType | None = None


@dataclass(frozen=True)
class ScalarSpec:
    """A scalar parameter whose value is known at the call only."""

    dtype: DType


@dataclass(frozen=True)
class ArraySpec:
    """An array of scalars or task ids: a parameter of inline functions."""

    extent: int
    dtype: DType


@dataclass(frozen=True)
class DirectedSpec:
    """A tensor parameter the function writes: `direction` is "out" or "inout"."""

    spec: TensorSpec
    direction: str


def _dtype(value: Any, where: str) -> DType:
    if isinstance(value, DType) and value.mlir:
        return value
    raise LanguageError.at_definition(
        f"{where} expects an element type such as pl.FP32, but got {value!r}",
        hint="one of " + ", ".join(f"pl.{n}" for n, d in DTYPES.items() if d.mlir),
    )


@dataclass(frozen=True)
class _TensorAnnotation(TensorSpec):
    """`pl.Tensor`, and by subscript `pl.Tensor[[16, 128], pl.BF16]`."""

    name: str = field(default="Tensor", compare=False)

    def __getitem__(self, item: Any) -> TensorSpec:
        if not isinstance(item, tuple) or len(item) != 2:
            raise LanguageError.at_definition(
                f"pl.{self.name}[...] expects a list of extents and an element type, "
                f"but got {item!r}",
                hint=f"pl.{self.name}[[16, 128], pl.FP32]; layouts and views are the compiler's",
            )
        extents, dtype = item
        shape = tuple(extents) if isinstance(extents, (list, tuple)) else (extents,)
        for extent in shape:
            if isinstance(extent, bool) or not isinstance(extent, (int, DynVar)):
                raise LanguageError.at_definition(
                    f"pl.{self.name}[...] expects extents that are whole numbers or pl.dynamic, "
                    f"but got {extent!r}"
                )
            if isinstance(extent, int) and extent < 1:
                raise LanguageError.at_definition(
                    f"pl.{self.name}[...] expects extents of at least 1, but got {extent}"
                )
        return TensorSpec(shape, _dtype(dtype, f"pl.{self.name}[...]"))


class _ScalarAnnotation:
    """`pl.Scalar[pl.INT32]`: a run-time value.

    Python's operators keep its type: whole numbers wrap. A divisor of `//` and `%` has to be
    positive, else the program is refused or stops at that line; a shift by an amount that is not
    from 0 to the width less 1 leaves nothing, or the sign.
    """

    def __getitem__(self, dtype: Any) -> ScalarSpec:
        return ScalarSpec(_dtype(dtype, "pl.Scalar[...]"))


class _ArrayAnnotation:
    """`pl.Array[8, pl.TASK_ID]`."""

    def __getitem__(self, item: Any) -> ArraySpec:
        extent, dtype = item
        return ArraySpec(extent, _dtype(dtype, "pl.Array[...]"))


class _TupleAnnotation:
    """`pl.Tuple[...]`: what a function with several results returns."""

    def __getitem__(self, item: Any) -> tuple[Any, ...]:
        return item if isinstance(item, tuple) else (item,)


class _DirectionAnnotation:
    """`pl.Out[...]` and `pl.InOut[...]`."""

    def __init__(self, name: str, direction: str):
        self.name = name
        self.direction = direction

    def __getitem__(self, spec: Any) -> DirectedSpec:
        if not isinstance(spec, TensorSpec):
            raise LanguageError.at_definition(
                f"pl.{self.name}[...] expects a tensor, but got {spec!r}",
                hint=f"pl.{self.name}[pl.Tensor[[16, 128], pl.FP32]]",
            )
        return DirectedSpec(TensorSpec(spec.shape, spec.dtype), self.direction)


Tensor = _TensorAnnotation()
Tile = _TensorAnnotation(name="Tile")
Scalar = _ScalarAnnotation()
Array = _ArrayAnnotation()
Tuple = _TupleAnnotation()
Out = _DirectionAnnotation("Out", "out")
InOut = _DirectionAnnotation("InOut", "inout")
TaskId = ScalarSpec(TASK_ID)
