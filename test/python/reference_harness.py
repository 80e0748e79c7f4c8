"""Runs one-operation programs on the reference interpreter, and rounds exact fractions.

Tensors may be given with undefined elements, which an entry called by a user never has.
"""

from __future__ import annotations

from fractions import Fraction

import ml_dtypes
import numpy as np
import tilework.dialects  # noqa: F401 (registers the dialects)
from tilework.ir import Context, Module
from tilework.reference.interpreter import Machine
from tilework.reference.program import translate
from tilework.reference.values import DTYPES, Tensor

BF16 = np.dtype(ml_dtypes.bfloat16)
F16 = np.dtype(np.float16)
F32 = np.dtype(np.float32)
FLOATS = [F32, F16, BF16]
TYPE_NAMES = {dtype: name for name, dtype in DTYPES.items() if name not in ("index", "!task.id")}

NONE, RINT, ROUND, FLOOR, CEIL, TRUNC, ODD = range(7)
MODES = ("none", "rint", "round", "floor", "ceil", "trunc", "odd")


def type_of(value) -> str:
    """The MLIR type of an array, a tensor with a mask, or a scalar."""
    if isinstance(value, Tensor):
        value = value.data
    if isinstance(value, np.ndarray):
        return f"tensor<{''.join(f'{n}x' for n in value.shape)}{TYPE_NAMES[value.dtype]}>"
    if isinstance(value, bool):
        return "i1"
    return "index" if isinstance(value, int) else TYPE_NAMES[np.dtype(type(value))]


def execute(text: str, values: dict, result: str):
    """The value that the operations `text` give the name `%r`.

    `values` are arguments by name; `{x}` in `text` is the type of `%x`, and `{r}` is `result`.
    """
    types = {name: type_of(value) for name, value in values.items()}
    arguments = ", ".join(f"in %{name}: {types[name]}" for name in values)
    # programs return no scalars: the value is that of a region just before the return
    source = f"""module {{ task.entry @program({arguments}) {{
      %end = task.auto split(none) -> ({result}) {{
        {text.format(r=result, **types)}
        task.yield %r : {result}
      }}
      task.return
    }} }}"""
    with Context():
        module = Module.parse(source)
        entry = module.body.operations[0].operation
        machine = Machine()
        block = translate(entry)
        block.steps.pop()
        block.steps[-1].dies_after = ()
        given = [
            v if not isinstance(v, np.ndarray) else Tensor(v, holders=1) for v in values.values()
        ]
        with np.errstate(all="ignore"):
            return machine.run(block, given)[0]


def computed(text: str, values: dict, result: str) -> np.ndarray:
    """Like `execute`, for a tensor whose elements are all defined."""
    tensor = execute(text, values, result)
    assert tensor.defined is None
    return tensor.data


def masked(data: np.ndarray, *undefined: tuple[int, ...]) -> Tensor:
    """`data` whose elements at the indices `undefined` are undefined."""
    defined = np.ones(data.shape, bool)
    for index in undefined:
        defined[index] = False
    return Tensor(data.copy(), defined)


def undefined_indices(tensor: Tensor) -> list[list[int]]:
    """Where a tensor is undefined."""
    return np.argwhere(~tensor.mask).tolist()


def assert_same_bits(actual: np.ndarray, expected: np.ndarray) -> None:
    """Fails unless both arrays have the same type, shape and bits; NaNs are equal."""
    assert actual.dtype == expected.dtype
    assert actual.shape == expected.shape
    unsigned = f"u{actual.dtype.itemsize}"
    same = actual.copy().view(unsigned) == expected.copy().view(unsigned)
    if actual.dtype in FLOATS:
        same |= np.isnan(actual) & np.isnan(expected)
    assert same.all(), (actual[~same][:3], expected[~same][:3], np.argwhere(~same)[:3])


def round_fraction(value: Fraction, dtype: np.dtype, mode: int = RINT) -> float:
    """`value` rounded to a float type, by the definition of the mode."""
    if value == 0:
        return 0.0
    info = ml_dtypes.finfo(dtype)
    exponent = value.numerator.bit_length() - value.denominator.bit_length()
    while abs(value) >= Fraction(2) ** (exponent + 1):
        exponent += 1
    while abs(value) < Fraction(2) ** exponent:
        exponent -= 1
    quantum = Fraction(2) ** (max(exponent, int(info.minexp)) - int(info.nmant))
    rounded = round_fraction_to_integer(value / quantum, mode) * quantum
    largest = Fraction(float(info.max))
    if abs(rounded) > largest:
        towards_zero = mode in (TRUNC, ODD) or (mode == (FLOOR if value > 0 else CEIL))
        return float(largest if towards_zero else np.inf) * (1 if value > 0 else -1)
    return float(rounded)


def round_fraction_to_integer(value: Fraction, mode: int) -> int:
    """`value` rounded to an integer, by the definition of the mode."""
    below = value.numerator // value.denominator
    if value == below:
        return below
    towards_zero = below if value > 0 else below + 1
    distance = value - below
    return {
        RINT: round(value),
        ROUND: below + (distance > Fraction(1, 2) or (distance == Fraction(1, 2) and value > 0)),
        FLOOR: below,
        CEIL: below + 1,
        TRUNC: towards_zero,
        ODD: below if below % 2 else below + 1,
    }[mode]
