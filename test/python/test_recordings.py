"""`tilework.options(record=True)`: what a run did, the same however it was run."""

import numpy as np
import pytest
import tilework
import tilework.language as pl
from tilework.recording import Recording

EXPLICIT, RAW, KNOWN = 1, 2, 16


@pl.jit
def chain(
    x: pl.Tensor[[64, 128], pl.FP32],
    lengths: pl.Tensor[[2], pl.INT32],
    out: pl.Out[pl.Tensor[[64, 128], pl.FP32]],
):
    doubled = pl.create_tensor([64, 128], dtype=pl.FP32)
    for i in pl.parallel(0, 64, 16):
        with pl.at(level=pl.Level.CORE_GROUP, name_hint="double"):
            doubled[i : i + 16, :] = pl.mul(x[i : i + 16, :], 2.0)
    count = pl.cast(pl.tensor.read(lengths, [1]), pl.INDEX)
    for i in pl.range(0, count, 16):
        with pl.at(level=pl.Level.CORE_GROUP, name_hint="total"):
            first = pl.add(doubled[i : i + 16, :], doubled[0:16, :])
            out[i : i + 16, :] = pl.add(first, 1.0)
    return out


def record(program, *arguments, **options):
    with tilework.options(record=True, **options):
        program(*arguments)
    return program.last_run.recording


def chain_arguments(count=32):
    x = np.arange(64 * 128, dtype=np.float32).reshape(64, 128)
    return x, np.array([0, count], np.int32), np.zeros((64, 128), np.float32)


def test_a_recording_has_tasks_memories_and_waits():
    recording = record(chain, *chain_arguments())
    assert (recording.target, recording.entry) == ("a2a3", "chain")
    assert [(it.name, it.num_tasks, it.num_streams) for it in recording.kernels] == [
        ("double", 4, 1),
        ("total", 2, 1),
    ]
    memories = [(it.name, it.address, it.size_bytes, it.tasks_before) for it in recording.memories]
    assert memories == [
        ("x", 0, 32768, None),
        ("lengths", 65536, 8, None),
        ("out", 131072, 32768, None),
        ("doubled", 196608, 32768, 0),
    ]
    assert [task.dependences for task in recording.tasks] == [
        (), (), (), (), ((0, RAW | KNOWN),), ((0, RAW | KNOWN), (1, RAW)),
    ]  # fmt: skip
    assert [(it.tasks_before, it.writers) for it in recording.waits] == [(4, ())]
    assert recording.counts["tasks"] == 6
    assert "gm f32[16x128]@x+8192 -> ub" in recording.text(1).replace("[8x128]", "[16x128]")
    assert "test_recordings.py:" in recording.text(1)


def test_results_are_those_of_a_run_without():
    arguments = chain_arguments()
    record(chain, *arguments)
    plain = chain_arguments()
    chain(*plain)
    assert np.array_equal(arguments[2], plain[2])
    assert chain.last_run.recording is None


@pytest.mark.parametrize(
    "options", [{"threads": 1}, {"threads": 4}, {"order_seed": 3}, {"exact": 2}, {"trace": True}]
)
def test_bytes_do_not_depend_on_how_it_was_run(options):
    assert record(chain, *chain_arguments(), **options) == record(chain, *chain_arguments())


def test_bytes_depend_on_control_data_alone():
    x, lengths, out = chain_arguments()
    base = record(chain, x, lengths, out)
    assert record(chain, x + 1, lengths, out.copy()) == base
    assert record(chain, x, lengths + 16, out) != base


def test_it_is_saved_and_loaded(tmp_path):
    path = tmp_path / "chain.rec"
    with tilework.options(record=path):
        chain(*chain_arguments())
    loaded = Recording.load(path)
    assert loaded == chain.last_run.recording
    assert loaded.kernels == chain.last_run.recording.kernels


