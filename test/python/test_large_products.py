"""Products larger than the memories of a core: native bits from instructions in any order."""

import numpy as np
import pytest
import tilework
import tilework.language as pl
from compiled_harness import assert_same_bits, filled, numbers

TYPES = {pl.FP32: pl.FP32, pl.BF16: pl.FP32, pl.FP16: pl.FP32, pl.INT8: pl.INT32}


def judge(program, *arguments, seeds=(0, 1)):
    """Native code, and the instructions in other orders: the same bits, no hazard."""
    fast = [np.copy(a) if isinstance(a, np.ndarray) else a for a in arguments]
    program(*fast)
    for seed in seeds:
        exact = [np.copy(a) if isinstance(a, np.ndarray) else a for a in arguments]
        with tilework.options(exact=seed, check=seed == seeds[0]):
            program(*exact)
        for one, other in zip(exact, fast, strict=True):
            if isinstance(other, np.ndarray):
                assert_same_bits(one, other)


def linear(dtype, m, k, n, a_trans, b_trans):
    left, right = [k, m] if a_trans else [m, k], [n, k] if b_trans else [k, n]

    @pl.jit
    def program(
        a: pl.Tensor[left, dtype], b: pl.Tensor[right, dtype],
        out: pl.Out[pl.Tensor[[m, n], TYPES[dtype]]],
    ):  # fmt: skip
        with pl.incore():
            out[:, :] = pl.matmul(
                a[:, :], b[:, :], out_dtype=TYPES[dtype], a_trans=a_trans, b_trans=b_trans
            )
        return out

    return program, left, right


def random_extents(seed):
    """Beyond l1 or l0c in one way or another; most with tails."""
    random = np.random.default_rng(seed)
    wide = int(random.integers(500, 1500))
    return [
        (
            int(random.integers(1, 40)),
            int(random.integers(3000, 6000)),
            int(random.integers(60, 130)),
        ),
        (int(random.integers(130, 300)), int(random.integers(1, 200)), wide),
        (wide, int(random.integers(60, 130)), int(random.integers(1, 200))),
    ][seed % 3]


