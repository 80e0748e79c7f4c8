"""Kernels and their submissions: what the operations of the task dialect on memory mean.

A task runs as soon as it is submitted, so its dependences have ended. First its region program
says which rectangles it touches; then the kernel is held to that. A tensor inside a kernel may be
an argument's, or a slice of it: its `window`. Narrowing a window touches nothing, using its
elements reads it, and updating the whole argument writes where the update goes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from tilework.ir import BlockArgument, FlatSymbolRefAttr, Module, Operation, StringAttr
from tilework.reference.errors import ExecutionError
from tilework.reference.memory import Memory
from tilework.reference.program import (
    Block,
    Step,
    argument_name,
    described_name,
    translate,
)
from tilework.reference.regions import READ, WRITE, Regions, Window, whole
from tilework.reference.registry import control
from tilework.reference.tensors import position_of, window_of
from tilework.reference.values import Tensor, known

if TYPE_CHECKING:
    from tilework.reference.interpreter import Machine

# What takes tensors without looking at their elements.
_PASSES_ON = {
    "tensor.dim", "tensor.cast", "arith.select", "scf.for", "scf.while", "scf.if", "task.parallel",
    "tile.pipeline", "scf.yield", "scf.condition", "tile.yield",
    "bufferization.to_tensor", "bufferization.materialize_in_destination",
}  # fmt: skip


@dataclass(frozen=True)
class Kernel:
    """A kernel and its region program, ready to run. `in_place` are the positions of arguments
    whose tensor is entered once and replaced at the end, whatever happens between."""

    name: str
    argument_names: tuple[str, ...]
    body: Block
    regions: Block
    written: frozenset[int]
    in_place: frozenset[int]


class Kernels:
    """The kernels of a module by symbol, translated when they are first wanted."""

    def __init__(self, module: Module | None = None):
        self.operations: dict[str, Operation] = {}
        self.region_programs: dict[str, Operation] = {}
        self.translated: dict[str, Kernel] = {}
        for op in module.body.operations if module is not None else ():
            operation = op.operation
            if operation.name == "task.kernel":
                symbol = StringAttr(operation.attributes["sym_name"]).value
                self.operations[symbol] = operation
            elif operation.name == "task.accesses":
                kernel = FlatSymbolRefAttr(operation.attributes["kernel"]).value
                self.region_programs[kernel] = operation

    def find(self, symbol: str) -> Kernel:
        """The kernel of that symbol. Raises ExecutionError where it has no region program."""
        if symbol not in self.translated:
            if symbol not in self.region_programs:
                raise ExecutionError(f"expects a region program of the kernel '{symbol}'")
            self.translated[symbol] = _translate(
                self.operations[symbol], self.region_programs[symbol]
            )
        return self.translated[symbol]


def _translate(kernel: Operation, regions: Operation) -> Kernel:
    arguments = list(kernel.regions[0].blocks[0].arguments)
    body = translate(kernel)
    entered = [_argument(s, 0) for s in _all_steps(body) if s.name == "bufferization.to_tensor"]
    left = {
        _argument(step, 1)
        for step in body.steps
        if step.name == "bufferization.materialize_in_destination"
    }
    directions = list(kernel.attributes["directions"])
    return Kernel(
        described_name(kernel),
        tuple(argument_name(argument.location, i) for i, argument in enumerate(arguments)),
        body,
        translate(regions),
        frozenset(i for i, direction in enumerate(directions) if direction & WRITE),
        frozenset(position for position in left if entered.count(position) == 1),
    )


def _all_steps(block: Block) -> Iterator[Step]:
    for step in block.steps:
        yield step
        for inner in step.blocks:
            yield from _all_steps(inner)


def _argument(step: Step, operand: int) -> int | None:
    """The position of the kernel's argument that an operand is."""
    value = step.op.operands[operand]
    return value.arg_number if isinstance(value, BlockArgument) else None


