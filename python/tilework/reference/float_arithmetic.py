"""Float operations that NumPy lacks, exact to the last bit: multiply-add, maximum, minimum."""

from __future__ import annotations

import numpy as np

_LOW_BITS = np.int64((1 << 29) - 1)  # of a float64 significand, below float32's
_HALFWAY = np.int64(1 << 28)
_SMALLEST_NORMAL = np.float64(2.0**-126)
_SPLITTER = np.float64(2.0**27 + 1)


def fma32(a: np.ndarray, b: np.ndarray, c: np.ndarray) -> np.ndarray:
    """`a * b + c` of float32 values with one rounding; broadcasts."""
    a64, b64, c64 = (np.asarray(operand, np.float32).astype(np.float64) for operand in (a, b, c))
    return add_to_float32(a64 * b64, c64)  # the product of two 24-bit significands is exact


def add_to_float32(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The sum of two float64 arrays rounded once to float32.

    Rounding to float64 first goes wrong only where that lands halfway between two float32 values
    (or among float32's denormals); there the sum is rounded to odd first, which is harmless since
    float64 has more than two bits to spare.
    """
    total = np.asarray(a + b)
    suspicious = (total.view(np.int64) & _LOW_BITS) == _HALFWAY
    suspicious |= np.abs(total) < _SMALLEST_NORMAL
    if suspicious.any():
        a, b = np.broadcast_arrays(a, b)
        total[suspicious] = add_to_odd(a[suspicious], b[suspicious])
    return total.astype(np.float32)


def add_to_odd(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The sum of two float64 arrays; if inexact, the neighbour whose significand is odd."""
    total, error = _two_sum(a, b)
    bits = total.view(np.int64)
    is_inexact = np.isfinite(total) & (error != 0) & ((bits & 1) == 0)
    step = np.where((error > 0) == (total > 0), np.int64(1), np.int64(-1))
    return np.where(is_inexact, bits + step, bits).view(np.float64)


def fma64(a: np.ndarray, b: np.ndarray, c: np.ndarray) -> np.ndarray:
    """`a * b + c` of float64 values with one rounding, for magnitudes far from the range's ends.

    The exact product and sums as pairs; the two low parts are added to odd, so that the last
    addition rounds as if it were the only one.
    """
    product, product_error = _two_product(a, b)
    middle, low = _two_sum(np.asarray(c, np.float64), product_error)
    high, high_error = _two_sum(product, middle)
    result = high + add_to_odd(low, high_error)
    return np.where(result == 0, product + c, result)  # for the sign of zero


def maximum(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The larger element; a NaN wins, and +0 is above -0."""
    both = np.maximum(a, b)
    return np.where((a == 0) & (b == 0), np.where(np.signbit(a), b, a), both)


def minimum(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The smaller element; a NaN wins, and -0 is below +0."""
    both = np.minimum(a, b)
    return np.where((a == 0) & (b == 0), np.where(np.signbit(a), a, b), both)


def _two_sum(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The rounded sum and, exactly, its error."""
    total = np.asarray(a + b)
    part = total - a
    return total, (a - (total - part)) + (b - part)


def _two_product(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The rounded product and, exactly, its error."""
    product = np.asarray(a * b)
    (a_high, a_low), (b_high, b_low) = _split(a), _split(b)
    error = ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low
    return product, error


def _split(a: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Two halves of at most 26 bits each whose sum is `a`."""
    scaled = _SPLITTER * a
    high = scaled - (scaled - a)
    return high, a - high
