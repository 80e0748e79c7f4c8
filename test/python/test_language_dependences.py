"""Everything an author can say of dependences, honoured exactly: natively and on the device."""

import numpy as np
import pytest
import tilework
import tilework.language as pl
from tilework.errors import LanguageError

EXPLICIT = 1
ROWS, COLUMNS = 8, 16
T = pl.Tensor[[ROWS, COLUMNS], pl.FP32]
FLAGS = pl.Tensor[[4], pl.INT32]


def given(program, *arguments, rows=None):
    """By task, those that its author says it waits for; the program puts its number in each row."""
    found = []
    for options in ({}, {"exact": 1}, {"order_seed": 5, "threads": 3}):
        out = np.zeros((ROWS, COLUMNS), np.float32)
        with tilework.options(record=True, **options):
            program(*arguments, out)
        if rows is not None:
            np.testing.assert_array_equal(out[:, 0], rows)
        tasks = program.last_run.recording.tasks
        found.append([
            [earlier for earlier, reasons in task.dependences if reasons & EXPLICIT]
            for task in tasks
        ])  # fmt: skip
    assert all(each == found[0] for each in found)
    return found[0]


@pl.jit.inline
def put(out: pl.InOut[T], row: pl.Scalar[pl.INDEX], after: pl.TaskId):
    with pl.at(level=pl.Level.CORE_GROUP, deps=[after], name_hint="put") as tid:
        out[row : row + 1, :] = pl.full([1, COLUMNS], dtype=pl.FP32, value=1.0)
    return tid


@pl.jit
def lists(out: pl.InOut[T]):
    with pl.at(level=pl.Level.CORE_GROUP) as a:
        out[0:1, :] = pl.full([1, COLUMNS], dtype=pl.FP32, value=1.0)
    with pl.at(level=pl.Level.CORE_GROUP, deps=a) as b:
        out[1:2, :] = pl.full([1, COLUMNS], dtype=pl.FP32, value=1.0)
    with pl.at(level=pl.Level.CORE_GROUP, deps=[b, None, a, a]):
        out[2:3, :] = pl.full([1, COLUMNS], dtype=pl.FP32, value=1.0)
    both = [a, b]
    with pl.at(level=pl.Level.CORE_GROUP, deps=both):
        out[3:4, :] = pl.full([1, COLUMNS], dtype=pl.FP32, value=1.0)
    with pl.at(level=pl.Level.CORE_GROUP, deps=[[a], both[1]]):
        out[4:5, :] = pl.full([1, COLUMNS], dtype=pl.FP32, value=1.0)
    with pl.at(level=pl.Level.CORE_GROUP, deps=None):
        out[5:6, :] = pl.full([1, COLUMNS], dtype=pl.FP32, value=1.0)
    with pl.at(level=pl.Level.CORE_GROUP, deps=[]):
        out[6:7, :] = pl.full([1, COLUMNS], dtype=pl.FP32, value=1.0)
    return out


def test_ids_and_lists():
    assert given(lists) == [[], [0], [0, 1], [0, 1], [0, 1], [], []]


@pl.jit
def arrays(out: pl.InOut[T]):
    tids = pl.array.create(4, pl.TASK_ID)
    for i in pl.parallel(3):
        with pl.at(level=pl.Level.CORE_GROUP, name_hint="first") as tid:
            out[i : i + 1, :] = pl.full([1, COLUMNS], dtype=pl.FP32, value=1.0)
        tids[i] = tid
    with pl.at(level=pl.Level.CORE_GROUP, deps=[tids]):
        out[3:4, :] = pl.full([1, COLUMNS], dtype=pl.FP32, value=1.0)
    with pl.at(level=pl.Level.CORE_GROUP, deps=[tids[1], tids[3]]):
        out[4:5, :] = pl.full([1, COLUMNS], dtype=pl.FP32, value=1.0)
    with pl.at(level=pl.Level.CORE_GROUP, deps=[tids[i] for i in range(2)]):
        out[5:6, :] = pl.full([1, COLUMNS], dtype=pl.FP32, value=1.0)
    tids[0] = None
    for i in pl.range(2):
        with pl.at(level=pl.Level.CORE_GROUP, deps=[tids[i + 1], tids[0]]) as tid:
            out[6 + i : 7 + i, :] = pl.full([1, COLUMNS], dtype=pl.FP32, value=1.0)
        tids[0] = tid
    return out


def test_arrays_of_ids_and_their_elements():
    assert given(arrays) == [[], [], [], [0, 1, 2], [1], [0, 1], [1], [2, 6]]


@pl.jit.inline
def fill(out: pl.InOut[T], tids: pl.Array[4, pl.TASK_ID], first: pl.Scalar[pl.INDEX]):
    for i in pl.range(2):
        with pl.at(level=pl.Level.CORE_GROUP, deps=[tids[first + i]]) as tid:
            out[first + i : first + i + 1, :] = pl.full([1, COLUMNS], dtype=pl.FP32, value=1.0)
        tids[first + i] = tid
    return out, tids


@pl.jit
def inlined(out: pl.InOut[T]):
    tids = pl.array.create(4, pl.TASK_ID)
    out, tids = fill(out, tids, 0)
    out, tids = fill(out, tids, 1)
    with pl.at(level=pl.Level.CORE_GROUP, deps=[tids]):
        out[7:8, :] = pl.full([1, COLUMNS], dtype=pl.FP32, value=1.0)
    return out


def test_arrays_carried_through_functions():
    assert given(inlined) == [[], [], [1], [], [0, 2, 3]]


