"""Element-wise operations against plain NumPy, computed independently of their meanings."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference_harness import (
    F32,
    FLOATS,
    TYPE_NAMES,
    assert_same_bits,
    computed,
    execute,
    masked,
    type_of,
    undefined_indices,
)
from tilework.reference import ExecutionError
from tilework.reference.values import UNDEFINED

SPECIALS = np.array([0.0, -0.0, 1.5, -2.25, np.inf, -np.inf, np.nan, 1e-40, 3e38, 7.0])
INTEGER_TYPES = [np.dtype(t) for t in ("i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8")]


def float_matrix(dtype, seed=0, shape=(5, 37)):
    x = (np.random.default_rng(seed).standard_normal(shape) * 5).astype(dtype)
    with np.errstate(over="ignore"):
        x[0, : len(SPECIALS)] = np.roll(SPECIALS, seed).astype(dtype)
    return x


def unary(name, x):
    return computed(f"%r = tile.{name} %x : {{x}}", {"x": x}, type_of(x))


def binary(name, x, y):
    return computed(f"%r = tile.{name} %x, %y : {{x}}, {{y}}", {"x": x, "y": y}, type_of(x))


def exact_maximum(a, b):
    if math.isnan(a) or math.isnan(b):
        return math.nan
    if a == b == 0:
        return 0.0 if math.copysign(1, a) > 0 or math.copysign(1, b) > 0 else -0.0
    return max(a, b)


def exact_remainder(a, b):
    return math.nan if math.isinf(a) or b == 0 else math.fmod(a, b)


UNARY = {
    "neg": lambda x: -x,
    "abs": abs,
    "sqrt": lambda x: math.sqrt(x) if x >= 0 else math.nan,
    "recip": lambda x: 1 / x if x else math.copysign(math.inf, x),
    "relu": lambda x: exact_maximum(x, 0.0),
}
BINARY = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "maximum": exact_maximum,
    "minimum": lambda a, b: -exact_maximum(-a, -b),
    "fmod": exact_remainder,
}


def oracle(function, dtype, *operands):
    """Python's float64 rounded to float32, then to `dtype`: innocuous for these operations."""
    rows = [[function(*map(float, each)) for each in zip(*row, strict=True)]
            for row in zip(*operands, strict=True)]  # fmt: skip
    with np.errstate(all="ignore"):
        return np.array(rows).astype(np.float32).astype(dtype)


@pytest.mark.parametrize("dtype", FLOATS, ids=TYPE_NAMES.get)
@pytest.mark.parametrize("name", UNARY)
def test_unary_floats(name, dtype):
    x = float_matrix(dtype)
    assert_same_bits(unary(name, x), oracle(UNARY[name], dtype, x))


@pytest.mark.parametrize("dtype", FLOATS, ids=TYPE_NAMES.get)
def test_rsqrt_rounds_the_square_root_and_then_the_quotient(dtype):
    x = np.abs(float_matrix(dtype)) + dtype.type(0.5)
    with np.errstate(all="ignore"):
        root = np.sqrt(x.astype(np.float64)).astype(np.float32)
        wanted = (1 / root.astype(np.float64)).astype(np.float32).astype(dtype)
    assert_same_bits(unary("rsqrt", x), wanted)


@pytest.mark.parametrize("dtype", FLOATS, ids=TYPE_NAMES.get)
@pytest.mark.parametrize("name", BINARY)
def test_binary_floats(name, dtype):
    for seed in range(len(SPECIALS)):
        x, y = float_matrix(dtype), float_matrix(dtype, seed)
        assert_same_bits(binary(name, x, y), oracle(BINARY[name], dtype, x, y))


@pytest.mark.parametrize("dtype", FLOATS, ids=TYPE_NAMES.get)
def test_division_is_correctly_rounded(dtype):
    x, y = float_matrix(dtype), float_matrix(dtype, 3)
    with np.errstate(all="ignore"):
        wanted = (x.astype(np.float64) / y.astype(np.float64)).astype(np.float32).astype(dtype)
    assert_same_bits(binary("div", x, y), wanted)


