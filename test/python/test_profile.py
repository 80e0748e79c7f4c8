"""`tilework.profile`: from a program and its arguments to a report, with data and without."""

import json

import numpy as np
import pytest
import tilework
import tilework.language as pl
from tilework.errors import DescriptionError
from tilework.recording import Recording
from tilework.report import Report


@pl.jit
def chain(
    x: pl.Tensor[[16, 256], pl.FP16],
    w: pl.Tensor[[256, 512], pl.FP16],
    out: pl.Out[pl.Tensor[[16, 512], pl.FP32]],
):
    y = pl.create_tensor([16, 512], dtype=pl.FP32)
    for n in pl.parallel(0, 512, 128):
        with pl.at(level=pl.Level.CORE_GROUP, name_hint="product"):
            y[:, n : n + 128] = pl.matmul(x[:, :], w[:, n : n + 128], out_dtype=pl.FP32)
    with pl.at(level=pl.Level.CORE_GROUP, name_hint="scale"):
        out[:, :] = pl.mul(y[:, :], 2.0)
    return out


def arguments():
    return (
        np.ones((16, 256), np.float16),
        np.ones((256, 512), np.float16),
        np.zeros((16, 512), np.float32),
    )


@pytest.fixture(scope="module")
def report():
    return tilework.profile(chain, *arguments())


def test_the_program_runs_and_its_time_is_told(report):
    operands = arguments()
    assert str(tilework.profile(chain, *operands)) == str(report)
    assert np.all(operands[2] == 512)
    summary = report.summary
    assert summary.tasks == 5 and [it.name for it in summary.scopes] == ["product", "scale"]
    assert 0 < summary.bound < summary.makespan == report.timeline.makespan
    assert summary.compulsory_bytes == (16 * 256 + 256 * 512) * 2 + 16 * 512 * 4
    assert summary.scopes[0].operations == 2 * 16 * 256 * 512
    assert "test_profile.py" in summary.path[-1].location
    assert "scale" in repr(report)


def test_without_data_it_is_the_same(report):
    torch = pytest.importorskip("torch")
    absent = [torch.from_numpy(it).to("meta") for it in arguments()]
    assert tilework.profile(chain, *absent).recording == report.recording


def test_what_if(report):
    fewer = report.replay(cores=1)
    slower = fewer.replay({"hbm.bandwidth": 1e10})
    assert report.summary.makespan < fewer.summary.makespan < slower.summary.makespan
    assert slower.run.changes == {"cores.groups": 1, "hbm.bandwidth": 1e10}
    assert report.compare(slower).before is report.summary
    points = report.sweep({"cores.groups": [1, 24]})
    assert [it.summary.makespan for it in points] == [
        fewer.summary.makespan,
        report.summary.makespan,
    ]
    other = report.replay(profile="vendor-optimistic")
    assert other.summary.profile == "vendor-optimistic"
    with pytest.raises(DescriptionError, match=r"is it one of hbm\.bandwidth"):
        report.replay({"hbm.bandwith": 1})


def test_another_device_is_compiled_for(report):
    other = tilework.profile(chain, *arguments(), device="a5")
    assert other.summary.device == "a5" and other.recording.target == "a5"
    assert report.replay(device="a5").summary.device == "a5"


def test_a_report_of_a_file_is_the_same(report, tmp_path):
    path = tmp_path / "run.rec"
    with tilework.options(record=path):
        tilework.profile(chain, *arguments())
    assert Recording.load(path) == report.recording
    assert str(Report.of(path)) == str(report)


def test_pages_and_traces(report, tmp_path):
    page = report.save_html(tmp_path / "run.html").read_text()
    assert "inside of one task of each scope" in page and "dma_load" in page
    trace = json.loads(report.save_trace(tmp_path / "run.json").read_text())["traceEvents"]
    assert {it["name"].split()[0] for it in trace if it["ph"] == "X"} >= {"product", "scale"}
