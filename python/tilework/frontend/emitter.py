"""The state of one trace: where operations go, whose variables are in sight, what is known."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NoReturn

from tilework_mlir import ir

from tilework.frontend.bounds import Atom, Linear
from tilework.frontend.builder import Builder
from tilework.frontend.diagnostics import Cascade, Diagnostics, Refusal
from tilework.frontend.liveness import Liveness
from tilework.frontend.source import FunctionSource
from tilework.frontend.values import POISON, Extent, Root, ScalarValue, Unset
from tilework.language.dtypes import INDEX, DType


@dataclass
class Frame:
    """One function being traced: the entry, or an inlined callee inside it.

    `surroundings` are closure, globals and builtins; `outputs` are the entry's written parameters;
    `assigned_at` is where each name was last set.
    """

    source: FunctionSource
    surroundings: Mapping[str, Any]
    liveness: Liveness
    variables: dict[str, Any] = field(default_factory=dict)
    outputs: dict[str, Root] = field(default_factory=dict)
    assigned_at: dict[str, ast.AST] = field(default_factory=dict)
    function: Any = None
    caller: Frame | None = None
    returned: Any = None
    return_node: ast.Return | None = None
    depth: int = 0  # of loops, scopes and run-time conditions around the current statement


class Emitter:
    """What the emitting functions of the language and of the frontend work on."""

    def __init__(self, context: ir.Context, frame: Frame):
        self.builder = Builder(context)
        self.diagnostics = Diagnostics()
        self.frame = frame
        self.facts: list[Linear] = []
        self.condition_depth = 0
        self.region = ""  # "scope", "auto" or "" outside regions
        self.is_manual = False  # within pl.manual_scope
        self.node: ast.AST = frame.source.tree
        self.arguments: Mapping[str, ast.AST] = {}
        self.visited: set[ast.AST] = set()  # statements that were reached

    # Errors.

    def fail(self, message: str, hint: str = "", at: ast.AST | str | None = None) -> NoReturn:
        """Refuses the current statement; `at` is a node, or a parameter of the current call."""
        node = self.arguments.get(at, self.node) if isinstance(at, str) else at or self.node
        raise Refusal(self.frame.source.diagnostic(node, message, hint))

    @contextmanager
    def at(self, node: ast.AST) -> Iterator[None]:
        """Makes a node the place of errors and operations."""
        outer, self.node = self.node, node
        self.locate(node)
        try:
            yield
        finally:
            self.node = outer
            self.locate(outer)

    def locate(self, node: ast.AST) -> ir.Location:
        """Makes a node the source location of what is created next."""
        source = self.frame.source
        return self.builder.locate(source.file, getattr(node, "lineno", 0), source.column(node))

    def usable(self, value: Any, name: str, node: ast.AST) -> Any:
        """A variable's value; refuses names that have none."""
        if value is POISON:
            raise Cascade
        if isinstance(value, Unset):
            self.fail(
                f"expects '{name}' to have a value here, but got {value.reason}",
                value.mend,
                at=node,
            )
        return value

    # Scalars.

    def index(self, extent: Extent) -> ir.Value:
        """An extent, offset or bound as a value of type index."""
        if isinstance(extent, ScalarValue):
            if not extent.linear.is_constant:
                return extent.value
            extent = extent.linear.constant
        return self.builder.constant(extent, INDEX)

    def unknown(self, value: ir.Value, dtype: DType, atom: Atom | None = None) -> ScalarValue:
        """A run-time scalar of which only the bounds in `atom` are known."""
        if atom is None:
            atom = Atom()
            if dtype.kind in ("int", "uint"):
                half = 1 << (dtype.width_bits - 1)
                atom = Atom(-half, half - 1) if dtype.kind == "int" else Atom(0, 2 * half - 1)
        return ScalarValue(value, dtype, Linear.of(atom))

    @contextmanager
    def knowing(self, facts: Sequence[Linear]) -> Iterator[None]:
        """Where `facts` are known to be at most zero."""
        outer, self.facts = self.facts, [*self.facts, *facts]
        try:
            yield
        finally:
            self.facts = outer

    @contextmanager
    def under(self, facts: Sequence[Linear]) -> Iterator[None]:
        """Inside a run-time condition that teaches `facts`."""
        self.condition_depth += 1
        try:
            with self.knowing(facts):
                yield
        finally:
            self.condition_depth -= 1

    @contextmanager
    def nested(self) -> Iterator[None]:
        """Inside a loop, a scope or a run-time condition."""
        self.frame.depth += 1
        try:
            yield
        finally:
            self.frame.depth -= 1

    @contextmanager
    def within_region(self, region: str) -> Iterator[None]:
        """Inside a scope or an automatic region."""
        outer, self.region = self.region, region
        try:
            yield
        finally:
            self.region = outer
