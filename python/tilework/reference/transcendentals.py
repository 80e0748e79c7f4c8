"""exp, log, sin and cos: the steps of docs/rationale/0003-transcendentals.md, one line per step."""

from __future__ import annotations

import numpy as np

from tilework.reference.float_arithmetic import fma32, fma64

_EXP = ("0x1.6ac708p-10", "0x1.123de6p-7", "0x1.555858p-5", "0x1.55548cp-3", "0x1.fffffcp-2",
        "0x1p+0", "0x1p+0")  # fmt: skip
_LOG = ("-0x1.38b7d2p-4", "0x1.055be0p-3", "-0x1.0d8510p-3", "0x1.22da0cp-3", "-0x1.547248p-3",
        "0x1.99a008p-3", "-0x1.000226p-2", "0x1.555554p-2", "-0x1p-1")  # fmt: skip
_SINE = ("-0x1.9953fcp-13", "0x1.110778p-7", "-0x1.555546p-3")
_COSINE = ("0x1.99e80ap-16", "-0x1.6c0c28p-10", "0x1.55554ap-5", "-0x1p-1", "0x1p+0")
_ONE_OVER_LN2 = "0x1.715476p+0"
_LN2_HIGH = "0x1.62e4p-1"
_LN2_LOW = "0x1.7f7d1cp-20"


def exp(x: np.ndarray) -> np.ndarray:
    """e^x of float32 elements, at most 1 ulp off."""
    x = np.where(x < np.float32(-104), np.float32(-104), x)
    x = np.where(x > np.float32(89), np.float32(89), x)
    magic = _f32("0x1.8p+23")
    t = fma32(x, _f32(_ONE_OVER_LN2), magic)
    n = t - magic
    k = _bits(t) - np.int32(0x4B400000)
    u = fma32(n, -_f32(_LN2_HIGH), x)
    r = fma32(n, -_f32(_LN2_LOW), u)
    p = _horner(_EXP, r)
    i = k >> 1
    j = k - i
    return (p * _float((i + np.int32(127)) << 23)) * _float((j + np.int32(127)) << 23)


def log(x: np.ndarray) -> np.ndarray:
    """ln(x) of float32 elements, at most 1 ulp off."""
    tiny = x < _f32("0x1p-126")
    y = np.where(tiny, x * _f32("0x1p+25"), x)
    e = (_bits(y) - np.int32(0x3F3504F3)) >> 23
    m = _float(_bits(y) - (e << 23))
    n = (e - np.where(tiny, np.int32(25), np.int32(0))).astype(np.float32)
    f = m - np.float32(1)
    g = f * f
    q = fma32(g, _horner(_LOG, f), f)
    q = fma32(n, _f32(_LN2_LOW), q)
    q = fma32(n, _f32(_LN2_HIGH), q)
    q = np.where(x == np.inf, np.float32(np.inf), q)
    q = np.where(x == 0, np.float32(-np.inf), q)
    return np.where(x >= 0, q, np.float32(np.nan))


def sin(x: np.ndarray) -> np.ndarray:
    """sin(x) of float32 elements, at most 2 ulp off for |x| <= 2^48, else NaN."""
    return np.where(x == 0, x, _sine_or_cosine(x, np.int32(0)))


def cos(x: np.ndarray) -> np.ndarray:
    """cos(x) of float32 elements, at most 2 ulp off for |x| <= 2^48, else NaN."""
    return _sine_or_cosine(x, np.int32(1))


def _sine_or_cosine(x: np.ndarray, quadrant: np.int32) -> np.ndarray:
    d = x.astype(np.float64)
    magic = np.float64(float.fromhex("0x1.8p+52"))
    t = fma64(d, _f64("0x1.45f306dc9c883p-1"), magic)
    n = t - magic
    k = t.view(np.int64).astype(np.int32)
    w = fma64(n, _f64("-0x1.921fb54442d18p+0"), d)
    w = fma64(n, _f64("-0x1.1a62633145c07p-54"), w)
    r = w.astype(np.float32)
    s = r * r
    c = r * s
    sine = fma32(_horner(_SINE, s), c, r)
    cosine = _horner(_COSINE, s)
    q = k + quadrant
    v = np.where((q & 1) != 0, cosine, sine)
    v = _float(_bits(v) ^ ((q & 2) << 30))
    return np.where(np.abs(x) <= _f32("0x1p+48"), v, np.float32(np.nan))


def _horner(coefficients: tuple[str, ...], x: np.ndarray) -> np.ndarray:
    """One fma per coefficient after the first, highest power first."""
    value = np.full(x.shape, _f32(coefficients[0]))
    for coefficient in coefficients[1:]:
        value = fma32(value, x, _f32(coefficient))
    return value


def _f32(text: str) -> np.float32:
    return np.float32(float.fromhex(text))


def _f64(text: str) -> np.float64:
    return np.float64(float.fromhex(text))


def _bits(x: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(x).view(np.int32)


def _float(bits: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(bits).view(np.float32)