@settings(max_examples=25, deadline=None)
@given(rows=st.integers(1, 9), columns=st.integers(1, 70), repeats=st.sampled_from("RC1="))
def test_unit_dimensions_of_rhs_are_repeated(rows, columns, repeats):
    shape = {"R": (rows, 1), "C": (1, columns), "1": (1, 1), "=": (rows, columns)}[repeats]
    rng = np.random.default_rng(rows * 100 + columns)
    x = rng.standard_normal((rows, columns)).astype(np.float32)
    y = rng.standard_normal(shape).astype(np.float32)
    result = binary("sub", x, y)
    for i in range(rows):
        for j in range(columns):
            assert result[i, j] == x[i, j] - y[i % shape[0], j % shape[1]]


@pytest.mark.parametrize("dtype", FLOATS, ids=TYPE_NAMES.get)
def test_a_scalar_rhs_is_repeated(dtype):
    x = float_matrix(dtype)
    wanted = oracle(lambda a: a * 2.5, dtype, x)
    assert_same_bits(binary("mul", x, dtype.type(2.5)), wanted)


def integer_operands(dtype):
    rng = np.random.default_rng(11)
    info = np.iinfo(dtype)
    x = rng.integers(info.min, info.max, (4, 33), dtype, endpoint=True)
    y = rng.integers(info.min, info.max, (4, 33), dtype, endpoint=True)
    x[0, :4], y[0, :4] = info.min, [info.max, info.min, 1, 2]
    y[1:, ::2] = y[1:, ::2] % 7 + 1
    y[y == 0] = 3
    return x, y


def wrapped(values, dtype):
    width = 8 * dtype.itemsize
    flat = [v & ((1 << width) - 1) for v in values]
    if dtype.kind == "i":
        flat = [v - (1 << width) if v >> (width - 1) else v for v in flat]
    return np.array(flat, dtype)


def truncated_quotient(a, b):
    return abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)


INTEGER_BINARY = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": truncated_quotient,
    "fmod": lambda a, b: a - truncated_quotient(a, b) * b,
    "maximum": max,
    "minimum": min,
    "and": lambda a, b: a & b,
    "or": lambda a, b: a | b,
    "xor": lambda a, b: a ^ b,
}


@pytest.mark.parametrize("dtype", INTEGER_TYPES, ids=str)
@pytest.mark.parametrize("name", INTEGER_BINARY)
def test_binary_integers_wrap(name, dtype):
    x, y = integer_operands(dtype)
    pairs = zip(x.ravel().tolist(), y.ravel().tolist(), strict=True)
    wanted = wrapped([INTEGER_BINARY[name](a, b) for a, b in pairs], dtype).reshape(x.shape)
    assert_same_bits(binary(name, x, y), wanted)


@pytest.mark.parametrize("dtype", INTEGER_TYPES, ids=str)
def test_shifts(dtype):
    x, _ = integer_operands(dtype)
    amount = np.arange(x.size).reshape(x.shape).astype(dtype) % dtype.type(8 * dtype.itemsize)
    pairs = list(zip(x.ravel().tolist(), amount.ravel().tolist(), strict=True))
    left = wrapped([a << n for a, n in pairs], dtype).reshape(x.shape)
    right = wrapped([a >> n for a, n in pairs], dtype).reshape(x.shape)
    assert_same_bits(binary("shl", x, amount), left)
    assert_same_bits(binary("shr", x, amount), right)


@pytest.mark.parametrize("dtype", INTEGER_TYPES, ids=str)
def test_unary_integers(dtype):
    x, _ = integer_operands(dtype)
    for name, function in (("neg", lambda a: -a), ("abs", abs), ("not", lambda a: ~a),
                           ("relu", lambda a: max(a, 0))):  # fmt: skip
        wanted = wrapped([function(a) for a in x.ravel().tolist()], dtype).reshape(x.shape)
        assert_same_bits(unary(name, x), wanted)


def test_bits_of_booleans():
    x, y = np.array([[True, True, False, False]]), np.array([[True, False, True, False]])
    assert binary("and", x, y).tolist() == [[True, False, False, False]]
    assert binary("or", x, y).tolist() == [[True, True, True, False]]
    assert binary("xor", x, y).tolist() == [[False, True, True, False]]
    assert unary("not", x).tolist() == [[False, False, True, True]]
    with pytest.raises(ExecutionError, match=r"'tile.add' expects elements it is meant for, but"):
        binary("add", x, y)


