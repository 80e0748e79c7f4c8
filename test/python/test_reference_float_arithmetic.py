"""Fused multiply-adds against exact fractions; maximum and minimum on their special cases."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference_harness import F32, round_fraction
from tilework.reference.float_arithmetic import add_to_odd, fma32, fma64, maximum, minimum

BITS = st.integers(0, (1 << 32) - 1)


def floats(bits):
    return np.array(bits, np.uint32).view(np.float32)


def assert_exact_fma32(a, b, c):
    with np.errstate(all="ignore"):
        results = fma32(a, b, c)
    for x, y, z, result in zip(a, b, c, results, strict=True):
        if not (np.isfinite(x) and np.isfinite(y) and np.isfinite(z)):
            continue
        exact = Fraction(float(x)) * Fraction(float(y)) + Fraction(float(z))
        wanted = np.float32(round_fraction(exact, F32))
        assert result == wanted, (x.hex(), y.hex(), z.hex(), result.hex(), wanted.hex())


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(BITS, BITS, BITS), min_size=1, max_size=20))
def test_fma32_of_any_bits_is_rounded_once(bits):
    assert_exact_fma32(*(floats(column) for column in zip(*bits, strict=True)))


def test_fma32_of_numbers_of_one_size_is_rounded_once():
    rng = np.random.default_rng(1)
    assert_exact_fma32(*rng.standard_normal((3, 20000)).astype(np.float32))


def test_fma32_just_beside_a_tie_is_rounded_once():
    # c + a * b is half an ulp of c, plus or minus less than float64 can see beside it
    rng = np.random.default_rng(2)
    c = (1 + rng.integers(0, 1 << 23, 4000) * 2.0**-23).astype(np.float32)
    low = rng.integers(1, 1 << 8, 4000) * 2.0**-23
    a = (1 + low).astype(np.float32)
    b = ((1 - low) * 2.0**-24 * rng.choice([1, -1], 4000)).astype(np.float32)
    assert_exact_fma32(a, b, c)


def test_fma32_just_beside_a_tie_of_denormals_is_rounded_once():
    rng = np.random.default_rng(6)
    c = ((2 * rng.integers(1 << 20, 1 << 22, 4000) + 1) * 2.0**-149).astype(np.float32)
    low = rng.integers(1, 1 << 5, 4000) * 2.0**-23
    a = ((1 + low) * 2.0**-75).astype(np.float32)
    b = ((1 - low) * 2.0**-75 * rng.choice([1, -1], 4000)).astype(np.float32)
    assert_exact_fma32(a, b, c)


@pytest.mark.parametrize("scale", [-149, -140, -126, 120])
def test_fma32_at_the_ends_of_the_range_is_rounded_once(scale):
    rng = np.random.default_rng(3)
    a, b, c = rng.standard_normal((3, 5000))
    half = 2.0 ** (scale // 2)
    assert_exact_fma32(
        (a * half).astype(np.float32),
        (b * 2.0**scale / half).astype(np.float32),
        (c * 2.0**scale).astype(np.float32),
    )


def test_a_naive_fma32_would_be_caught():
    a, b, c = (np.array([x], np.float32) for x in (1 + 2.0**-23, (1 - 2.0**-23) * 2.0**-24, 1))
    c += np.float32(2.0**-23)
    twice_rounded = (a.astype(float) * b.astype(float) + c.astype(float)).astype(np.float32)
    assert fma32(a, b, c) != twice_rounded


def test_fma32_keeps_infinities_nans_and_signed_zeros():
    inf, nan = np.inf, np.nan
    cases = [(1, inf, 1, inf), (0, inf, 1, nan), (inf, 1, -inf, nan), (nan, 1, 1, nan),
             (-0.0, 1, -0.0, -0.0), (-0.0, 1, 0.0, 0.0), (2, 3, -6, 0.0),
             (3e38, 10, 0, inf)]  # fmt: skip
    a, b, c, wanted = (np.array(column, np.float32) for column in zip(*cases, strict=True))
    with np.errstate(all="ignore"):
        result = fma32(a, b, c)
    np.testing.assert_array_equal(result, wanted)
    np.testing.assert_array_equal(np.signbit(result[4:]), np.signbit(wanted[4:]))


@pytest.mark.parametrize("magnitude", [0, -60, 40])
def test_fma64_is_rounded_once(magnitude):
    rng = np.random.default_rng(4)
    a, b = rng.standard_normal((2, 5000))
    c = rng.standard_normal(5000) * 2.0**magnitude
    c[::4] = -(a * b)[::4]  # the exact error of the product remains
    c[1::4] = (-(a * b) * (1 + 2.0**-52))[1::4]
    for x, y, z, result in zip(a, b, c, fma64(a, b, c), strict=True):
        assert result == float(Fraction(x) * Fraction(y) + Fraction(z))  # float() rounds once


def test_fma64_just_beside_a_tie_is_rounded_once():
    rng = np.random.default_rng(8)
    c = 1 + (2 * rng.integers(0, 1 << 50, 2000) + 1) * 2.0**-52
    low = rng.integers(1, 1 << 8, 2000) * 2.0**-30
    a, b = (1 + low) * 2.0**-53, (1 - low) * rng.choice([1, -1], 2000)
    for x, y, z, result in zip(a, b, c, fma64(a, b, c), strict=True):
        assert result == float(Fraction(x) * Fraction(y) + Fraction(z))


def test_add_to_odd_is_odd_exactly_when_inexact():
    rng = np.random.default_rng(5)
    a, b = rng.standard_normal((2, 2000)) * np.array([[1], [1e-5]])
    for x, y, result in zip(a, b, add_to_odd(a, b), strict=True):
        exact = Fraction(x) + Fraction(y)
        is_odd = result.view(np.int64) & 1
        assert Fraction(result) == exact or is_odd
        assert abs(Fraction(result) - exact) < Fraction(float(np.spacing(abs(result))))


def test_maximum_and_minimum_order_zeros_and_let_nans_win():
    a = np.array([0.0, -0.0, 1, np.nan, 2, -np.inf], np.float32)
    b = np.array([-0.0, 0.0, 3, 1, np.nan, 5], np.float32)
    for function, wanted in ((maximum, [0.0, 0.0, 3, np.nan, np.nan, 5]),
                             (minimum, [-0.0, -0.0, 1, np.nan, np.nan, -np.inf])):  # fmt: skip
        result = function(a, b)
        np.testing.assert_array_equal(result, np.array(wanted, np.float32))
        assert np.signbit(result[:2]).tolist() == np.signbit(wanted[:2]).tolist()
