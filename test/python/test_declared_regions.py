"""Nothing is carried out that a task has not declared to touch."""

import re

import numpy as np
import pytest
import tilework
import tilework.language as pl
from ladder_programs import COLUMNS, PROGRAMS, ROWS, T, arguments, differences
from tilework.compiler.context import make_context
from tilework.compiler.ladder import execute, parse
from tilework.compiler.lowering import lower
from tilework.errors import TaskError


@pl.jit
def picking(x: T, places: pl.Tensor[[1, 4], pl.INT32], out: pl.Out[T]):
    """The walk reads an address in global memory."""
    for b in pl.parallel(0, 4, 1):
        with pl.at(level=pl.Level.CORE_GROUP, name_hint="pick"):
            row = pl.cast(pl.read(places, [0, b]), pl.INDEX)
            out[8 * b : 8 * b + 8, :] = pl.exp(x[8 * row : 8 * row + 8, :])
    return out


@pl.jit
def lost(x: T, out: pl.Out[T]):
    """Half of the addresses are never written."""
    places = pl.create_tensor([1, 4], dtype=pl.INT32)
    with pl.at(level=pl.Level.CORE_GROUP, name_hint="place"):
        places[0:1, 0:2] = pl.full([1, 2], dtype=pl.INT32, value=1)
    for b in pl.range(4):
        with pl.at(level=pl.Level.CORE_GROUP, name_hint="pick"):
            row = pl.cast(pl.read(places, [0, b]), pl.INDEX)
            out[8 * b : 8 * b + 8, :] = pl.exp(x[8 * row : 8 * row + 8, :])
    return out


def arrays():
    x = np.random.default_rng(0).normal(size=(ROWS, COLUMNS)).astype(np.float32)
    return x, np.array([[3, 1, 2, 0]], np.int32), np.zeros_like(x)


def carried_out(program, change=lambda text: text):
    """Places a program whose form `graph` has been changed, and executes its instructions."""
    given = arrays() if program is picking else arguments(program)
    graph = parse(change(program.lower(*given, form="graph")), make_context())
    return execute(lower(graph, "placed", "graph"), "placed", program.__name__, given)


@pytest.mark.parametrize("program", [*PROGRAMS, picking], ids=lambda program: program.__name__)
def test_compiled_programs_keep_to_what_they_declare(program):
    assert carried_out(program)


# A declaration that says too little, and what comes of it.
BROKEN = {
    "too few columns": (
        r"access in %arg1\[%arg2, %c0\] \[%c16, %c64\]",
        "access in %arg1[%arg2, %c0] [%c16, %c16]",
        r"task 'subtract'.*mte2 dma_load gm f32\[8x64\]@arg1\+0 -> .*' expects to read only what "
        "the task declares of 'arg1', but got its bytes 64 to 256"),
    "other rows": (
        r"access out %arg3\[%arg2, %c0\]", "access out %arg3[%c16, %c0]",
        "task 'subtract'.*dma_store .*' expects to write only what the task declares of "),
    "only to be read": (
        "access out %arg3", "access in %arg3", "task 'subtract'.*expects to write only what"),
    "nothing of an argument": (
        r".*task.access in %arg1.*\n", "", "task 'subtract'.*expects to read only what"),
}  # fmt: skip
OTHER_SCALAR = (
    r"access in %arg0\[%c0, %arg2\]",
    "access in %arg0[%c0, %c0]",
    "task 'pick'.*: expects to read only what the task declares of 'arg0', but got its bytes ",
)


def check_broken(program, wanted, instead, message):
    def change(text):
        changed = re.sub(wanted, instead, text, count=1)
        assert changed != text
        return changed

    with pytest.raises(TaskError, match=message):
        carried_out(program, change)


@pytest.mark.parametrize("case", BROKEN.values(), ids=BROKEN)
def test_what_was_not_declared_is_not_touched(case):
    check_broken(differences, *case)


def test_scalars_that_were_not_declared_are_not_read():
    check_broken(picking, *OTHER_SCALAR)


def test_the_walk_reads_only_what_was_written():
    x, _, out = arrays()
    expected = "task 'pick' at .*: expects control flow and addresses to depend on defined elements"
    with tilework.options(exact=True), pytest.raises(TaskError, match=expected):
        lost(x, out)
