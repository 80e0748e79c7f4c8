"""Global tensors that loops and branches hand on: each iteration may give another one."""

import numpy as np
import pytest
import tilework
import tilework.language as pl
from carried_programs import COLUMNS, ROWS, TESTS, TRIPS, make_program, meaning
from compiled_harness import filled, numbers, verified
from source_module import load_source
from tilework.errors import LanguageError

T = pl.Tensor[[16, 64], pl.FP32]
ORDERS = [{"threads": 1}, {"threads": 2, "order_seed": 3}, {"threads": 2, "order_seed": 4}]


@pl.jit
def stepping(x: T, n: pl.Scalar[pl.INDEX], out: pl.Out[T]):
    h = x
    for _ in pl.range(n):
        t = pl.create_tensor([16, 64], dtype=pl.FP32)
        with pl.at(level=pl.Level.CORE_GROUP):
            t[:, :] = pl.add(h[:, :], 1.0)
        h = t
    with pl.at(level=pl.Level.CORE_GROUP):
        out[:, :] = pl.mul(h[:, :], 2.0)
    return out


@pl.jit
def one_buffer(x: T, n: pl.Scalar[pl.INDEX], out: pl.Out[T]):
    h = x
    t = pl.create_tensor([16, 64], dtype=pl.FP32)
    for _ in pl.range(n):
        with pl.at(level=pl.Level.CORE_GROUP):
            t[:, :] = pl.add(h[:, :], 1.0)
        h = t
    with pl.at(level=pl.Level.CORE_GROUP):
        out[:, :] = pl.mul(h[:, :], 2.0)
    return out


@pl.jit
def functional(x: T, n: pl.Scalar[pl.INDEX], out: pl.Out[T]):
    h = x
    for _ in pl.range(n):
        with pl.at(level=pl.Level.CORE_GROUP):
            h = pl.add(h[:, :], 1.0)
    with pl.at(level=pl.Level.CORE_GROUP):
        out[:, :] = pl.mul(h[:, :], 2.0)
    return out


@pl.jit
def swapping(x: T, n: pl.Scalar[pl.INDEX], out: pl.Out[T]):
    a = pl.create_tensor([16, 64], dtype=pl.FP32)
    b = pl.create_tensor([16, 64], dtype=pl.FP32)
    with pl.at(level=pl.Level.CORE_GROUP):
        a[:, :] = pl.add(x[:, :], 0.0)
    for _ in pl.range(n):
        with pl.at(level=pl.Level.CORE_GROUP):
            b[0:8, :] = pl.add(a[0:8, :], 1.0)
        with pl.at(level=pl.Level.CORE_GROUP):
            b[8:16, :] = pl.add(a[8:16, :], 1.0)
        a, b = b, a
    with pl.at(level=pl.Level.CORE_GROUP):
        out[:, :] = pl.mul(a[:, :], 2.0)
    return out


@pl.jit
def looking_back(x: T, n: pl.Scalar[pl.INDEX], out: pl.Out[T]):
    """Every step reads the two before it, which begin as one tensor; a branch makes the last."""
    before = x
    h = x
    for i in pl.range(n):
        if i < 1:
            with pl.at(level=pl.Level.CORE_GROUP):
                t = pl.add(h[:, :], 1.0)
        else:
            with pl.at(level=pl.Level.CORE_GROUP):
                t = pl.sub(pl.mul(h[:, :], 2.0), before[:, :])
        before = h
        h = t
    with pl.at(level=pl.Level.CORE_GROUP):
        out[:, :] = pl.mul(h[:, :], 2.0)
    return out


@pytest.mark.parametrize(
    "program",
    [stepping, one_buffer, functional, swapping, looking_back],
    ids=lambda it: it.__name__,
)
@pytest.mark.parametrize("n", range(5))
def test_a_loop_hands_on_what_it_made(program, n):
    x = np.arange(16 * 64, dtype=np.float32).reshape(16, 64)
    for options in ORDERS:
        out = filled(pl.FP32, 16, 64)
        verified(program, x, n, out, **options)
        np.testing.assert_array_equal(out, 2 * (x + n))
    with tilework.options(check_races=True, static_dependences=n % 2 == 0):
        program(x, n, filled(pl.FP32, 16, 64))


@pl.jit
def choosing(x: T, p: pl.Tensor[[3], pl.INT32], n: pl.Scalar[pl.INDEX], out: pl.Out[T]):
    a = pl.create_tensor([16, 64], dtype=pl.FP32)
    with pl.at(level=pl.Level.CORE_GROUP):
        a[:, :] = pl.mul(x[:, :], 3.0)
    for i in pl.range(n):
        h = x
        if pl.read(p, [i]) > 0:
            h = a
        b = pl.create_tensor([16, 64], dtype=pl.FP32)
        with pl.at(level=pl.Level.CORE_GROUP):
            b[:, :] = pl.add(h[:, :], 1.0)
        if pl.read(p, [i]) > 1:
            a, b = b, a
        with pl.at(level=pl.Level.CORE_GROUP):
            a[4:8, :] = pl.mul(b[4:8, :], 0.5)
    with pl.at(level=pl.Level.CORE_GROUP):
        out[:, :] = pl.mul(a[:, :], 2.0)
    return out