def test_arguments_that_overlap_are_one_memory():
    @pl.jit
    def halves(
        low: pl.Tensor[[16, 128], pl.FP32],
        high: pl.Tensor[[32, 128], pl.FP32],
        out: pl.Out[pl.Tensor[[16, 128], pl.FP32]],
    ):
        with pl.at(level=pl.Level.CORE_GROUP, name_hint="halves"):
            out[:, :] = pl.add(low[:, :], high[16:32, :])
        return out

    rows = np.zeros((64, 128), np.float32)
    out = np.zeros((16, 128), np.float32)
    recording = record(halves, rows[8:24], rows[16:48], out)
    assert [(it.name, it.size_bytes) for it in recording.memories] == [
        ("low", 40 * 512),
        ("out", 16 * 512),
    ]
    assert f"@low+{8 * 512 + 16 * 512} " in recording.text(0)


def test_equal_streams_are_stored_once():
    """A task more costs what it waits for and where it reads, not what it executes."""
    few = record(chain, *chain_arguments(16)).counts
    many = record(chain, *chain_arguments(64)).counts
    assert many["executed"] > few["executed"] and many["streams"] == few["streams"]
    assert many["bytes"] < few["bytes"] + 3 * 40


@pl.jit
def halving(x: pl.Tensor[[16, 64], pl.FP32], out: pl.Out[pl.Tensor[[16, 64], pl.FP32]]):
    with pl.at(level=pl.Level.CORE_GROUP, name_hint="halve"):
        t = x[:, :]
        while pl.read(t, [0, 0]) > 1.0:
            t = pl.mul(t, 0.5)
        out[:, :] = t
    return out


def test_what_a_task_computes_may_decide_what_it_executes():
    x = np.full((16, 64), 8.0, np.float32)
    out = np.zeros_like(x)
    recording = record(halving, x, out)
    assert np.array_equal(out, np.ones_like(x))
    assert recording == record(halving, x, out, exact=True)
    assert recording.text(0).count("vector_binary mul") == 3
    longer = record(halving, 4 * x, out)
    assert longer.text(0).count("vector_binary mul") == 5


def test_explicit_dependences_say_so():
    @pl.jit
    def joined(
        x: pl.Tensor[[16, 64], pl.FP32],
        y: pl.InOut[pl.Tensor[[16, 64], pl.FP32]],
        out: pl.Out[pl.Tensor[[16, 64], pl.FP32]],
    ):
        tids = pl.array.create(2, pl.TASK_ID)
        for i in pl.range(0, 2, 1):
            with pl.at(level=pl.Level.CORE_GROUP, name_hint="first") as tid:
                y[i * 8 : i * 8 + 8, :] = pl.add(x[i * 8 : i * 8 + 8, :], 1.0)
            tids[i] = tid
        with pl.at(level=pl.Level.CORE_GROUP, name_hint="last", deps=[tids]):
            out[:, :] = pl.add(x[:, :], 1.0)
        return out

    x = np.zeros((16, 64), np.float32)
    recording = record(joined, x, x.copy(), x.copy())
    assert recording.tasks[-1].dependences == ((0, EXPLICIT), (1, EXPLICIT))


@pl.jit
def plus_one(
    x: pl.Tensor[[pl.dynamic("ROWS"), 64], pl.FP32],
    rows: pl.Scalar[pl.INDEX],
    out: pl.Out[pl.Tensor[[pl.dynamic("ROWS"), 64], pl.FP32]],
):
    for i in pl.range(0, rows, 16):
        with pl.at(level=pl.Level.CORE_GROUP):
            tile = pl.slice(x, [16, 64], [i, 0], valid_shape=[pl.min(rows - i, 16), 64])
            out = pl.assemble(out, pl.add(tile, 1.0), [i, 0])
    return out


@pytest.mark.parametrize("options", [{}, {"exact": True, "check_races": True}])
@pytest.mark.parametrize("rows", [1, 2, 7, 8, 9, 17, 33])
def test_a_lane_without_rows_behind_the_end_of_an_array(rows, options):
    """Each lane has eight rows; where the second has none, they would begin outside."""
    x, out = np.ones((rows, 64), np.float32), np.zeros((rows, 64), np.float32)
    recording = record(plus_one, x, rows, out, **options)
    assert (out == 2).all()
    again = record(plus_one, x.copy(), rows, np.zeros_like(out), **options)
    assert recording == again
