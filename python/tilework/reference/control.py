"""What loops, branches, scopes and task ids mean. A claim of independence changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tilework.reference.errors import ExecutionError
from tilework.reference.program import Step
from tilework.reference.registry import control, meaning
from tilework.reference.values import known

if TYPE_CHECKING:
    from tilework.reference.interpreter import Machine

NO_TASK = 0


@control("scf.for", "task.parallel", "tile.pipeline")
def count(machine: Machine, step: Step, lower: Any, upper: Any, stride: Any, *inits: Any) -> Any:
    """The sequential loop."""
    lower, upper, stride = (known(bound, "a loop bound") for bound in (lower, upper, stride))
    if stride <= 0:
        raise ExecutionError(f"'{step.name}' expects a positive step, but got {stride}")
    values = inits
    for index in range(lower, upper, stride):
        values = machine.run(step.blocks[0], (index, *values))
    return values


@control("scf.while")
def repeat(machine: Machine, step: Step, *inits: Any) -> Any:
    """Runs the second region as long as the first one says so."""
    before, after = step.blocks
    values = inits
    while True:
        condition, *values = machine.run(before, values)
        if not known(condition, "a loop condition"):
            return tuple(values)
        values = machine.run(after, values)


@control("scf.if")
def branch(machine: Machine, step: Step, condition: Any) -> Any:
    """Runs one of two regions."""
    index = 0 if known(condition, "a condition") else 1
    return machine.run(step.blocks[index], ()) if index < len(step.blocks) else ()


@control("task.scope")
def scope(machine: Machine, step: Step, *claims: Any) -> Any:
    """Runs as one task; its last result is a task id."""
    machine.enter_scope(step.attribute("name"), step)
    return (*machine.run(step.blocks[0], ()), machine.take_id())


@control("task.auto")
def auto(machine: Machine, step: Step) -> Any:
    """A request for scopes: runs as it stands."""
    return machine.run(step.blocks[0], ())


@control("task.join")
def join(machine: Machine, step: Step, *deps: Any) -> int:
    """The id of a task without work."""
    return machine.take_id()


@meaning("task.none")
def none(step: Step) -> int:
    """The id of no task."""
    return NO_TASK


@meaning("task.is_valid")
def is_valid(step: Step, task: int) -> bool:
    """Whether an id is one of a task."""
    return task != NO_TASK


@meaning("task.observe")
def observe(step: Step, value: Any) -> None:
    """Tells the walk of the placed kernel what was read: of no concern to whoever knows it."""


@meaning("tile.yield", "task.yield", "task.return", "scf.yield", "scf.condition")
def leave(step: Step, *values: Any) -> tuple[Any, ...]:
    """Ends a region with values."""
    return values
