"""The judge of results: a reference interpreter for the forms `traced`, `fused` and `graph`.

It gives each operation its meaning in NumPy, to the bit, and tracks undefined elements. It shares
no code with the compiler it judges.
"""

from tilework.reference.comparison import Mismatch, compare
from tilework.reference.errors import CheckError, ExecutionError, RegionError, UndefinedError
from tilework.reference.interpreter import Result, ScopeRun, interpret
from tilework.reference.program import argument_shapes
from tilework.reference.registry import MEANINGS

__all__ = [
    "MEANINGS",
    "CheckError",
    "ExecutionError",
    "Mismatch",
    "RegionError",
    "Result",
    "ScopeRun",
    "UndefinedError",
    "argument_shapes",
    "compare",
    "interpret",
]
