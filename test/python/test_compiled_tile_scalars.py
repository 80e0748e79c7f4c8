"""Control flow and addresses that depend on what a kernel has computed."""

import numpy as np
import pytest
import tilework
import tilework.language as pl
from compiled_harness import ARRAY_TYPES, filled, numbers, verified
from tilework.errors import TaskError

ROWS, COLUMNS = 16, 32
T = pl.Tensor[[ROWS, COLUMNS], pl.FP32]


@pl.jit
def halving(x: T, out: pl.Out[T]):
    with pl.incore():
        t = pl.abs(x[:, :])
        while pl.read(t, [3, 5]) > 0.25:
            t = pl.mul(t, 0.5)
        out[:, :] = t
    return out


@pl.jit
def choosing(x: T, out: pl.Out[T]):
    with pl.incore():
        t = pl.add(x[:, :], 1.0)
        for i in pl.range(0, 4):
            u = pl.mul(t, 2.0)
            if pl.read(u, [i, 3]) > 2.0:
                t = pl.sub(u, x[:, :])
            elif pl.read(t, [3, i]) < 0.0:
                t = pl.neg(t)
        out[:, :] = t
    return out


@pl.jit
def gathering(
    x: T, places: pl.Tensor[[1, ROWS], pl.INT32], out: pl.Out[T]
):  # fmt: skip
    """A computed index is an address."""
    with pl.incore():
        shifted = pl.add(places[:, :], 1)
        for i in pl.range(0, ROWS):
            row = pl.cast(pl.read(shifted, [0, i]), pl.INDEX)
            out[i : i + 1, :] = pl.exp(x[row : row + 1, :])
    return out


@pl.jit
def reading_back(x: T, out: pl.Out[T]):
    with pl.incore():
        out[:, :] = pl.mul(x[:, :], 3.0)
        for i in pl.range(1, 4):
            if pl.read(out, [i - 1, 0]) > 0.0:
                out[i : i + 1, :] = pl.add(x[i : i + 1, :], 100.0)
    return out


@pl.jit
def updating(x: pl.InOut[T]):
    with pl.incore():
        t = pl.add(x[:, :], 1.0)
        for i in pl.range(0, 4):
            if pl.read(t, [i, i]) > 1.0:
                t = pl.mul(t, 2.0)
        x[:, :] = t
    return x


@pl.jit
def undecided(x: T, out: pl.Out[T]):
    middle = pl.create_tensor([ROWS, COLUMNS], dtype=pl.FP32)
    with pl.incore():
        t = pl.add(x[:, :], 1.0)
        if pl.read(pl.add(middle[:, :], t), [2, 3]) > 0.0:
            t = pl.mul(t, 2.0)
        out[:, :] = t
    return out


@pl.jit
def products(
    a: pl.Tensor[[16, 16], pl.BF16], out: pl.Out[pl.Tensor[[16, 16], pl.FP32]]
):  # fmt: skip
    """The cube multiplies as often as the vector cores find that it has to."""
    with pl.incore():
        power = pl.matmul(a[:, :], a[:, :])
        total = pl.add(power, 0.0)
        for i in pl.range(0, 5):
            if pl.read(total, [i, i]) > 0.0:
                power = pl.matmul(pl.cast(total, pl.BF16), a[:, :])
                total = pl.add(total, power)
        out[:, :] = total
    return out


@pl.jit
def shared(
    x: T, steps: pl.Tensor[[1, ROWS], pl.INT32], out: pl.Out[T]
):  # fmt: skip
    """Each vector core has half of one tile, and all of the other."""
    with pl.incore():
        t = pl.exp(x[:, :])
        signs = pl.neg(steps[:, :])
        for i in pl.range(0, 6):
            if pl.read(signs, [0, i]) > 0:
                t = pl.add(t, x[:, :])
        out[:, :] = t
    return out


