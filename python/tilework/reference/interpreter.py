"""Executes a module of the `traced` or `fused` form on NumPy arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tilework.ir import Location, Module, Operation, StringAttr
from tilework.reference import (  # noqa: F401 (imported for the meanings they register)
    affine,
    control,
    elementwise,
    matmul,
    reductions,
    scalar_conversions,
    scalars,
    shapes,
    tensors,
)
from tilework.reference.errors import ExecutionError, UndefinedError
from tilework.reference.program import (
    Block,
    Step,
    TensorShape,
    described_location,
    described_type,
    translate,
)
from tilework.reference.values import Tensor, scalar_of

IN, OUT, INOUT = 1, 2, 3  # the enum Direction of the task dialect


@dataclass(frozen=True)
class ScopeRun:
    """One execution of a `task.scope`."""

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
    """The values of all slots while an entry runs."""

    slots: dict[int, Any] = field(default_factory=dict)
    scopes: list[ScopeRun] = field(default_factory=list)
    last_id: int = control.NO_TASK

    def run(self, block: Block, arguments: Sequence[Any]) -> tuple[Any, ...]:
        """Executes `block`; gives the values of its terminator."""
        for slot, value in zip(block.arguments, arguments, strict=True):
            self._bind(slot, value)
        values: tuple[Any, ...] = ()
        for step in block.steps:
            values = self._execute(step)
        return values

    def enter_scope(self, step: Step) -> None:
        """Notes that a scope runs."""
        self.scopes.append(ScopeRun(step.attribute("name"), step.location))

    def take_id(self) -> int:
        """A task id not given before."""
        self.last_id += 1
        return self.last_id

    def _execute(self, step: Step) -> tuple[Any, ...]:
        operands = [self.slots[slot] for slot in step.operands]
        for slot in step.dies_before:
            self._release(slot)
        try:
            results = (
                step.meaning.function(self, step, *operands)
                if step.meaning.is_controlling
                else step.meaning.function(step, *operands)
            )
        except ExecutionError as error:
            if error.location is None:
                error.location, error.scope = step.location, step.scope
            raise
        if results is None:
            results = ()
        elif not isinstance(results, tuple):
            results = (results,)
        for slot, value in zip(step.results, results, strict=False):
            if isinstance(value, Tensor) and value.defined is not None and value.origin is None:
                value.origin = step
            self._bind(slot, value)
        for slot in step.dies_after:
            self._release(slot)
        return results

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
    machine = Machine()
    with np.errstate(all="ignore"):
        finals = machine.run(translate(entry), values)
    positions = [i for i, direction in enumerate(directions) if direction != IN]
    outputs = {}
    for position, final in zip(positions, finals, strict=True):
        _demand_defined(final, argument_name(arguments[position].location, position))
        outputs[position] = final.data
    return Result(outputs, machine.scopes)


def argument_name(location: Location, position: int) -> str:
    """The name that the source gives an argument, else its position."""
    return location.name_str if location.is_a_name() else f"argument {position}"


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
    if direction == IN:
        return Tensor(array, holders=1)  # the caller holds it: never updated in place
    return Tensor(array.copy())


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