class Task:
    """A kernel while it runs on arguments."""

    def __init__(self, kernel: Kernel, arguments: Sequence[Any]):
        self.kernel = kernel
        self.arguments = arguments
        self.regions = Regions(kernel.argument_names)

    def enter(self, step: Step, memory: Memory) -> Tensor:
        """The tensor that an argument's memory holds; to be updated in place where nobody can tell
        the difference."""
        position = _argument(step, 0)
        assert position is not None
        is_alone = sum(argument is memory for argument in self.arguments) == 1
        tensor = memory.lend() if is_alone and position in self.kernel.in_place else memory.look()
        tensor.window = whole(position, tensor.data.shape)
        return tensor

    def leave(self, step: Step, source: Tensor, memory: Memory) -> None:
        """Leaves a tensor in an argument's memory."""
        position = _argument(step, 1)
        assert position is not None
        window = source.window
        if window is not None and window.is_all and window.argument == position:
            return memory.leave(source)  # what was updated is noted already
        if window is not None:
            self.regions.touch(READ, window)
        self.regions.touch(WRITE, whole(position, source.data.shape))
        return memory.leave(replace(source, data=source.data.copy(), holders=0, window=None))

    def watch(self, step: Step, operands: Sequence[Any], results: Sequence[Any]) -> None:
        """Notes what a step has read and written, and which windows it has made."""
        if step.name in _PASSES_ON:
            return
        if step.name == "tensor.extract_slice":
            source, *dynamic = operands
            if source.window is not None:
                part = window_of(step, source.data.shape, tuple(dynamic))
                results[0].window = source.window.narrowed(part, results[0].data.shape)
        elif step.name == "tensor.extract":
            source, *indices = operands
            if source.window is not None:
                self.regions.touch(READ, _element(step, source, indices))
        elif step.name in ("tensor.insert_slice", "tensor.insert"):
            self._read(operands[:1])
            self._update(step, *operands[1:], result=results[0])
        else:
            self._read(operands)

    def _read(self, operands: Sequence[Any]) -> None:
        for operand in operands:
            if isinstance(operand, Tensor) and operand.window is not None:
                self.regions.touch(READ, operand.window)

    def _update(self, step: Step, target: Tensor, *dynamic: Any, result: Tensor) -> None:
        window = target.window
        if window is None:
            return
        if not window.is_all or window.argument not in self.kernel.written:
            self.regions.touch(READ, window)  # a copy of it is updated
            result.window = None
            return
        if step.name == "tensor.insert":
            part = _element(step, target, dynamic)
        else:
            part = window.narrowed(window_of(step, target.data.shape, dynamic), ())
        self.regions.touch(WRITE, part)
        result.window = window


def _element(step: Step, tensor: Tensor, indices: Sequence[Any]) -> Window:
    assert tensor.window is not None
    position = position_of(step, tensor, tuple(indices))
    return tensor.window.narrowed([slice(index, index + 1) for index in position], ())


@control("task.submit")
def submit(machine: Machine, step: Step, *operands: Any) -> int:
    """Runs a kernel as a task; gives its id."""
    inputs, destinations, _ = step.attribute("operandSegmentSizes")
    task = Task(
        machine.kernels.find(step.attribute("kernel").value), operands[: inputs + destinations]
    )
    machine.enter_scope(task.kernel.name, step)
    machine.run_task(task)
    return machine.take_id()


@control("task.access")
def access(machine: Machine, step: Step, memory: Memory, *places: Any) -> None:
    """Declares a rectangle."""
    position = _argument(step, 0)
    assert position is not None
    bounds = [known(place, "a bound of a declared region") for place in places]
    rank = len(bounds) // 2
    rectangle = tuple(
        (at, at + size) for at, size in zip(bounds[:rank], bounds[rank:], strict=True)
    )
    machine.running_task().regions.declare(step.attribute("direction"), position, rectangle)
