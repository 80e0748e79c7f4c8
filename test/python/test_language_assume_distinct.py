"""`pl.assume_distinct`: what an author knows of data, checked against the data of every run."""

import numpy as np
import pytest
import tilework
import tilework.language as pl
from tilework.errors import LanguageError, TaskError
from tilework.reference import interpret
from tilework.reference.errors import ExecutionError

SLOTS = pl.Tensor[[6], pl.INT32]
CACHE = pl.Tensor[[8, 16], pl.FP32]
MODES = [{}, {"exact": 1}, {"verify": True}, {"record": True}]


@pl.jit
def scatter(slots: SLOTS, x: pl.Tensor[[6, 16], pl.FP32], cache: pl.InOut[CACHE]):
    pl.assume_distinct(slots, ignore=-1)
    for b in pl.parallel(6):
        slot = pl.cast(pl.read(slots, [b]), pl.INDEX)
        if slot >= 0:
            with pl.at(level=pl.Level.CORE_GROUP):
                cache[slot : slot + 1, :] = x[b : b + 1, :]
    return cache


def arguments(*slots):
    x = np.arange(6 * 16, dtype=np.float32).reshape(6, 16)
    return np.array(slots, np.int32), x, np.zeros((8, 16), np.float32)


@pytest.mark.parametrize("options", MODES)
def test_distinct_elements_and_ignored_ones_are_welcome(options):
    slots, x, cache = arguments(5, 0, -1, 7, -1, 2)
    with tilework.options(**options):
        scatter(slots, x, cache)
    np.testing.assert_array_equal(cache[[5, 0, 7, 2]], x[[0, 1, 3, 5]])


@pytest.mark.parametrize("options", MODES)
def test_equal_elements_stop_the_run(options):
    with tilework.options(**options), pytest.raises(TaskError) as caught:
        scatter(*arguments(5, 0, -1, 2, 5, 2))
    assert caught.value.task == "scatter"
    assert caught.value.reason == (
        "assume_distinct expects elements that differ, but got 5 at 0 and at 4"
    )
    assert "test_language_assume_distinct.py:" in caught.value.location


def test_the_reference_refuses_them_as_well():
    program = scatter.trace(*arguments(5, 0, -1, 2, 5, 2))
    with pytest.raises(ExecutionError, match="but got 5 at 0 and at 4"):
        interpret(program.module, program.entry, arguments(5, 0, -1, 2, 5, 2))


@pl.jit
def computed(
    x: pl.Tensor[[1, 16], pl.INT32],
    slots: pl.InOut[pl.Tensor[[16], pl.INT32]],
    out: pl.Out[pl.Tensor[[1, 16], pl.INT32]],
):
    with pl.at(level=pl.Level.CORE_GROUP):
        pl.write(slots, [3], 40)
    pl.assume_distinct(slots)
    with pl.at(level=pl.Level.CORE_GROUP):
        out[:, :] = pl.add(x, 1)
    return slots, out


@pytest.mark.parametrize("options", [{}, {"exact": 0}, {"order_seed": 4}])
def test_it_waits_for_the_tasks_that_write_them(options):
    x, out = np.zeros((1, 16), np.int32), np.zeros((1, 16), np.int32)
    slots = np.arange(16, dtype=np.int32)
    slots[3] = 2
    with tilework.options(**options):
        computed(x, slots.copy(), out)
        slots[5] = 40
        with pytest.raises(TaskError, match="but got 40 at 3 and at 5"):
            computed(x, slots.copy(), out)


@pl.jit
def unsigned(slots: pl.Tensor[[3], pl.UINT8], out: pl.InOut[CACHE]):
    pl.assume_distinct(slots, ignore=255)
    return out


def test_ignored_values_are_of_the_elements_type():
    out = np.zeros((8, 16), np.float32)
    unsigned(np.array([255, 3, 255], np.uint8), out)
    with pytest.raises(TaskError, match="at 0 and at 2"):
        unsigned(np.array([127, 255, 127], np.uint8), out)


def test_a_timing_only_run_wants_the_values():
    torch = pytest.importorskip("torch")

    def run(slots):
        scatter(slots, torch.empty(6, 16, device="meta"), torch.empty(8, 16, device="meta"))

    run(torch.tensor([5, 0, -1, 7, -1, 2], dtype=torch.int32))
    with pytest.raises(TaskError, match="but got 5 at 0 and at 1"):
        run(torch.tensor([5, 5, -1, 7, -1, 2], dtype=torch.int32))
    with pytest.raises(TaskError, match="slots"):
        run(torch.empty(6, dtype=torch.int32, device="meta"))


def refused(program, *given):
    with pytest.raises(LanguageError) as caught:
        program(*given)
    return caught.value.diagnostics[0].message


def test_what_is_refused():
    slots, _, cache = arguments(5, 0, -1, 7, -1, 2)

    @pl.jit
    def inside(slots: SLOTS, cache: pl.InOut[CACHE]):
        with pl.at(level=pl.Level.CORE_GROUP):
            pl.assume_distinct(slots)
            cache[0:1, :] = cache[1:2, :]
        return cache

    @pl.jit
    def floats(slots: SLOTS, cache: pl.InOut[CACHE]):
        pl.assume_distinct(cache)
        return cache

    @pl.jit
    def too_large(slots: SLOTS, cache: pl.InOut[CACHE]):
        pl.assume_distinct(slots, ignore=1 << 31)
        return cache

    assert refused(inside, slots, cache) == (
        "expects pl.assume_distinct outside scopes, but got it inside one"
    )
    assert refused(floats, slots, cache) == (
        "expects 'values' to be a one-dimensional tensor of integers, but got a tensor [8, 16] FP32"
    )
    assert refused(too_large, slots, cache) == (
        "expects 'ignore' to be a value of INT32, but got 2147483648"
    )
