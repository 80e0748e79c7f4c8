"""Matrix products, compiled: tails in every extent, transposes, accumulators, valid extents."""

import numpy as np
import pytest
import tilework.language as pl
from compiled_harness import awkward, filled, numbers, verified

TYPES = {
    pl.FP32: (pl.FP32, pl.BF16), pl.BF16: (pl.FP32, pl.BF16), pl.FP16: (pl.FP32, pl.FP16),
    pl.INT8: (pl.INT32, pl.INT8),
}  # fmt: skip
EXTENTS = (
    (1, 1, 1), (5, 8, 17), (33, 17, 5), (1, 130, 33), (17, 33, 130), (130, 16, 8), (8, 17, 33),
)  # fmt: skip


def product(dtype, m, k, n, a_trans, b_trans, out_dtype):
    left, right = [k, m] if a_trans else [m, k], [n, k] if b_trans else [k, n]

    @pl.jit
    def program(
        a: pl.Tensor[left, dtype], b: pl.Tensor[right, dtype],
        rows: pl.Scalar[pl.INDEX], depth: pl.Scalar[pl.INDEX], columns: pl.Scalar[pl.INDEX],
        out: pl.Out[pl.Tensor[[2 * m, n], out_dtype]],
    ):  # fmt: skip
        with pl.incore():
            out[0:m, :] = pl.matmul(
                a[:, :], b[:, :], out_dtype=out_dtype, a_trans=a_trans, b_trans=b_trans
            )
            first = [depth, rows] if a_trans else [rows, depth]
            second = [columns, depth] if b_trans else [depth, columns]
            part = pl.matmul(
                pl.slice(a, left, [0, 0], valid_shape=first),
                pl.slice(b, right, [0, 0], valid_shape=second),
                out_dtype=out_dtype, a_trans=a_trans, b_trans=b_trans,
            )  # fmt: skip
            out[m : 2 * m, :] = pl.fillpad(part, 3)
        return out

    return program, left, right


@pytest.mark.parametrize("dtype", TYPES, ids=str)
@pytest.mark.parametrize("extents", EXTENTS, ids=str)
def test_products(dtype, extents):
    m, k, n = extents
    turns = ((False, False), (True, True)) if extents[0] % 2 else ((False, True), (True, False))
    for a_trans, b_trans in turns:
        out_dtype = TYPES[dtype][a_trans]
        program, left, right = product(dtype, m, k, n, a_trans, b_trans, out_dtype)
        for valid in ((m, k, n), (m // 2, k // 2, n // 2), (0, k, n), (m, 0, max(1, n - 1))):
            verified(
                program, numbers(dtype, *left), numbers(dtype, *right, seed=1), *valid,
                filled(out_dtype, 2 * m, n), threads=1,
            )  # fmt: skip


@pytest.mark.parametrize("turns", [(False, False), (False, True), (True, False)], ids=str)
def test_products_larger_than_a_panel(turns):
    """A panel has 64 rows and a depth of 512: this is one and a rest of one, and two and six."""
    m, k, n = 65, 1030, 17
    program, left, right = product(pl.BF16, m, k, n, *turns, pl.FP32)
    for depth in (k, 1024, 700):
        verified(
            program, numbers(pl.BF16, *left), numbers(pl.BF16, *right, seed=1), m, depth, n,
            filled(pl.FP32, 2 * m, n), threads=1,
        )  # fmt: skip


@pytest.mark.parametrize("dtype", TYPES, ids=str)
def test_awkward_factors(dtype):
    program, left, right = product(dtype, 9, 19, 21, False, False, TYPES[dtype][0])
    out = filled(TYPES[dtype][0], 18, 21)
    verified(program, awkward(dtype, *left), awkward(dtype, *right, seed=1), 9, 7, 21, out)


def test_a_multiply_add_rounds_once():
    """1 + 2^-12 squared is 1 + 2^-11 + 2^-24, whose last part only survives one rounding."""
    program, _, _ = product(pl.FP32, 1, 2, 1, False, False, pl.FP32)
    x = np.float32(1 + 2.0**-12)
    out = filled(pl.FP32, 2, 1)
    program(np.array([[-1, x]], np.float32), np.array([[1], [x]], np.float32), 1, 2, 1, out)
    assert (out == np.float32(2.0**-11 + 2.0**-24)).all()


def chained(dtype, style, m, k, n, step):
    result = TYPES[dtype][0]

    @pl.jit
    def program(
        a: pl.Tensor[[m, k], dtype], b: pl.Tensor[[k, n], dtype], limit: pl.Tensor[[1], pl.INT32],
        out: pl.Out[pl.Tensor[[m, n], result]],
    ):  # fmt: skip
        with pl.incore():
            if style == "full":
                total = pl.full([m, n], dtype=result, value=0)
                for i in pl.pipeline(0, k, step, stage=2):
                    total = pl.matmul_acc(total, a[:, i : i + step], b[i : i + step, :])
            elif style == "init_cond":
                total = pl.create_tensor([m, n], dtype=result)
                for i in pl.range(0, k, step):
                    total = pl.matmul_acc(
                        total, a[:, i : i + step], b[i : i + step, :], init_cond=(i == 0)
                    )
            elif style == "peeled":
                total = pl.create_tensor([m, n], dtype=result)
                for i in pl.range(0, k, step):
                    if i == 0:
                        total = pl.matmul(a[:, i : i + step], b[i : i + step, :])
                    else:
                        total = pl.matmul_acc(total, a[:, i : i + step], b[i : i + step, :])
            else:
                total = pl.full([m, n], dtype=result, value=1)
                for i in pl.range(0, pl.cast(pl.read(limit, [0]), pl.INDEX), step):
                    total = pl.matmul_acc(total, a[:, i : i + step], b[i : i + step, :])
            out[:, :] = total
        return out

    return program


@pytest.mark.parametrize("dtype", TYPES, ids=str)
@pytest.mark.parametrize("style", ("full", "init_cond", "peeled", "limited"))
def test_accumulators(dtype, style):
    for m, k, n, step in ((5, 48, 17, 16), (16, 64, 130, 32)):
        for limit in (0, step, k) if style == "limited" else (0,):
            verified(
                chained(dtype, style, m, k, n, step), numbers(dtype, m, k),
                numbers(dtype, k, n, seed=1), np.array([limit], np.int32),
                filled(TYPES[dtype][0], m, n), threads=1,
            )  # fmt: skip
