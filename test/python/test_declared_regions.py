"""Nothing is carried out that a task has not declared to touch."""

import re

import pytest
from ladder_programs import PROGRAMS, arguments, differences
from tilework.compiler.context import make_context
from tilework.compiler.ladder import execute, parse
from tilework.compiler.lowering import lower
from tilework.errors import TaskError


def carried_out(program, change=lambda text: text):
    """Places a program whose form `graph` has been changed, and executes its instructions."""
    given = arguments(program)
    graph = parse(change(program.lower(*given, form="graph")), make_context())
    return execute(lower(graph, "placed", "graph"), "placed", program.__name__, given)


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.__name__)
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


@pytest.mark.parametrize("wanted, instead, message", BROKEN.values(), ids=BROKEN)
def test_what_was_not_declared_is_not_touched(wanted, instead, message):
    def change(text):
        changed = re.sub(wanted, instead, text, count=1)
        assert changed != text
        return changed

    with pytest.raises(TaskError, match=message):
        carried_out(differences, change)