@pytest.mark.parametrize("p", [(0, 0, 0), (1, 2, 0), (2, 2, 2), (0, 2, 1), (2, 1, 0)])
def test_a_branch_chooses_a_tensor(p):
    x = numbers(pl.FP32, 16, 64)
    a = x * np.float32(3)
    for each in p:
        b = (a if each > 0 else x) + np.float32(1)
        if each > 1:
            a, b = b, a
        a = np.concatenate([a[:4], b[4:8] * np.float32(0.5), a[8:]])
    for options in ORDERS:
        out = filled(pl.FP32, 16, 64)
        verified(choosing, x, np.array(p, np.int32), 3, out, **options)
        np.testing.assert_array_equal(out, 2 * a)


@pl.jit
def condition_ends(x: T, n: pl.Tensor[[1], pl.INT32], out: pl.Out[T]):
    h = x
    older = x
    count = pl.read(n, [0])
    while count > 0:
        t = pl.create_tensor([16, 64], dtype=pl.FP32)
        for i in pl.parallel(0, 16, 4):
            with pl.at(level=pl.Level.CORE_GROUP):
                t[i : i + 4, :] = pl.add(h[i : i + 4, :], 1.0)
        older = h
        h = t
        count = count - 1
    with pl.at(level=pl.Level.CORE_GROUP):
        out[:, :] = pl.sub(pl.mul(h[:, :], 3.0), older[:, :])
    return out


@pytest.mark.parametrize("n", range(4))
def test_a_loop_with_a_condition_hands_on_tensors(n):
    x = np.arange(16 * 64, dtype=np.float32).reshape(16, 64)
    for options in ORDERS:
        out = filled(pl.FP32, 16, 64)
        verified(condition_ends, x, np.array([n], np.int32), out, **options)
        np.testing.assert_array_equal(out, 3 * (x + n) - (x + max(n - 1, 0)))


@pl.jit
def two_names(x: T, n: pl.Scalar[pl.INDEX], out: pl.Out[T]):
    a = pl.create_tensor([16, 64], dtype=pl.FP32)
    with pl.at(level=pl.Level.CORE_GROUP):
        a[:, :] = pl.add(x[:, :], 1.0)
    b = x
    for _ in pl.range(n):
        with pl.at(level=pl.Level.CORE_GROUP):  # the update
            a[0:8, :] = pl.mul(a[0:8, :], 2.0)
        with pl.at(level=pl.Level.CORE_GROUP):  # the other use
            a[8:16, :] = pl.add(b[8:16, :], 2.0)
        b = a
    with pl.at(level=pl.Level.CORE_GROUP):
        out[:, :] = pl.sub(a[:, :], b[:, :])
    return out


def numbered(text):
    """The line of this file that ends with a comment."""
    with open(__file__) as file:
        return next(i for i, line in enumerate(file, 1) if line.rstrip().endswith("# " + text))


def test_an_update_that_another_name_would_see_is_refused_at_both_lines():
    with pytest.raises(LanguageError, match="may be in the same memory") as caught:
        two_names(numbers(pl.FP32, 16, 64), 2, filled(pl.FP32, 16, 64))
    for text in ("the update", "the other use"):
        assert f"{numbered(text)}:" in str(caught.value)


def is_right(seed, folder):
    """False for a program that would need a copy."""
    program = make_program(seed)
    compiled = load_source(program.text, folder / f"carried_{seed}.py").program
    random = np.random.default_rng(seed)
    x, y = numbers(pl.FP32, ROWS, COLUMNS), numbers(pl.FP32, ROWS, COLUMNS, seed=1)
    for run in range(2):
        n = random.integers(0, 4, TRIPS).astype(np.int32)
        p = random.integers(0, 2, TESTS).astype(np.int32)
        expected = meaning(program, x, y, n, p)
        for options in (*ORDERS, {"exact": (seed + run) % 8, "check_races": True}):
            outs = [filled(pl.FP32, ROWS, COLUMNS) for _ in range(2)]
            try:
                with tilework.options(static_dependences=run == 0, **options):
                    compiled(x, y, n, p, *outs)
            except LanguageError as error:
                assert "expects to update" in str(error), error
                return False
            for out, wanted in zip(outs, expected, strict=True):
                np.testing.assert_array_equal(out, wanted, err_msg=f"program {seed}")
    return True


def test_random_programs_compute_with_values(tmp_path):
    assert sum(is_right(seed, tmp_path) for seed in range(10)) >= 6
