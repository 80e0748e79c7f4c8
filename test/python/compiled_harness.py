"""Running compiled programs beside the reference interpreter, on arrays full of awkward values."""

from __future__ import annotations

import itertools

import ml_dtypes
import numpy as np
import tilework
import tilework.language as pl
from tilework.errors import CompilerError, LanguageError

ARRAY_TYPES = {
    pl.FP32: np.float32, pl.BF16: ml_dtypes.bfloat16, pl.FP16: np.float16,
    pl.INT8: np.int8, pl.INT16: np.int16, pl.INT32: np.int32, pl.INT64: np.int64,
    pl.UINT8: np.uint8, pl.UINT16: np.uint16, pl.UINT32: np.uint32, pl.UINT64: np.uint64,
    pl.BOOL: np.bool_,
}  # fmt: skip
FLOATS = (pl.FP32, pl.BF16, pl.FP16)
SIGNED = (pl.INT8, pl.INT16, pl.INT32, pl.INT64)
UNSIGNED = (pl.UINT8, pl.UINT16, pl.UINT32, pl.UINT64)
INTEGERS = SIGNED + UNSIGNED
WIDTHS = (1, 15, 16, 17, 64, 65, 128)  # below, at and above one and four vectors of the host


# Whether `verified` runs programs on the simulated device as well (conftest.py).
EXACT = False

# What native code executes and a core group cannot.
REFUSED = (
    "expects an accumulator that starts at zero or with a product",
    "expects a loop or branch to keep its global tensors",
)

_runs = itertools.count()


def verified(program, *arguments, **options):
    """Runs a program, compares every result with the reference, and gives what the run did.

    Where `EXACT` says so, the instructions of the simulated device have to give the same bits, in
    another legal order each time.
    """
    before = [np.copy(a) if isinstance(a, np.ndarray) else a for a in arguments]
    with tilework.options(verify=True, **options):
        program(*arguments)
    run = getattr(program, "entry", program).last_run
    if EXACT:
        _carried_out(program, before, arguments)
    return run


def _carried_out(program, before, after):
    try:
        with tilework.options(exact=next(_runs) % 8, check=True):
            program(*before)
    except (LanguageError, CompilerError) as error:
        assert any(text in str(error) for text in REFUSED), error
        return
    for exact, fast in zip(before, after, strict=True):
        if isinstance(fast, np.ndarray):
            assert_same_bits(exact, fast)


def assert_same_bits(exact, fast):
    """Equal bits, but for NaNs, whose payload is nobody's promise."""
    assert exact.shape == fast.shape
    same = exact.view(np.uint8).reshape(*exact.shape, -1) == fast.view(np.uint8).reshape(
        *fast.shape, -1
    )
    both_nan = (exact != exact) & (fast != fast)
    assert (same.all(-1) | both_nan).all(), "the simulated device gives other bits"


def filled(dtype, *shape, value=77):
    """An output array, full of what must not survive, or must."""
    return np.full(shape, value).astype(ARRAY_TYPES[dtype])


def numbers(dtype, *shape, seed=0):
    """Moderate numbers: floats between -4 and 4, integers between -9 (or 0) and 9."""
    random = np.random.default_rng(seed)
    if dtype.is_float:
        return random.uniform(-4, 4, shape).astype(ARRAY_TYPES[dtype])
    if dtype == pl.BOOL:
        return random.integers(0, 2, shape).astype(np.bool_)
    low = -9 if dtype.kind == "int" else 0
    return random.integers(low, 10, shape).astype(ARRAY_TYPES[dtype])


def awkward(dtype, *shape, seed=0):
    """Numbers of every size among NaNs, infinities, signed zeros, denormals, ties and extremes."""
    random = np.random.default_rng(seed)
    kind = np.dtype(ARRAY_TYPES[dtype])
    if dtype == pl.BOOL:
        return numbers(dtype, *shape, seed=seed)
    if dtype.is_float:
        info = ml_dtypes.finfo(kind)
        largest, smallest = float(info.max), float(info.smallest_subnormal)
        special = [np.nan, np.inf, 0.0, 0.5, 1.0, 1.5, 2.5, largest, smallest, 3 * smallest]
        special += [float(info.tiny), 127.5, 128.0, 255.5, 256.0, 32767.5, 65504.0, 65520.0]
        special += [2.0**31, 2.0**31 * 1.5, 2.0**32, 2.0**63, 2.0**63 * 1.5, 2.0**64]
        special += [1e-5, 88.7, 104.0]
        special += [-value for value in special]
        ordinary = np.exp2(random.uniform(-20, 20, shape)) * random.choice([-1, 1], shape)
    else:
        info = np.iinfo(kind)
        special = [0, 1, 2, 3, 7, info.max, info.max - 1, info.min, info.min + 1, info.max // 2]
        special += [value for value in (-1, -2, 127, 255, 2049, 2**24 + 1, 2**53 + 1)
                    if info.min <= value <= info.max]  # fmt: skip
        special = np.array(special, kind)
        ordinary = random.integers(info.min, info.max, shape, dtype=kind, endpoint=True)
    with np.errstate(over="ignore", invalid="ignore"):
        chosen = random.choice(np.asarray(special), shape).astype(kind)
        return np.where(random.random(shape) < 0.5, chosen, ordinary.astype(kind))
