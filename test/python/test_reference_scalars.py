"""Scalars: arith, math and affine against Python's own numbers."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference_harness import BF16, computed, execute
from tilework.reference import ExecutionError, UndefinedError
from tilework.reference.values import UNDEFINED

WORDS = st.integers(-(1 << 31), (1 << 31) - 1)


def wrap(value, width=32):
    value &= (1 << width) - 1
    return value - (1 << width) if value >> (width - 1) else value


def quotient(a, b):
    return abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)


def unsigned(function):
    return lambda a, b: function(a % (1 << 32), b % (1 << 32))


INTEGERS = {
    "addi": lambda a, b: a + b, "subi": lambda a, b: a - b, "muli": lambda a, b: a * b,
    "andi": lambda a, b: a & b, "ori": lambda a, b: a | b, "xori": lambda a, b: a ^ b,
    "maxsi": max, "minsi": min, "maxui": unsigned(max), "minui": unsigned(min),
    "divsi": quotient, "remsi": lambda a, b: a - quotient(a, b) * b,
    "floordivsi": lambda a, b: a // b, "ceildivsi": lambda a, b: -((-a) // b),
    "divui": unsigned(lambda a, b: a // b), "remui": unsigned(lambda a, b: a % b),
    "ceildivui": unsigned(lambda a, b: -((-a) // b)),
}  # fmt: skip


def pair(kind, a, b, operation, result):
    """`operation` on the constants %a and %b of type `kind`."""
    suffix = "" if kind == "i1" else f" : {kind}"
    constants = f"%a = arith.constant {a}{suffix}\n%b = arith.constant {b}{suffix}\n"
    return execute(constants + operation, {}, result)


@pytest.mark.parametrize("name", INTEGERS)
@settings(max_examples=12, deadline=None)
@given(a=WORDS, b=WORDS.filter(lambda b: b != 0))
def test_integers_wrap(name, a, b):
    result = pair("i32", a, b, f"%r = arith.{name} %a, %b : i32", "i32")
    assert result == wrap(INTEGERS[name](a, b))


@settings(max_examples=20, deadline=None)
@given(a=WORDS, n=st.integers(0, 31))
def test_shifts(a, n):
    assert pair("i32", a, n, "%r = arith.shli %a, %b : i32", "i32") == wrap(a << n)
    assert pair("i32", a, n, "%r = arith.shrsi %a, %b : i32", "i32") == a >> n
    assert pair("i32", a, n, "%r = arith.shrui %a, %b : i32", "i32") == wrap((a % 2**32) >> n)


def test_booleans_are_integers_of_one_bit():
    assert pair("i1", "true", "true", "%r = arith.addi %a, %b : i1", "i1") is False
    assert pair("i1", "true", "false", "%r = arith.xori %a, %b : i1", "i1") is True
    assert pair("i1", "true", "false", "%r = arith.cmpi slt, %a, %b : i1", "i1") is True
    assert pair("i1", "true", "false", "%r = arith.cmpi ult, %a, %b : i1", "i1") is False


def test_divisions_by_zero_and_wide_shifts_are_refused():
    for name in ("divsi", "remsi", "floordivsi", "ceildivsi", "divui", "remui", "ceildivui"):
        with pytest.raises(ExecutionError, match="nonzero integer divisor, but got 0"):
            pair("index", 3, 0, f"%r = arith.{name} %a, %b : index", "index")
    with pytest.raises(ExecutionError, match="from 0 to 31, but got 32"):
        pair("i32", 3, 32, "%r = arith.shli %a, %b : i32", "i32")


SIGNED = {"eq": lambda a, b: a == b, "ne": lambda a, b: a != b, "slt": lambda a, b: a < b,
          "sle": lambda a, b: a <= b, "sgt": lambda a, b: a > b,
          "sge": lambda a, b: a >= b}  # fmt: skip


@pytest.mark.parametrize("a, b", [(1, 2), (2, 2), (-1, 2), (2, -1), (-3, -3)])
def test_integer_comparisons(a, b):
    for name, function in SIGNED.items():
        assert pair("i32", a, b, f"%r = arith.cmpi {name}, %a, %b : i32", "i1") is function(a, b)
        if name not in ("eq", "ne"):
            wanted = function(a % 2**32, b % 2**32)
            text = f"%r = arith.cmpi u{name[1:]}, %a, %b : i32"
            assert pair("i32", a, b, text, "i1") is wanted


@pytest.mark.parametrize("a, b", [(1.0, 2.0), (2.0, 2.0), (3.0, 2.0), (math.nan, 1.0)])
def test_float_comparisons(a, b):
    values = {"a": np.float32(a), "b": np.float32(b)}
    is_unordered = math.isnan(a) or math.isnan(b)
    functions = {k[-2:]: f for k, f in SIGNED.items()}
    for name, function in functions.items():
        for prefix, wanted in (("o", not is_unordered and function(a, b)),
                               ("u", is_unordered or function(a, b))):  # fmt: skip
            text = f"%r = arith.cmpf {prefix}{name}, %a, %b : f32"
            assert execute(text, values, "i1") is wanted, (prefix, name)
    assert execute("%r = arith.cmpf ord, %a, %b : f32", values, "i1") is not is_unordered
    assert execute("%r = arith.cmpf uno, %a, %b : f32", values, "i1") is is_unordered


def test_float_operations_round_to_their_type():
    a, b = np.float32(1.1), np.float32(3.3)
    exact = {"addf": float(a) + float(b), "subf": float(a) - float(b),
             "mulf": float(a) * float(b), "divf": float(a) / float(b),
             "maximumf": float(b), "minimumf": float(a), "maxnumf": float(b),
             "minnumf": float(a), "remf": math.fmod(a, b)}  # fmt: skip
    for name, value in exact.items():
        result = execute(f"%r = arith.{name} %a, %b : f32", {"a": a, "b": b}, "f32")
        assert result == np.float32(value) and result.dtype == np.float32, name
    narrow = {"a": BF16.type(1.1), "b": BF16.type(3.3)}
    result = execute("%r = arith.mulf %a, %b : bf16", narrow, "bf16")
    assert result == BF16.type(np.float32(narrow["a"]) * np.float32(narrow["b"]))


def test_functions_of_scalars_are_those_of_tiles():
    x = np.float32(1.7)
    for name in ("exp", "log", "sin", "cos", "sqrt", "rsqrt"):
        scalar = execute(f"%r = math.{name} %x : f32", {"x": x}, "f32")
        tile = computed(
            f"%r = tile.{name} %x : {{x}}", {"x": np.full((1, 1), x)}, "tensor<1x1xf32>"
        )
        assert scalar == tile[0, 0], name


def test_other_functions():
    x = {"x": np.float32(-2.5)}
    wanted = {"absf": 2.5, "floor": -3.0, "ceil": -2.0, "trunc": -2.0, "roundeven": -2.0}
    for name, value in wanted.items():
        assert execute(f"%r = math.{name} %x : f32", x, "f32") == value
    assert execute("%r = arith.negf %x : f32", x, "f32") == 2.5
    assert execute("%r = math.fma %x, %x, %x : f32", x, "f32") == 3.75
    assert pair("i32", -5, 0, "%r = math.absi %a : i32", "i32") == 5


def test_conversions():
    def of(kind, a, text, result):
        return pair(kind, a, a, text, result)

    assert of("i32", -1, "%r = arith.index_cast %a : i32 to index", "index") == -1
    assert of("i32", -1, "%r = arith.index_castui %a : i32 to index", "index") == (1 << 32) - 1
    assert of("index", (1 << 32) + 5, "%r = arith.index_cast %a : index to i32", "i32") == 5
    assert of("i8", -1, "%r = arith.extsi %a : i8 to i32", "i32") == -1
    assert of("i8", -1, "%r = arith.extui %a : i8 to i32", "i32") == 255
    assert of("i1", "true", "%r = arith.extui %a : i1 to i32", "i32") == 1
    assert of("i1", "true", "%r = arith.extsi %a : i1 to i32", "i32") == -1
    assert of("i32", 257, "%r = arith.trunci %a : i32 to i8", "i8") == 1
    assert of("i32", (1 << 24) + 1, "%r = arith.sitofp %a : i32 to f32", "f32") == 1 << 24
    assert of("i32", -1, "%r = arith.uitofp %a : i32 to f32", "f32") == 2.0**32
    assert of("f32", 2.75, "%r = arith.fptosi %a : f32 to i32", "i32") == 2
    assert of("f32", 1.0, "%r = arith.bitcast %a : f32 to i32", "i32") == 0x3F800000
    assert of("f32", 1.00390625, "%r = arith.truncf %a : f32 to bf16", "bf16") == 1.0
    assert of("bf16", 1.5, "%r = arith.extf %a : bf16 to f32", "f32") == 1.5
    with pytest.raises(ExecutionError, match=r"a number that fits i8, but got 300.0"):
        of("f32", 300.0, "%r = arith.fptosi %a : f32 to i8", "i8")


def test_unsigned_scalars_have_the_bits_of_signless_ones():
    text = """%c = arith.constant -2 : i32
      %u = builtin.unrealized_conversion_cast %c : i32 to ui32
      %t = tile.full %u() : ui32 -> tensor<1xui32>
      %z = arith.constant 0 : index
      %e = tensor.extract %t[%z] : tensor<1xui32>
      %r = builtin.unrealized_conversion_cast %e : ui32 to i32"""
    assert execute(text, {}, "i32") == -2
    text = """%c = arith.constant -2 : i32
      %r = builtin.unrealized_conversion_cast %c : i32 to ui32"""
    assert execute(text, {}, "ui32") == (1 << 32) - 2
    text = """%c = arith.constant 1.0 : f32
      %r = builtin.unrealized_conversion_cast %c : f32 to i32"""
    with pytest.raises(ExecutionError, match="integers of one width, but got f32"):
        execute(text, {}, "i32")


def test_select_takes_one_of_two_values():
    text = "%r = arith.select %c, %a, %b : {a}"
    a, b = np.ones((1, 2), np.float32), np.zeros((1, 2), np.float32)
    for condition, wanted in ((True, a), (False, b)):
        result = computed(text, {"c": condition, "a": a, "b": b}, "tensor<1x2xf32>")
        assert (result == wanted).all()


def test_an_undefined_condition_selects_an_undefined_scalar_but_no_tensor():
    text = """%zero = arith.constant 0 : index
      %t = tile.empty() : tensor<1xi1>
      %u = tensor.extract %t[%zero] : tensor<1xi1>
      %r = arith.select %u, %a, %a : {a}"""
    assert execute(text, {"a": 3}, "index") is UNDEFINED
    with pytest.raises(UndefinedError, match="expects a condition to be defined"):
        execute(text, {"a": np.ones(2, np.float32)}, "tensor<2xf32>")


def test_dense_constants():
    text = "%r = arith.constant dense<[[1, 2], [3, 4]]> : {r}"
    assert computed(text, {}, "tensor<2x2xi32>").tolist() == [[1, 2], [3, 4]]
    assert (
        computed("%r = arith.constant dense<0.5> : {r}", {}, "tensor<3xbf16>").tolist() == [0.5] * 3
    )


@pytest.mark.parametrize("d, s", [(7, 3), (-7, 3), (12, 5)])
def test_affine_maps(d, s):
    text = """%r = affine.apply affine_map<(d0)[s0] ->
      (d0 * 2 + d0 floordiv s0 + (d0 ceildiv 4) * 100 + (d0 mod 5) * 1000 - s0)>(%d)[%s]"""
    wanted = d * 2 + d // s + -(-d // 4) * 100 + d % 5 * 1000 - s
    assert execute(text, {"d": d, "s": s}, "index") == wanted
    for name, function in (("min", min), ("max", max)):
        text = f"%r = affine.{name} affine_map<(d0, d1) -> (d0, d1 + 1, 4)>(%d, %s)"
        assert execute(text, {"d": d, "s": s}, "index") == function(d, s + 1, 4)


@pytest.mark.parametrize("use, kind", [
    ("arith.addi %u, %u : index", "index"), ("arith.shli %u, %u : index", "index"),
    ("arith.cmpi eq, %u, %u : index", "i1"), ("arith.index_cast %u : index to i32", "i32"),
    ("affine.min affine_map<(d0) -> (d0, 4)>(%u)", "index"),
    ("arith.addf %f, %f : f32", "f32"), ("arith.cmpf oeq, %f, %f : f32", "i1"),
    ("arith.fptosi %f : f32 to i32", "i32"), ("arith.truncf %f : f32 to bf16", "bf16"),
])  # fmt: skip
def test_undefined_scalars_stay_undefined(use, kind):
    text = f"""%zero = arith.constant 0 : index
      %t = tile.empty() : tensor<1xindex>
      %u = tensor.extract %t[%zero] : tensor<1xindex>
      %s = tile.empty() : tensor<1xf32>
      %f = tensor.extract %s[%zero] : tensor<1xf32>
      %r = {use}"""
    assert execute(text, {}, kind) is UNDEFINED
