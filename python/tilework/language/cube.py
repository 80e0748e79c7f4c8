"""Matrix products."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tilework.frontend.values import Extent, ScalarValue, TensorValue, shape_text
from tilework.language.construct import construct
from tilework.language.dtypes import BF16, FP16, FP32, INT8, INT32, DType
from tilework.language.kinds import AnyArg, ElementTypeArg, FlagArg, TensorArg
from tilework.language.operands import like, require_matrix, require_same_dtype

if TYPE_CHECKING:
    from tilework.frontend.emitter import Emitter


def _product(
    e: Emitter,
    lhs: TensorValue,
    rhs: TensorValue,
    a_trans: bool,
    b_trans: bool,
    acc: TensorValue | None,
) -> TensorValue:
    from tilework.frontend.tensors import make, require_equal, static, storage

    require_matrix(e, lhs, "lhs")
    require_matrix(e, rhs, "rhs")
    require_same_dtype(e, lhs, rhs)
    if lhs.dtype not in (FP32, BF16, FP16, INT8):
        e.fail(
            f"expects 'lhs' to have the element type FP32, BF16, FP16 or INT8, but got {lhs.dtype}",
            "write pl.cast(value, pl.BF16)",
            at="lhs",
        )
    m, k = lhs.shape[::-1] if a_trans else lhs.shape
    k_rhs, n = rhs.shape[::-1] if b_trans else rhs.shape
    if static(k) != static(k_rhs):
        names = f"dim {0 if a_trans else 1} of 'lhs' to equal dim {1 if b_trans else 0} of 'rhs'"
        e.fail(
            f"expects {names}, but got shapes {shape_text(lhs.shape)} and {shape_text(rhs.shape)}",
            at="rhs",
        )
    require_equal(e, k, k_rhs, 0 if a_trans else 1)
    capacities = []
    for tensor, dim in ((lhs, 1 if a_trans else 0), (rhs, 0 if b_trans else 1)):
        capacities.append(storage(tensor)[dim])
    held = None
    if lhs.capacity is not None or rhs.capacity is not None:
        held = tuple(extent for extent in capacities if isinstance(extent, int))
    dtype = INT32 if lhs.dtype == INT8 else FP32
    operands = [lhs.value, rhs.value]
    if acc is not None:
        _require_accumulator(e, acc, (m, n), dtype)
        operands.append(acc.value)
    flags = {"trans_lhs": a_trans, "trans_rhs": b_trans}
    attributes = {name: e.builder.unit for name, given in flags.items() if given}
    return make(e, "tile.matmul", operands, (m, n), dtype, held, attributes)


def _require_accumulator(
    e: Emitter, acc: TensorValue, shape: tuple[Extent, Extent], dtype: DType
) -> None:
    from tilework.frontend.tensors import require_equal, static

    if acc.dtype != dtype:
        e.fail(
            f"expects 'acc' to have the element type {dtype}, but got {acc.dtype}",
            f"write pl.full(shape, dtype=pl.{dtype}, value=0)",
            at="acc",
        )
    if acc.rank != 2 or not all(
        static(a) == static(b) for a, b in zip(acc.shape, shape, strict=True)
    ):
        e.fail(
            f"expects 'acc' to have shape {shape_text(shape)}, but got {shape_text(acc.shape)}",
            at="acc",
        )
    for dim, (have, want) in enumerate(zip(acc.shape, shape, strict=True)):
        require_equal(e, have, want, dim)


def _refuse_nz(e: Emitter, c_matrix_nz: bool) -> None:
    if c_matrix_nz:
        e.fail(
            "expects 'c_matrix_nz' to be False, but got True: layouts are the compiler's",
            at="c_matrix_nz",
        )


@construct("cube")
def matmul(
    e: Emitter,
    lhs: TensorArg,
    rhs: TensorArg,
    out_dtype: ElementTypeArg | None = None,
    a_trans: FlagArg = False,
    b_trans: FlagArg = False,
    c_matrix_nz: FlagArg = False,
) -> TensorValue:
    """Matrix product of [M, K] and [K, N], accumulated in FP32 (INT32 for INT8), k ascending.

    `a_trans` and `b_trans` read the operand transposed. Another `out_dtype` rounds the result
    once, half to even.
    """
    _refuse_nz(e, c_matrix_nz)
    product = _product(e, lhs, rhs, a_trans, b_trans, None)
    if out_dtype is None or out_dtype == product.dtype:
        return product
    rounding = {"rounding": e.builder.case("rounding", "rint")}
    return like(e, "tile.cast", [product.value], product, out_dtype, rounding)


@construct("cube")
def matmul_acc(
    e: Emitter,
    acc: TensorArg,
    lhs: TensorArg,
    rhs: TensorArg,
    a_trans: FlagArg = False,
    b_trans: FlagArg = False,
    init_cond: AnyArg = None,
) -> TensorValue:
    """acc + lhs @ rhs, in the order of one long product. Where `init_cond` holds, `acc` is ignored
    and the product starts anew."""
    from tilework.frontend import scalars

    if init_cond is None:
        return _product(e, lhs, rhs, a_trans, b_trans, acc)
    test = scalars.condition(e, init_cond)
    if isinstance(test, bool):
        return _product(e, lhs, rhs, a_trans, b_trans, None if test else acc)
    return _initialised(e, test, acc, lhs, rhs, a_trans, b_trans)


def _initialised(
    e: Emitter,
    test: ScalarValue,
    acc: TensorValue,
    lhs: TensorValue,
    rhs: TensorValue,
    a_trans: bool,
    b_trans: bool,
) -> TensorValue:
    from tilework.frontend.joins import from_run_time

    blocks = []
    for start in (None, acc):
        with e.builder.detached_block() as block:
            product = _product(e, lhs, rhs, a_trans, b_trans, start)
            e.builder.op("scf.yield", [product.value])
        blocks.append(block)
    made = e.builder.op("scf.if", [test.value], [product.value.type], {}, blocks)
    result: TensorValue = from_run_time(e, made.results[0], acc)
    return result
