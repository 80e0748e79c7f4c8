"""What the affine operations on indices mean."""

from __future__ import annotations

from typing import Any

from tilework.ir import (
    AffineAddExpr,
    AffineBinaryExpr,
    AffineCeilDivExpr,
    AffineConstantExpr,
    AffineDimExpr,
    AffineExpr,
    AffineFloorDivExpr,
    AffineMap,
    AffineModExpr,
    AffineMulExpr,
    AffineSymbolExpr,
)
from tilework.reference.errors import ExecutionError
from tilework.reference.program import Step
from tilework.reference.registry import meaning
from tilework.reference.values import UNDEFINED


def evaluate(map_: AffineMap, operands: tuple[int, ...]) -> list[int]:
    """The results of `map_`; operands are dimensions, then symbols."""
    dims, symbols = operands[: map_.n_dims], operands[map_.n_dims :]
    return [_value(expression, dims, symbols) for expression in map_.results]


def _value(expr: AffineExpr, dims: tuple[int, ...], symbols: tuple[int, ...]) -> int:
    if isinstance(expr, AffineConstantExpr):
        return expr.value
    if isinstance(expr, AffineDimExpr):
        return dims[expr.position]
    if isinstance(expr, AffineSymbolExpr):
        return symbols[expr.position]
    assert isinstance(expr, AffineBinaryExpr)
    a, b = _value(expr.lhs, dims, symbols), _value(expr.rhs, dims, symbols)
    if isinstance(expr, AffineAddExpr):
        return a + b
    if isinstance(expr, AffineMulExpr):
        return a * b
    if b <= 0:
        raise ExecutionError(f"expects a positive divisor in an affine map, but got {b}")
    if isinstance(expr, AffineModExpr):
        return a % b
    if isinstance(expr, AffineFloorDivExpr):
        return a // b
    assert isinstance(expr, AffineCeilDivExpr)
    return -(-a // b)


def _results(step: Step, operands: tuple[Any, ...]) -> list[int] | None:
    if any(operand is UNDEFINED for operand in operands):
        return None
    return evaluate(step.attribute("map").value, operands)


@meaning("affine.apply", "affine.min")
def apply_or_min(step: Step, *operands: Any) -> Any:
    """The smallest result of a map; `affine.apply` has one."""
    results = _results(step, operands)
    return UNDEFINED if results is None else min(results)


@meaning("affine.max")
def maximum(step: Step, *operands: Any) -> Any:
    """The largest result of a map."""
    results = _results(step, operands)
    return UNDEFINED if results is None else max(results)
