"""Programs on tensors of the meta device: the recording of a run on data, without the data."""

import re

import numpy as np
import pytest
import tilework
import tilework.language as pl
import torch
from tilework.errors import ArgumentError, TaskError
from tilework.recording import Recording

HERE = re.escape(__file__)


def record(program, *arguments, **options):
    with tilework.options(record=True, **options):
        program(*arguments)
    return program.last_run.recording


def lineno(text):
    """The number of the line of this file that holds `text` and a mark."""
    lines = open(__file__).read().splitlines()
    (number,) = [i for i, line in enumerate(lines, 1) if line.endswith(f"# {text}")]
    return number


@pl.jit
def pages(
    x: pl.Tensor[[64, 128], pl.FP32],
    table: pl.Tensor[[4], pl.INT32],
    lengths: pl.Tensor[[2], pl.INT32],
    out: pl.Out[pl.Tensor[[64, 128], pl.FP32]],
):
    doubled = pl.create_tensor([64, 128], dtype=pl.FP32)
    for i in pl.parallel(0, 64, 16):
        with pl.at(level=pl.Level.CORE_GROUP, name_hint="double"):
            doubled[i : i + 16, :] = pl.mul(x[i : i + 16, :], 2.0)
    count = pl.cast(pl.tensor.read(lengths, [1]), pl.INDEX)  # the length
    for i in pl.range(0, count, 1):
        with pl.at(level=pl.Level.CORE_GROUP, name_hint="gather"):
            row = pl.cast(pl.tensor.read(table, [i]), pl.INDEX) * 16  # the page
            out[i * 16 : i * 16 + 16, :] = pl.add(doubled[row : row + 16, :], 1.0)
    return out


def pages_arguments():
    x = torch.randn(64, 128)
    table, lengths = torch.tensor([2, 0, 3, 1]).int(), torch.tensor([0, 3]).int()
    return x, table, lengths, torch.zeros(64, 128)


def absent(*tensors):
    return [tensor.to("meta") for tensor in tensors]


def test_the_bytes_are_those_of_a_run_on_data():
    x, table, lengths, out = pages_arguments()
    expected = record(pages, x, table, lengths, out)
    x, out = absent(x, out)
    result = pages(x, table, lengths, out)
    assert result is out and result.device.type == "meta"
    assert pages.last_run.recording == expected
    assert record(pages, x, table, lengths, out, threads=4, order_seed=3) == expected
    other = torch.tensor([1, 0, 3, 2]).int()
    assert record(pages, x, other, lengths, out) != expected


def test_numpy_arrays_may_hold_what_control_flow_reads(tmp_path):
    x, table, lengths, out = pages_arguments()
    expected = record(pages, x, table, lengths, out)
    path = tmp_path / "pages.rec"
    with tilework.options(record=path):
        pages(*absent(x), table.numpy(), lengths.numpy(), *absent(out))
    assert Recording.load(path) == expected


def test_a_table_on_meta_is_named_with_the_line_that_reads_it():
    x, table, lengths, out = absent(*pages_arguments())
    _, real_table, real_lengths, _ = pages_arguments()
    with pytest.raises(
        TaskError,
        match=rf"^task 'gather' at {HERE}:{lineno('the page')}:\d+: expects the values of 'table', "
        r"but got a meta tensor; pass a tensor on cpu$",
    ):
        pages(x, table, real_lengths, out)
    with pytest.raises(
        TaskError,
        match=rf"^task 'pages' at {HERE}:{lineno('the length')}:\d+: expects the values of "
        r"'lengths', but got a meta tensor; pass a tensor on cpu$",
    ):
        pages(x, real_table, lengths, out)
    pages(x, real_table, real_lengths, out)


def test_views_of_one_storage_overlap_as_on_cpu():
    @pl.jit
    def halves(
        low: pl.Tensor[[16, 128], pl.FP32],
        high: pl.InOut[pl.Tensor[[32, 128], pl.FP32]],
        other: pl.Tensor[[16, 128], pl.FP32],
        out: pl.Out[pl.Tensor[[16, 128], pl.FP32]],
    ):
        with pl.at(level=pl.Level.CORE_GROUP, name_hint="halves"):
            high[16:32, :] = pl.add(low[:, :], other[:, :])
        with pl.at(level=pl.Level.CORE_GROUP, name_hint="copies"):
            out[:, :] = pl.mul(low[:, :], 3.0)
        return out

    def arguments(device):
        rows = torch.zeros(64, 128, device=device)
        out = torch.zeros(16, 128, device=device)
        return rows[8:24], rows[0:32], rows[40:56], out

    expected = record(halves, *arguments("cpu"))
    assert [memory.name for memory in expected.memories] == ["low", "other", "out"]
    assert [task.dependences for task in expected.tasks] == [(), ((0, 2),)]
    assert record(halves, *arguments("meta")) == expected


