"""What a program claims, and in which loops its tasks are, as recordings keep it."""

import numpy as np
import pytest
import tilework
import tilework.language as pl
from tilework.recording import Loop, Mark

EXPLICIT = 1
T = pl.Tensor[[64, 128], pl.FP32]


def record(program, *arguments, **options):
    with tilework.options(record=True, **options):
        program(*arguments)
    return program.last_run.recording


def arrays(count):
    return [np.full((64, 128), i + 1, np.float32) for i in range(count)]


@pl.jit
def claiming(x: T, y: T, out: pl.Out[T]):
    held = pl.create_tensor([64, 128], dtype=pl.FP32, manual_dep=True)
    with pl.at(level=pl.Level.CORE_GROUP, name_hint="plain") as first:
        held[:, :] = pl.add(x, y)
    with pl.at(level=pl.Level.CORE_GROUP, name_hint="claims", deps=[first],
               no_dep_args=[held, y[0:16, :]]):  # fmt: skip
        out[0:16, :] = pl.add(held[0:16, :], y[0:16, :])
    with pl.manual_scope():
        with pl.at(level=pl.Level.CORE_GROUP, name_hint="by_hand", deps=[first, None]):
            out[16:32, :] = held[16:32, :]
    with pl.scope(mode=pl.ScopeMode.AUTO):
        rows = 32
        with pl.at(level=pl.Level.CORE_GROUP, name_hint="tracked", deps=[first]):
            out[rows:64, :] = held[rows:64, :]
    return out


def test_claims_of_tasks_and_memories():
    x, y, out = arrays(3)
    recording = record(claiming, x, y, out, static_dependences=False)
    np.testing.assert_array_equal(out[:16], np.full((16, 128), 5, np.float32))
    np.testing.assert_array_equal(out[16:], np.full((48, 128), 3, np.float32))
    assert [(it.name, it.manual_dep, it.shape) for it in recording.memories] == [
        ("x", False, (64, 128)),
        ("y", False, (64, 128)),
        ("out", False, (64, 128)),
        ("held", True, (64, 128)),
    ]
    assert [(it.name, it.explicit_only, it.tracked_arguments) for it in recording.kernels] == [
        ("plain", False, 3),
        ("claims", False, 1),
        ("by_hand", True, 0),
        ("tracked", False, 2),
    ]
    assert [it.no_dep for it in recording.tasks] == [(), (1, 3), (), ()]
    reasons = [dict(it.dependences) for it in recording.tasks]
    assert [reasons[i][0] & EXPLICIT for i in (1, 2, 3)] == [1, 1, 1]


@pl.jit
def looping(x: T, lengths: pl.Tensor[[5], pl.INT32], out: pl.InOut[T]):
    for layer in pl.range(2):
        for i in pl.parallel(8, 40, 16):
            with pl.at(level=pl.Level.CORE_GROUP, name_hint="add"):
                out[i : i + 8, :] = pl.add(out[i : i + 8, :], x[i : i + 8, :])
        for b in pl.parallel(4):
            length = pl.cast(pl.read(lengths, [layer + b]), pl.INDEX)
            if length > 0:
                with pl.at(level=pl.Level.CORE_GROUP, name_hint="scale"):
                    out[48 + b : 49 + b, :] = pl.mul(x[b : b + 1, :], 2.0)
    for _ in pl.range(3):
        count = pl.cast(pl.read(lengths, [3]), pl.INDEX)
        if count > 5:
            with pl.at(level=pl.Level.CORE_GROUP, name_hint="never"):
                out[0:8, :] = x[0:8, :]
    return out


def test_loops_are_marked_where_they_submit():
    x, out = arrays(2)
    recording = record(looping, x, np.array([0, 1, 0, 0, 0], np.int32), out)
    lines = [int(it.location.split(":")[1]) for it in recording.loops]
    assert lines == [lines[0], lines[0] + 1, lines[0] + 4]
    assert [(it.variable, it.parallel) for it in recording.loops] == [
        ("layer", False), ("i", True), ("b", True),
    ]  # fmt: skip
    assert recording.loops[0] == Loop(recording.loops[0].location, "layer", False, None)
    kinds = {"enter": "(", "next": ".", "leave": ")"}
    shown = [f"{it.tasks_before}{kinds[it.kind]}" for it in recording.marks]
    # Of the second loop over b only one iteration submits; the last loop has no mark.
    assert shown == [
        "0(", "0.", "0(", "0.", "1.", "2)", "2(", "2.", "2.", "3.", "3.", "3)",
        "3.", "3(", "3.", "4.", "5)", "5(", "5.", "6.", "6.", "6.", "6)", "6)",
    ]  # fmt: skip
    assert recording.marks[2] == Mark(0, "enter", 1, 8, 16)
    assert recording.graphs == ((0, 3), (3, 6))


@pytest.mark.parametrize("options", [{"threads": 1}, {"order_seed": 3}, {"exact": 2}])
def test_claims_do_not_depend_on_how_it_was_run(options):
    for program, arguments in ((claiming, arrays(3)), (looping, arrays(2))):
        if program is looping:
            arguments.insert(1, np.array([0, 1, 0, 0, 0], np.int32))
        assert record(program, *arguments, **options) == record(program, *arguments)


@pl.jit
def counting(x: T, out: pl.InOut[T]):
    row = 0
    while row < 24:
        with pl.at(level=pl.Level.CORE_GROUP, name_hint="copy"):
            out[row : row + 8, :] = x[row : row + 8, :]
        row = row + 8
    return out


def test_a_loop_with_a_condition_counts_its_iterations():
    x, out = arrays(2)
    recording = record(counting, x, out)
    assert [(it.variable, it.parallel) for it in recording.loops] == [("", False)]
    assert recording.marks[0] == Mark(0, "enter", 0, 0, 1)
    assert [it.tasks_before for it in recording.marks] == [0, 0, 1, 2, 3, 3]
    assert recording.graphs == ((0, 1), (1, 2), (2, 3))
