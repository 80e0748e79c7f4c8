"""`tilework.options(check_races=True)`: claims of independence, judged over all legal orders."""

import json

import numpy as np
import pytest
import tilework
import tilework.language as pl
from click.testing import CliRunner
from tilework.errors import ClaimError
from tilework.tools.prof import main

ROWS, COLUMNS = 16, 32
T = pl.Tensor[[ROWS, COLUMNS], pl.FP32]
SLOTS = pl.Tensor[[4], pl.INT32]
MODES = [{}, {"exact": 1}, {"order_seed": 3, "threads": 1}]


def zeros():
    return np.zeros((ROWS, COLUMNS), np.float32)


def judged(program, *arguments, **options):
    """The claims of a program, and the error about those that do not hold."""
    error = None
    with tilework.options(check_races=True, **options):
        try:
            program(*arguments)
        except ClaimError as raised:
            error = str(raised)
    claims = program.last_run.recording.claims
    assert (error is None) == all(claim.holds for claim in claims)
    return claims, error


@pl.jit
def scatter(slots: SLOTS, x: T, out: pl.InOut[T]):
    for b in pl.parallel(4):
        slot = pl.cast(pl.read(slots, [b]), pl.INDEX)
        with pl.at(level=pl.Level.CORE_GROUP, name_hint="put"):
            out[4 * slot : 4 * slot + 4, 0:16] = x[4 * b : 4 * b + 4, 0:16]
    return out


@pytest.mark.parametrize("options", MODES)
def test_parallel_loops_are_judged_by_the_data(options):
    claims, error = judged(scatter, np.array([3, 1, 0, 2], np.int32), zeros(), zeros(), **options)
    assert error is None
    assert [(it.kind, it.ordered, it.unordered) for it in claims] == [("parallel", 0, 0)]
    claims, error = judged(scatter, np.array([3, 1, 0, 1], np.int32), zeros(), zeros(), **options)
    assert [(it.kind, it.holds) for it in claims] == [("parallel", False)]
    lines = error.splitlines()
    assert lines[0] == "1 claim of 'scatter' refuted"
    assert lines[1].startswith("the parallel loop over 'b' at ")
    assert lines[1].endswith(": 1 conflict that nothing orders, the first:")
    assert lines[2].startswith("  task 1 'put' at ")
    assert lines[2].endswith(", in b = 1 writes out[4:8, 0:16]")
    assert lines[3].endswith(", in b = 3 writes it as well, and nothing orders the two")
    assert all("test_races.py:" in line for line in lines[1:])


def test_results_do_not_depend_on_claims():
    out, x = zeros(), np.arange(ROWS * COLUMNS, dtype=np.float32).reshape(ROWS, COLUMNS)
    _, error = judged(scatter, np.array([3, 1, 0, 1], np.int32), x, out)
    assert error is not None
    np.testing.assert_array_equal(out[4:8, :16], x[12:16, :16])


@pl.jit
def promised(ordered: pl.Tensor[[1], pl.INT32], x: T, out: pl.InOut[T]):
    held = pl.create_tensor([ROWS, COLUMNS], dtype=pl.FP32, manual_dep=True)
    first = None
    with pl.at(level=pl.Level.CORE_GROUP, name_hint="write") as writer:
        held[:, :] = pl.add(x, 1.0)
    with pl.at(level=pl.Level.CORE_GROUP, name_hint="other"):
        out[8:16, :] = pl.add(x[8:16, :], 1.0)
    if pl.read(ordered, [0]) > 0:
        first = writer
    with pl.at(level=pl.Level.CORE_GROUP, name_hint="read", deps=[first], no_dep_args=[out]):
        out[0:8, :] = held[0:8, :]
    with pl.manual_scope():
        with pl.at(level=pl.Level.CORE_GROUP, name_hint="manual", deps=[first]):
            out[0:1, :] = x[0:1, :]
    return out


@pytest.mark.parametrize("options", [{}, {"static_dependences": False}])
def test_other_claims_are_judged_by_what_is_given(options):
    refutable = [
        "manual_dep of 'held'",
        "no_dep_args of 'out' in 'read'",
        "the manual scope around",
    ]
    claims, error = judged(promised, np.array([1], np.int32), zeros(), zeros(), **options)
    assert [it.name.startswith(name) for it, name in zip(claims, refutable, strict=True)] == [
        True
    ] * 3
    # `read` and `manual` write one row, and come after `write` only.
    assert [it.holds for it in claims] == [True, False, False]
    assert [(it.ordered, it.unordered) for it in claims] == [(1, 0), (0, 1), (0, 1)]
    claims, error = judged(promised, np.array([0], np.int32), zeros(), zeros(), **options)
    assert [it.holds for it in claims] == [False, False, False]
    assert error.startswith("3 claims of 'promised' refuted\nmanual_dep of 'held': 1 conflict")
    assert "writes held[0:8, 0:32]" in error and "reads it as well" in error


def test_timing_only_runs_are_judged_as_well():
    torch = pytest.importorskip("torch")
    x, out = (torch.empty(ROWS, COLUMNS, device="meta") for _ in range(2))
    with tilework.options(check_races=True):
        scatter(torch.tensor([3, 1, 0, 2], dtype=torch.int32), x, out)
        with pytest.raises(ClaimError, match="1 claim of 'scatter' refuted"):
            scatter(torch.tensor([3, 1, 3, 2], dtype=torch.int32), x, out)


def test_the_command_judges_a_recording(tmp_path):
    path = tmp_path / "run.rec"

    def call(slots, *arguments):
        with tilework.options(record=path):
            scatter(np.array(slots, np.int32), zeros(), zeros())
        return CliRunner().invoke(main, [str(path), "--check-races", *arguments])

    good = call([3, 1, 0, 2])
    assert good.exit_code == 0
    assert "holds" in good.output and "the parallel loop over 'b'" in good.output
    bad = call([3, 1, 0, 1])
    assert bad.exit_code == 1
    assert "refuted" in bad.output and "in b = 3 writes it as well" in bad.output
    found = json.loads(call([3, 1, 0, 1], "--json").output)
    assert [(it["kind"], it["unordered"]) for it in found] == [("parallel", 1)]
