"""Global memory, from the form `graph` on: what the operations on memrefs mean.

A memref is a `Memory`, which holds one tensor after the other. A kernel sees the tensor that was
there when it began and leaves another one behind, so values inside it are never shared.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tilework.reference.errors import ExecutionError
from tilework.reference.program import Step
from tilework.reference.registry import control, meaning
from tilework.reference.shapes import empty
from tilework.reference.tensors import cast, dim, extract, extract_slice, insert
from tilework.reference.values import UNDEFINED, Tensor, known

if TYPE_CHECKING:
    from tilework.reference.interpreter import Machine


@dataclass(eq=False, slots=True)
class Memory:
    """What a memref names.

    `is_lent` while somebody updates `tensor` in place; `is_constant` if the caller lets nobody.
    `holders` are counted of what may be released: without any, nobody may touch it any more.
    """

    tensor: Tensor
    is_constant: bool = False
    is_lent: bool = False
    holders: int | None = None

    def lend(self) -> Tensor:
        """The tensor to be updated in place, until another one is left behind."""
        self._demand_variable()
        self._demand_held()
        self.is_lent = True
        return _renamed(self.tensor, holders=0)

    def look(self) -> Tensor:
        """The tensor, not to be updated in place."""
        self._demand_held()
        if self.is_lent:
            raise ExecutionError("expects nobody to look at a tensor while it is updated in place")
        return _renamed(self.tensor, holders=1)

    def leave(self, tensor: Tensor) -> None:
        """Makes `tensor` what is there."""
        self._demand_variable()
        shape, dtype = self.tensor.data.shape, self.tensor.data.dtype
        if tensor.data.shape != shape or tensor.data.dtype != dtype:
            raise ExecutionError(
                f"expects a tensor of shape {shape} and type {dtype} to be left in a memory, but "
                f"got {tensor.data.shape} and {tensor.data.dtype}"
            )
        tensor.holders += 1
        self.tensor, self.is_lent = tensor, False

    def _demand_variable(self) -> None:
        if self.is_constant:
            raise ExecutionError("expects to update arguments that are 'out' or 'inout'")

    def hold(self, change: int) -> None:
        """More holders or less; of an array of the caller or the orchestration, nothing."""
        if self.holders is not None:
            self._demand_held()
            self.holders += change

    def _demand_held(self) -> None:
        if self.holders == 0:
            raise ExecutionError("expects a tensor that somebody holds, but got a released one")


def _renamed(tensor: Tensor, holders: int) -> Tensor:
    return Tensor(tensor.data, tensor.defined, tensor.unwritten, tensor.origin, holders)


@meaning("memref.alloca", "memref.alloc")
def allocate(step: Step, *sizes: Any) -> Memory:
    """Memory in which no element is defined."""
    return Memory(empty(step, *sizes))


@meaning("task.alloc")
def allocate_tensor(step: Step, *sizes: Any) -> Memory:
    """The same, with a holder."""
    return Memory(empty(step, *sizes), holders=1)


@meaning("task.retain")
def retain(step: Step, memory: Memory) -> None:
    """One holder more."""
    memory.hold(1)


@meaning("task.release")
def release(step: Step, memory: Memory) -> None:
    """One holder less."""
    memory.hold(-1)


@meaning("memref.load", "task.read")
def load(step: Step, memory: Memory, *indices: Any) -> Any:
    """One element."""
    return extract(step, memory.look(), *indices)


@meaning("memref.store")
def store(step: Step, value: Any, memory: Memory, *indices: Any) -> None:
    """Replaces one element."""
    memory.leave(insert(step, value, memory.lend(), *indices))


@meaning("task.assume_distinct")
def assume_distinct(step: Step, values: Tensor | Memory) -> None:
    """Refuses two equal elements."""
    tensor = values.look() if isinstance(values, Memory) else values
    ignored, firsts = step.attribute("ignore"), {}
    defined = tensor.mask
    for position, element in enumerate(tensor.data):
        value = int(known(element if defined[position] else UNDEFINED, "elements that differ"))
        if ignored is not None and value == ignored:
            continue
        if value in firsts:
            raise ExecutionError(
                f"assume_distinct expects elements that differ, but got {value} at "
                f"{firsts[value]} and at {position}"
            )
        firsts[value] = position


@meaning("memref.dim")
def extent(step: Step, memory: Memory, index: Any) -> int:
    """An extent."""
    return dim(step, memory.tensor, index)


@meaning("memref.cast")
def recast(step: Step, memory: Memory) -> Memory:
    """The same memory under a type that knows more or less of its shape."""
    cast(step, memory.tensor)
    return memory


@meaning("memref.subview")
def part(step: Step, memory: Memory, *places: Any) -> Memory:
    """A part of an array of the orchestration as it is now: nobody keeps one."""
    return Memory(extract_slice(step, memory.look(), *places))


@control("bufferization.to_tensor")
def to_tensor(machine: Machine, step: Step, memory: Memory) -> Tensor:
    """What is in a memory when the kernel begins."""
    return machine.running_task().enter(step, memory)


@control("bufferization.materialize_in_destination")
def materialize(machine: Machine, step: Step, source: Tensor, memory: Memory) -> None:
    """Leaves a tensor in a memory."""
    machine.running_task().leave(step, source, memory)
