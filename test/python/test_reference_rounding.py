"""Casts in every mode against the modes' definitions on exact fractions."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference_harness import (
    BF16,
    F16,
    F32,
    MODES,
    NONE,
    RINT,
    TRUNC,
    TYPE_NAMES,
    assert_same_bits,
    computed,
    round_fraction,
    round_fraction_to_integer,
)
from tilework.reference.rounding import convert

INTEGERS = [np.dtype(t) for t in ("i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8")]


def converted(data, dtype, mode):
    with np.errstate(all="ignore"):
        return convert(data, dtype, mode)


@pytest.mark.parametrize("mode", range(7), ids=MODES)
@pytest.mark.parametrize("dtype", [BF16, F16], ids=TYPE_NAMES.get)
@settings(max_examples=60, deadline=None)
@given(bits=st.lists(st.integers(0, (1 << 32) - 1), min_size=1, max_size=40))
def test_floats_are_narrowed_as_the_mode_says(bits, dtype, mode):
    x = np.array(bits, np.uint32).view(np.float32)
    ties = x.view(np.uint32) & ~np.uint32(0xFFFF) | np.uint32(0x8000)
    tiny = x * np.float32(2.0**-100)
    x = np.concatenate([x, ties.view(np.float32), tiny])
    results = converted(x, dtype, mode)
    for value, result in zip(x, results, strict=True):
        if not np.isfinite(value):
            assert np.isnan(result) if np.isnan(value) else result == value
            continue
        wanted = round_fraction(Fraction(float(value)), dtype, RINT if mode == NONE else mode)
        assert float(result) == wanted, (value, mode)
        assert np.signbit(result) == np.signbit(value)


@pytest.mark.parametrize("dtype", [BF16, F16], ids=TYPE_NAMES.get)
def test_to_nearest_even_agrees_with_other_implementations(dtype):
    x = np.arange(0, 1 << 32, 9973, dtype=np.uint64).astype(np.uint32).view(np.float32)
    with np.errstate(all="ignore"):
        assert_same_bits(converted(x, dtype, RINT), x.astype(dtype))


@pytest.mark.parametrize("mode", range(7), ids=MODES)
def test_widening_is_exact_whatever_the_mode(mode):
    for dtype in (BF16, F16):
        x = np.arange(1 << 16, dtype=np.uint32).astype(np.uint16).view(dtype)
        assert_same_bits(converted(x, F32, mode), x.astype(np.float32))


@pytest.mark.parametrize("mode", range(7), ids=MODES)
@pytest.mark.parametrize("dtype", INTEGERS, ids=str)
def test_floats_become_integers_rounded_and_saturated(dtype, mode):
    halves = np.arange(-20, 21) / 2
    x = np.concatenate([halves, halves * 1.01, halves * 0.99, halves * 2.0**7, halves * 2.0**70])
    x = x.astype(np.float32)
    info = np.iinfo(dtype)
    wanted = [
        min(max(round_fraction_to_integer(Fraction(float(v)), TRUNC if mode == NONE else mode),
                info.min), info.max) for v in x
    ]  # fmt: skip
    assert converted(x, dtype, mode).tolist() == wanted


@pytest.mark.parametrize("dtype", INTEGERS, ids=str)
def test_specials_become_integers(dtype):
    x = np.array([np.nan, np.inf, -np.inf, -0.0], np.float32)
    info = np.iinfo(dtype)
    assert converted(x, dtype, RINT).tolist() == [0, info.max, info.min, 0]


@pytest.mark.parametrize("mode", range(7), ids=MODES)
@pytest.mark.parametrize("dtype", [F32, BF16, F16], ids=TYPE_NAMES.get)
def test_integers_become_floats_rounded_once(dtype, mode):
    rng = np.random.default_rng(7)
    values = [int(v) for v in rng.integers(-(1 << 63), 1 << 63, 200, dtype=np.int64)]
    values += [0, (1 << 63) - 1, -(1 << 63), (1 << 53) + 1, (1 << 24) + 1, -((1 << 60) + 1)]
    values += [(1 << 62) + (1 << 38), (1 << 62) + (1 << 38) + 1, (1 << 62) + (1 << 38) - 1]
    results = converted(np.array(values, np.int64), dtype, mode)
    for value, result in zip(values, results, strict=True):
        wanted = round_fraction(Fraction(value), dtype, RINT if mode == NONE else mode)
        assert float(result) == wanted, (value, mode)


def test_unsigned_64_bit_integers_become_floats():
    x = np.array([(1 << 64) - 1, 1 << 63, (1 << 63) + (1 << 39), 5], np.uint64)
    wanted = [2.0**64, 2.0**63, 2.0**63, 5.0]
    assert converted(x, F32, RINT).tolist() == wanted


def test_integers_saturate_to_narrower_integers():
    x = np.array([-1000, -129, -1, 0, 127, 200, 70000], np.int32)
    assert converted(x, np.dtype(np.int8), RINT).tolist() == [-128, -128, -1, 0, 127, 127, 127]
    assert converted(x, np.dtype(np.uint8), RINT).tolist() == [0, 0, 0, 0, 127, 200, 255]
    assert converted(x, np.dtype(np.bool_), RINT).tolist() == [False] * 4 + [True] * 3
    big = np.array([(1 << 64) - 1], np.uint64)
    assert converted(big, np.dtype(np.int64), RINT).tolist() == [(1 << 63) - 1]
    assert converted(np.array([-5], np.int64), np.dtype(np.uint64), RINT).tolist() == [0]


def test_booleans_become_0_and_1():
    x = np.array([[True, False]])
    for name, dtype in (("f32", F32), ("bf16", BF16), ("i32", np.dtype(np.int32))):
        result = computed("%r = tile.cast rint %x : {x} to {r}", {"x": x}, f"tensor<1x2x{name}>")
        assert_same_bits(result, np.array([[1, 0]], dtype))


@pytest.mark.parametrize("mode", MODES)
def test_the_operation_uses_its_mode(mode):
    x = np.array([[2.5, -2.5, 3.5, 2.25, -2.75, np.nan, 1e20]], np.float32)
    wanted = {
        "none": [2, -2, 3, 2, -2], "rint": [2, -2, 4, 2, -3], "round": [3, -3, 4, 2, -3],
        "floor": [2, -3, 3, 2, -3], "ceil": [3, -2, 4, 3, -2], "trunc": [2, -2, 3, 2, -2],
        "odd": [3, -3, 3, 3, -3],
    }[mode]  # fmt: skip
    text = f"%r = tile.cast {mode} %x : {{x}} to {{r}}"
    result = computed(text, {"x": x}, "tensor<1x7xi32>")
    assert result.tolist() == [[*wanted, 0, (1 << 31) - 1]]
