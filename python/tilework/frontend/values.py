"""What a name of the traced program stands for.

A compile-time value is the Python object itself; everything known at run time only is one of the
classes below. The IR behind them is opaque here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any

from tilework.frontend.bounds import Linear
from tilework.language.dtypes import BOOL, DType

if TYPE_CHECKING:
    from tilework_mlir import ir


@dataclass(eq=False)
class Root:
    """The identity of a tensor's storage: a write gives a new value of the same root.

    `shape` are the extents, where they are known as long as the root is.
    """

    shape: tuple[Extent, ...] | None = None


@dataclass(frozen=True)
class ScalarValue:
    """A run-time scalar; whole numbers carry what is known about them."""

    value: ir.Value
    dtype: DType
    linear: Linear
    facts: tuple[Linear, ...] = ()  # of a condition: what is at most zero where it holds
    denials: tuple[Linear, ...] = ()  # of a condition: what is at most zero where it does not


Extent = int | ScalarValue


@dataclass(frozen=True)
class TensorValue:
    """A tile or a global tensor: `shape` are its valid extents, `capacity` the storage behind."""

    value: ir.Value
    dtype: DType
    shape: tuple[Extent, ...]
    capacity: tuple[int, ...] | None = None
    root: Root = field(default_factory=Root)

    @property
    def rank(self) -> int:
        """How many dimensions."""
        return len(self.shape)

    @property
    def is_array(self) -> bool:
        """True for arrays of task ids."""
        return self.dtype.kind == "task_id"


@dataclass(frozen=True)
class TaskIdValue:
    """The id of a submitted task."""

    value: ir.Value


@dataclass(frozen=True)
class Unset:
    """A name without a usable value, and why; `mend` says what to write instead."""

    reason: str
    mend: str = ""


class Poison:
    """What a failed statement leaves behind: a use of it fails silently."""


POISON = Poison()


def is_run_time(value: Any) -> bool:
    """True for what only exists when the program runs."""
    return isinstance(value, (ScalarValue, TensorValue, TaskIdValue))


def is_number(value: Any) -> bool:
    """True for compile-time numbers, truth values among them."""
    return isinstance(value, (int, float))


def extent_text(extent: Extent) -> str:
    """An extent for a message."""
    if isinstance(extent, int):
        return str(extent)
    return str(extent.linear.constant) if extent.linear.is_constant else "?"


def shape_text(shape: Sequence[Extent]) -> str:
    """A shape for a message: `[16, ?]`."""
    return "[" + ", ".join(extent_text(extent) for extent in shape) + "]"


def type_text(value: Any) -> str:
    """What a value is, for a message."""
    if isinstance(value, TensorValue):
        if value.is_array:
            return f"an array of {extent_text(value.shape[0])} task ids"
        return f"a tensor {shape_text(value.shape)} {value.dtype}"
    if isinstance(value, ScalarValue):
        return "a condition" if value.dtype == BOOL else f"a scalar {value.dtype}"
    if isinstance(value, TaskIdValue):
        return "a task id"
    if isinstance(value, DType):
        return f"the element type {value}"
    if isinstance(value, str):
        return f"the string '{value}'"
    if value is None or is_number(value) or isinstance(value, Enum):
        return f"{value}"
    if isinstance(value, (list, tuple)):
        return f"a {type(value).__name__} of {len(value)}"
    return f"a Python {type(value).__name__}"
