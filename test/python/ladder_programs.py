"""Programs whose every form the ladder executes, with arguments for them."""

import numpy as np
import tilework.language as pl

ROWS, COLUMNS = 32, 64
T = pl.Tensor[[ROWS, COLUMNS], pl.FP32]
LENGTHS = pl.Tensor[[4], pl.INT32]


@pl.jit
def differences(x: T, y: T, out: pl.Out[T]):
    """Two tasks per block, the second after the first by name."""
    middle = pl.create_tensor([ROWS, COLUMNS], dtype=pl.FP32)
    for i in pl.parallel(0, ROWS, 16):
        with pl.at(level=pl.Level.CORE_GROUP, name_hint="subtract") as first:
            middle[i : i + 16, :] = pl.sub(x[i : i + 16, :], y[i : i + 16, :])
        with pl.at(level=pl.Level.CORE_GROUP, name_hint="scale", deps=[first]):
            out[i : i + 16, :] = pl.mul(middle[i : i + 16, :], 3.0)
    return out


@pl.jit
def branches_and_loops(x: T, lengths: LENGTHS, out: pl.InOut[T]):
    """Control flow in kernels and around them, on a table that is read at run time."""
    for b in pl.range(4):
        rows = pl.cast(pl.tensor.read(lengths, [b]), pl.INDEX)
        if rows > 0:
            with pl.at(level=pl.Level.CORE_GROUP, name_hint="total"):
                total = pl.full([8, COLUMNS], dtype=pl.FP32, value=0.0)
                for k in pl.range(0, rows):
                    part = x[8 * k : 8 * k + 8, :]
                    if k % 2 == 0:
                        total = pl.add(total, part)
                    else:
                        total = pl.sub(total, pl.exp(part))
                out[8 * b : 8 * b + 8, :] = total
    return out


@pl.jit
def partly_valid(x: T, lengths: LENGTHS, out: pl.InOut[T]):
    """Tiles of which only the first rows and columns count."""
    for b in pl.parallel(0, 4, 1):
        with pl.at(level=pl.Level.CORE_GROUP, name_hint="softmax"):
            valid = pl.cast(pl.tensor.read(lengths, [b]), pl.INDEX)
            part = pl.slice(x, [8, COLUMNS], [8 * b, 0], valid_shape=[8, valid + 1])
            part = pl.fillpad(part, pad_value=pl.PadValue.min)
            shifted = pl.exp(pl.row_expand_sub(part, pl.row_max(part)))
            out[8 * b : 8 * b + 8, :] = pl.row_expand_div(shifted, pl.row_sum(shifted))
    return out


@pl.jit
def carried(x: T, out: pl.Out[T]):
    """A tile that a loop over tasks replaces, and ids that later tasks wait for."""
    tids = pl.array.create(4, pl.TASK_ID)
    with pl.incore():
        largest = pl.full([8, 1], dtype=pl.FP32, value=-1000.0)
    for i in pl.range(4):
        with pl.at(level=pl.Level.CORE_GROUP, name_hint="maximum") as tid:
            largest = pl.maximum(largest, pl.row_max(x[8 * i : 8 * i + 8, :]))
        tids[i] = tid
    for i in pl.range(4):
        with pl.at(level=pl.Level.CORE_GROUP, name_hint="shift", deps=[tids[i]]):
            out[8 * i : 8 * i + 8, :] = pl.row_expand_sub(x[8 * i : 8 * i + 8, :], largest)
    return out


@pl.jit
def products(x: T, y: T, out: pl.Out[pl.Tensor[[ROWS, ROWS], pl.FP32]]):
    """Both units of a core in one kernel, with a sum in a loop."""
    for i in pl.parallel(0, ROWS, 16):
        with pl.at(level=pl.Level.CORE_GROUP, name_hint="scores"):
            acc = pl.full([16, ROWS], dtype=pl.FP32, value=0.0)
            for k in pl.pipeline(0, COLUMNS, 32, stage=2):
                left = pl.cast(pl.mul(x[i : i + 16, k : k + 32], 0.5), pl.BF16)
                right = pl.cast(y[:, k : k + 32], pl.BF16)
                acc = pl.matmul_acc(acc, left, right, b_trans=True)
            out[i : i + 16, :] = pl.exp(acc)
    return out


def numbers(seed, *shape):
    """Moderate numbers."""
    return np.random.default_rng(seed).uniform(-2, 2, shape).astype(np.float32)


def arguments(program):
    """Arguments for one of the programs above."""
    lengths = np.array([3, 0, 4, 1], np.int32)
    x, y, out = numbers(1, ROWS, COLUMNS), numbers(2, ROWS, COLUMNS), numbers(3, ROWS, COLUMNS)
    return {
        differences: (x, y, out),
        branches_and_loops: (x, lengths, out),
        partly_valid: (x, lengths, out),
        carried: (x, out),
        products: (x, y, numbers(3, ROWS, ROWS)),
    }[program]


PROGRAMS = (differences, branches_and_loops, partly_valid, carried, products)
