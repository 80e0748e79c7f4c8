"""Creating operations: a thin layer over MLIR's Python bindings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from tilework_mlir import ir

import tilework.dialects  # noqa: F401 - registers the dialects with the bindings
from tilework.language.dtypes import DTYPES, DType

I32_CASES = {
    "rounding": ("none", "rint", "round", "floor", "ceil", "trunc", "odd"),
    "reduce": ("sum", "max", "min", "prod"),
    "arg_reduce": ("argmax", "argmin"),
    "compare": ("eq", "ne", "lt", "le", "gt", "ge"),
    "check": ("in_bounds", "equal", "positive", "at_most"),
    "level": ("core_group", "aic", "aiv"),
    "split": ("automatic", "none", "up_down", "left_right"),
}
RECAST = "builtin.unrealized_conversion_cast"
DYNAMIC = ir.ShapedType.get_dynamic_size()


class Builder:
    """Creates operations at the end of the current block, at the current source location."""

    def __init__(self, context: ir.Context):
        self.context = context
        self.location = ir.Location.unknown(context)
        self.block: ir.Block | None = None
        self._homes: list[_Home] = []
        # Where blocks live until an operation takes them over; after an error some never are, and
        # the values in them are freed together.
        self._workshop = ir.Module.create(self.location)
        self._locations: dict[tuple[str, int, int], ir.Location] = {}
        self._types: dict[str, ir.Type] = {}

    def locate(self, file: str, line: int, column: int) -> ir.Location:
        """Makes a source position the location of what is created next, and returns it."""
        key = (file, line, column)
        if key not in self._locations:
            self._locations[key] = ir.Location.file(file, line, column, self.context)
        self.location = self._locations[key]
        return self.location

    def op(
        self,
        name: str,
        operands: Sequence[ir.Value] = (),
        results: Sequence[ir.Type] = (),
        attributes: Mapping[str, ir.Attribute] | None = None,
        blocks: Sequence[ir.Block | None] = (),
    ) -> ir.Operation:
        """An operation; each block becomes a region of its own, None an empty one."""
        assert self.block is not None
        created = ir.Operation.create(
            name,
            list(results),
            list(operands),
            dict(attributes or {}),
            regions=len(blocks),
            loc=self.location,
            ip=ir.InsertionPoint(self.block),
        )
        for region, block in zip(created.regions, blocks, strict=True):
            if block is not None:
                block.append_to(region)
        return created

    def value(
        self,
        name: str,
        operands: Sequence[ir.Value],
        result: ir.Type,
        attributes: Mapping[str, ir.Attribute] | None = None,
    ) -> ir.Value:
        """The one result of an operation without regions."""
        return self.op(name, operands, [result], attributes).results[0]

    @contextmanager
    def about(self, name: str) -> Iterator[None]:
        """Makes a name part of the location of what is created."""
        outer = self.location
        self.location = ir.Location.fused([outer], self.string(name), self.context)
        try:
            yield
        finally:
            self.location = outer

    # Blocks.

    @contextmanager
    def detached_block(
        self,
        argument_types: Sequence[ir.Type] = (),
        names: Sequence[str | ir.Location] = (),
    ) -> Iterator[ir.Block]:
        """Fills a block that an operation takes over later, once its result types are known.

        Arguments are located by name here, or by the given locations.
        """
        holder = ir.Operation.create(
            "scf.execute_region",
            regions=1,
            loc=self.location,
            ip=ir.InsertionPoint(self._workshop.body),
        )
        locations = [
            ir.Location.name(name, self.location) if isinstance(name, str) else name
            for name in names
        ]
        block = ir.Block.create_at_start(holder.regions[0], list(argument_types), locations)
        outer, self.block = self.block, block
        try:
            yield block
        finally:
            self.block = outer

    @contextmanager
    def inside(self, block: ir.Block) -> Iterator[None]:
        """Appends to an existing block."""
        outer, self.block = self.block, block
        try:
            yield
        finally:
            self.block = outer

    @contextmanager
    def constants_at(self, block: ir.Block) -> Iterator[None]:
        """Makes a block the home of the constants used in it, each created once, at its start."""
        self._homes.append(_Home(block))
        try:
            yield
        finally:
            self._homes.pop()

    # Types and attributes.

    def type_of(self, dtype: DType) -> ir.Type:
        """The IR type of an element or scalar."""
        if dtype.name not in self._types:
            self._types[dtype.name] = ir.Type.parse(dtype.mlir, self.context)
        return self._types[dtype.name]

    def plain_type_of(self, dtype: DType) -> ir.Type:
        """The type arith computes in: it knows integers without a sign only."""
        if dtype.kind == "uint":
            return ir.IntegerType.get_signless(dtype.width_bits, self.context)
        return self.type_of(dtype)

    def recast(self, value: ir.Value, kind: ir.Type) -> ir.Value:
        """The same bits in a type that differs in its sign at most."""
        if value.type == kind:
            return value
        if not isinstance(value.owner, ir.Block) and value.owner.name == RECAST:
            source: ir.Value = value.owner.operands[0]
            if source.type == kind:
                return source
        return self.value(RECAST, [value], kind)

    @property
    def index(self) -> ir.Type:
        """The type of addresses and counters."""
        return self.type_of(DTYPES["INDEX"])

    def tensor_type(
        self, shape: Sequence[int | None], dtype: DType, capacity: Sequence[int] | None = None
    ) -> ir.Type:
        """A tensor type; None is an extent known at run time only."""
        sizes = [DYNAMIC if extent is None else extent for extent in shape]
        encoding = None
        if capacity is not None:
            spelled = "x".join(str(extent) for extent in capacity)
            encoding = ir.Attribute.parse(f"#tile.capacity<{spelled}>", self.context)
        return ir.RankedTensorType.get(sizes, self.type_of(dtype), encoding, loc=self.location)

    def case(self, enumeration: str, name: str) -> ir.Attribute:
        """A case of one of the dialects' enumerations."""
        return self.i32(I32_CASES[enumeration].index(name))

    def i32(self, value: int) -> ir.Attribute:
        """A 32-bit integer attribute."""
        return ir.IntegerAttr.get(ir.IntegerType.get_signless(32, self.context), value)

    def i64(self, value: int) -> ir.Attribute:
        """A 64-bit integer attribute."""
        return ir.IntegerAttr.get(ir.IntegerType.get_signless(64, self.context), value)

    def i64_array(self, values: Sequence[int]) -> ir.Attribute:
        """An array of 64-bit integers."""
        return ir.DenseI64ArrayAttr.get(list(values), self.context)

    def i32_array(self, values: Sequence[int]) -> ir.Attribute:
        """An array of 32-bit integers."""
        return ir.DenseI32ArrayAttr.get(list(values), self.context)

    def string(self, value: str) -> ir.Attribute:
        """A string attribute."""
        return ir.StringAttr.get(value, self.context)

    @property
    def unit(self) -> ir.Attribute:
        """The attribute that says yes by being there."""
        return ir.UnitAttr.get(self.context)

    # Constants.

    def constant(self, value: int | float | bool, dtype: DType) -> ir.Value:
        """A compile-time number as a value; one operation per home block."""
        home = self._homes[-1]
        key = (dtype, repr(float(value) if dtype.is_float else int(value)))
        if key not in home.known:
            home.known[key] = self._constant(home, value, dtype)
        return home.known[key]

    def _constant(self, home: _Home, value: int | float | bool, dtype: DType) -> ir.Value:
        kind = self.plain_type_of(dtype)
        attribute: ir.Attribute
        if dtype.is_float:
            attribute = ir.FloatAttr.get(kind, float(value), loc=self.location)
        else:
            number = int(value)
            if dtype.kind == "uint" and number >= 1 << (dtype.width_bits - 1):
                number -= 1 << dtype.width_bits  # the same bits
            attribute = ir.IntegerAttr.get(kind, number)
        made = home.append("arith.constant", [kind], [], {"value": attribute}, self.location)
        if dtype.kind == "uint":  # arith knows signless constants only
            made = home.append(RECAST, [self.type_of(dtype)], [made], {}, self.location)
        return made


class _Home:
    """A block that holds constants at its start."""

    def __init__(self, block: ir.Block):
        self.known: dict[Any, ir.Value] = {}
        self._block = block
        self._last: ir.Operation | None = None

    def append(
        self,
        name: str,
        results: list[ir.Type],
        operands: list[ir.Value],
        attributes: dict[str, ir.Attribute],
        location: ir.Location,
    ) -> ir.Value:
        point = ir.InsertionPoint.at_block_begin(self._block)
        if self._last is not None:
            point = ir.InsertionPoint.after(self._last)
        self._last = ir.Operation.create(
            name, results, operands, attributes, loc=location, ip=point
        )
        return self._last.results[0]
