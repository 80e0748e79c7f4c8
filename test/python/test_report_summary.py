"""What summaries say of runs worked out by hand: bounds, reasons, what binds when."""

import json

import pytest
from report_harness import CUBE, US, VECTOR, run_of, task
from tilework.report import critical_path, summarize
from tilework.report.bounds import hbm_bound, limiting_pipe
from tilework.report.phases import phases
from tilework.report.reasons import IDLE, TRAFFIC, reasons
from tilework.report.run import total_between

MTE2 = (CUBE, 0, "mte2", 6, {"latency": 2, "flag of mte1": 2})


def product(**kwargs):
    """One task of 12 us, of which it executes 10 on one of two cubes."""
    return run_of(task(CUBE, 1, 1, 1, 1, 1, 11, 12), pipes=[MTE2], **kwargs)


def reasons_of(run):
    path = critical_path(run)
    found = reasons(run, path)
    bound = hbm_bound(run)
    assert abs(sum(it.time for it in found) - (run.timeline.makespan - bound)) <= len(found)
    assert found == sorted(found, key=lambda it: -it.time)
    return {it.what: it.time / US for it in found if it.time}


def test_series_are_shared_out_within_their_steps():
    series = product(hbm=[0, 1, 3]).timeline.hbm.series
    assert total_between(series, US // 2, 5 * US // 2) == pytest.approx(2.5e6)
    assert total_between(series, 2 * US, 9 * US) == pytest.approx(3e6)


def test_the_bound_is_the_compulsory_bytes_at_the_bandwidth():
    summary = summarize(product(compulsory=(5_000_000, 1_000_000)))
    assert summary.bound == 6 * US and summary.fraction == 0.5
    assert summary.compulsory_bytes == 6_000_000


def test_time_without_traffic_is_charged_to_what_the_path_does():
    assert reasons_of(product()) == pytest.approx(
        {
            "the orchestrator has not submitted the task yet": 1,
            "a scheduler takes note of the task's end": 1,
            IDLE: 5,
            "cube mte2 is busy at its own rate": 3,
            "cube mte2 waits for the first bytes from memory": 1,
            "cube mte2 waits for a flag of mte1": 1,
        }
    )


def test_time_with_traffic_is_charged_only_for_what_is_moved_in_vain():
    full = [1.0] * 12
    assert reasons_of(product(hbm=full, compulsory=(12_000_000, 0))) == {}
    assert reasons_of(product(hbm=full, compulsory=(9_000_000, 0))) == pytest.approx({TRAFFIC: 3})


def test_half_a_bandwidth_is_half_the_time():
    found = reasons_of(product(hbm=[0] + [0.5] * 10 + [0], compulsory=(5_000_000, 0)))
    assert found[IDLE] == pytest.approx(2.5)


def test_the_pipe_that_decides_is_the_one_others_wait_for():
    waiting = (CUBE, 0, "m", 7, {"flag of mte1": 3})
    run = run_of(task(CUBE, 1, 1, 1, 1, 1, 11, 12), pipes=[MTE2, waiting])
    assert limiting_pipe(run, CUBE) == (0, 1)  # mte2 works or waits for memory for 8 us


def test_phases_say_what_binds():
    def binds(*tasks, **kwargs):
        run = run_of(*tasks, **kwargs)
        return [(it.name, it.binds) for it in phases(run, critical_path(run))]

    one = task(CUBE, 1, 1, 1, 2, 2, 19, 20)
    both = (one, task(CUBE, 2, 2, 2, 3, 2, 19, 20, group=1))
    assert binds(one, pipes=[MTE2]) == [("product", "few tasks")]
    assert binds(*both, pipes=[MTE2]) == [("product", "latency")]
    assert binds(*both, pipes=[MTE2], hbm=[0.9] * 20) == [("product", "HBM")]
    assert binds(*both, pipes=[(CUBE, 0, "mte2", 99, {"latency": 1})]) == [("product", "cube mte2")]
    assert binds(task(CUBE, 1, 1, 5, 7, 7, 10, 14), pipes=[MTE2]) == [("product", "schedulers")]
    assert binds(task(CUBE, 9, 9, 9, 10, 10, 12, 13), pipes=[MTE2]) == [("product", "orchestrator")]


def test_spreads_and_the_text_tell_idle_cores():
    run = run_of(task(VECTOR, 1, 1, 1, 2, 2, 7, 10), task(CUBE, 2, 2, 2, 3, 3, 8, 9, group=1))
    summary = summarize(run)
    assert (summary.vectors.cores, summary.vectors.idle) == (4, 2)
    assert (summary.cubes.least, summary.cubes.mean, summary.cubes.most) == (0.0, 0.25, 0.5)
    text = str(summary)
    assert "model on a2a3, device-fit" in text
    assert "4 vector cores busy 0.0 % to 50.0 %, 25.0 % on average, 2 without any task" in text
    assert "model.py:20" in text and text == repr(summary)


def test_summaries_are_plain_data():
    summary = summarize(product(compulsory=(1000, 0)))
    found = json.loads(json.dumps(summary.as_dict()))
    assert found["makespan"] == summary.makespan and found["fraction"] == summary.fraction
    assert found["scopes"][0]["shares"][0] == ["busy", pytest.approx(0.6)]