@pytest.mark.parametrize("dtype", INTEGER_TYPES, ids=str)
def test_by_zero_integers_give_zero(dtype):
    x, _ = integer_operands(dtype)
    for name in ("div", "fmod"):
        assert_same_bits(binary(name, x, np.zeros_like(x)), np.zeros_like(x))
        assert_same_bits(binary(name, x, dtype.type(0)), np.zeros_like(x))


@pytest.mark.parametrize("dtype", INTEGER_TYPES, ids=str)
def test_shifts_beyond_the_width_leave_nothing_or_the_sign(dtype):
    x, _ = integer_operands(dtype)
    width, info = 8 * dtype.itemsize, np.iinfo(dtype)
    sign = np.where(x < 0, dtype.type(-1 if dtype.kind == "i" else 0), dtype.type(0))
    for amount in (width, width + 1, info.max, info.min):
        if 0 <= amount < width:
            continue
        for rhs in (np.full_like(x, amount), dtype.type(amount)):
            assert_same_bits(binary("shl", x, rhs), np.zeros_like(x))
            assert_same_bits(binary("shr", x, rhs), sign)


def test_an_undefined_divisor_or_amount_is_undefined_there():
    x, zero = np.array([[1, 2]], np.int32), np.array([[1, 0]], np.int32)
    for name in ("div", "fmod", "shl", "shr"):
        result = execute(f"%r = tile.{name} %x, %y : {{x}}, {{x}}",
                         {"x": x, "y": masked(zero, (0, 1))}, type_of(x))  # fmt: skip
        assert undefined_indices(result) == [[0, 1]]


@pytest.mark.parametrize("dtype", [*FLOATS, *INTEGER_TYPES], ids=str)
def test_comparisons(dtype):
    if dtype in FLOATS:
        x, y = float_matrix(dtype), float_matrix(dtype, 4)
        y[3] = x[3]
    else:
        x, y = integer_operands(dtype)
    functions = {
        "eq": lambda a, b: a == b, "ne": lambda a, b: a != b, "lt": lambda a, b: a < b,
        "le": lambda a, b: a <= b, "gt": lambda a, b: a > b, "ge": lambda a, b: a >= b,
    }  # fmt: skip
    for name, function in functions.items():
        text = f"%r = tile.compare {name} %x, %y : {{x}}, {{y}} -> {{r}}"
        result = computed(text, {"x": x, "y": y}, f"tensor<{x.shape[0]}x{x.shape[1]}xi1>")
        python = [[function(a, b) for a, b in zip(*rows, strict=True)]
                  for rows in zip(x.tolist(), y.tolist(), strict=True)]  # fmt: skip
        assert result.tolist() == python, name


def test_select_takes_lhs_where_the_mask_is_set():
    x, y = float_matrix(F32), float_matrix(F32, 1)
    mask = np.random.default_rng(0).integers(0, 2, x.shape).astype(bool)
    result = computed("%r = tile.select %m, %x, %y : {m}, {x}", {"m": mask, "x": x, "y": y},
                      type_of(x))  # fmt: skip
    assert_same_bits(result, np.where(mask, x, y))


def test_extents_that_differ_at_run_time_are_refused():
    text = """%a = tensor.cast %x : {x} to tensor<?x4xf32>
              %b = tensor.cast %y : {y} to tensor<?x4xf32>
              %r = tile.add %a, %b : tensor<?x4xf32>, tensor<?x4xf32>"""
    x, y = np.ones((3, 4), np.float32), np.ones((1, 4), np.float32)
    with pytest.raises(ExecutionError, match="equal extents of dim 0, but got 3 and 1"):
        execute(text, {"x": x, "y": y}, "tensor<?x4xf32>")
    assert execute(text, {"x": x, "y": x}, "tensor<?x4xf32>").data.tolist() == [[2.0] * 4] * 3


