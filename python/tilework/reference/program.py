"""An entry made ready to run: operations as steps on numbered slots, each knowing what dies there.

Walking MLIR through its bindings costs microseconds per operand, so it is done once. Knowing the
last use of each value lets an update of a large tensor happen in place (see `Tensor.holders`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from tilework.ir import (
    Attribute,
    BoolAttr,
    DenseI32ArrayAttr,
    DenseI64ArrayAttr,
    FloatAttr,
    IntegerAttr,
    Location,
    MemRefType,
    Operation,
    RankedTensorType,
    StringAttr,
    Type,
    UnitAttr,
    Value,
)
from tilework.ir import Block as IrBlock
from tilework.reference.errors import ExecutionError
from tilework.reference.registry import Meaning, lookup
from tilework.reference.values import dtype_of

# Their regions run at most once, so a value may die inside.
_RUN_ONCE = {"task.scope", "task.auto", "scf.if"}


@dataclass
class Block:
    """A block: slots of its arguments, and its steps; the last one gives the block's values."""

    arguments: tuple[int, ...]
    steps: list[Step] = field(default_factory=list)


@dataclass(frozen=True)
class TensorShape:
    """The type of a tensor or memref: its sizes (`None` where dynamic) and element type."""

    sizes: tuple[int | None, ...]
    dtype: np.dtype

    def resolve(self, dynamic: list[int]) -> tuple[int, ...]:
        """The sizes, dynamic ones taken from `dynamic` in order."""
        rest = iter(dynamic)
        return tuple(next(rest) if size is None else size for size in self.sizes)


@dataclass(eq=False)
class Step:
    """One operation: its meaning, the slots it reads and writes, and those that die with it."""

    op: Operation
    name: str
    meaning: Meaning
    operands: tuple[int, ...]
    results: tuple[int, ...]
    blocks: tuple[Block, ...]
    dies_before: tuple[int, ...] = ()
    dies_after: tuple[int, ...] = ()
    _attributes: dict[str, Any] = field(default_factory=dict)

    def attribute(self, name: str, default: Any = None) -> Any:
        """The attribute `name` as a Python value, or `default` when it is absent."""
        if name not in self._attributes:
            attributes = self.op.attributes
            self._attributes[name] = (
                _attribute_value(attributes[name]) if name in attributes else default
            )
        return self._attributes[name]

    @cached_property
    def operand_types(self) -> tuple[str | TensorShape, ...]:
        """The operands' types: a `TensorShape`, or the name of a scalar type."""
        return tuple(described_type(operand.type) for operand in self.op.operands)

    @cached_property
    def result_types(self) -> tuple[str | TensorShape, ...]:
        """The results' types, likewise."""
        return tuple(described_type(result.type) for result in self.op.results)

    @property
    def location(self) -> str:
        """The operation's `file:line:col`."""
        return described_location(self.op.location)

    @property
    def scope(self) -> str | None:
        """The name of the scope or kernel that holds the operation, or that it is."""
        op = self.op
        while op is not None:
            if op.name == "task.scope":
                return StringAttr(op.attributes["name"]).value
            if op.name in ("task.kernel", "task.accesses"):
                return described_name(op)
            op = op.parent.operation if op.parent is not None else None
        return None


def argument_name(location: Location, position: int) -> str:
    """The name that the source gives an argument, else its position."""
    return location.name_str if location.is_a_name() else f"argument {position}"


def argument_shapes(
    entry: Operation,
) -> list[tuple[str, tuple[int | None, ...] | None, np.dtype]]:
    """Per argument of a program its name, its extents (`None`: a scalar) and its element type."""
    found = []
    for argument in entry.regions[0].blocks[0].arguments:
        type_ = described_type(argument.type)
        is_scalar = isinstance(type_, str)
        found.append(
            (
                argument_name(argument.location, argument.arg_number),
                None if is_scalar else type_.sizes,
                dtype_of(type_) if is_scalar else type_.dtype,
            )
        )
    return found


