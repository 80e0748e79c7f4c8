"""Scalars in another type."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from tilework_mlir import ir

from tilework.frontend.bounds import Linear, highest, lowest
from tilework.frontend.emitter import Emitter
from tilework.frontend.scalars import Number, arith_compare, materialize
from tilework.frontend.values import ScalarValue
from tilework.language.dtypes import BOOL, FP32, INDEX, DType


def cast(e: Emitter, value: Any, dtype: DType, mode: str) -> Any:
    """A scalar in another type."""
    if not isinstance(value, ScalarValue):
        return _cast_constant(e, value, dtype, mode)
    if value.dtype == dtype:
        return value
    made = _converters(e, value, dtype, mode)(value.value)
    if value.dtype.is_integer and dtype.is_integer and _fits(value.linear, dtype):
        return ScalarValue(made, dtype, value.linear)
    return e.unknown(made, dtype)


def _fits(linear: Linear, dtype: DType) -> bool:
    low, high = lowest(linear), highest(linear)
    half = 1 << (dtype.width_bits - 1)
    return dtype == INDEX or (low is not None and high is not None and -half <= low and high < half)


def _cast_constant(e: Emitter, value: Any, dtype: DType, mode: str) -> Any:
    if dtype.is_float or not isinstance(value, float):
        number: Number = float(value) if dtype.is_float else value
        return ScalarValue(materialize(e, number, dtype), dtype, Linear(int(value)))
    rounded: dict[str, Callable[[float], int]] = {
        "trunc": math.trunc,
        "floor": math.floor,
        "ceil": math.ceil,
        "rint": round,
    }
    if mode not in rounded:
        e.fail(f"expects mode 'trunc', 'floor', 'ceil' or 'rint' for a number, but got '{mode}'")
    whole = rounded[mode](value)
    return ScalarValue(materialize(e, whole, dtype), dtype, Linear(whole))


def _converters(
    e: Emitter, value: ScalarValue, dtype: DType, mode: str
) -> Callable[[ir.Value], ir.Value]:
    source = value.dtype

    def step(name: str) -> Callable[[ir.Value], ir.Value]:
        return lambda operand: e.builder.value(f"arith.{name}", [operand], e.builder.type_of(dtype))

    if "uint" in (source.kind, dtype.kind) or dtype == BOOL:
        e.fail(
            f"expects a conversion between signed, index and float scalars, but got {source} "
            f"to {dtype}"
        )
    if source == BOOL:
        return step("index_castui" if dtype == INDEX else "uitofp" if dtype.is_float else "extui")
    if INDEX in (source, dtype) and not (source.is_float or dtype.is_float):
        return step("index_cast")
    if source.is_float and dtype.is_float:
        return step("extf" if dtype.width_bits > source.width_bits else "truncf")
    if INDEX in (source, dtype):
        e.fail(
            f"expects a conversion through INT32 or INT64, but got {source} to {dtype}",
            "write pl.cast(pl.cast(value, pl.INT32), ...)",
        )
    if source.is_float:
        if mode != "trunc":
            e.fail(
                f"expects mode 'trunc' for a scalar to {dtype}, but got '{mode}'",
                'write pl.cast(value, dtype, mode="trunc")',
            )
        return lambda operand: _saturated(e, operand, source, dtype)
    if dtype.is_float:
        return step("sitofp")
    return step("extsi" if dtype.width_bits > source.width_bits else "trunci")


def _saturated(e: Emitter, value: ir.Value, source: DType, dtype: DType) -> ir.Value:
    """A float towards zero as a signed integer; the nearest one if it is too large, 0 for a NaN."""
    build = e.builder
    if source != FP32:
        value = build.value("arith.extf", [value], build.type_of(FP32))
    half = 1 << (dtype.width_bits - 1)
    low, high, zero = (materialize(e, number, FP32) for number in (-float(half), float(half), 0.0))

    def choose(test: ir.Value, yes: ir.Value, no: ir.Value, kind: DType) -> ir.Value:
        return build.value("arith.select", [test, yes, no], build.type_of(kind))

    is_low = arith_compare(e, "<", [value, low], FP32)
    is_high = arith_compare(e, ">=", [value, high], FP32)
    inside = choose(arith_compare(e, ">=", [value, low], FP32), value, zero, FP32)
    inside = choose(is_high, zero, inside, FP32)
    number = build.value("arith.fptosi", [inside], build.type_of(dtype))
    number = choose(is_low, materialize(e, -half, dtype), number, dtype)
    return choose(is_high, materialize(e, half - 1, dtype), number, dtype)
