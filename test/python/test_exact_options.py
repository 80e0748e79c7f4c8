"""`tilework.options(exact=…, check=…)`: programs on the simulated device, from their source."""

import ml_dtypes
import numpy as np
import pytest
import tilework
import tilework.language as pl
from compiled_harness import verified
from tilework.compiler.images import ImageCache
from tilework.compiler.jit import compile_afresh
from tilework.compiler.run import Options
from tilework.errors import TaskError
from tilework.runtime import CORE_MEMORIES, ExactMode

SEEDS = (0, 1, 2, 3)


@pl.jit
def blend(
    x: pl.Tensor[[64, 128], pl.FP32],
    y: pl.Tensor[[64, 128], pl.FP32],
    out: pl.Out[pl.Tensor[[64, 128], pl.FP32]],
):
    for i in pl.parallel(0, 64, 16):
        with pl.at(level=pl.Level.CORE_GROUP, name_hint="blend"):
            out[i : i + 16, :] = pl.add(pl.mul(x[i : i + 16, :], 2.0), y[i : i + 16, :])
    return out


@pl.jit
def linear(
    x: pl.Tensor[[16, 512], pl.BF16],
    w: pl.Tensor[[512, 256], pl.BF16],
    out: pl.Out[pl.Tensor[[16, 256], pl.FP32]],
):
    for n in pl.parallel(0, 256, 128):
        with pl.at(level=pl.Level.CORE_GROUP, name_hint="linear"):
            acc = pl.full([16, 128], dtype=pl.FP32, value=0.0)
            for k in pl.pipeline(0, 512, 128, stage=2):
                acc = pl.matmul_acc(acc, x[:, k : k + 128], w[k : k + 128, n : n + 128])
            out[:, n : n + 128] = acc
    return out


@pl.jit
def tail(
    x: pl.Tensor[[16, 192], pl.BF16],
    w: pl.Tensor[[192, 40], pl.BF16],
    out: pl.Out[pl.Tensor[[16, 40], pl.FP32]],
):
    for n in pl.parallel(0, 40, 16):
        width = pl.min(16, 40 - n)
        with pl.at(level=pl.Level.CORE_GROUP, name_hint="tail"):
            part = pl.slice(w, [64, 16], [0, n], valid_shape=[64, width])
            acc = pl.matmul(x[:, 0:64], part, out_dtype=pl.FP32)
            for k in pl.pipeline(64, 192, 64, stage=2):
                part = pl.slice(w, [64, 16], [k, n], valid_shape=[64, width])
                acc = pl.matmul_acc(acc, x[:, k : k + 64], part)
            out = pl.assemble(out, acc, [0, n])
    return out


@pl.jit
def leaky(x: pl.Tensor[[16, 64], pl.FP32], out: pl.Out[pl.Tensor[[16, 64], pl.FP32]]):
    held = pl.create_tensor([16, 64], dtype=pl.FP32)
    with pl.at(level=pl.Level.CORE_GROUP, name_hint="half"):
        held[0:8, :] = pl.add(x[0:8, :], 1.0)
    with pl.at(level=pl.Level.CORE_GROUP, name_hint="all"):
        out[:, :] = pl.mul(held[:, :], 2.0)
    return out


def blend_arrays():
    random = np.random.default_rng(0)
    x, y = (random.normal(size=(64, 128)).astype(np.float32) for _ in "xy")
    return x, y, np.zeros((64, 128), np.float32)


def linear_arrays():
    random = np.random.default_rng(0)
    x, w = (random.normal(size=s).astype(ml_dtypes.bfloat16) for s in ((16, 512), (512, 256)))
    return x, w, np.zeros((16, 256), np.float32)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_seed_gives_the_bits_of_native_code(seed):
    for program, arrays in ((blend, blend_arrays), (linear, linear_arrays)):
        native, exact = arrays(), arrays()
        program(*native)
        assert program.last_run.result.stats["instructions"] == 0
        result = verified(program, *exact, exact=seed).result
        assert result.stats["instructions"] > 0 and result.stats["checked_streams"] == 0
        assert exact[-1].tobytes() == native[-1].tobytes()


@pytest.mark.parametrize("seed", SEEDS)
def test_a_carried_product_keeps_its_valid_extent(seed):
    random = np.random.default_rng(0)
    x, w = (random.normal(size=s).astype(ml_dtypes.bfloat16) for s in ((16, 192), (192, 40)))
    out = np.zeros((16, 40), np.float32)
    assert verified(tail, x, w, out, exact=seed, check=True).result.stats["checked_streams"] == 2


def test_checking_judges_each_distinct_stream_once():
    stats = verified(blend, *blend_arrays(), check=True, threads=1).result.stats
    assert (stats["tasks"], stats["checked_streams"]) == (4, 1)


def test_streams_are_written_for_readers_the_same_in_every_run(tmp_path):
    texts = []
    for threads in (1, 4):
        with tilework.options(dump_streams=tmp_path, threads=threads):
            blend(*blend_arrays())
        texts.append((tmp_path / "blend.txt").read_text())
    assert texts[0] == texts[1]
    lines = [line.strip() for line in texts[0].splitlines()]
    assert lines[:3] == [f"the first task of 'blend' at {__file__}:25:9", "", "vector 0"]
    assert lines[3].startswith("mte2 dma_load gm f32[8x128]@x+0 -> ub f32[8x128]@")
    assert lines[3].endswith(f"; {__file__}:26:48")
    assert "vector 1" in lines  # each vector core has half of the rows
    assert any("mte3 dma_store" in line and "-> gm f32[8x128]@out+0" in line for line in lines)
    with pytest.raises(TaskError, match="make the folder first"):
        with tilework.options(dump_streams=tmp_path / "nowhere"):
            blend(*blend_arrays())


def test_an_undefined_element_that_reaches_the_caller_is_an_error():
    x, out = np.ones((16, 64), np.float32), np.zeros((16, 64), np.float32)
    leaky(x, out)  # native code does not look
    with tilework.options(exact=True), pytest.raises(TaskError, match="undefined") as caught:
        leaky(x, out)
    assert caught.value.task == "all"
    assert "test_exact_options.py" in caught.value.location


def test_true_is_seed_zero():
    seeds = [Options(exact=value).exact_seed for value in (False, True, 0, 1, 7)]
    assert seeds == [None, 0, 0, 1, 7]
    assert Options(check=True).exact_seed == 0
    assert Options(exact=3, check=True).exact_seed == 3


def test_placed_kernels_are_in_an_image_of_their_own(tmp_path):
    cache = ImageCache(tmp_path)
    arrays = blend_arrays()
    plain, placed = (
        compile_afresh(lambda: blend.trace(*arrays), "key", cache, placed=it)
        for it in (False, True)
    )
    assert plain.path != placed.path
    assert set(placed.stages) - set(plain.stages) == {"placed"}
    with pytest.raises(TaskError, match="the exact mode expects a placed kernel"):
        plain.run(arrays, exact=ExactMode(dict.fromkeys(CORE_MEMORIES, 0)))
