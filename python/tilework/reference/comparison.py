"""Whether two arrays have the same bits, or are as close as a split sum may be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from tilework.reference.values import is_float

# Of sums whose terms are added in another order: the largest error, as a part of the largest
# magnitude in the array. A sum of n float32 terms is off by at most n * 2^-24 of the sum of their
# magnitudes; 2^-12 leaves room for thousands of terms that mostly cancel. What is rounded to 16
# bits afterwards may fall to the other side: one more unit in the last place. Integers are exact.
SPLIT_SUM_TOLERANCES = {"float32": 2**-12, "float16": 2**-10, "bfloat16": 2**-7}


@dataclass(frozen=True)
class Mismatch:
    """The first element (row-major) that differs, both values, and how many differ."""

    index: tuple[int, ...]
    actual: Any
    expected: Any
    differing_elements: int

    def __str__(self) -> str:
        return (
            f"expects {self.expected!r} at {list(self.index)}, but got {self.actual!r} "
            f"({self.differing_elements} elements differ)"
        )


def compare(actual: np.ndarray, expected: np.ndarray) -> Mismatch | None:
    """The first difference in bits, or `None`. All NaNs are equal; -0 and +0 differ.

    Raises `ValueError` when shapes or element types differ.
    """
    if actual.shape != expected.shape or actual.dtype != expected.dtype:
        raise ValueError(
            f"expects {expected.shape} {expected.dtype}, but got {actual.shape} {actual.dtype}"
        )
    differs = _bits(actual) != _bits(expected)
    if is_float(expected.dtype):
        differs &= ~(np.isnan(actual) & np.isnan(expected))
    if not differs.any():
        return None
    index = tuple(int(i) for i in np.argwhere(differs)[0])
    return Mismatch(index, actual[index], expected[index], int(differs.sum()))


def compare_within(actual: np.ndarray, expected: np.ndarray) -> Mismatch | None:
    """The first difference beyond `SPLIT_SUM_TOLERANCES`, or `None`; of other types, in bits."""
    tolerance = SPLIT_SUM_TOLERANCES.get(expected.dtype.name)
    if tolerance is None or compare(actual, expected) is None:
        return compare(actual, expected)
    values, truth = actual.astype(np.float64), expected.astype(np.float64)
    finite = truth[np.isfinite(truth)]
    largest = np.abs(finite).max(initial=0.0)
    differs = ~np.isclose(values, truth, rtol=0, atol=tolerance * largest, equal_nan=True)
    if not differs.any():
        return None
    index = tuple(int(i) for i in np.argwhere(differs)[0])
    return Mismatch(index, actual[index], expected[index], int(differs.sum()))


def _bits(array: np.ndarray) -> np.ndarray:
    unsigned = np.dtype(f"u{array.dtype.itemsize}")
    return np.ascontiguousarray(array).reshape(array.shape).view(unsigned)