@pytest.mark.parametrize("seed", range(12))
def test_random_extents(seed):
    dtype = list(TYPES)[seed % 4]
    m, k, n = random_extents(seed)
    turns = (bool(seed // 2 % 2), bool(seed // 3 % 2))
    program, left, right = linear(dtype, m, k, n, *turns)
    judge(
        program, numbers(dtype, *left), numbers(dtype, *right, seed=1),
        filled(TYPES[dtype], m, n), seeds=(seed, seed + 1),
    )  # fmt: skip


def valid(m, k, n):
    @pl.jit
    def program(
        a: pl.Tensor[[m, k], pl.BF16], b: pl.Tensor[[n, k], pl.BF16],
        rows: pl.Scalar[pl.INDEX], depth: pl.Scalar[pl.INDEX], columns: pl.Scalar[pl.INDEX],
        out: pl.Out[pl.Tensor[[m, n], pl.BF16]],
    ):  # fmt: skip
        with pl.incore():
            part = pl.matmul(
                pl.slice(a, [m, k], [0, 0], valid_shape=[rows, depth]),
                pl.slice(b, [n, k], [0, 0], valid_shape=[columns, depth]),
                out_dtype=pl.FP32, b_trans=True,
            )  # fmt: skip
            out[:, :] = pl.fillpad(pl.cast(part, pl.BF16), 3)
        return out

    return program


@pytest.mark.parametrize("extents", [(100, 300, 700), (200, 520, 1000), (0, 5, 1), (7, 0, 600)])
def test_valid_extents(extents):
    m, k, n = 200, 520, 1000
    judge(
        valid(m, k, n), numbers(pl.BF16, m, k), numbers(pl.BF16, n, k, seed=1), *extents,
        filled(pl.BF16, m, n),
    )  # fmt: skip


STYLES = ("full", "pair", "epilogue")


def author(style, m, k, n, step):
    """Sums whose accumulator does not fit l0c, as authors write them."""

    @pl.jit
    def program(
        a: pl.Tensor[[m, k], pl.BF16], b: pl.Tensor[[k, n], pl.BF16],
        bias: pl.Tensor[[1, n], pl.FP32], out: pl.Out[pl.Tensor[[m, n], pl.FP32]],
    ):  # fmt: skip
        with pl.incore():
            total = pl.full([m, n], dtype=pl.FP32, value=0)
            for i in pl.pipeline(0, k, step, stage=2):
                total = pl.matmul_acc(total, a[:, i : i + step], b[i : i + step, :])
            if style == "pair":
                other = pl.matmul(a[:, 0:step], b[0:step, :], out_dtype=pl.FP32)
                total = pl.mul(total, pl.exp(pl.mul(other, -0.01)))
            if style == "epilogue":
                total = pl.col_expand_mul(pl.maximum(total, 0.0), bias[:, :])
            out[:, :] = total
        return out

    return program


@pytest.mark.parametrize("style", STYLES)
def test_accumulators_beyond_l0c(style):
    m, k, n, step = 130, 192, 700, 64
    judge(
        author(style, m, k, n, step), numbers(pl.BF16, m, k), numbers(pl.BF16, k, n, seed=1),
        numbers(pl.FP32, 1, n, seed=2), filled(pl.FP32, m, n),
    )  # fmt: skip


def test_operands_that_the_kernel_also_writes():
    """What is stored first may not be read by later pieces."""

    @pl.jit
    def program(
        x: pl.InOut[pl.Tensor[[160, 160], pl.FP32]], w: pl.Tensor[[160, 160], pl.FP32],
    ):  # fmt: skip
        with pl.incore():
            x[:, :] = pl.matmul(x[:, :], w[:, :], out_dtype=pl.FP32)
        return x

    judge(program, numbers(pl.FP32, 160, 160), numbers(pl.FP32, 160, 160, seed=1))


@pytest.mark.parametrize("seed", range(4))
def test_random_valid_extents(seed):
    random = np.random.default_rng(seed)
    m, k, n = (int(random.integers(low, high)) for low, high in ((100, 260), (1, 900), (600, 1100)))
    extents = [int(random.integers(0, size + 1)) for size in (m, k, n)]
    judge(
        valid(m, k, n), numbers(pl.BF16, m, k), numbers(pl.BF16, n, k, seed=1), *extents,
        filled(pl.BF16, m, n), seeds=(seed,),
    )  # fmt: skip


def test_sums_that_share_the_loads_of_a_loop():
    @pl.jit
    def program(
        x: pl.Tensor[[64, 2048], pl.BF16], gate: pl.Tensor[[2048, 200], pl.BF16],
        up: pl.Tensor[[2048, 200], pl.BF16], out: pl.Out[pl.Tensor[[64, 200], pl.FP32]],
    ):  # fmt: skip
        with pl.incore():
            a = pl.full([64, 200], dtype=pl.FP32, value=0)
            b = pl.full([64, 200], dtype=pl.FP32, value=0)
            for k in pl.pipeline(0, 2048, 512, stage=2):
                a = pl.matmul_acc(a, x[:, k : k + 512], gate[k : k + 512, :])
                b = pl.matmul_acc(b, x[:, k : k + 512], up[k : k + 512, :])
            out[:, :] = pl.mul(a, b)
        return out

    judge(
        program, numbers(pl.BF16, 64, 2048), numbers(pl.BF16, 2048, 200, seed=1),
        numbers(pl.BF16, 2048, 200, seed=2), filled(pl.FP32, 64, 200),
    )  # fmt: skip


def test_a_result_that_is_stored_twice():
    @pl.jit
    def program(
        x: pl.Tensor[[130, 256], pl.BF16], w: pl.Tensor[[256, 600], pl.BF16],
        small: pl.Out[pl.Tensor[[130, 600], pl.BF16]], out: pl.Out[pl.Tensor[[260, 600], pl.FP32]],
    ):  # fmt: skip
        with pl.incore():
            total = pl.matmul(x[:, :], w[:, :], out_dtype=pl.FP32)
            small[:, :] = pl.cast(total, pl.BF16)
            out[0:130, :] = total
            out[130:260, :] = pl.exp(pl.mul(total, 0.01))
        return small, out

    judge(
        program, numbers(pl.BF16, 130, 256), numbers(pl.BF16, 256, 600, seed=1),
        filled(pl.BF16, 130, 600), filled(pl.FP32, 260, 600),
    )  # fmt: skip


@pytest.mark.parametrize("valid_extents", [(64, 5000), (10, 3000), (0, 1)])
def test_padded_operands(valid_extents):
    @pl.jit
    def program(
        x: pl.Tensor[[64, 5000], pl.BF16], w: pl.Tensor[[5000, 200], pl.BF16],
        rows: pl.Scalar[pl.INDEX], depth: pl.Scalar[pl.INDEX],
        out: pl.Out[pl.Tensor[[64, 200], pl.FP32]],
    ):  # fmt: skip
        with pl.incore():
            part = pl.slice(x, [64, 5000], [0, 0], valid_shape=[rows, depth])
            out[:, :] = pl.matmul(pl.fillpad(part, 0), w[:, :], out_dtype=pl.FP32)
        return out

    judge(
        program, numbers(pl.BF16, 64, 5000), numbers(pl.BF16, 5000, 200, seed=1), *valid_extents,
        filled(pl.FP32, 64, 200),
    )  # fmt: skip


def test_loops_in_loops():
    @pl.jit
    def program(
        x: pl.Tensor[[2, 130, 512], pl.BF16], w: pl.Tensor[[2, 512, 600], pl.BF16],
        out: pl.Out[pl.Tensor[[2, 130, 600], pl.BF16]],
    ):  # fmt: skip
        with pl.incore():
            for h in pl.range(2):
                total = pl.full([130, 600], dtype=pl.FP32, value=0)
                for k in pl.range(0, 512, 256):
                    for j in pl.pipeline(k, k + 256, 128, stage=2):
                        total = pl.matmul_acc(total, x[h, :, j : j + 128], w[h, j : j + 128, :])
                out[h, :, :] = pl.cast(total, pl.BF16)
        return out

    judge(
        program, numbers(pl.BF16, 2, 130, 512), numbers(pl.BF16, 2, 512, 600, seed=1),
        filled(pl.BF16, 2, 130, 600),
    )  # fmt: skip


def test_a_product_of_a_product():
    """The first result is needed whole, and put together once it is narrow."""

    @pl.jit
    def program(
        x: pl.Tensor[[130, 256], pl.BF16], w: pl.Tensor[[256, 512], pl.BF16],
        v: pl.Tensor[[512, 600], pl.BF16], out: pl.Out[pl.Tensor[[130, 600], pl.FP32]],
    ):  # fmt: skip
        with pl.incore():
            hidden = pl.cast(pl.matmul(x[:, :], w[:, :], out_dtype=pl.FP32), pl.BF16)
            out[:, :] = pl.matmul(hidden, v[:, :], out_dtype=pl.FP32)
        return out

    judge(
        program, numbers(pl.BF16, 130, 256), numbers(pl.BF16, 256, 512, seed=1),
        numbers(pl.BF16, 512, 600, seed=2), filled(pl.FP32, 130, 600),
    )  # fmt: skip
