"""Reports of real replays: random recordings, on random devices."""

import itertools
import json
import random

import pytest
from random_recordings import random_recording
from tilework.devices import load
from tilework.report import Run, critical_path, save_report, save_trace, summarize
from tilework.report.bounds import hbm_bound
from tilework.report.reasons import reasons
from timeline_harness import CHOICES

DEVICE = load("a2a3")


def random_run(seed, instructions=False):
    chosen = random.Random(seed)
    changes = {name: chosen.choice(values) for name, values in CHOICES.items()}
    recording = random_recording(seed, tasks=30).recording()
    return Run.of(recording, DEVICE, None, changes, instructions)


@pytest.mark.parametrize("seed", range(24))
def test_a_critical_path_has_no_gaps_and_its_time_has_reasons(seed):
    run = random_run(seed)
    path, makespan = critical_path(run), run.timeline.makespan
    assert path[0].begin == 0 and path[-1].end == makespan
    assert all(one.end == other.begin for one, other in itertools.pairwise(path))
    found = reasons(run, path)
    assert sum(it.time for it in found) == pytest.approx(makespan - hbm_bound(run), abs=len(found))
    summary = summarize(run)
    assert summary.phases[0].begin == 0 and summary.phases[-1].end == makespan
    assert sum(summary.path_kinds.values()) == makespan
    assert all(0 <= share <= 1 for it in summary.phases for share in it.used.values())
    assert str(summary)


@pytest.mark.parametrize("seed", range(3))
def test_traces_and_pages_hold_every_instruction_and_task(seed, tmp_path):
    run = random_run(seed, instructions=True)
    trace = json.loads(save_trace(run, tmp_path / "run.json").read_text())["traceEvents"]
    bars = [it for it in trace if it["ph"] == "X" and "instruction" in it["args"]]
    assert len(bars) == len(run.timeline.instructions)
    threads = {}
    for it in bars:
        threads.setdefault((it["pid"], it["tid"]), []).append((it["ts"], it["ts"] + it["dur"]))
    for its in threads.values():
        ordered = sorted(its)
        assert all(a[1] <= b[0] + 1e-6 for a, b in itertools.pairwise(ordered))
    page = save_report(run, tmp_path / "run.html").read_text()
    assert page == save_report(random_run(seed, True), tmp_path / "again.html").read_text()