def described_type(type_: Type) -> str | TensorShape:
    """A tensor's or memref's `TensorShape`; any other type's name."""
    if not isinstance(type_, RankedTensorType | MemRefType):
        return str(type_)
    sizes = tuple(
        None if type_.is_dynamic_dim(d) else type_.get_dim_size(d) for d in range(type_.rank)
    )
    return TensorShape(sizes, dtype_of(str(type_.element_type)))


def described_name(op: Operation) -> str:
    """What the source calls a kernel, else its symbol."""
    symbol = StringAttr(op.attributes["sym_name"]).value
    return op.location.name_str if op.location.is_a_name() else symbol


def described_location(location: Location) -> str:
    """`file:line:col` of the innermost place that has one."""
    if location.is_a_file():
        return f"{location.filename}:{location.start_line}:{location.start_col}"
    if location.is_a_name():
        return described_location(location.child_loc)
    if location.is_a_callsite():
        return described_location(location.callee)
    if location.is_a_fused():
        places = [described_location(inner) for inner in location.locations]
        return next((place for place in places if place != "unknown location"), places[0])
    return "unknown location"


def translate(entry: Operation) -> Block:
    """The body of `entry` as steps."""
    translator = _Translator()
    body = entry.regions[0].blocks[0]
    block = translator.block(body)
    translator.mark_deaths(block, set())
    return block


class _Translator:
    def __init__(self) -> None:
        self.slots: dict[Value, int] = {}

    def slot(self, value: Value) -> int:
        return self.slots.setdefault(value, len(self.slots))

    def block(self, block: IrBlock) -> Block:
        translated = Block(tuple(self.slot(argument) for argument in block.arguments))
        translated.steps = [self.step(op.operation) for op in block.operations]
        return translated

    def step(self, op: Operation) -> Step:
        try:
            found = lookup(op.name)
        except ExecutionError as error:
            error.location = described_location(op.location)
            raise
        operands = tuple(self.slot(operand) for operand in op.operands)
        blocks = tuple(self.block(block) for region in op.regions for block in region.blocks)
        results = tuple(self.slot(result) for result in op.results)
        return Step(op, op.name, found, operands, results, blocks)

    def mark_deaths(self, block: Block, live: set[int]) -> set[int]:
        """Marks the slots that die in `block`, of which `live` live on; gives those live before."""
        live = set(live)
        for step in reversed(block.steps):
            unused = [slot for slot in step.results if slot not in live]
            live -= set(step.results)
            inner = self._mark_regions(step, live)
            dying = set(step.operands) - live
            step.dies_before = tuple(sorted(dying - inner))
            step.dies_after = tuple(sorted((inner - live) | set(unused)))
            live |= inner | set(step.operands)
        return live - set(block.arguments)

    def _mark_regions(self, step: Step, live: set[int]) -> set[int]:
        """The outer slots that must be alive while the regions of `step` run."""
        needed: set[int] = set()
        for block in step.blocks:
            needed |= self.mark_deaths(
                block, live if step.name in _RUN_ONCE else live | _outer_slots(block)
            )
        return needed


def _outer_slots(block: Block) -> set[int]:
    """The slots used in `block` but defined outside of it."""
    used: set[int] = set()
    defined = set(block.arguments)
    for step in block.steps:
        used.update(step.operands)
        defined.update(step.results)
        for inner in step.blocks:
            used |= _outer_slots(inner)
    return used - defined


def _attribute_value(attribute: Attribute) -> Any:
    for kind in (BoolAttr, IntegerAttr, FloatAttr, StringAttr):
        if isinstance(attribute, kind):
            return attribute.value
    for kind in (DenseI64ArrayAttr, DenseI32ArrayAttr):
        if isinstance(attribute, kind):
            return list(attribute)
    return True if isinstance(attribute, UnitAttr) else attribute
