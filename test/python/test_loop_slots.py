"""Loops whose buffers take turns by the model's choice: the same bits in any legal order."""

import numpy as np
import pytest
import tilework
import tilework.language as pl
import torch

SEEDS = range(6)


@pl.jit
def scaled(
    x: pl.Tensor[[256, 128], pl.FP32],
    scale: pl.Tensor[[1, 128], pl.FP32],
    rows: pl.Tensor[[1], pl.INT32],
    out: pl.Out[pl.Tensor[[256, 128], pl.FP32]],
):
    with pl.at(level=pl.Level.CORE_GROUP, name_hint="scaled"):
        count = pl.cast(pl.read(rows, [0]), pl.INDEX)
        for i in pl.range(0, count, 16):
            by = pl.exp(scale[:, :])  # the same in every iteration
            out[i : i + 16, :] = pl.col_expand_mul(x[i : i + 16, :], by)
    return out


@pl.jit
def products(
    x: pl.Tensor[[64, 256], pl.BF16],
    w: pl.Tensor[[256, 384], pl.BF16],
    out: pl.Out[pl.Tensor[[64, 384], pl.FP32]],
):
    with pl.at(level=pl.Level.CORE_GROUP, name_hint="products"):
        left = x[0:64, 0:128]
        for n in pl.range(0, 384, 64):
            for m in pl.range(0, 64, 32):
                first = pl.matmul(left[m : m + 32, :], w[0:128, n : n + 64], out_dtype=pl.FP32)
                whole = pl.matmul_acc(first, x[m : m + 32, 128:256], w[128:256, n : n + 64])
                out[m : m + 32, n : n + 64] = pl.mul(whole, 2.0)
    return out


def run(program, arguments, **options):
    with tilework.options(**options):
        program(*arguments)
    return arguments[-1].numpy().tobytes()


@pytest.mark.parametrize("count", [0, 16, 32, 256])
def test_any_number_of_iterations(count):
    torch.manual_seed(count)
    x, scale = torch.randn(256, 128), torch.randn(1, 128)
    rows = torch.tensor([count], dtype=torch.int32)
    fresh = lambda: (x, scale, rows, torch.full((256, 128), 7.0))  # noqa: E731
    expected = run(scaled, fresh())
    want = np.full((256, 128), 7.0, np.float32)
    want[:count] = x[:count].numpy() * np.exp(scale.numpy())
    np.testing.assert_allclose(
        np.frombuffer(expected, np.float32).reshape(256, 128), want, rtol=1e-5
    )
    for seed in SEEDS:
        assert run(scaled, fresh(), exact=seed, check=seed == 0) == expected


def test_nested_loops_of_products():
    torch.manual_seed(0)
    x, w = (torch.randn(*shape).to(torch.bfloat16) for shape in ((64, 256), (256, 384)))
    fresh = lambda: (x, w, torch.zeros(64, 384))  # noqa: E731
    expected = run(products, fresh())
    result = np.frombuffer(expected, np.float32).reshape(64, 384)
    np.testing.assert_allclose(result, 2 * (x.float() @ w.float()).numpy(), rtol=1e-3, atol=1e-3)
    for seed in SEEDS:
        assert run(products, fresh(), exact=seed, check=seed == 0) == expected