@pl.jit
def sampling(
    x: pl.Tensor[[16, 64], pl.FP32],
    n: pl.InOut[pl.Tensor[[4], pl.INT32]],
    out: pl.Out[pl.Tensor[[16, 64], pl.FP32]],
):
    with pl.at(level=pl.Level.CORE_GROUP, name_hint="sample"):
        n[0:4] = pl.add(n[0:4], 1)
    count = pl.cast(pl.tensor.read(n, [0]), pl.INDEX)  # the sample
    for i in pl.range(0, count, 1):
        with pl.at(level=pl.Level.CORE_GROUP, name_hint="last"):
            out[i : i + 1, :] = pl.add(x[i : i + 1, :], 1.0)
    return out


@pytest.mark.parametrize("device", ["cpu", "meta"])
def test_control_flow_on_what_a_task_computes_cannot_be_timed(device):
    x, out = absent(torch.zeros(16, 64), torch.zeros(16, 64))
    with pytest.raises(
        TaskError,
        match=rf"^task 'sampling' at {HERE}:{lineno('the sample')}:\d+: expects the values of 'n', "
        rf"which task 'sample' at {HERE}:\d+:\d+ computes, but this run is timing-only; pass them "
        r"as an argument on cpu, or all tensors on cpu$",
    ):
        sampling(x, torch.zeros(4, dtype=torch.int32, device=device), out)


@pl.jit
def updated(
    x: pl.Tensor[[64, 128], pl.FP32],
    table: pl.InOut[pl.Tensor[[4], pl.INT32]],
    out: pl.Out[pl.Tensor[[16, 128], pl.FP32]],
):
    with pl.at(level=pl.Level.CORE_GROUP, name_hint="update"):
        table[0:4] = pl.add(table[0:4], 1)
    with pl.at(level=pl.Level.CORE_GROUP, name_hint="gather"):
        row = pl.cast(pl.tensor.read(table, [0]), pl.INDEX) * 16  # the row
        out[:, :] = pl.add(x[row : row + 16, :], 1.0)
    return out


@pytest.mark.parametrize("device", ["cpu", "meta"])
def test_addresses_in_kernels_from_what_a_task_computes(device):
    x, out = absent(torch.zeros(64, 128), torch.zeros(16, 128))
    with pytest.raises(
        TaskError,
        match=rf"^task 'gather' at {HERE}:{lineno('the row')}:\d+: expects the values of 'table', "
        rf"which task 'update' at {HERE}:\d+:\d+ computes, but this run is timing-only",
    ):
        updated(x, torch.zeros(4, dtype=torch.int32, device=device), out)


@pl.jit
def halving(x: pl.Tensor[[16, 64], pl.FP32], out: pl.Out[pl.Tensor[[16, 64], pl.FP32]]):
    with pl.at(level=pl.Level.CORE_GROUP, name_hint="halve"):
        t = x[:, :]
        while pl.read(t, [0, 0]) > 1.0:  # the loop
            t = pl.mul(t, 0.5)
        out[:, :] = t
    return out


def test_elements_of_tiles_cannot_decide():
    with pytest.raises(
        TaskError,
        match=rf"^task 'halve' at {HERE}:{lineno('the loop')}:\d+: expects the value of an element "
        r"that the task itself computes, but this run is timing-only; pass all tensors on cpu$",
    ):
        halving(*absent(torch.zeros(16, 64), torch.zeros(16, 64)))


def test_results_have_no_place_on_cpu():
    x, table, lengths, out = pages_arguments()
    with pytest.raises(
        ArgumentError,
        match="argument 'out' expects a tensor on meta, as nothing is computed where 'x' is on "
        "meta, but got an array; pass it on meta as well",
    ):
        pages(x.to("meta"), table, lengths, out)


@pytest.mark.parametrize(
    "options, message",
    [
        ({"exact": True}, "the exact mode expects arrays with values, but got 'x' on meta"),
        ({"check": True}, "the exact mode expects arrays with values, but got 'x' on meta"),
        ({"verify": True}, "the option verify expects arrays with values, but got a tensor on"),
    ],
)
def test_what_needs_values_is_refused(options, message):
    x, table, lengths, out = pages_arguments()
    with tilework.options(**options), pytest.raises(ArgumentError, match=message):
        pages(*absent(x), table, lengths, *absent(out))


def test_arrays_larger_than_any_memory():
    rows = 1 << 37  # of 512 bytes: 64 TiB

    @pl.jit
    def huge(
        x: pl.Tensor[[rows, 128], pl.FP32],
        first: pl.Tensor[[1], pl.INT32],
        out: pl.Out[pl.Tensor[[16, 128], pl.FP32]],
    ):
        row = pl.cast(pl.tensor.read(first, [0]), pl.INDEX) * 1048576
        with pl.at(level=pl.Level.CORE_GROUP, name_hint="far"):
            out[:, :] = pl.add(x[row : row + 16, :], 1.0)
        return out

    first = np.array([100_000], np.int32)
    out = torch.zeros(16, 128, device="meta")
    huge(torch.zeros(rows, 128, device="meta"), first, out)
    assert f"@x+{100_000 * 1048576 * 512} " in huge.last_run.recording.text(0)