@pl.jit
def on_some_paths(flags: FLAGS, out: pl.InOut[T]):
    last = None
    for i in pl.range(4):
        if pl.read(flags, [i]) > 0:
            with pl.at(level=pl.Level.CORE_GROUP, deps=[last]) as last:
                out[i : i + 1, :] = pl.full([1, COLUMNS], dtype=pl.FP32, value=1.0)
    with pl.at(level=pl.Level.CORE_GROUP, deps=[last]):
        out[7:8, :] = pl.full([1, COLUMNS], dtype=pl.FP32, value=1.0)
    return out


def test_ids_that_are_empty_on_some_paths():
    assert given(on_some_paths, np.array([0, 1, 0, 1], np.int32)) == [[], [0], [1]]
    assert given(on_some_paths, np.array([0, 0, 0, 0], np.int32)) == [[]]


@pl.jit
def joined(flags: FLAGS, out: pl.InOut[T]):
    tids = pl.array.create(3, pl.TASK_ID)
    for i in pl.range(3):
        with pl.at(level=pl.Level.CORE_GROUP) as tid:
            out[i : i + 1, :] = pl.full([1, COLUMNS], dtype=pl.FP32, value=1.0)
        tids[i] = tid
    everything = pl.system.task_dummy(deps=[tids, None, pl.system.task_invalid()])
    nothing = pl.system.task_dummy(deps=[])
    for i in pl.range(3, 5):
        with pl.at(level=pl.Level.CORE_GROUP, deps=[everything, nothing]):
            out[i : i + 1, :] = pl.full([1, COLUMNS], dtype=pl.FP32, value=1.0)
    chosen = pl.system.task_invalid()
    if pl.read(flags, [0]) > 0:
        chosen = everything
    if pl.system.task_is_valid(chosen):
        with pl.at(level=pl.Level.CORE_GROUP, deps=[chosen]):
            out[5:6, :] = pl.full([1, COLUMNS], dtype=pl.FP32, value=1.0)
    return out


def test_joins_and_whether_an_id_is_valid():
    before = [[], [], [], [0, 1, 2], [], [3, 4], [3, 4]]
    assert given(joined, np.array([1, 0, 0, 0], np.int32)) == [*before, [3]]
    assert given(joined, np.array([0, 0, 0, 0], np.int32)) == before


@pl.jit
def chunked(out: pl.InOut[T]):
    with pl.at(level=pl.Level.CORE_GROUP) as first:
        out[7:8, :] = pl.full([1, COLUMNS], dtype=pl.FP32, value=1.0)
    for i in pl.parallel(0, 7, chunk=3):
        out[i : i + 1, :] = pl.full([1, COLUMNS], dtype=pl.FP32, value=1.0)
    last = put(out, 7, first)
    put(out, 0, last)
    return out


def test_chunks_are_tasks():
    assert given(chunked, rows=[1] * 8) == [[], [], [], [], [0], [4]]


@pl.jit
def by_hand(x: T, out: pl.InOut[T]):
    held = pl.create_tensor([ROWS, COLUMNS], dtype=pl.FP32, manual_dep=True)
    with pl.manual_scope():
        tids = pl.array.create(2, pl.TASK_ID)
        for i in pl.parallel(2):
            with pl.at(level=pl.Level.CORE_GROUP) as tid:
                held[4 * i : 4 * i + 4, :] = pl.add(x[4 * i : 4 * i + 4, :], 1.0)
            tids[i] = tid
        last = pl.system.task_dummy(deps=[tids])
        put(out, 0, last)
        with pl.at(level=pl.Level.CORE_GROUP, deps=[last], no_dep_args=[held]):
            out[1:8, :] = held[1:8, :]
    return out


def test_manual_scopes():
    x = np.full((ROWS, COLUMNS), 4, np.float32)
    assert given(by_hand, x, rows=[1] + [5] * 7) == [[], [], [0, 1], [2], [2]]
    kernels = by_hand.last_run.recording.kernels
    assert [it.explicit_only for it in kernels] == [True, True, True]


def refused(program, *arguments):
    with pytest.raises(LanguageError) as caught:
        program(*arguments)
    return caught.value.diagnostics[0].message


def test_what_is_refused():
    out = np.zeros((ROWS, COLUMNS), np.float32)

    @pl.jit
    def nested(out: pl.InOut[T]):
        with pl.manual_scope():
            with pl.scope(mode=pl.ScopeMode.AUTO):
                out[0:1, :] = pl.full([1, COLUMNS], dtype=pl.FP32, value=1.0)
        return out

    @pl.jit
    def inside(out: pl.InOut[T]):
        with pl.at(level=pl.Level.CORE_GROUP):
            with pl.manual_scope():
                out[0:1, :] = pl.full([1, COLUMNS], dtype=pl.FP32, value=1.0)
        return out

    @pl.jit
    def number(out: pl.InOut[T]):
        with pl.at(level=pl.Level.CORE_GROUP, deps=[1]):
            out[0:1, :] = pl.full([1, COLUMNS], dtype=pl.FP32, value=1.0)
        return out

    @pl.jit
    def not_an_id(out: pl.InOut[T]):
        if pl.system.task_is_valid(out):
            out[0:1, :] = pl.full([1, COLUMNS], dtype=pl.FP32, value=1.0)
        return out

    assert refused(nested, out) == "expects no pl.scope inside a manual one, but got one"
    assert refused(inside, out) == "expects it around scopes, but got it inside one"
    assert refused(number, out) == "expects task ids in deps, but got 1"
    assert refused(not_an_id, out).startswith("expects 'task' to be a task id, but got a tensor")
