"""The values that operations take and give: tensors with their undefined elements, and scalars.

A scalar is a Python int (two's complement, signed unless its type says otherwise), a bool for i1,
a NumPy float of its type, or `UNDEFINED`. A task id is an int.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import ml_dtypes
import numpy as np

from tilework.reference.errors import ExecutionError, UndefinedError

if TYPE_CHECKING:
    from tilework.reference.program import Step
    from tilework.reference.regions import Window

DTYPES: dict[str, np.dtype] = {
    name: np.dtype(kind)
    for name, kind in {
        "f64": np.float64, "f32": np.float32, "f16": np.float16, "bf16": ml_dtypes.bfloat16,
        "i1": np.bool_, "i8": np.int8, "i16": np.int16, "i32": np.int32, "i64": np.int64,
        "ui8": np.uint8, "ui16": np.uint16, "ui32": np.uint32, "ui64": np.uint64,
        "index": np.int64, "!task.id": np.int64,
    }.items()
}  # fmt: skip


class Undefined:
    """The scalar that stands for an undefined element."""

    def __repr__(self) -> str:
        return "undefined"


UNDEFINED = Undefined()


@dataclass(eq=False, slots=True)
class Tensor:
    """An array and which of its elements are defined (`None`: all of them).

    `data` is never shared between two tensors. `unwritten` marks the elements of a `tile.empty`,
    or of a slice of one, to which nothing was written yet (`None`: to all); `origin` is the step
    that made elements undefined; `holders` counts the interpreter's names for this tensor, so that
    an update without another holder is in place. `window` is the part of a kernel's argument that
    this tensor is, as long as it is one.
    """

    data: np.ndarray
    defined: np.ndarray | None = None
    unwritten: np.ndarray | None = None
    origin: Step | None = None
    holders: int = 0
    window: Window | None = None

    @property
    def mask(self) -> np.ndarray:
        """Which elements are defined, as an array."""
        return np.ones(self.data.shape, bool) if self.defined is None else self.defined


def tensor_of(data: np.ndarray, *masks: np.ndarray | None) -> Tensor:
    """A tensor whose elements are defined where all `masks` (broadcast to its shape) are."""
    known = [mask for mask in masks if mask is not None]
    if not known:
        return Tensor(data)
    defined = np.ones(data.shape, bool)
    for mask in known:
        defined &= mask
    return Tensor(data, None if defined.all() else defined)


def poison(shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
    """Data for undefined elements: values that show if a mask is lost."""
    if dtype == np.bool_:
        return np.ones(shape, dtype)
    if is_float(dtype):
        return np.full(shape, np.nan, dtype)
    return np.full(shape, np.iinfo(dtype).max - 0x11, dtype)


def undefined_tensor(shape: tuple[int, ...], dtype: np.dtype) -> Tensor:
    """A tensor without a single defined element."""
    defined = np.zeros(shape, bool)
    return Tensor(poison(shape, dtype), defined if defined.size else None)


def is_float(dtype: np.dtype) -> bool:
    """Whether `dtype` is a float type, bfloat16 included."""
    return dtype.kind == "f" or dtype == DTYPES["bf16"]


def widened(data: np.ndarray) -> np.ndarray:
    """Float elements as float32, in which element-wise operations compute (float64 as it is)."""
    return data if data.dtype in (np.float32, np.float64) else data.astype(np.float32)


def scalar_of(element: Any, type_name: str) -> Any:
    """`element` of an array or a caller as a scalar of the type named `type_name`."""
    dtype = dtype_of(type_name)
    if is_float(dtype):
        return dtype.type(element)
    return bool(element) if type_name == "i1" else wrapped(int(element), type_name)


def wrapped(value: int, type_name: str) -> int | bool:
    """`value` modulo two to the width of an integer type."""
    if type_name == "i1":
        return bool(value & 1)
    dtype = dtype_of(type_name)
    width = 8 * dtype.itemsize
    value &= (1 << width) - 1
    return value - (1 << width) if dtype.kind == "i" and value >> (width - 1) else value


def dtype_of(type_name: str) -> np.dtype:
    """The NumPy type of elements of the MLIR type named `type_name`."""
    if type_name not in DTYPES:
        raise ExecutionError(f"expects an element type of the language, but got {type_name}")
    return DTYPES[type_name]


def known(value: Any, use: str) -> Any:
    """`value`, which may not be undefined in this `use` (an address, a trip count, …)."""
    if value is UNDEFINED:
        raise UndefinedError(f"expects {use} to be defined, but got an undefined element")
    return value
