"""What an array is to native code: a pointer, sizes and strides. Nothing is ever copied.

A tensor on the meta device has no memory. In a timing-only run it is given addresses that nothing
lies behind, the same for all views of one storage.
"""

import struct
import sys
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import ArgumentError

# Position = `enum tw_type` of the image. The second name is NumPy's and PyTorch's.
TYPES = (
    ("bool", "bool"),
    ("i8", "int8"),
    ("i16", "int16"),
    ("i32", "int32"),
    ("i64", "int64"),
    ("u8", "uint8"),
    ("u16", "uint16"),
    ("u32", "uint32"),
    ("u64", "uint64"),
    ("f16", "float16"),
    ("bf16", "bfloat16"),
    ("f32", "float32"),
    ("index", None),
    ("task_id", None),
)
TYPE_NAMES = tuple(name for name, _ in TYPES)
ARRAY_NAMES = dict(TYPES)
TYPE_OF_ARRAY = {array: name for name, array in TYPES if array}


@dataclass(frozen=True)
class ArraySpec:
    """What an argument has to be; `None` in `shape` stands for any size."""

    name: str
    dtype: str
    shape: tuple[int | None, ...]
    is_written: bool = False


@dataclass(frozen=True)
class Storage:
    """What tensors on meta are views of, told apart by `key`."""

    key: int
    size_bytes: int


@dataclass(frozen=True)
class Description:
    """An array as native code sees it; `strides` in elements.

    With a `storage` the array has no memory, and `address` counts from the storage's beginning.
    """

    address: int
    dtype: str
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    is_writable: bool
    library: str
    storage: Storage | None = None

    def slots(self, origin: int = 0) -> list[int]:
        """`origin` is where the storage has been placed."""
        return [origin + self.address, 0, *self.shape, *self.strides]


def spell(dtype: str, shape: tuple[int | None, ...]) -> str:
    """`bf16[16, ?]`"""
    return f"{dtype}[{', '.join('?' if size is None else str(size) for size in shape)}]"


def has_values(array: Any) -> bool:
    """False for tensors on the meta device."""
    return getattr(getattr(array, "device", None), "type", None) != "meta"


def describe(name: str, array: Any) -> Description:
    """Describes a `torch.Tensor` or `numpy.ndarray`; `name` is for the error messages.

    Raises ArgumentError for anything else, for devices other than cpu and meta and for element
    types that no tile has.
    """
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(array, torch.Tensor):
        return _describe_tensor(name, array, torch)
    if isinstance(array, np.ndarray):
        return _describe_ndarray(name, array)
    kind = f"{type(array).__module__}.{type(array).__qualname__}"
    raise ArgumentError(
        f"argument '{name}' expects a torch.Tensor or numpy.ndarray, but got {kind}"
    )


def _type_name(name: str, array_dtype: str) -> str:
    if array_dtype not in TYPE_OF_ARRAY:
        known = ", ".join(TYPE_OF_ARRAY)
        raise ArgumentError(f"argument '{name}' expects one of {known}, but got {array_dtype}")
    return TYPE_OF_ARRAY[array_dtype]


def _describe_tensor(name: str, tensor: Any, torch: Any) -> Description:
    if tensor.device.type not in ("cpu", "meta"):
        raise ArgumentError(
            f"argument '{name}' expects a tensor on cpu, but got one on {tensor.device}; "
            f"move it with {name}.cpu()"
        )
    if tensor.layout != torch.strided:
        raise ArgumentError(
            f"argument '{name}' expects a strided tensor, but got layout {tensor.layout}"
        )
    dtype = _type_name(name, str(tensor.dtype).removeprefix("torch."))
    shape, strides = tuple(tensor.shape), tuple(tensor.stride())
    if has_values(tensor):
        return Description(tensor.data_ptr(), dtype, shape, strides, True, "torch")
    storage = tensor.untyped_storage()
    return Description(
        tensor.storage_offset() * tensor.element_size(),
        dtype,
        shape,
        strides,
        True,
        "torch",
        Storage(storage._cdata, storage.nbytes()),
    )


