"""The judge of results: a reference interpreter for the forms `traced`, `fused` and `graph`.

It gives each operation its meaning in NumPy, to the bit, and tracks undefined elements. It shares
no code with the compiler it judges.
"""

from tilework.reference.comparison import (
    SPLIT_SUM_TOLERANCES,
    Mismatch,
    compare,
    compare_within,
)
from tilework.reference.errors import CheckError, ExecutionError, RegionError, UndefinedError
from tilework.reference.interpreter import Result, ScopeRun, interpret
from tilework.reference.program import argument_shapes
from tilework.reference.registry import MEANINGS

__all__ = [
    "MEANINGS",
    "SPLIT_SUM_TOLERANCES",
    "CheckError",
    "ExecutionError",
    "Mismatch",
    "RegionError",
    "Result",
    "ScopeRun",
    "UndefinedError",
    "argument_shapes",
    "compare",
    "compare_within",
    "interpret",
]
