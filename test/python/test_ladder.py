"""Every form of a program means the same; where one is broken, the ladder names its room."""

import re
import subprocess
import sys

import numpy as np
import pytest
import tilework
from ladder_programs import PROGRAMS, arguments, differences
from tilework.compiler.context import make_context
from tilework.compiler.ladder import climb, find_form, parse
from tilework.compiler.lowering import FORMS
from tilework.errors import CompilerError


def name(value):
    return getattr(value, "__name__", "")


@pytest.mark.parametrize("program", PROGRAMS, ids=name)
def test_every_form_means_the_same(program):
    given = arguments(program)
    before = [np.copy(array) for array in given]
    found = tilework.ladder(program, *given)
    assert [rung.form for rung in found.rungs] == list(FORMS)
    assert str(found) == "\n".join(f"{form:6}  ok" for form in FORMS)
    assert all(map(np.array_equal, given, before))


# One thing in one form that is not as it should be, and what the ladder must say.
BROKEN = {
    "operands swapped in fused": (
        "fused", r"tile.sub (%\w+), (%\w+)", r"tile.sub \2, \1", "argument 2: expects"),
    "a constant changed in fused": (
        "fused", r"3.000000e\+00", "3.000001e+00", "argument 2: expects"),
    "an update dropped in fused": (
        "fused", r"yield %inserted_slice :", "yield %arg4 :", "not dominate|to be defined"),
    "operands swapped in graph": (
        "graph", r"tile.sub (%\w+), (%\w+)", r"tile.sub \2, \1", "argument 2: expects"),
    "a result left nowhere": (
        "graph", r"bufferization.materialize_in_destination .*%arg3 .*\n", "", "to be defined"),
    "arguments swapped at a submission": (
        "graph", r"ins\(%arg0, %arg1,", "ins(%arg1, %arg0,", "argument 2: expects"),
    "a submission dropped": (
        "graph", r"%id = task.submit.*\n(.*) deps\(.*\)", r"\1", "to be defined"),
    "a region read too small": (
        "graph", r"access in %arg1\[%arg2, %c0\] \[%c16, %c64\]",
        "access in %arg1[%arg2, %c0] [%c16, %c16]",
        r"read only what it declares of '.*', but got \[0:16, 16:64\]"),
    "a region written elsewhere": (
        "graph", r"access out %arg3\[%arg2, %c0\]", "access out %arg3[%c16, %c0]",
        r"write only what it declares of '.*', but got \[0:16, 0:64\]"),
    "a region of the wrong direction": (
        "graph", "access out %arg3", "access in %arg3", "declares nothing"),
    "operands swapped in placed": (
        "placed", r"vector_binary sub (%\w+), (%\w+)", r"vector_binary sub \2, \1",
        "argument 2: expects"),
    "a buffer moved onto another": (
        "placed", "at 2048", "at 1024", "argument 2: expects"),
    "a flag dropped": (
        "placed", r".*core.set_flag v -> mte3.*\n", "", "fails: "),
    "both halves by one lane": (
        "placed", r"\(s0 \* 8\)", "(s0 * 0)", "fails: "),
}  # fmt: skip


@pytest.mark.parametrize("form, wanted, instead, message", BROKEN.values(), ids=BROKEN)
def test_a_broken_form_names_its_room(form, wanted, instead, message):
    text = differences.lower(*arguments(differences), form=form)
    edited = re.sub(wanted, instead, text, count=1)
    assert edited != text
    found = tilework.ladder(differences, *arguments(differences), edited={form: edited})
    assert found.first_difference.form == form, str(found)
    assert re.search(message, found.first_difference.difference), str(found)
    assert str(found).endswith(f"the first difference is of {found.first_difference.room}")
    # what was made of the broken form is as wrong as it is, or right: no other room is blamed
    assert [rung.form for rung in found.rungs if rung.difference] == [form], str(found)


def test_a_ladder_may_start_at_any_form():
    given = arguments(differences)
    for start in FORMS[:3]:
        context = make_context()
        module = parse(differences.lower(*given, form=start), context)
        found = climb(module, "differences", given, start=start)
        assert [rung.form for rung in found.rungs] == list(FORMS[FORMS.index(start) :])
        assert not found.first_difference, str(found)


@pytest.mark.parametrize("form", FORMS[:4])
def test_a_form_is_known_by_its_conditions(form):
    module = parse(differences.lower(*arguments(differences), form=form), make_context())
    assert find_form(module) in (form, "fused" if form == "traced" else form)


def test_a_text_that_is_no_module_is_refused():
    with pytest.raises(CompilerError, match="expected"):
        tilework.ladder(differences, *arguments(differences), edited={"graph": "task.entry"})


def run_tool(*command):
    tool = [sys.executable, "-m", "tilework.tools.ladder", *map(str, command)]
    return subprocess.run(tool, capture_output=True, text=True)


def test_the_tool_takes_files(tmp_path):
    given = arguments(differences)
    fused, graph = tmp_path / "fused.mlir", tmp_path / "graph.mlir"
    fused.write_text(differences.lower(*given, form="fused"))
    graph.write_text(differences.lower(*given, form="graph").replace("3.0000", "4.0000"))
    np.savez(tmp_path / "inputs.npz", **{"0": given[0], "1": given[1]})
    good = run_tool(fused, "--arrays", tmp_path / "inputs.npz")
    assert (good.returncode, good.stdout.split()[::2]) == (0, list(FORMS[1:])), good.stderr
    bad = run_tool(fused, "--edited", f"graph={graph}")
    assert bad.returncode == 1
    assert "the first difference is of room 3" in bad.stdout
    assert "expects form=file" in run_tool(fused, "--edited", "graph").stderr
