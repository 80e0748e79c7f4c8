"""Values that cross the border of a loop, a condition or a scope."""

from __future__ import annotations

from typing import Any

from tilework_mlir import ir

from tilework.frontend import scalars, tensors
from tilework.frontend.emitter import Emitter
from tilework.frontend.values import (
    POISON,
    Root,
    ScalarValue,
    TaskIdValue,
    TensorValue,
    Unset,
    is_number,
    type_text,
)
from tilework.language.dtypes import TASK_ID


def run_time_type(e: Emitter, value: Any) -> ir.Type | None:
    """The IR type a value takes when it must exist at run time; None for Python objects."""
    if isinstance(value, (TensorValue, TaskIdValue)):
        return value.value.type
    if isinstance(value, ScalarValue):
        return e.builder.type_of(value.dtype)
    if is_number(value):
        return e.builder.type_of(scalars.natural_dtype(value))
    return e.builder.type_of(TASK_ID) if value is None else None


def as_run_time(e: Emitter, value: Any, like: Any) -> ir.Value:
    """A value as IR, numbers in the scalar type of `like`."""
    if isinstance(value, ScalarValue):
        return scalars.materialize(e, value, value.dtype)
    if isinstance(value, (TensorValue, TaskIdValue)):
        return value.value
    if value is None:
        return e.builder.value("task.none", [], e.builder.type_of(TASK_ID))
    dtype = like.dtype if isinstance(like, ScalarValue) else scalars.natural_dtype(value)
    return scalars.materialize(e, value, dtype)


def from_run_time(e: Emitter, made: ir.Value, like: Any) -> Any:
    """What a block argument or result stands for, when `like` went in."""
    if isinstance(like, TensorValue):
        return tensors.from_block(e, made, like)
    if isinstance(like, TaskIdValue) or like is None:
        return TaskIdValue(made)
    dtype = like.dtype if isinstance(like, ScalarValue) else scalars.natural_dtype(like)
    return e.unknown(made, dtype)


def with_root(value: Any, root: Root | None) -> Any:
    """The same tensor as part of another root, a fresh one for None."""
    if not isinstance(value, TensorValue):
        return value
    return TensorValue(value.value, value.dtype, value.shape, value.capacity, root or Root())


def common_root(*values: Any) -> Root | None:
    """The root all tensors share, or None."""
    roots = {value.root for value in values if isinstance(value, TensorValue)}
    return roots.pop() if len(roots) == 1 else None


def agree(e: Emitter, lhs: Any, rhs: Any) -> Any:
    """What stands for both of two values at run time, or None when nothing can."""
    kinds = (ScalarValue, int, float)
    if isinstance(lhs, kinds) and isinstance(rhs, kinds):
        for value, other in ((lhs, rhs), (rhs, lhs)):
            if isinstance(value, ScalarValue):
                same = not isinstance(other, ScalarValue) or other.dtype == value.dtype
                fits = value.dtype.is_float or not isinstance(other, float)
                return value if same and fits else None
        return lhs if type(lhs) is type(rhs) else None
    if isinstance(lhs, TensorValue) and isinstance(rhs, TensorValue):
        return lhs if lhs.value.type == rhs.value.type else None
    if all(value is None or isinstance(value, TaskIdValue) for value in (lhs, rhs)):
        return lhs if lhs is not None else rhs
    return None


def is_same(lhs: Any, rhs: Any) -> bool:
    """True when two values need no join: one object, or equal compile-time values."""
    if lhs is rhs:
        return True
    plain = (int, float, str, bool, tuple)
    if type(lhs) is type(rhs) and isinstance(lhs, plain):
        try:
            return bool(lhs == rhs)
        except TypeError:
            return False
    return (
        isinstance(lhs, ScalarValue)
        and isinstance(rhs, ScalarValue)
        and (lhs.value == rhs.value and lhs.linear == rhs.linear)
    )


def missing(value: Any) -> bool:
    """True for a name that has no value on this path."""
    return value is POISON or isinstance(value, Unset)


def differing(lhs: Any, rhs: Any, line: int) -> Unset:
    """Why a name has no value after a condition."""
    if isinstance(lhs, Unset) or isinstance(rhs, Unset):
        return Unset(
            f"one in only one branch of the 'if' at line {line}",
            "give it a value before the 'if', or in both branches",
        )
    return Unset(
        f"{type_text(lhs)} in one branch and {type_text(rhs)} in the other (line {line})",
        "give it one type in both branches",
    )
