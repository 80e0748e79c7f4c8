"""Element-wise operations on tensors, and their forms with a scalar or an expanded vector."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tilework.frontend.values import ScalarValue, TensorValue, type_text
from tilework.language.construct import construct, construct_of
from tilework.language.dtypes import BOOL
from tilework.language.enums import CmpType
from tilework.language.kinds import (
    AnyArg,
    DTypeArg,
    FlagArg,
    OperandArg,
    ScalarArg,
    TensorArg,
    TextArg,
)
from tilework.language.operands import (
    element,
    like,
    require_bits,
    require_float,
    require_integer,
    require_number,
    require_same_dtype,
    require_shape,
)

if TYPE_CHECKING:
    from tilework.frontend.emitter import Emitter

Require = Callable[["Emitter", TensorValue, str], None]


def _unary(name: str, operation: str, doc: str, require: Require = require_number) -> Any:
    def emit(e: Emitter, input: TensorArg) -> TensorValue:
        require(e, input, "input")
        return like(e, operation, [input.value], input)

    return construct("elementwise", name=name, doc=doc)(emit)


def _unary_precise(name: str, operation: str, doc: str) -> Any:
    def emit(e: Emitter, input: TensorArg, high_precision: FlagArg = False) -> TensorValue:
        require_float(e, input, "input")
        return like(e, operation, [input.value], input)

    text = f"{doc} `high_precision` changes nothing: results are precise anyway."
    return construct("elementwise", name=name, doc=text)(emit)


exp = _unary("exp", "tile.exp", "e to the power of each element.", require_float)
sin = _unary("sin", "tile.sin", "Sine of each element.", require_float)
cos = _unary("cos", "tile.cos", "Cosine of each element.", require_float)
sqrt = _unary("sqrt", "tile.sqrt", "Square root of each element.", require_float)
neg = _unary("neg", "tile.neg", "Each element negated.")
abs = _unary("abs", "tile.abs", "Absolute value of each element.")
relu = _unary("relu", "tile.relu", "max(x, 0) of each element.")
not_ = _unary("not_", "tile.not", "Bitwise complement of each element.", require_bits)
log = _unary_precise("log", "tile.log", "Natural logarithm of each element.")
rsqrt = _unary_precise("rsqrt", "tile.rsqrt", "1 / sqrt(x) of each element.")
recip = _unary_precise("recip", "tile.recip", "1 / x of each element.")


def binary(
    e: Emitter,
    operation: str,
    lhs: TensorValue,
    rhs: Any,
    expanded: int | None = None,
    attributes: Any = None,
) -> TensorValue:
    """lhs ∘ rhs, where rhs is a tensor of the same shape, a scalar, or a vector to expand."""
    if isinstance(rhs, TensorValue):
        require_same_dtype(e, lhs, rhs)
        require_shape(e, lhs, rhs, expanded)
        operands = [lhs.value, rhs.value]
    else:
        operands = [lhs.value, element(e, rhs, lhs.dtype, "rhs")]
    dtype = BOOL if operation == "tile.compare" else None
    return like(e, operation, operands, lhs, dtype, attributes)


def _ordered(e: Emitter, lhs: Any, rhs: Any, commutes: bool) -> tuple[TensorValue, Any]:
    if isinstance(lhs, TensorValue):
        return lhs, rhs
    if not isinstance(rhs, TensorValue):
        e.fail(
            f"expects 'lhs' to be a tensor, but got {type_text(lhs)}",
            "scalars take Python's operators: lhs + rhs, pl.min(lhs, rhs)",
            at="lhs",
        )
    if not commutes:
        e.fail(
            f"expects 'lhs' to be a tensor, but got {type_text(lhs)}",
            "write pl.full(shape, dtype=..., value=...) for it",
            at="lhs",
        )
    return rhs, lhs


def _binary(
    name: str,
    operation: str,
    doc: str,
    commutes: bool = False,
    require: Require = require_number,
) -> Any:
    def emit(e: Emitter, lhs: OperandArg, rhs: OperandArg) -> TensorValue:
        first, second = _ordered(e, lhs, rhs, commutes)
        require(e, first, "lhs")
        return binary(e, operation, first, second)

    text = f"{doc} `rhs` is a tensor of the same shape and element type, or a scalar."
    return construct("elementwise", name=name, doc=text)(emit)


def _with_scalar(name: str, operation: str, doc: str, require: Require = require_number) -> Any:
    def emit(e: Emitter, lhs: TensorArg, rhs: ScalarArg) -> TensorValue:
        require(e, lhs, "lhs")
        return binary(e, operation, lhs, rhs)

    return construct("elementwise", name=name, doc=f"{doc} `rhs` is a scalar.")(emit)


_QUOTIENT = "Quotient, correctly rounded; whole numbers truncate, and by 0 give 0."
_REMAINDER = "Remainder with the sign of `lhs`; of whole numbers by 0, it is 0."
_SHIFT_LEFT = "Shift left; 0 where the amount is not from 0 to the width less 1."
_SHIFT_RIGHT = (
    "Shift right, logical for unsigned types; only the sign is left where the amount is not from 0 "
    "to the width less 1."
)

add = _binary("add", "tile.add", "Sum.", commutes=True)
sub = _binary("sub", "tile.sub", "Difference.")
mul = _binary("mul", "tile.mul", "Product.", commutes=True)
maximum = _binary("maximum", "tile.maximum", "The larger; a NaN wins.", commutes=True)
minimum = _binary("minimum", "tile.minimum", "The smaller; a NaN wins.", commutes=True)
fmod = _binary("fmod", "tile.fmod", _REMAINDER)
and_ = _binary("and_", "tile.and", "Bitwise and.", True, require_bits)
or_ = _binary("or_", "tile.or", "Bitwise or.", True, require_bits)
shl = _binary("shl", "tile.shl", _SHIFT_LEFT, False, require_integer)
shr = _binary("shr", "tile.shr", _SHIFT_RIGHT, False, require_integer)
adds = _with_scalar("adds", "tile.add", "Sum.")
subs = _with_scalar("subs", "tile.sub", "Difference.")
muls = _with_scalar("muls", "tile.mul", "Product.")
divs = _with_scalar("divs", "tile.div", _QUOTIENT)
maximums = _with_scalar("maximums", "tile.maximum", "The larger.")
minimums = _with_scalar("minimums", "tile.minimum", "The smaller.")
fmods = _with_scalar("fmods", "tile.fmod", _REMAINDER)
ands = _with_scalar("ands", "tile.and", "Bitwise and.", require_bits)
ors = _with_scalar("ors", "tile.or", "Bitwise or.", require_bits)
shls = _with_scalar("shls", "tile.shl", _SHIFT_LEFT, require_integer)
shrs = _with_scalar("shrs", "tile.shr", _SHIFT_RIGHT, require_integer)


@construct("elementwise")
def div(
    e: Emitter, lhs: OperandArg, rhs: OperandArg, high_precision: FlagArg = False
) -> TensorValue:
    """Quotient, correctly rounded; whole numbers truncate, and by 0 give 0. `rhs` is a tensor or a
    scalar."""
    first, second = _ordered(e, lhs, rhs, commutes=False)
    require_number(e, first, "lhs")
    return binary(e, "tile.div", first, second)


@construct("elementwise")
def xor(e: Emitter, lhs: TensorArg, rhs: OperandArg, tmp: AnyArg = None) -> TensorValue:
    """Bitwise exclusive or. `tmp` is not needed."""
    require_bits(e, lhs, "lhs")
    return binary(e, "tile.xor", lhs, rhs)


@construct("elementwise")
def xors(e: Emitter, lhs: TensorArg, rhs: ScalarArg, tmp: AnyArg = None) -> TensorValue:
    """Bitwise exclusive or with a scalar. `tmp` is not needed."""
    require_bits(e, lhs, "lhs")
    return binary(e, "tile.xor", lhs, rhs)


def _expanded(axis: str, dim: int, name: str, operation: str) -> Any:
    vector = "[R, 1]" if axis == "row" else "[1, C]"

    def emit(e: Emitter, lhs: TensorArg, rhs: TensorArg) -> TensorValue:
        (require_float if name == "expdif" else require_number)(e, lhs, "lhs")
        result = binary(e, operation, lhs, rhs, expanded=dim)
        if name == "expdif":
            return like(e, "tile.exp", [result.value], result)
        return result

    what = "exp(lhs - rhs)" if name == "expdif" else f"lhs {name} rhs"
    text = f"{what} with `rhs` of shape {vector} repeated along the other dimension."
    return construct("elementwise", name=f"{axis}_expand_{name}", doc=text)(emit)


row_expand_add = _expanded("row", 1, "add", "tile.add")
row_expand_sub = _expanded("row", 1, "sub", "tile.sub")
row_expand_mul = _expanded("row", 1, "mul", "tile.mul")
row_expand_div = _expanded("row", 1, "div", "tile.div")
row_expand_max = _expanded("row", 1, "max", "tile.maximum")
row_expand_min = _expanded("row", 1, "min", "tile.minimum")
row_expand_expdif = _expanded("row", 1, "expdif", "tile.sub")
col_expand_add = _expanded("col", 0, "add", "tile.add")
col_expand_sub = _expanded("col", 0, "sub", "tile.sub")
col_expand_mul = _expanded("col", 0, "mul", "tile.mul")
col_expand_div = _expanded("col", 0, "div", "tile.div")
col_expand_max = _expanded("col", 0, "max", "tile.maximum")
col_expand_min = _expanded("col", 0, "min", "tile.minimum")
col_expand_expdif = _expanded("col", 0, "expdif", "tile.sub")

MODES = ("none", "rint", "round", "floor", "ceil", "trunc", "odd")


@construct("elementwise")
def cast(
    e: Emitter, input: OperandArg, target_type: DTypeArg, mode: TextArg = "round"
) -> TensorValue | ScalarValue:
    """Another element type. `mode`: rint (half to even), round (half away from zero), floor, ceil,
    trunc, odd, none. Integers saturate. Scalars convert between INDEX, integers and floats."""
    if mode not in MODES:
        e.fail(f"expects 'mode' to be one of {', '.join(MODES)}, but got '{mode}'", at="mode")
    if not isinstance(input, TensorValue):
        from tilework.frontend import conversions

        converted: ScalarValue = conversions.cast(e, input, target_type, mode)
        return converted
    if target_type.kind == "index":
        e.fail(f"expects tensors of numbers, but got target type {target_type}", at="target_type")
    if input.dtype == target_type:
        return input
    rounding = {"rounding": e.builder.case("rounding", mode)}
    return like(e, "tile.cast", [input.value], input, target_type, rounding)


def _predicate(e: Emitter, cmp_type: Any) -> Any:
    names = [case.name.lower() for case in CmpType]
    number = cmp_type.value if isinstance(cmp_type, CmpType) else cmp_type
    if isinstance(number, str) and number in names:
        number = names.index(number)
    if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number < len(names):
        e.fail(
            f"expects 'cmp_type' from 0 to 5 ({', '.join(names)}), but got {type_text(number)}",
            at="cmp_type",
        )
    return {"predicate": e.builder.case("compare", names[number])}


@construct("elementwise")
def cmp(e: Emitter, lhs: TensorArg, rhs: OperandArg, cmp_type: AnyArg = 0) -> TensorValue:
    """Comparison, element by element, as a BOOL tensor. `cmp_type`: 0 eq, 1 ne, 2 lt, 3 le, 4 gt,
    5 ge, or their names."""
    return binary(e, "tile.compare", lhs, rhs, attributes=_predicate(e, cmp_type))


@construct("elementwise")
def cmps(e: Emitter, lhs: TensorArg, rhs: ScalarArg, cmp_type: AnyArg = 0) -> TensorValue:
    """Comparison with a scalar, as a BOOL tensor."""
    return binary(e, "tile.compare", lhs, rhs, attributes=_predicate(e, cmp_type))


def _require_mask(e: Emitter, mask: TensorValue, tensor: TensorValue, name: str) -> None:
    if mask.dtype != BOOL:
        e.fail(
            f"expects 'mask' to have the element type BOOL, but got {mask.dtype}",
            "pl.cmp and pl.cmps make masks",
            at="mask",
        )
    require_shape(e, mask, tensor, names=f"mask {name}")


@construct("elementwise")
def sel(
    e: Emitter, mask: TensorArg, lhs: TensorArg, rhs: TensorArg, tmp: AnyArg = None
) -> TensorValue:
    """mask ? lhs : rhs, element by element. `tmp` is not needed."""
    _require_mask(e, mask, lhs, "lhs")
    require_same_dtype(e, lhs, rhs)
    require_shape(e, lhs, rhs)
    return like(e, "tile.select", [mask.value, lhs.value, rhs.value], lhs)


@construct("elementwise")
def sels(
    e: Emitter, mask: TensorArg, src: TensorArg, tmp: AnyArg, scalar: ScalarArg
) -> TensorValue:
    """mask ? src : scalar, element by element. `tmp` is not needed: pass None."""
    from tilework.frontend.tensors import dynamic_sizes

    _require_mask(e, mask, src, "src")
    value = element(e, scalar, src.dtype, "scalar")
    other = like(e, "tile.full", [value, *dynamic_sizes(e, src.shape)], src)
    return like(e, "tile.select", [mask.value, src.value, other.value], src)


__all__ = [name for name, value in list(globals().items()) if construct_of(value)]
