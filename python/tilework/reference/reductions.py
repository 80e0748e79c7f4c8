"""What the reductions mean: the orders of docs/rationale/0004-reductions.md."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tilework.reference import float_arithmetic
from tilework.reference.errors import ExecutionError
from tilework.reference.program import Step
from tilework.reference.registry import meaning
from tilework.reference.values import Tensor, is_float, tensor_of, widened

LANES = 64
SUM, MAX, MIN, PROD = range(4)  # the enum ReduceKind of the tile dialect
ARGMAX, ARGMIN = range(2)  # the enum ArgReduceKind

Function = Callable[[np.ndarray, np.ndarray], np.ndarray]
_FLOATS = {
    SUM: (np.add, 0.0),
    MAX: (float_arithmetic.maximum, -np.inf),
    MIN: (float_arithmetic.minimum, np.inf),
    PROD: (np.multiply, 1.0),
}


@meaning("tile.reduce")
def reduce(step: Step, x: Tensor) -> Tensor:
    """An undefined element makes the result of its row (or column) undefined."""
    kind, dim = step.attribute("kind"), step.attribute("dim")
    data = widened(x.data) if is_float(x.data.dtype) else x.data
    function, neutral = _operation(kind, data.dtype)
    reduced = (fold_rows if dim == 1 else fold_columns)(data, function, neutral)
    return tensor_of(reduced.astype(x.data.dtype), _defined_lines(x, dim))


def fold_rows(data: np.ndarray, function: Function, neutral: np.generic) -> np.ndarray:
    """[R, C] to [R, 1]: 64 lanes from left to right, then folded in halves."""
    lanes = np.full((data.shape[0], LANES), neutral, data.dtype)
    for start in range(0, data.shape[1], LANES):
        chunk = data[:, start : start + LANES]
        width = chunk.shape[1]
        lanes[:, :width] = function(lanes[:, :width], chunk)
    width = LANES // 2
    while width:
        lanes[:, :width] = function(lanes[:, :width], lanes[:, width : 2 * width])
        width //= 2
    return lanes[:, :1].copy()


def fold_columns(data: np.ndarray, function: Function, neutral: np.generic) -> np.ndarray:
    """[R, C] to [1, C]: from top to bottom."""
    total = np.full(data.shape[1:], neutral, data.dtype)
    for row in data:
        total = function(total, row)
    return total[np.newaxis]


@meaning("tile.arg_reduce")
def arg_reduce(step: Step, x: Tensor) -> Tensor:
    """The first NaN's index, else the smallest index of the extreme; 0 where there is nothing."""
    dim = step.attribute("dim")
    data = widened(x.data) if is_float(x.data.dtype) else x.data
    if data.shape[dim] == 0:
        shape = tuple(1 if d == dim else size for d, size in enumerate(data.shape))
        return Tensor(np.zeros(shape, np.int32))
    # np.argmax and np.argmin give the first extreme and let a NaN win
    find = np.argmax if step.attribute("kind") == ARGMAX else np.argmin
    indices = find(data, axis=dim, keepdims=True)
    return tensor_of(indices.astype(np.int32), _defined_lines(x, dim))


def _operation(kind: int, dtype: np.dtype) -> tuple[Function, np.generic]:
    if dtype == np.bool_:
        raise ExecutionError("'tile.reduce' expects numbers, but got i1")
    if is_float(dtype):
        function, neutral = _FLOATS[kind]
        return function, dtype.type(neutral)
    info = np.iinfo(dtype)
    function, neutral = {
        SUM: (np.add, 0),
        MAX: (np.maximum, info.min),
        MIN: (np.minimum, info.max),
        PROD: (np.multiply, 1),
    }[kind]
    return function, dtype.type(neutral)


def _defined_lines(x: Tensor, dim: int) -> np.ndarray | None:
    return None if x.defined is None else x.defined.all(axis=dim, keepdims=True)