def units_of(program, tmp_path, *arguments):
    """The instructions of each unit in the first task, by unit."""
    with tilework.options(dump_streams=tmp_path):
        program(*arguments)
    (path,) = tmp_path.iterdir()
    units, lines = {}, []
    for line in path.read_text().splitlines():
        if line in ("cube", "vector 0", "vector 1"):
            lines = units.setdefault(line, [])
        lines.append(line.strip())
    return units


def count(lines, text):
    return sum(text in line for line in lines)


def test_a_loop_ends_when_a_tile_is_small_enough():
    for scale in (0.1, 1, 300):
        x = numbers(pl.FP32, ROWS, COLUMNS) * np.float32(scale)
        verified(halving, x, filled(pl.FP32, ROWS, COLUMNS))


@pytest.mark.parametrize("seed", range(6))
def test_branches_on_elements(seed):
    verified(choosing, numbers(pl.FP32, ROWS, COLUMNS, seed=seed), filled(pl.FP32, ROWS, COLUMNS))


def test_addresses_from_elements():
    places = np.random.default_rng(0).permutation(ROWS).astype(np.int32).reshape(1, ROWS) - 1
    verified(gathering, numbers(pl.FP32, ROWS, COLUMNS), places, filled(pl.FP32, ROWS, COLUMNS))


@pytest.mark.parametrize("seed", range(4))
def test_what_the_kernel_has_stored_is_read_back(seed):
    verified(
        reading_back, numbers(pl.FP32, ROWS, COLUMNS, seed=seed), filled(pl.FP32, ROWS, COLUMNS)
    )


def test_native_code_that_runs_before_leaves_no_trace():
    verified(updating, numbers(pl.FP32, ROWS, COLUMNS))


@pytest.mark.parametrize("check", [False, True])
def test_an_undefined_element_decides_nothing(check):
    x, out = numbers(pl.FP32, ROWS, COLUMNS), filled(pl.FP32, ROWS, COLUMNS)
    with tilework.options(exact=True, check=check):
        with pytest.raises(TaskError, match="control flow and addresses to depend on defined"):
            undecided(x, out)


@pytest.mark.parametrize("seed", range(8))
def test_both_units_follow_the_same_branches(seed):
    verified(products, numbers(pl.BF16, 16, 16, seed=seed), filled(pl.FP32, 16, 16))


def test_the_cube_waits_for_each_element(tmp_path):
    a, out = numbers(pl.BF16, 16, 16), filled(pl.FP32, 16, 16)
    units = units_of(products, tmp_path, a, out)
    assert count(units["vector 0"], "s read_scalar ub f32[1x1]") == 5
    assert count(units["vector 0"], "s cross_set event 8") == 5
    assert count(units["cube"], "s cross_wait event 8") == 5
    assert 1 < count(units["cube"], "mmad") < 6


def test_vector_cores_that_share_work_read_what_both_have(tmp_path):
    steps = np.random.default_rng(0).integers(-2, 2, (1, ROWS)).astype(np.int32)
    arguments = numbers(pl.FP32, ROWS, COLUMNS), steps, filled(pl.FP32, ROWS, COLUMNS)
    verified(shared, *arguments)
    units = units_of(shared, tmp_path, *arguments)
    assert [count(units[f"vector {lane}"], "read_scalar") for lane in (0, 1)] == [6, 6]


@pytest.mark.parametrize("dtype", [pl.BF16, pl.FP16, pl.INT8, pl.INT32, pl.UINT8])
def test_elements_of_every_width(dtype):
    @pl.jit
    def program(x: pl.Tensor[[4, 32], dtype], out: pl.Out[pl.Tensor[[4, 32], pl.INT32]]):
        with pl.incore():
            t = pl.maximum(x[:, :], x[:, :])
            count = pl.full([4, 32], dtype=pl.INT32, value=0)
            for i in pl.range(0, 4):
                if pl.read(t, [i, 1]) > 1:
                    count = pl.add(count, 1)
            out[:, :] = count
        return out

    x = np.arange(4 * 32).reshape(4, 32) % 5
    verified(program, x.astype(ARRAY_TYPES[dtype]), filled(pl.INT32, 4, 32))
