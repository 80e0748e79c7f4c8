"""Binding a call's arguments: what is decided at compile time, and what is passed at run time."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tilework.errors import ArgumentError
from tilework.language.annotations import (
    ArraySpec,
    DirectedSpec,
    DynVar,
    ScalarSpec,
    TensorSpec,
)
from tilework.language.dtypes import BOOL, DType, from_array_name
from tilework.language.jit import JitFunction


@dataclass(frozen=True)
class TensorKey:
    """A tensor parameter; a name stands for an extent that is known at run time only."""

    shape: tuple[int | str, ...]
    dtype: DType


@dataclass(frozen=True)
class ScalarKey:
    """A run-time scalar parameter."""

    dtype: DType


@dataclass(frozen=True)
class ConstantKey:
    """A parameter that is a compile-time value."""

    value: Any


@dataclass(frozen=True)
class Specialisation:
    """What the arguments decide at compile time, by parameter; hashable."""

    parameters: tuple[tuple[str, TensorKey | ScalarKey | ConstantKey], ...]


@dataclass(frozen=True)
class BoundCall:
    """A call: its specialisation, and the run-time arguments in parameter order."""

    specialisation: Specialisation
    arguments: tuple[Any, ...]


def bind(
    function: JitFunction, positional: Sequence[Any], keywords: Mapping[str, Any]
) -> BoundCall:
    """Checks and classifies arguments. Raises ArgumentError naming what was expected."""
    try:
        bound = function.signature.bind(*positional, **keywords)
    except TypeError as error:
        usage = f"{function.__name__}({', '.join(function.signature.parameters)})"
        raise ArgumentError(f"expects {usage}, but got {error}") from None
    bound.apply_defaults()
    keys: list[tuple[str, TensorKey | ScalarKey | ConstantKey]] = []
    passed = []
    extents: dict[str, tuple[int, str]] = {}
    for name, value in bound.arguments.items():
        key = _key(function, name, value, extents)
        keys.append((name, key))
        if not isinstance(key, ConstantKey):
            passed.append(value)
    return BoundCall(Specialisation(tuple(keys)), tuple(passed))


def annotated(function: JitFunction) -> Specialisation:
    """The specialisation that annotations alone decide. Raises ArgumentError where they do not."""
    keys: list[tuple[str, TensorKey | ScalarKey | ConstantKey]] = []
    for name, annotation in function.annotations.items():
        spec = annotation.spec if isinstance(annotation, DirectedSpec) else annotation
        if isinstance(spec, TensorSpec) and spec.shape is not None and spec.dtype is not None:
            keys.append((name, TensorKey(tuple(_extent_key(x) for x in spec.shape), spec.dtype)))
        elif isinstance(spec, ScalarSpec):
            keys.append((name, ScalarKey(spec.dtype)))
        else:
            raise ArgumentError(
                f"expects an argument for '{name}' of {function.__name__}, whose annotation does "
                "not say its shape and element type, but got none"
            )
    return Specialisation(tuple(keys))


def _extent_key(extent: int | DynVar) -> int | str:
    return extent.name if isinstance(extent, DynVar) else extent


def _key(
    function: JitFunction, name: str, value: Any, extents: dict[str, tuple[int, str]]
) -> TensorKey | ScalarKey | ConstantKey:
    annotation = function.annotations[name]
    directed = isinstance(annotation, DirectedSpec)
    spec = annotation.spec if isinstance(annotation, DirectedSpec) else annotation
    where = f"argument '{name}' of {function.__name__}"
    if isinstance(spec, ScalarSpec):
        return _scalar_key(where, spec, value)
    is_array = hasattr(value, "shape") and hasattr(value, "dtype")
    if isinstance(spec, TensorSpec) or (is_array and spec is inspect.Parameter.empty):
        expected = spec if isinstance(spec, TensorSpec) else TensorSpec()
        return _tensor_key(where, expected, value, extents, directed)
    if isinstance(spec, ArraySpec) or is_array:
        raise ArgumentError(f"{where} expects {spec}, but got {_described(value)}")
    try:
        hash(value)
    except TypeError:
        raise ArgumentError(
            f"{where} expects an array or a compile-time constant, but got {_described(value)}"
        ) from None
    return ConstantKey(value)


def _scalar_key(where: str, spec: ScalarSpec, value: Any) -> ScalarKey:
    kind = spec.dtype.kind
    fits = isinstance(value, bool) if kind == "bool" else not isinstance(value, bool)
    number = getattr(value, "item", lambda: value)() if not hasattr(value, "__len__") else value
    fits = fits and isinstance(number, (int, float) if spec.dtype.is_float else int)
    if not fits and not (spec.dtype == BOOL and isinstance(number, bool)):
        raise ArgumentError(f"{where} expects a scalar {spec.dtype}, but got {_described(value)}")
    return ScalarKey(spec.dtype)


def _tensor_key(
    where: str, spec: TensorSpec, value: Any, extents: dict[str, tuple[int, str]], written: bool
) -> TensorKey:
    if not (hasattr(value, "shape") and hasattr(value, "dtype")):
        raise ArgumentError(
            f"{where} expects a NumPy array or a PyTorch tensor, but got {_described(value)}"
        )
    shape = tuple(int(extent) for extent in value.shape)
    dtype = from_array_name(str(value.dtype))
    if dtype is None:
        raise ArgumentError(
            f"{where} expects an element type of the language, but got {value.dtype}"
        )
    if spec.dtype is not None and dtype != spec.dtype:
        raise ArgumentError(
            f"{where} expects element type {spec.dtype}, but got {dtype}; convert the array"
        )
    wanted = spec.shape if spec.shape is not None else shape
    _check_shape(where, wanted, shape, extents)
    _check_memory(where, value, written)
    return TensorKey(tuple(_extent_key(extent) for extent in wanted), dtype)


def _check_shape(
    where: str,
    wanted: Sequence[int | DynVar],
    shape: tuple[int, ...],
    extents: dict[str, tuple[int, str]],
) -> None:
    agrees = len(wanted) == len(shape) and all(
        isinstance(want, DynVar) or want == have for want, have in zip(wanted, shape, strict=False)
    )
    if not agrees:
        listed = ", ".join(str(extent) for extent in wanted)
        raise ArgumentError(f"{where} expects shape [{listed}], but got {list(shape)}")
    if not 1 <= len(shape) <= 4 or 0 in shape:
        raise ArgumentError(
            f"{where} expects 1 to 4 dimensions of at least 1 element, but got {list(shape)}"
        )
    for want, have in zip(wanted, shape, strict=True):
        if isinstance(want, DynVar):
            known, first = extents.setdefault(want.name, (have, where))
            if known != have:
                raise ArgumentError(
                    f"{where} expects {want} to be {known}, as in {first}, but got {have}"
                )


def _check_memory(where: str, value: Any, written: bool) -> None:
    device = str(getattr(value, "device", "cpu"))
    if device.split(":")[0] not in ("cpu", "meta"):
        raise ArgumentError(
            f"{where} expects an array on the host, but got device {device}; move it with .cpu()"
        )
    if hasattr(value, "is_contiguous"):
        contiguous = value.is_contiguous()
    else:
        contiguous = value.flags.c_contiguous
    if not contiguous:
        raise ArgumentError(
            f"{where} expects a contiguous array, but got strides {_strides(value)}; "
            "pass a contiguous copy"
        )
    if written and hasattr(value, "flags") and not value.flags.writeable:
        raise ArgumentError(f"{where} expects an array it may write, but got a read-only one")


def _strides(value: Any) -> list[int]:
    strides = value.stride() if callable(getattr(value, "stride", None)) else value.strides
    return list(strides)


def _described(value: Any) -> str:
    if hasattr(value, "shape") and hasattr(value, "dtype"):
        return f"an array {list(value.shape)} {value.dtype}"
    return f"{type(value).__name__} {value!r}"
