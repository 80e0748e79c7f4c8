"""Executes a module of the form `traced`, `fused` or `graph` on NumPy arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tilework.ir import MemRefType, Module, Operation, StringAttr
from tilework.reference import (  # noqa: F401 (imported for the meanings they register)
    affine,
    control,
    elementwise,
    matmul,
    memory,
    reductions,
    scalar_conversions,
    scalars,
    shapes,
    tensors,
)
from tilework.reference.errors import ExecutionError, UndefinedError
from tilework.reference.memory import Memory
from tilework.reference.program import (
    Block,
    Step,
    TensorShape,
    argument_name,
    described_location,
    described_type,
    translate,
)
from tilework.reference.tasks import Kernels, Task
from tilework.reference.values import Tensor, scalar_of

IN, OUT, INOUT = 1, 2, 3  # the enum Direction of the task dialect


@dataclass(frozen=True)
class ScopeRun:
    """One execution of a scope, or of the kernel made of it."""

    name: str
    location: str


@dataclass(frozen=True)
class Result:
    """What an execution leaves behind: the final `out` and `inout` arrays by argument position."""

    outputs: dict[int, np.ndarray]
    scopes: list[ScopeRun]

    def write_back(self, args: Sequence[Any]) -> None:
        """Copies the outputs into the arrays `args` that the execution was started with."""
        for position, output in self.outputs.items():
            args[position][...] = output


@dataclass
class Machine:
    """The values of all slots while an entry runs; or a kernel, which has slots of its own."""

    kernels: Kernels = field(default_factory=Kernels)
    slots: dict[int, Any] = field(default_factory=dict)
    scopes: list[ScopeRun] = field(default_factory=list)
    last_id: int = control.NO_TASK
    task: Task | None = None

    def run(self, block: Block, arguments: Sequence[Any]) -> tuple[Any, ...]:
        """Executes `block`; gives the values of its terminator."""
        for slot, value in zip(block.arguments, arguments, strict=True):
            self._bind(slot, value)
        values: tuple[Any, ...] = ()
        for step in block.steps:
            values = self._execute(step)
        return values

    def enter_scope(self, name: str, step: Step) -> None:
        """Notes that a scope runs, or a task."""
        self.scopes.append(ScopeRun(name, step.location))

    def run_task(self, task: Task) -> None:
        """Runs the region program of a task, and its kernel."""
        outer, self.task = self.slots, task
        for block in (task.kernel.regions, task.kernel.body):
            self.slots = {}
            self.run(block, task.arguments)
        self.slots, self.task = outer, None

    def running_task(self) -> Task:
        """The task that runs."""
        if self.task is None:
            raise ExecutionError("expects an operation of a kernel to be in one")
        return self.task

    def take_id(self) -> int:
        """A task id not given before."""
        self.last_id += 1
        return self.last_id

    def _execute(self, step: Step) -> tuple[Any, ...]:
        operands = [self.slots[slot] for slot in step.operands]
        for slot in step.dies_before:
            self._release(slot)
        try:
            results = self._results(step, operands)
            if self.task is not None:
                self.task.watch(step, operands, results)
        except ExecutionError as error:
            if error.location is None:
                error.location, error.scope = step.location, step.scope
            raise
        for slot, value in zip(step.results, results, strict=False):
            if isinstance(value, Tensor) and value.defined is not None and value.origin is None:
                value.origin = step
            self._bind(slot, value)
        for slot in step.dies_after:
            self._release(slot)
        return results

    def _results(self, step: Step, operands: Sequence[Any]) -> tuple[Any, ...]:
        function = step.meaning.function
        is_controlling = step.meaning.is_controlling
        results = function(self, step, *operands) if is_controlling else function(step, *operands)
        if results is None:
            return ()
        return results if isinstance(results, tuple) else (results,)

    def _bind(self, slot: int, value: Any) -> None:
        self._release(slot)
        if isinstance(value, Tensor):
            value.holders += 1
        self.slots[slot] = value

    def _release(self, slot: int) -> None:
        value = self.slots.pop(slot, None)
        if isinstance(value, Tensor):
            value.holders -= 1


def interpret(module: Module, entry_name: str, args: Sequence[Any]) -> Result:
    """Executes the program `entry_name` of `module` on copies of `args`.

    `args` has one array (its shape and element type those of the tensor) or scalar per argument.
    Raises `ExecutionError` (or `UndefinedError`, `CheckError`) with the source location when the
    program has no meaning.
    """
    entry = _find_entry(module, entry_name)
    directions = list(entry.attributes["directions"])
    arguments = list(entry.regions[0].blocks[0].arguments)
    if len(args) != len(arguments):
        raise ExecutionError(
            f"expects {len(arguments)} arguments, but got {len(args)}",
            described_location(entry.location),
        )
    values = [
        _argument(argument, direction, given)
        for argument, direction, given in zip(arguments, directions, args, strict=True)
    ]
    machine = Machine(Kernels(module))
    with np.errstate(all="ignore"):
        finals = machine.run(translate(entry), values)
    positions = [i for i, direction in enumerate(directions) if direction != IN]
    if any(isinstance(value, Memory) for value in values):
        finals = tuple(values[position].tensor for position in positions)
    outputs = {}
    for position, final in zip(positions, finals, strict=True):
        _demand_defined(final, argument_name(arguments[position].location, position))
        outputs[position] = final.data
    return Result(outputs, machine.scopes)


def _find_entry(module: Module, name: str) -> Operation:
    names = []
    for op in module.body.operations:
        operation = op.operation
        if operation.name == "task.entry":
            names.append(StringAttr(operation.attributes["sym_name"]).value)
            if names[-1] == name:
                return operation
    raise ExecutionError(f"expects an entry '{name}', but got {names}")


def _argument(argument: Any, direction: int, given: Any) -> Any:
    type_ = described_type(argument.type)
    name = argument_name(argument.location, argument.arg_number)
    if not isinstance(type_, TensorShape):
        return scalar_of(given, type_)
    array = np.asarray(given)
    fits = len(type_.sizes) == array.ndim and all(
        size in (None, extent) for size, extent in zip(type_.sizes, array.shape, strict=True)
    )
    if array.dtype != type_.dtype or not fits:
        wanted = "x".join("?" if size is None else str(size) for size in type_.sizes)
        extents = "x".join(map(str, array.shape))
        raise ExecutionError(
            f"expects '{name}' to be {wanted} {type_.dtype}, but got {extents} {array.dtype}",
            described_location(argument.location),
        )
    is_constant = direction == IN
    # the caller holds what is constant: it is never updated in place
    tensor = Tensor(array, holders=1) if is_constant else Tensor(array.copy())
    return Memory(tensor, is_constant) if isinstance(argument.type, MemRefType) else tensor


def _demand_defined(final: Tensor, name: str) -> None:
    if final.defined is None:
        return
    index = np.argwhere(~final.defined)[0].tolist()
    origin = final.origin
    raise UndefinedError(
        f"expects every element of '{name}' to be defined, but got an undefined one at {index}",
        origin.location if origin else None,
        origin.scope if origin else None,
    )
