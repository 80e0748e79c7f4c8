"""Whether two arrays have the same bits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from tilework.reference.values import is_float


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


def _bits(array: np.ndarray) -> np.ndarray:
    unsigned = np.dtype(f"u{array.dtype.itemsize}")
    return np.ascontiguousarray(array).reshape(array.shape).view(unsigned)
