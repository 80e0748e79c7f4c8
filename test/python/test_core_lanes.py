"""Programs of two vector cores: native bits in any legal order, and as much work for each."""

import linecache

import numpy as np
import pytest
import tilework
import tilework.language as pl
from lane_programs import GRID, random_program
from tilework.compiler.lowering import lower

SEEDS = range(12)
ROWS, COLUMNS = 16, 32


@pl.jit
def stores_overlap(
    x: pl.Tensor[[ROWS, COLUMNS], pl.FP32], out: pl.Out[pl.Tensor[[ROWS, COLUMNS], pl.FP32]]
):
    with pl.at(level=pl.Level.CORE_GROUP):
        out[:, :] = pl.add(x[:, :], 1.0)
        out[8:16, :] = pl.mul(x[0:8, :], 2.0)
    return out


@pl.jit
def windows_overlap(
    x: pl.Tensor[[ROWS, COLUMNS], pl.FP32], out: pl.Out[pl.Tensor[[ROWS, COLUMNS], pl.FP32]]
):
    with pl.at(level=pl.Level.CORE_GROUP):
        for i in pl.range(0, 12, 4):
            out[i : i + 8, :] = pl.add(x[8 - i : 16 - i, :], 1.0)
    return out


@pl.jit
def loads_what_it_stored(
    x: pl.Tensor[[ROWS, COLUMNS], pl.FP32], out: pl.InOut[pl.Tensor[[ROWS, COLUMNS], pl.FP32]]
):
    with pl.at(level=pl.Level.CORE_GROUP):
        out[0:8, :] = pl.add(x[0:8, :], 1.0)
        out[8:16, :] = pl.mul(out[4:12, :], 2.0)
    return out


def compare(program, *arguments, seeds=SEEDS):
    """Native bits under every seed, and an ordered program by the checker."""
    native = [np.copy(argument) for argument in arguments]
    program(*native)
    for seed in seeds:
        exact = [np.copy(argument) for argument in arguments]
        with tilework.options(exact=seed, check=seed == seeds[0]):
            program(*exact)
        for ours, theirs in zip(exact, native, strict=True):
            assert ours.tobytes() == theirs.tobytes(), f"seed {seed} gives other bits"


def count_lanes(program, *arguments):
    """The lanes of each kernel's vector program, in order."""
    text = str(lower(program.trace(*arguments).module, "placed"))
    return [int(part[0]) for part in text.split("core.vector_program lanes(")[1:]]


def normal(*shape, dtype=np.float32):
    return np.random.default_rng(0).normal(size=shape).astype(dtype)


@pytest.mark.parametrize("program", [stores_overlap, windows_overlap, loads_what_it_stored])
def test_lanes_that_meet_in_global_memory_are_ordered(program):
    compare(program, normal(ROWS, COLUMNS), np.full((ROWS, COLUMNS), 77, np.float32))


def softmax_of(rows, columns, depth):
    """An attention of one block: products of the cube on both sides of the vector cores' work."""

    @pl.jit
    def program(
        q: pl.Tensor[[rows, depth], pl.FP32],
        k: pl.Tensor[[3 * columns, depth], pl.FP32],
        v: pl.Tensor[[3 * columns, depth], pl.FP32],
        out: pl.Out[pl.Tensor[[1, rows * depth], pl.FP32]],
    ):
        with pl.at(level=pl.Level.CORE_GROUP):
            largest = pl.full([rows, 1], dtype=pl.FP32, value=-3.0e38)
            total = pl.full([rows, 1], dtype=pl.FP32, value=0.0)
            mixed = pl.full([rows, depth], dtype=pl.FP32, value=0.0)
            for b in pl.pipeline(0, 3 * columns, columns, stage=2):
                scores = pl.matmul(q[:, :], k[b : b + columns, :], b_trans=True)
                larger = pl.maximum(largest, pl.row_max(scores))
                decay = pl.exp(pl.sub(largest, larger))
                weights = pl.exp(pl.row_expand_sub(scores, larger))
                total = pl.add(pl.mul(total, decay), pl.row_sum(weights))
                mixed = pl.add(
                    pl.row_expand_mul(mixed, decay), pl.matmul(weights, v[b : b + columns, :])
                )
                largest = larger
            out[:, :] = pl.reshape(pl.row_expand_div(mixed, total), [1, rows * depth])
        return out

    return program


@pytest.mark.parametrize("rows", [1, 2, 5, 16])
def test_rows_of_products_are_shared(rows):
    columns, depth = 32, 16
    program = softmax_of(rows, columns, depth)
    arguments = (
        normal(rows, depth), normal(3 * columns, depth), normal(3 * columns, depth),
        np.zeros((1, rows * depth), np.float32),
    )  # fmt: skip
    compare(program, *arguments)
    assert rows == 1 or count_lanes(program, *arguments) == [2]


@pytest.mark.parametrize("rows, columns", [(1, 1), (1, 33), (5, 1), (5, 33), (16, 33), (33, 5)])
@pytest.mark.parametrize("mode", pl.SplitMode, ids=str)
def test_every_way_to_split(rows, columns, mode):
    @pl.jit
    def program(
        x: pl.Tensor[[rows, columns], pl.FP32],
        out: pl.Out[pl.Tensor[[columns, rows], pl.FP32]],
        sums: pl.Out[pl.Tensor[[1, columns], pl.FP32]],
    ):
        with pl.at(level=pl.Level.CORE_GROUP, optimizations=[pl.split(mode)]):
            y = pl.exp(x[:, :])
            out[:, :] = pl.transpose(y, 0, 1)
            sums[:, :] = pl.col_sum(pl.mul(y, y))
        return out, sums

    compare(
        program, normal(rows, columns), np.zeros((columns, rows), np.float32),
        np.zeros((1, columns), np.float32),
    )  # fmt: skip


@pytest.mark.parametrize("seed", range(60))
def test_random_programs(seed):
    made = random_program(seed)
    name = f"<random program {seed}>"
    linecache.cache[name] = (len(made.text()), None, made.text().splitlines(True), name)
    names = {}
    exec(compile(made.text(), name, "exec"), names)
    arguments = (
        normal(made.rows, made.columns), np.zeros((1, made.stored), np.float32),
        normal(GRID, GRID),
    )  # fmt: skip
    compare(names["program"], *arguments, seeds=range(4))
