"""Element types, under the names authors write them by."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class DType:
    """An element type.

    `mlir` is its spelling in the IR, empty for a type this compiler refuses; `kind` is one of
    float, int, uint, bool, index, task_id; `width_bits` counts the bits of one element.
    """

    name: str
    mlir: str
    kind: str
    width_bits: int

    def __str__(self) -> str:
        return self.name

    def __repr__(self) -> str:
        return f"pl.{self.name}"

    @property
    def is_float(self) -> bool:
        """True for floating-point types."""
        return self.kind == "float"

    @property
    def is_integer(self) -> bool:
        """True for every type whose values are whole numbers, BOOL not among them."""
        return self.kind in ("int", "uint", "index")

    @property
    def range(self) -> tuple[int, int]:
        """The smallest and the largest value of a type of whole numbers."""
        half = 1 << (self.width_bits - 1)
        return (0, 2 * half - 1) if self.kind == "uint" else (-half, half - 1)


BOOL = DType("BOOL", "i1", "bool", 1)
INT8 = DType("INT8", "i8", "int", 8)
INT16 = DType("INT16", "i16", "int", 16)
INT32 = DType("INT32", "i32", "int", 32)
INT64 = DType("INT64", "i64", "int", 64)
UINT8 = DType("UINT8", "ui8", "uint", 8)
UINT16 = DType("UINT16", "ui16", "uint", 16)
UINT32 = DType("UINT32", "ui32", "uint", 32)
UINT64 = DType("UINT64", "ui64", "uint", 64)
FP16 = DType("FP16", "f16", "float", 16)
BF16 = DType("BF16", "bf16", "float", 16)
FP32 = DType("FP32", "f32", "float", 32)
INDEX = DType("INDEX", "index", "index", 64)
TASK_ID = DType("TASK_ID", "!task.id", "task_id", 64)

INT4 = DType("INT4", "", "int", 4)
UINT4 = DType("UINT4", "", "uint", 4)
FP4 = DType("FP4", "", "float", 4)
FP8E4M3FN = DType("FP8E4M3FN", "", "float", 8)
FP8E5M2 = DType("FP8E5M2", "", "float", 8)
FP8E8M0 = DType("FP8E8M0", "", "float", 8)
HF4 = DType("HF4", "", "float", 4)
HF8 = DType("HF8", "", "float", 8)

DTYPES: dict[str, DType] = {
    value.name: value for value in list(globals().values()) if isinstance(value, DType)
}
__all__ = ["DTYPES", "DType", *DTYPES]

_ARRAY_NAMES = {
    "bool": BOOL,
    "int8": INT8, "int16": INT16, "int32": INT32, "int64": INT64,
    "uint8": UINT8, "uint16": UINT16, "uint32": UINT32, "uint64": UINT64,
    "float16": FP16, "bfloat16": BF16, "float32": FP32,
}  # fmt: skip


def from_array_name(name: str) -> DType | None:
    """The element type NumPy or PyTorch call `name` (`float32`, `torch.bfloat16`), if any."""
    return _ARRAY_NAMES.get(name.removeprefix("torch."))