def test_undefined_elements_stay_where_they_are():
    x = masked(np.ones((3, 4), np.float32), (0, 1))
    y = masked(np.ones((3, 1), np.float32), (2, 0))
    for name in ("neg", "exp", "sqrt", "relu"):
        assert undefined_indices(execute(f"%r = tile.{name} %x : {{x}}", {"x": x}, type_of(x))) == [
            [0, 1]
        ]
    for name in ("add", "mul", "fmod", "maximum"):
        result = execute(f"%r = tile.{name} %x, %y : {{x}}, {{y}}", {"x": x, "y": y}, type_of(x))
        assert undefined_indices(result) == [[0, 1], [2, 0], [2, 1], [2, 2], [2, 3]]
    cast = execute("%r = tile.cast rint %x : {x} to {r}", {"x": x}, "tensor<3x4xbf16>")
    assert undefined_indices(cast) == [[0, 1]]
    compare = "%r = tile.compare lt %x, %y : {x}, {y} -> {r}"
    result = execute(compare, {"x": x, "y": y}, "tensor<3x4xi1>")
    assert undefined_indices(result) == [[0, 1], [2, 0], [2, 1], [2, 2], [2, 3]]


def test_select_needs_only_the_mask_and_the_chosen_element():
    mask = masked(np.array([[True, True, False, False, True]]), (0, 4))
    x = masked(np.ones((1, 5), np.float32), (0, 0), (0, 2))
    y = masked(np.ones((1, 5), np.float32), (0, 1), (0, 3))
    result = execute("%r = tile.select %m, %x, %y : {m}, {x}", {"m": mask, "x": x, "y": y},
                     type_of(x))  # fmt: skip
    assert undefined_indices(result) == [[0, 0], [0, 3], [0, 4]]


def test_an_undefined_scalar_makes_everything_undefined():
    x = np.ones((2, 2), np.float32)
    text = """%c0 = arith.constant 0 : index
              %e = tile.empty() : tensor<1xf32>
              %s = tensor.extract %e[%c0] : tensor<1xf32>
              %r = tile.add %x, %s : {x}, f32"""
    result = execute(text, {"x": x}, type_of(x))
    assert len(undefined_indices(result)) == 4
    assert repr(UNDEFINED) == "undefined"


def test_a_never_written_tensor_times_literal_zero_is_zero():
    text = """%c = arith.constant {value} : f32
              %e = tile.empty() : tensor<8x4xf32>
              %s = tensor.extract_slice %e[0, 0] [4, 4] [1, 1] : tensor<8x4xf32> to tensor<4x4xf32>
              %r = tile.mul %s, %c : tensor<4x4xf32>, f32"""
    result = execute(text.replace("{value}", "0.0"), {}, "tensor<4x4xf32>")
    assert result.defined is None
    assert_same_bits(result.data, np.zeros((4, 4), np.float32))
    for value in ("-0.0", "1.0"):
        result = execute(text.replace("{value}", value), {}, "tensor<4x4xf32>")
        assert len(undefined_indices(result)) == 16


def test_a_partly_written_tensor_times_zero_stays_undefined_elsewhere():
    text = """%c = arith.constant 0.0 : f32
              %e = tile.empty() : tensor<2x2xf32>
              %w = tensor.insert_slice %x into %e[0, 0] [1, 2] [1, 1] : {x} into tensor<2x2xf32>
              %r = tile.mul %w, %c : tensor<2x2xf32>, f32"""
    result = execute(text, {"x": np.ones((1, 2), np.float32)}, "tensor<2x2xf32>")
    assert undefined_indices(result) == [[1, 0], [1, 1]]
    value = """%e = tile.empty() : tensor<2x2xf32>
               %r = tile.mul %e, %z : tensor<2x2xf32>, f32"""
    result = execute(value, {"z": np.float32(0)}, "tensor<2x2xf32>")
    assert len(undefined_indices(result)) == 4, "zero is not a literal"


def test_a_never_written_part_of_a_written_tensor_times_literal_zero_is_zero():
    text = """%c = arith.constant 0.0 : f32
              %e = tile.empty() : tensor<2x4xf32>
              %w = tensor.insert_slice %x into %e[0, 0] [1, 4] [1, 1] : {x} into tensor<2x4xf32>
              %s = tensor.extract_slice %w[{row}, 0] [1, 4] [1, 1]
                   : tensor<2x4xf32> to tensor<1x4xf32>
              %r = tile.mul %s, %c : tensor<1x4xf32>, f32"""
    x = np.full((1, 4), -2, np.float32)
    for row, zero in ((0, -0.0), (1, 0.0)):
        result = execute(text.replace("{row}", str(row)), {"x": x}, "tensor<1x4xf32>")
        assert result.defined is None
        assert_same_bits(result.data, np.full((1, 4), zero, np.float32))
