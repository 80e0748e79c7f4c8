"""Traces: events of the format, bars that nest, arrows that begin and end in bars."""

import itertools
import json
from collections import defaultdict

import numpy as np
import pytest
from report_harness import CUBE, US, VECTOR, join, run_of, task
from tilework.recording import Instruction, Memory
from tilework.report.perfetto import COUNTERS, DISPATCH, GROUPS, PATH, save_trace
from tilework.simulator.timeline import INSTRUCTION

MEMORY = Memory("t", 0, 4096, 1)


@pytest.fixture
def run():
    return run_of(
        task(CUBE, 1, 1, 1, 3, 3, 10, 12),
        task(VECTOR, 2, 12, 12, 14, 14, 20, 22, ready_by=0, after=[0]),
        join(3, 22, ready_by=1, after=[1]),
        hbm=[0, 0, 1, 1, 0],
        memory=MEMORY,
    )


@pytest.fixture
def trace(run, tmp_path):
    return json.loads(save_trace(run, tmp_path / "run.json").read_text())["traceEvents"]


def bars(trace):
    found = defaultdict(list)
    for it in trace:
        if it["ph"] == "X":
            found[it["pid"], it["tid"]].append((it["ts"], it["ts"] + it["dur"], it["name"]))
    return found


def test_a_bar_per_core_names_scope_and_line(trace):
    cores = {place: its for place, its in bars(trace).items() if place[0] >= GROUPS}
    assert cores == {
        (GROUPS, 0): [(3, 10, "product model.py:10")],
        (GROUPS, 1000): [(14, 20, "sum model.py:20")],
        (GROUPS, 2000): [(14, 20, "sum model.py:20")],
    }
    bar = next(it for it in trace if it["name"] == "sum model.py:20" and it["pid"] == GROUPS)
    assert bar["args"]["after"] == [0] and bar["args"]["line"] == "model.py:20:5"
    assert bar["args"]["read_bytes"] == 1000


def test_every_place_has_a_name(trace):
    named = {(it["pid"], it["tid"]) for it in trace if it["name"] == "thread_name"}
    assert set(bars(trace)) <= named
    processes = {it["pid"] for it in trace if it["name"] == "process_name"}
    assert processes == {DISPATCH, COUNTERS, GROUPS, GROUPS + 1}


def test_bars_of_a_thread_are_side_by_side(trace):
    for its in bars(trace).values():
        ordered = sorted(its)
        assert all(one[1] <= other[0] for one, other in itertools.pairwise(ordered))


def test_the_critical_path_has_a_track(trace):
    path = bars(trace)[DISPATCH, PATH]
    assert path[0][:2] == (0, 1) and path[-1] == (20, 22, "completion: sum model.py:20")


def test_arrows_go_from_bar_to_bar(trace):
    flows = [it for it in trace if it["ph"] in "sf"]
    assert [(it["ph"], it["name"], it["id"]) for it in flows] == [
        ("s", "read after write", 1),
        ("f", "read after write", 1),
    ]
    for it in flows:
        assert any(begin <= it["ts"] < end for begin, end, _ in bars(trace)[it["pid"], it["tid"]])


def test_counters_give_bandwidth_and_memory(trace):
    def counter(name):
        its = [it for it in trace if it["ph"] == "C" and it["name"] == name]
        return [(it["ts"], it["args"]["value"]) for it in its]

    assert counter("HBM GB/s") == [(0, 0.0), (2, 1000.0), (4, 0.0)]
    assert counter("busy cubes") == [(0, 0.0), (3, 1.0), (10, 0.0)]
    assert counter("tensors of the run, bytes") == [(1, 4096), (22, 0)]


def test_transfers_on_their_way_at_once_have_lanes(run, tmp_path):
    rows = [(0, 0, 0, 0, 1, b"", 3 * US, 6 * US), (0, 1, 0, 0, 1, b"", 4 * US, 7 * US)]
    rows.append((0, 0, 0, 0, 1, b"", 6 * US, 8 * US))
    run.timeline.__dict__["instructions"] = np.array(rows, INSTRUCTION)
    load = Instruction("dma_load", "mte2 dma_load gm x", "model.py:11:9")
    run.recording.instructions = (load, load)
    trace = json.loads(save_trace(run, tmp_path / "run.json").read_text())["traceEvents"]
    names = {it["tid"]: it["args"]["name"] for it in trace if it["name"] == "thread_name"}
    found = {names[tid]: its for (pid, tid), its in bars(trace).items() if pid == GROUPS}
    assert found["cube mte2"] == [(3, 6, "dma_load model.py:11"), (6, 8, "dma_load model.py:11")]
    assert found["cube mte2 2"] == [(4, 7, "dma_load model.py:11")]


def test_equal_runs_are_equal_bytes(run, tmp_path):
    first, second = (save_trace(run, tmp_path / name).read_bytes() for name in ("a", "b"))
    assert first == second
