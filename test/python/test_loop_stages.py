"""Loops in which cube and vector cores take turns: the same bits in any legal order, any trips."""

import numpy as np
import pytest
import tilework
import tilework.language as pl
import torch

SEEDS = range(6)


@pl.jit
def attend(
    q: pl.Tensor[[16, 64], pl.BF16],
    k: pl.Tensor[[512, 64], pl.BF16],
    v: pl.Tensor[[512, 64], pl.BF16],
    length: pl.Tensor[[1], pl.INT32],
    out: pl.Out[pl.Tensor[[16, 64], pl.FP32]],
):
    with pl.at(level=pl.Level.CORE_GROUP, name_hint="attend"):
        context = pl.cast(pl.read(length, [0]), pl.INDEX)
        query = q[:, :]
        m = pl.full([16, 1], dtype=pl.FP32, value=-1.0e30)
        total = pl.full([16, 1], dtype=pl.FP32, value=0.0)
        o = pl.full([16, 64], dtype=pl.FP32, value=0.0)
        for start in pl.range(0, context, 64):
            width = pl.min(64, context - start)
            keys = k[start : start + 64, :]
            scores = pl.matmul(query, keys, b_trans=True, out_dtype=pl.FP32)
            valid = pl.fillpad(
                pl.slice(scores, [16, 64], [0, 0], valid_shape=[16, width]),
                pad_value=pl.PadValue.min,
            )
            peak = pl.maximum(m, pl.row_max(valid))
            weights = pl.exp(pl.row_expand_sub(valid, peak))
            shrink = pl.exp(pl.sub(m, peak))
            total = pl.add(pl.mul(total, shrink), pl.row_sum(weights))
            values = pl.fillpad(
                pl.slice(v, [64, 64], [start, 0], valid_shape=[width, 64]),
                pad_value=pl.PadValue.zero,
            )
            part = pl.matmul(pl.cast(weights, pl.BF16), values, out_dtype=pl.FP32)
            o = pl.add(pl.row_expand_mul(o, shrink), part)
            m = peak
        out[:, :] = pl.row_expand_div(o, pl.maximum(total, 1.0e-30))
    return out


def run(arguments, **options):
    with tilework.options(**options):
        attend(*arguments)
    return arguments[-1].numpy().tobytes()


@pytest.mark.parametrize("length", [0, 1, 64, 65, 300, 512])
def test_any_number_of_iterations(length):
    torch.manual_seed(length)
    q, k, v = (torch.randn(rows, 64).to(torch.bfloat16) for rows in (16, 512, 512))
    context = torch.tensor([length], dtype=torch.int32)
    fresh = lambda: (q, k, v, context, torch.full((16, 64), 7.0))  # noqa: E731
    expected = run(fresh())
    probabilities = torch.softmax(q.float() @ k[:length].float().T, dim=-1)
    want = probabilities @ v[:length].float()
    result = np.frombuffer(expected, np.float32).reshape(16, 64)
    np.testing.assert_allclose(result, want.numpy(), rtol=2e-2, atol=2e-2)
    for seed in SEEDS:
        assert run(fresh(), exact=seed, check=seed == 0) == expected


def test_the_loop_is_in_stages():
    """Else the test above shows nothing."""
    from tilework.compiler.lowering import lower
    from tilework_mlir import passmanager

    q, k, v = (torch.zeros(rows, 64, dtype=torch.bfloat16) for rows in (16, 512, 512))
    module = attend.trace(q, k, v, torch.zeros(1, dtype=torch.int32), torch.zeros(16, 64)).module
    lower(module, "graph")
    with module.context:
        passmanager.PassManager.parse(
            "builtin.module(tile-convert-to-core,core.group(core-schedule-loops))"
        ).run(module.operation)
    body = str(module)
    loop = body[body.index("scf.for", body.index("core.group")) :]
    assert loop.count("scf.if") >= 2
