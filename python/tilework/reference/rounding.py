"""Conversions between element types: every rounding mode of `tile.cast`, rounding once."""

from __future__ import annotations

import ml_dtypes
import numpy as np

from tilework.reference.errors import ExecutionError
from tilework.reference.values import is_float

NONE, RINT, ROUND, FLOOR, CEIL, TRUNC, ODD = range(7)  # the enum Rounding of the tile dialect


def convert(data: np.ndarray, dtype: np.dtype, mode: int) -> np.ndarray:
    """`data` as `dtype`; an own array. Integers saturate and turn NaN into 0."""
    if data.dtype == dtype:
        return data.copy()
    if is_float(dtype):
        return _to_float(_exact_or_odd(data), dtype, RINT if mode == NONE else mode)
    if is_float(data.dtype):
        rounded = round_to_integer(data.astype(np.float64), TRUNC if mode == NONE else mode)
        return _saturated_float(rounded, dtype)
    return _saturated_integer(data, dtype)


def round_to_integer(x: np.ndarray, mode: int) -> np.ndarray:
    """Float64 `x` rounded to integral values."""
    if mode == RINT:
        return np.rint(x)
    if mode == FLOOR:
        return np.floor(x)
    if mode == CEIL:
        return np.ceil(x)
    truncated = np.trunc(x)
    if mode == TRUNC:
        return truncated
    if mode == ROUND:
        return truncated + np.where(np.abs(x - truncated) >= 0.5, np.copysign(1.0, x), 0.0)
    if mode == ODD:
        is_even = np.fmod(truncated, 2.0) == 0
        return truncated + np.where((x != truncated) & is_even, np.copysign(1.0, x), 0.0)
    raise ExecutionError(f"expects a rounding mode of the tile dialect, but got {mode}")


def _to_float(x: np.ndarray, dtype: np.dtype, mode: int) -> np.ndarray:
    """Float64 `x`, which float64 holds well enough, rounded once to `dtype`."""
    info = ml_dtypes.finfo(dtype)
    _, exponent = np.frexp(np.where(np.isfinite(x), x, 0.0))
    smallest = int(info.minexp) - int(info.nmant)
    quantum = np.maximum(exponent - 1 - int(info.nmant), smallest)  # log2 of the result's ulp
    rounded = np.ldexp(round_to_integer(np.ldexp(x, -quantum), mode), quantum)
    rounded = np.where(np.isfinite(x), np.copysign(rounded, x), x)
    largest = float(info.max)
    overflows = np.isfinite(x) & (np.abs(rounded) > largest)
    keeps = np.isin(mode, (TRUNC, ODD)) | (x > 0 if mode == FLOOR else (x < 0) & (mode == CEIL))
    beyond = np.where(keeps, largest, np.inf)
    return np.where(overflows, np.copysign(beyond, x), rounded).astype(dtype)


def _exact_or_odd(data: np.ndarray) -> np.ndarray:
    """`data` as float64, exact or (wide integers) rounded to odd, harmless to the next rounding."""
    if is_float(data.dtype) or data.dtype.itemsize < 8:
        return data.astype(np.float64)
    is_negative = data < 0
    magnitude = np.where(is_negative, np.uint64(0) - data.astype(np.uint64), data.astype(np.uint64))
    low = magnitude & np.uint64(0x7FF)
    sticky = np.where(low != 0, np.uint64(0x800), np.uint64(0))
    wide = np.where(magnitude >> np.uint64(53) != 0, (magnitude - low) | sticky, magnitude)
    return np.where(is_negative, -1.0, 1.0) * wide.astype(np.float64)


def _saturated_float(x: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """Integral float64 `x` as an integer type; i1 has the values 0 and 1."""
    if dtype == np.bool_:
        return np.nan_to_num(x, nan=0.0) >= 1
    info = np.iinfo(dtype)
    result = np.zeros(x.shape, dtype)
    is_low, is_high = x <= float(info.min), x >= float(info.max)
    result[is_low], result[is_high] = info.min, info.max
    inside = ~(is_low | is_high | np.isnan(x))
    result[inside] = x[inside].astype(dtype)
    return result


def _saturated_integer(data: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """Integers or booleans as an integer type."""
    if data.dtype == np.bool_:
        return data.astype(dtype)
    if dtype == np.bool_:
        return data >= 1
    low, high = np.iinfo(dtype).min, np.iinfo(dtype).max
    source = np.iinfo(data.dtype)
    return np.clip(data, max(low, source.min), min(high, source.max)).astype(dtype)
