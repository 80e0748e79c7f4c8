"""What a matrix product means: one chain of fused multiply-adds per element, k ascending."""

from __future__ import annotations

import numpy as np

from tilework.reference.errors import ExecutionError
from tilework.reference.float_arithmetic import add_to_float32
from tilework.reference.program import Step
from tilework.reference.registry import meaning
from tilework.reference.values import Tensor, tensor_of

_BLOCK_ELEMENTS = 1 << 15  # of the result at a time, so that they stay in the host's cache


@meaning("tile.matmul")
def matmul(step: Step, lhs: Tensor, rhs: Tensor, acc: Tensor | None = None) -> Tensor:
    """An undefined element makes its row (of lhs) or column (of rhs) of the result undefined."""
    a, a_mask = _oriented(lhs, step.attribute("trans_lhs", False))
    b, b_mask = _oriented(rhs, step.attribute("trans_rhs", False))
    shape = (a.shape[0], b.shape[1])
    if a.shape[1] != b.shape[0]:
        raise ExecutionError(
            f"'tile.matmul' expects equal inner extents, but got {a.shape[1]} and {b.shape[0]}"
        )
    if acc is not None and acc.data.shape != shape:
        raise ExecutionError(
            f"'tile.matmul' expects an accumulator of shape {shape}, but got {acc.data.shape}"
        )
    start = None if acc is None else acc.data
    data = integer_product(a, b, start) if a.dtype.kind == "i" else float_product(a, b, start)
    rows = None if a_mask is None else a_mask.all(axis=1, keepdims=True)
    columns = None if b_mask is None else b_mask.all(axis=0, keepdims=True)
    return tensor_of(data, rows, columns, None if acc is None else acc.defined)


def float_product(a: np.ndarray, b: np.ndarray, start: np.ndarray | None) -> np.ndarray:
    """[M, K] x [K, N] in float32, starting from `start` or +0.0."""
    rows, columns = a.shape[0], b.shape[1]
    result = np.zeros((rows, columns), np.float32) if start is None else start.astype(np.float32)
    factors = np.ascontiguousarray(a.astype(np.float64).T)[:, :, np.newaxis]
    width = max(1, _BLOCK_ELEMENTS // max(1, rows))
    for first in range(0, columns, width):
        block = slice(first, first + width)
        right = b[:, block].astype(np.float64)
        total = result[:, block]
        for k in range(a.shape[1]):
            # the products are exact in float64: significands of at most 24 bits
            total = add_to_float32(factors[k] * right[k], total.astype(np.float64))
        result[:, block] = total
    return result


def integer_product(a: np.ndarray, b: np.ndarray, start: np.ndarray | None) -> np.ndarray:
    """[M, K] x [K, N] of int8 in int32; wraps when even that is too small."""
    # every partial sum is an integer below 2^53, so float64 is exact in any order
    product = (a.astype(np.float64) @ b.astype(np.float64)).astype(np.int64)
    if start is not None:
        product = product + start
    return product.astype(np.int32)


def _oriented(x: Tensor, is_transposed: bool) -> tuple[np.ndarray, np.ndarray | None]:
    if not is_transposed:
        return x.data, x.defined
    return x.data.T, None if x.defined is None else x.defined.T
