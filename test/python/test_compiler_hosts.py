"""Every instruction set gives the same bits."""

import numpy as np
import pytest
import tilework.language as pl
from tilework.compiler.images import link_image
from tilework.compiler.lowering import lower
from tilework.dialects import _tilework
from tilework.runtime import LoadedImage

ROWS, COLUMNS, DEPTH = 5, 37, 130  # nothing divides


@pl.jit
def mixed(
    a: pl.Tensor[[ROWS, DEPTH], pl.BF16],
    b: pl.Tensor[[DEPTH, COLUMNS], pl.BF16],
    out: pl.Out[pl.Tensor[[ROWS, COLUMNS], pl.FP32]],
    half: pl.Out[pl.Tensor[[ROWS, COLUMNS], pl.BF16]],
):
    with pl.at(level=pl.Level.CORE_GROUP, name_hint="mixed_up"):
        product = pl.matmul(a[:, :], b[:, :])
        shifted = pl.row_expand_sub(product, pl.row_max(product))
        weights = pl.exp(shifted)
        total = pl.row_sum(weights)
        waves = pl.add(pl.sin(product), pl.log(pl.abs(product)))
        soft = pl.add(pl.row_expand_div(weights, total), waves)
        out[:, :] = soft
        half[:, :] = pl.cast(pl.rsqrt(pl.exp(soft)), pl.BF16, mode="rint")
    return out, half


def run_on(cpu, folder):
    import ml_dtypes

    rng = np.random.default_rng(1)
    a = rng.normal(size=(ROWS, DEPTH)).astype(ml_dtypes.bfloat16)
    b = rng.normal(size=(DEPTH, COLUMNS)).astype(ml_dtypes.bfloat16)
    out = np.zeros((ROWS, COLUMNS), np.float32)
    half = np.zeros((ROWS, COLUMNS), ml_dtypes.bfloat16)
    module = mixed.trace(a, b, out, half).module
    path = folder / f"{cpu}.so"
    link_image(lower(module, "native"), path, cpu)
    LoadedImage(path).run("mixed", [a, b, out, half])
    return out.tobytes(), half.tobytes()


@pytest.mark.skipif(
    _tilework.host_cpu_class() == "x86-64", reason="this host has no fused multiply-add"
)
def test_avx2_gives_the_bits_of_this_host(tmp_path):
    assert run_on("x86-64-v3", tmp_path) == run_on(_tilework.host_cpu_class(), tmp_path)
