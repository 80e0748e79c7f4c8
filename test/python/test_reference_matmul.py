"""Matrix products against chains of exact fractions rounded once per step."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference_harness import (
    BF16,
    F16,
    F32,
    TYPE_NAMES,
    assert_same_bits,
    computed,
    execute,
    masked,
    round_fraction,
    undefined_indices,
)
from tilework.reference import ExecutionError


def chain(a, b, start):
    """The contract, one output at a time."""
    result = np.zeros((a.shape[0], b.shape[1]), np.float32)
    for i in range(a.shape[0]):
        for j in range(b.shape[1]):
            s = 0.0 if start is None else float(start[i, j])
            for k in range(a.shape[1]):
                exact = Fraction(float(a[i, k])) * Fraction(float(b[k, j])) + Fraction(s)
                s = round_fraction(exact, F32)
            result[i, j] = s
    return result


def product(a, b, acc=None, flags=""):
    m = a.shape[1] if "lhs" in flags else a.shape[0]
    n = b.shape[0] if "rhs" in flags else b.shape[1]
    result = f"tensor<{m}x{n}x{'i32' if a.dtype == np.int8 else 'f32'}>"
    values = {"a": a, "b": b}
    if acc is not None:
        values["c"] = acc
    part = "" if acc is None else "acc(%c : {c})"
    return computed(
        f"%r = tile.matmul %a, %b {part} {flags} : {{a}}, {{b}} -> {{r}}", values, result
    )


def matrices(m, k, n, dtype, seed=0):
    rng = np.random.default_rng(seed)
    a, b = rng.standard_normal((m, k)).astype(dtype), rng.standard_normal((k, n)).astype(dtype)
    return a, b, rng.standard_normal((m, n)).astype(np.float32)


@pytest.mark.parametrize("dtype", [F32, F16, BF16], ids=TYPE_NAMES.get)
@pytest.mark.parametrize("has_acc", [False, True])
def test_each_output_is_one_fma_chain_with_k_ascending(dtype, has_acc):
    a, b, acc = matrices(5, 40, 7, dtype)
    acc = acc if has_acc else None
    assert_same_bits(product(a, b, acc), chain(a, b, acc))


@settings(max_examples=15, deadline=None)
@given(m=st.integers(1, 5), k=st.integers(0, 9), n=st.integers(1, 5), seed=st.integers(0, 99))
def test_any_shape_is_one_fma_chain(m, k, n, seed):
    a, b, acc = matrices(m, k, n, F32, seed)
    assert_same_bits(product(a, b, acc), chain(a, b, acc))


def test_the_order_of_k_matters():
    a, b, _ = matrices(4, 300, 4, F32)
    assert (product(a, b) != product(a[:, ::-1].copy(), b[::-1].copy())).any()


def test_splitting_k_or_n_changes_no_bit():
    a, b, acc = matrices(3, 96, 50, BF16)
    halves = product(a[:, 32:].copy(), b[32:].copy(), product(a[:, :32].copy(), b[:32].copy(), acc))
    assert_same_bits(halves, product(a, b, acc))
    assert_same_bits(product(a, b[:, 7:9].copy(), acc[:, 7:9].copy()), product(a, b, acc)[:, 7:9])


def test_a_result_wider_than_one_block_is_the_same():
    a, b, _ = matrices(300, 3, 301, F32)
    wide = product(a, b)
    for j in (0, 108, 109, 110, 300):
        assert_same_bits(wide[:, j : j + 1].copy(), product(a, b[:, j : j + 1].copy()))


@pytest.mark.parametrize("flags", ["trans_lhs", "trans_rhs", "trans_lhs trans_rhs"])
def test_transposed_operands(flags):
    a, b, acc = matrices(3, 17, 6, BF16)
    left = a.T.copy() if "lhs" in flags else a
    right = b.T.copy() if "rhs" in flags else b
    assert_same_bits(product(left, right, acc, flags), product(a, b, acc))


def test_zero_products_keep_the_sign_of_the_chain():
    zeros = np.zeros((1, 1), np.float32)
    assert not np.signbit(product(-zeros, np.ones((1, 1), np.float32)))[0, 0]
    assert np.signbit(product(-zeros, np.ones((1, 1), np.float32), -zeros))[0, 0]


def test_int8_is_exact_in_int32_and_wraps():
    rng = np.random.default_rng(1)
    a = rng.integers(-128, 128, (3, 500)).astype(np.int8)
    b = rng.integers(-128, 128, (500, 4)).astype(np.int8)
    acc = rng.integers(-(1 << 31), 1 << 31, (3, 4)).astype(np.int32)
    exact = a.astype(object) @ b.astype(object) + acc.astype(object)
    wrapped = (exact + (1 << 31)) % (1 << 32) - (1 << 31)
    assert_same_bits(product(a, b, acc), wrapped.astype(np.int32))


def test_undefined_elements_spread_along_their_row_or_column():
    ones = np.ones((3, 4), np.float32)
    values = {"a": masked(ones, (1, 2)), "b": ones.T.copy(), "c": np.ones((3, 3), np.float32)}
    text = "%r = tile.matmul %a, %b acc(%c : {c}) : {a}, {b} -> {c}"
    result = "tensor<3x3xf32>"
    assert undefined_indices(execute(text, values, result)) == [[1, 0], [1, 1], [1, 2]]
    values |= {"a": ones, "b": masked(ones.T, (3, 2))}
    assert undefined_indices(execute(text, values, result)) == [[0, 2], [1, 2], [2, 2]]
    values |= {"b": ones.T.copy(), "c": masked(np.ones((3, 3), np.float32), (2, 1))}
    assert undefined_indices(execute(text, values, result)) == [[2, 1]]


def test_undefined_elements_of_a_transposed_operand_spread_along_its_column():
    ones = np.ones((4, 3), np.float32)
    values = {"a": masked(ones, (2, 1)), "b": ones}
    text = "%r = tile.matmul %a, %b trans_lhs : {a}, {b} -> {r}"
    result = execute(text, values, "tensor<3x3xf32>")
    assert undefined_indices(result) == [[1, 0], [1, 1], [1, 2]]


def test_inner_extents_that_differ_at_run_time_are_refused():
    text = """%x = tensor.cast %a : {a} to tensor<2x?xf32>
              %y = tensor.cast %b : {b} to tensor<?x2xf32>
              %r = tile.matmul %x, %y : tensor<2x?xf32>, tensor<?x2xf32> -> {r}"""
    values = {"a": np.ones((2, 3), np.float32), "b": np.ones((4, 2), np.float32)}
    with pytest.raises(ExecutionError, match="equal inner extents, but got 3 and 4"):
        execute(text, values, "tensor<2x2xf32>")
