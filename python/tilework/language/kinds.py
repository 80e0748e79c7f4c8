"""What a parameter of an operation takes, as annotations: `offset: IndicesArg`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Any

from tilework.frontend.values import ScalarValue, TensorValue, is_number
from tilework.language.dtypes import INDEX, DType
from tilework.language.enums import Level, PadValue, ScopeMode, SplitMode


class NotOfKind(Exception):
    """The value is not what the parameter takes; the text is a hint, or empty."""


@dataclass(frozen=True)
class Kind:
    """How a message names what is expected, and the conversion that checks it."""

    expects: str
    convert: Callable[[Any], Any]


def _instance(expects: str, *types: type) -> Kind:
    def convert(value: Any) -> Any:
        if not isinstance(value, types):
            raise NotOfKind
        return value

    return Kind(expects, convert)


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _tensor(value: Any) -> Any:
    if not isinstance(value, TensorValue) or value.is_array:
        raise NotOfKind
    return value


def _operand(value: Any) -> Any:
    if isinstance(value, TensorValue) and value.is_array:
        raise NotOfKind
    if not isinstance(value, (TensorValue, ScalarValue)) and not is_number(value):
        raise NotOfKind
    return value


def _scalar(value: Any) -> Any:
    if not isinstance(value, ScalarValue) and not is_number(value):
        raise NotOfKind
    return value


def _index(value: Any) -> Any:
    if isinstance(value, ScalarValue):
        if value.dtype != INDEX:
            raise NotOfKind("write pl.cast(value, pl.INDEX)")
    elif not _whole(value):
        raise NotOfKind
    return value


def _indices(value: Any) -> Any:
    items = value if isinstance(value, (list, tuple)) else [value]
    return tuple(_index(item) for item in items)


def _shape(value: Any) -> Any:
    if not isinstance(value, (list, tuple)):
        raise NotOfKind("write a list of extents, [16, 128]")
    for item in value:
        if _whole(item) and item < 1:
            raise NotOfKind("extents are at least 1")
    return tuple(_index(item) for item in value)


def _list(value: Any) -> Any:
    if not isinstance(value, (list, tuple)):
        raise NotOfKind("write a list: [a, b]")
    return value


def _dependences(value: Any) -> Any:
    return value if isinstance(value, (list, tuple)) else [value]


def _static_shape(value: Any) -> Any:
    if not isinstance(value, (list, tuple)) or not all(_whole(item) for item in value):
        raise NotOfKind("these extents are known at compile time: write numbers or constants")
    return _shape(value)


def _dtype(value: Any) -> Any:
    if not isinstance(value, DType):
        raise NotOfKind("write pl.FP32 or another element type")
    if not value.mlir:
        raise NotOfKind(f"this compiler has no {value}")
    return value


def _number_type(value: Any) -> Any:
    if _dtype(value).kind == "task_id":
        raise NotOfKind("task ids stand in arrays only: pl.array.create(n, pl.TASK_ID)")
    return value


def _element_type(value: Any) -> Any:
    if _number_type(value).kind == "index":
        raise NotOfKind("elements in memory have a size: write pl.INT32 or pl.INT64")
    return value


def _static_int(value: Any) -> Any:
    if not _whole(value):
        raise NotOfKind
    return value


def _flag(value: Any) -> Any:
    if not isinstance(value, bool):
        raise NotOfKind("write True or False")
    return value


def _number(value: Any) -> Any:
    if not is_number(value):
        raise NotOfKind
    return value


def _pad(value: Any) -> Any:
    if value is PadValue.null or not (isinstance(value, PadValue) or is_number(value)):
        raise NotOfKind
    return value


def _enum(expects: str, kind: type[Enum]) -> Kind:
    return _instance(expects, kind)


TensorArg = Annotated[TensorValue, Kind("a tensor", _tensor)]
OperandArg = Annotated[
    TensorValue | ScalarValue | int | float, Kind("a tensor or a number", _operand)
]
ScalarArg = Annotated[ScalarValue | int | float, Kind("a scalar", _scalar)]
IndexArg = Annotated[ScalarValue | int, Kind("a whole number (INDEX)", _index)]
IndicesArg = Annotated[
    tuple[ScalarValue | int, ...], Kind("a list of whole numbers (INDEX)", _indices)
]
ShapeArg = Annotated[tuple[ScalarValue | int, ...], Kind("a list of extents", _shape)]
StaticShapeArg = Annotated[tuple[int, ...], Kind("a list of static extents", _static_shape)]
DTypeArg = Annotated[DType, Kind("a type of numbers", _number_type)]
ElementTypeArg = Annotated[DType, Kind("an element type", _element_type)]
AnyTypeArg = Annotated[DType, Kind("an element type", _dtype)]
IntArg = Annotated[int, Kind("a compile-time whole number", _static_int)]
FlagArg = Annotated[bool, Kind("a compile-time truth value", _flag)]
NumberArg = Annotated[int | float, Kind("a compile-time number", _number)]
TextArg = Annotated[str, Kind("a string", _instance("", str).convert)]
PadArg = Annotated[PadValue | int | float, Kind("pl.PadValue.zero, .min, .max or a number", _pad)]
LevelArg = Annotated[Level, _enum("a level such as pl.Level.CORE_GROUP", Level)]
ScopeModeArg = Annotated[ScopeMode, _enum("a mode such as pl.ScopeMode.MANUAL", ScopeMode)]
SplitArg = Annotated[SplitMode, _enum("a split such as pl.SplitMode.UP_DOWN", SplitMode)]
ListArg = Annotated[list[Any] | tuple[Any, ...], Kind("a list", _list)]
DependencesArg = Annotated[Any, Kind("task ids, arrays of them, or a list", _dependences)]
AnyArg = Annotated[Any, Kind("a value", lambda value: value)]