def _describe_ndarray(name: str, array: np.ndarray) -> Description:
    dtype = _type_name(name, array.dtype.name)
    item = array.dtype.itemsize
    if not array.dtype.isnative or any(stride % item for stride in array.strides):
        raise ArgumentError(
            f"argument '{name}' expects whole elements in native byte order, but got dtype "
            f"{array.dtype.str} with strides of {array.strides} bytes; "
            f"copy it with np.ascontiguousarray"
        )
    strides = tuple(stride // item for stride in array.strides)
    return Description(
        array.ctypes.data, dtype, array.shape, strides, array.flags.writeable, "numpy"
    )


def check(spec: ArraySpec, got: Description) -> None:
    """Raises ArgumentError when an array does not fit its argument."""
    fits = len(spec.shape) == len(got.shape) and all(
        size in (None, actual) for size, actual in zip(spec.shape, got.shape, strict=True)
    )
    if spec.dtype != got.dtype or not fits:
        hint = _conversion(spec, got) if fits else ""
        raise ArgumentError(
            f"argument '{spec.name}' expects {spell(spec.dtype, spec.shape)}, "
            f"but got {spell(got.dtype, got.shape)}{hint}"
        )
    if got.shape and got.shape[-1] > 1 and got.strides[-1] != 1:
        call = {"torch": "{}.contiguous()", "numpy": "np.ascontiguousarray({})"}[got.library]
        raise ArgumentError(
            f"argument '{spec.name}' expects its last dimension to be contiguous, but got a stride "
            f"of {got.strides[-1]} elements; pass {call.format(spec.name)}"
        )
    if spec.is_written:
        _check_written(spec, got)


def _check_written(spec: ArraySpec, got: Description) -> None:
    if not got.is_writable:
        raise ArgumentError(
            f"argument '{spec.name}' is written, but got a read-only array; pass a copy"
        )
    for dim, (size, stride) in enumerate(zip(got.shape, got.strides, strict=True)):
        if size > 1 and stride == 0:
            raise ArgumentError(
                f"argument '{spec.name}' is written, but its dim {dim} repeats one element "
                f"{size} times (stride 0); pass a copy"
            )


def _conversion(spec: ArraySpec, got: Description) -> str:
    target = ARRAY_NAMES.get(spec.dtype)
    if target is None:
        return ""
    if got.library == "torch":
        return f"; convert it with {spec.name}.to(torch.{target})"
    module = "ml_dtypes" if target == "bfloat16" else "np"
    return f"; convert it with {spec.name}.astype({module}.{target})"


def encode_scalar(name: str, dtype: str, value: Any) -> int:
    """The slot of a scalar: integers sign-extended, floats as their bits.

    Raises ArgumentError when the value is not of the kind or out of range.
    """
    if dtype in ("f16", "bf16", "f32"):
        return _encode_float(name, dtype, value)
    try:
        number = value.__index__()
    except (AttributeError, TypeError):
        raise ArgumentError(f"argument '{name}' expects {dtype}, but got {value!r}") from None
    low, high = _range(dtype)
    if not low <= number <= high:
        raise ArgumentError(
            f"argument '{name}' expects {dtype} within {low} to {high}, but got {number}"
        )
    return number - (1 << 64) if number >= 1 << 63 else number


def _range(dtype: str) -> tuple[int, int]:
    if dtype == "bool":
        return 0, 1
    if dtype in ("index", "task_id"):
        dtype = "i64"
    bits = int(dtype[1:])
    return (0, (1 << bits) - 1) if dtype[0] == "u" else (-(1 << bits - 1), (1 << bits - 1) - 1)


def _encode_float(name: str, dtype: str, value: Any) -> int:
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise ArgumentError(f"argument '{name}' expects {dtype}, but got {value!r}") from None
    if dtype == "f16":
        return int(np.float16(number).view(np.uint16))
    (bits,) = struct.unpack("<I", np.float32(number).tobytes())
    if dtype == "f32":
        return bits
    if number != number:
        return 0x7FC0
    return (bits + 0x7FFF + (bits >> 16 & 1)) >> 16  # nearest, ties to even
