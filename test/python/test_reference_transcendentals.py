"""exp, log, sin and cos against float64, in units in the last place."""

import numpy as np
import pytest
from reference_harness import BF16, FLOATS, TYPE_NAMES, computed
from tilework.reference import transcendentals

ALL_EXPONENTS = np.arange(0, 1 << 32, 4099, dtype=np.uint64).astype(np.uint32).view(np.float32)


def evaluate(function, x):
    with np.errstate(all="ignore"):
        return function(np.asarray(x, np.float32))


def largest_error_ulps(function, exact_function, x):
    with np.errstate(all="ignore"):
        exact = exact_function(x.astype(np.float64))
        result = evaluate(function, x)
        np.testing.assert_array_equal(np.isnan(result), np.isnan(exact))
        is_huge = np.abs(exact) >= 2.0**128 * (1 - 2.0**-25)
        np.testing.assert_array_equal(np.isinf(result), is_huge)
        usual = np.isfinite(exact) & ~is_huge
        _, exponent = np.frexp(exact[usual])
        ulp = np.ldexp(1.0, np.maximum(exponent - 24, -149))
        return (np.abs(result[usual].astype(np.float64) - exact[usual]) / ulp).max()


def test_exp_is_within_1_ulp_everywhere():
    assert largest_error_ulps(transcendentals.exp, np.exp, ALL_EXPONENTS) < 1
    x = np.linspace(-104, 89, 500_001).astype(np.float32)
    assert largest_error_ulps(transcendentals.exp, np.exp, x) < 1


def test_log_is_within_1_ulp_everywhere():
    assert largest_error_ulps(transcendentals.log, np.log, ALL_EXPONENTS) < 1
    x = np.linspace(0.5, 2, 500_001).astype(np.float32)
    assert largest_error_ulps(transcendentals.log, np.log, x) < 1


@pytest.mark.parametrize("name", ["sin", "cos"])
@pytest.mark.parametrize("limit", [4.0, 1e4, 2.0**48])
def test_sin_and_cos_are_within_2_ulp_up_to_2_to_the_48(name, limit):
    exact = {"sin": np.sin, "cos": np.cos}[name]
    function = getattr(transcendentals, name)
    x = np.linspace(-limit, limit, 300_001).astype(np.float32)
    assert largest_error_ulps(function, exact, x) < 2
    x = ALL_EXPONENTS[np.abs(ALL_EXPONENTS) <= limit]
    assert largest_error_ulps(function, exact, x) < 2


def test_special_values():
    inf, nan = np.inf, np.nan
    cases = {
        "exp": ([0, -0.0, -inf, inf, nan, -104, 89], [1, 1, 0, inf, nan, 0, inf]),
        "log": ([1, 0, -0.0, -1, inf, -inf, nan], [0, -inf, -inf, nan, inf, nan, nan]),
        "sin": ([0, -0.0, inf, -inf, nan, 2.0**49], [0, -0.0, nan, nan, nan, nan]),
        "cos": ([0, -0.0, inf, -inf, nan, 2.0**49], [1, 1, nan, nan, nan, nan]),
    }
    for name, (x, wanted) in cases.items():
        result = evaluate(getattr(transcendentals, name), x)
        np.testing.assert_array_equal(result, np.array(wanted, np.float32), err_msg=name)
    assert np.signbit(evaluate(transcendentals.sin, [-0.0]))[0]
    assert not np.signbit(evaluate(transcendentals.log, [1.0]))[0]


def test_exp_reaches_denormals():
    result = evaluate(transcendentals.exp, [-90.0, -100.0, -103.0])
    assert (result > 0).all() and (result < 2.0**-126).all()


@pytest.mark.parametrize("dtype", FLOATS, ids=TYPE_NAMES.get)
@pytest.mark.parametrize("name", ["exp", "log", "sin", "cos"])
def test_narrow_elements_are_computed_in_float32_and_rounded_once(name, dtype):
    x = np.linspace(0.1, 7, 96).astype(dtype).reshape(4, 24)
    wanted = evaluate(getattr(transcendentals, name), x.astype(np.float32)).astype(dtype)
    result = computed(f"%r = tile.{name} %x : {{x}}", {"x": x}, f"tensor<4x24x{TYPE_NAMES[dtype]}>")
    assert result.dtype == dtype
    np.testing.assert_array_equal(result, wanted)
    if dtype == BF16:
        exact = getattr(np, name)(x.astype(np.float64))
        np.testing.assert_allclose(result.astype(np.float64), exact, rtol=2.0**-8, atol=1e-6)
