"""Sums that continue a tile which the cube cannot start from: right on the device, or refused."""

import numpy as np
import pytest
import tilework
import tilework.language as pl
from tilework.errors import LanguageError
from tilework.reference import compare_within

M, K, N, STEP = 16, 96, 48, 32


@pl.jit
def after_a_global_tile(
    a: pl.Tensor[[M, K], pl.FP32],
    b: pl.Tensor[[K, N], pl.FP32],
    c: pl.InOut[pl.Tensor[[M, N], pl.FP32]],
):
    with pl.at(level=pl.Level.CORE_GROUP):
        total = c[:, :]
        for k in pl.range(0, K, STEP):
            total = pl.matmul_acc(total, a[:, k : k + STEP], b[k : k + STEP, :])
        c[:, :] = total
    return c


@pl.jit
def scaled_in_a_loop(
    a: pl.Tensor[[M, K], pl.FP32],
    b: pl.Tensor[[K, N], pl.FP32],
    c: pl.InOut[pl.Tensor[[M, N], pl.FP32]],
):
    with pl.at(level=pl.Level.CORE_GROUP):
        total = pl.full([M, N], dtype=pl.FP32, value=0.0)
        for k in pl.range(0, K, STEP):
            total = pl.matmul_acc(pl.mul(total, 0.5), a[:, k : k + STEP], b[k : k + STEP, :])
        c[:, :] = total
    return c


@pl.jit
def scaled_after_each_product(
    a: pl.Tensor[[M, K], pl.FP32],
    b: pl.Tensor[[K, N], pl.FP32],
    c: pl.InOut[pl.Tensor[[M, N], pl.FP32]],
):
    with pl.at(level=pl.Level.CORE_GROUP):
        total = pl.full([M, N], dtype=pl.FP32, value=0.0)
        for k in pl.range(0, K, STEP):
            total = pl.mul(pl.matmul_acc(total, a[:, k : k + STEP], b[k : k + STEP, :]), 0.5)
        c[:, :] = total
    return c


@pl.jit
def in_two_scopes(
    a: pl.Tensor[[M, K], pl.FP32],
    b: pl.Tensor[[K, N], pl.FP32],
    c: pl.InOut[pl.Tensor[[M, N], pl.FP32]],
):
    with pl.at(level=pl.Level.CORE_GROUP):
        total = pl.matmul(a[:, 0:STEP], b[0:STEP, :])
    with pl.at(level=pl.Level.CORE_GROUP):
        total = pl.matmul_acc(total, a[:, STEP:K], b[STEP:K, :])
        c[:, :] = total
    return c


@pl.jit
def continued_in_every_iteration(
    a: pl.Tensor[[M, K], pl.FP32],
    b: pl.Tensor[[K, N], pl.FP32],
    c: pl.InOut[pl.Tensor[[M, N], pl.FP32]],
):
    with pl.at(level=pl.Level.CORE_GROUP):
        first = pl.matmul(a[:, 0:STEP], b[0:STEP, :])
        total = pl.full([M, N], dtype=pl.FP32, value=0.0)
        for k in pl.range(STEP, K, STEP):
            total = pl.add(total, pl.matmul_acc(first, a[:, k : k + STEP], b[k : k + STEP, :]))
        c[:, :] = total
    return c


@pl.jit
def stored_whole_after_it_is_continued(
    a: pl.Tensor[[M, K], pl.FP32],
    b: pl.Tensor[[K, N], pl.FP32],
    c: pl.InOut[pl.Tensor[[M, N], pl.FP32]],
):
    with pl.at(level=pl.Level.CORE_GROUP):
        first = pl.matmul(a[:, 0:STEP], b[0:STEP, 0:16])
        second = pl.matmul_acc(first, a[:, STEP : 2 * STEP], b[STEP : 2 * STEP, 0:16])
        c[:, 0:16] = second
        c[:, 16:32] = first
    return c


def expected(program, a, b, c):
    a, b, c = (array.astype(np.float64) for array in (a, b, c))
    parts = [a[:, k : k + STEP] @ b[k : k + STEP] for k in range(0, K, STEP)]
    if program is after_a_global_tile:
        return c + sum(parts)
    if program is in_two_scopes:
        return sum(parts)
    if program is continued_in_every_iteration:
        return sum(parts) + parts[0]
    total = 0.0
    for part in parts:
        total = total * 0.5 + part if program is scaled_in_a_loop else (total + part) * 0.5
    return total


def arrays():
    random = np.random.default_rng(0)
    return [random.standard_normal(s).astype(np.float32) for s in ((M, K), (K, N), (M, N))]


PROGRAMS = [
    after_a_global_tile,
    scaled_in_a_loop,
    scaled_after_each_product,
    in_two_scopes,
    continued_in_every_iteration,
]


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.__name__)
def test_the_device_and_native_code_give_the_same_bits(program):
    a, b, native = arrays()
    truth = expected(program, a, b, native).astype(np.float32)
    with tilework.options(verify=True):
        program(a, b, native)
    assert compare_within(native, truth) is None
    for seed in range(3):
        placed = arrays()[2]
        with tilework.options(exact=seed, check=True):
            program(a, b, placed)
        assert placed.tobytes() == native.tobytes()


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.__name__)
def test_a_whole_sum_keeps_its_order_and_is_refused_for_the_device(program):
    a, b, c = arrays()
    truth = expected(program, a, b, c).astype(np.float32)
    with tilework.options(split_sums=False, verify=True):
        program(a, b, c)
        assert compare_within(c, truth) is None
        with pytest.raises(LanguageError, match=r"starts at zero or with a product|continued once"):
            program.lower(form="placed")


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.__name__)
def test_the_ladder_lets_a_split_sum_round_and_nothing_else(program):
    found = tilework.ladder(program, *arrays())
    assert not any(rung.error for rung in found.rungs), str(found)
    assert found.first_difference is None, str(found)
    fused = program.lower(*arrays(), form="fused")
    edited = {"fused": fused.replace("tile.add", "tile.sub", 1)}
    assert tilework.ladder(program, *arrays(), edited=edited).first_difference.form == "fused"


def test_a_sum_that_is_read_after_it_is_continued_is_what_it_was():
    a, b, native = arrays()
    with tilework.options(verify=True):
        stored_whole_after_it_is_continued(a, b, native)
    for seed in range(3):
        placed = arrays()[2]
        with tilework.options(exact=seed, check=True):
            stored_whole_after_it_is_continued(a, b, placed)
        assert placed.tobytes() == native.tobytes()


def test_an_error_beyond_the_tolerance_is_seen():
    truth = np.linspace(-1, 1, 64, dtype=np.float32).reshape(8, 8)
    wrong = truth.copy()
    wrong[3, 5] += 2**-11
    assert compare_within(truth + np.float32(2**-13), truth) is None
    assert compare_within(wrong, truth).index == (3, 5)
