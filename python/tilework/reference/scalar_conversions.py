"""What conversions between scalar types (arith) mean."""

from __future__ import annotations

from typing import Any

import numpy as np

from tilework.reference.errors import ExecutionError
from tilework.reference.program import Step, TensorShape
from tilework.reference.registry import meaning
from tilework.reference.rounding import RINT, convert
from tilework.reference.scalars import result_kind, unsigned, width_of
from tilework.reference.values import UNDEFINED, dtype_of, scalar_of, wrapped


@meaning("arith.index_cast", "arith.extsi", "arith.trunci")
def sign_extend_or_wrap(step: Step, a: Any) -> Any:
    """Integers of another width, signed."""
    if a is UNDEFINED:
        return UNDEFINED
    return wrapped(-int(a) if step.operand_types[0] == "i1" else int(a), result_kind(step))


@meaning("arith.index_castui", "arith.extui")
def zero_extend_or_wrap(step: Step, a: Any) -> Any:
    """Integers of another width, unsigned."""
    if a is UNDEFINED:
        return UNDEFINED
    return wrapped(unsigned(a, step.operand_types[0]), result_kind(step))


@meaning("builtin.unrealized_conversion_cast")
def change_sign(step: Step, a: Any) -> Any:
    """The same bits as a signless or unsigned integer: arith knows signless constants only."""
    source, kind = step.operand_types[0], result_kind(step)
    if isinstance(source, TensorShape) or source.lstrip("u") != kind.lstrip("u"):
        raise ExecutionError(f"'{step.name}' expects integers of one width, but got {source}")
    return UNDEFINED if a is UNDEFINED else wrapped(int(a), kind)


@meaning("arith.extf", "arith.truncf")
def convert_float(step: Step, a: Any) -> Any:
    """A float of another type, to nearest even."""
    if a is UNDEFINED:
        return UNDEFINED
    dtype = dtype_of(result_kind(step))
    if dtype == np.float64:
        return np.float64(a)
    return convert(np.asarray(a).reshape(1), dtype, RINT)[0]


@meaning("arith.sitofp", "arith.uitofp")
def integer_to_float(step: Step, a: Any) -> Any:
    """A float of an integer, to nearest even."""
    if a is UNDEFINED:
        return UNDEFINED
    is_signed = step.name == "arith.sitofp"
    source = step.operand_types[0]
    number = -int(a) if source == "i1" else int(a)
    wide = np.int64(number) if is_signed else np.uint64(unsigned(a, source))
    return convert(np.asarray(wide).reshape(1), dtype_of(result_kind(step)), RINT)[0]


@meaning("arith.fptosi", "arith.fptoui")
def float_to_integer(step: Step, a: Any) -> Any:
    """An integer of a float, towards zero; refuses what does not fit."""
    if a is UNDEFINED:
        return UNDEFINED
    kind, number = result_kind(step), float(a)
    width = width_of(kind)
    low, high = (-(1 << width - 1), (1 << width - 1) - 1)
    if step.name == "arith.fptoui":
        low, high = 0, (1 << width) - 1
    if not (np.isfinite(number) and low <= int(number) <= high):
        raise ExecutionError(f"'{step.name}' expects a number that fits {kind}, but got {number}")
    return wrapped(int(number), kind)


@meaning("arith.bitcast")
def bitcast(step: Step, a: Any) -> Any:
    """The same bits as another type."""
    if a is UNDEFINED:
        return UNDEFINED
    source = step.operand_types[0]
    assert isinstance(source, str)
    kind = result_kind(step)
    return scalar_of(np.asarray(a, dtype_of(source)).reshape(1).view(dtype_of(kind))[0], kind)
