"""Counted loops, and the ones unrolled at compile time."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tilework_mlir import ir

from tilework.frontend import bounds, joins, scalars, tensors
from tilework.frontend.carries import (
    carried_by,
    carry_names,
    enter,
    execute_body,
    final_values,
    leave,
)
from tilework.frontend.emitter import Emitter
from tilework.frontend.statements import execute
from tilework.frontend.values import (
    Extent,
    ScalarValue,
    Unset,
    extent_text,
)
from tilework.language.dtypes import INDEX

OPERATIONS = {
    "range": ("scf.for", "scf.yield"),
    "parallel": ("task.parallel", "task.yield"),
    "pipeline": ("tile.pipeline", "tile.yield"),
}


@dataclass
class Head:
    """The target of a `for`: the counter's name and the names of explicit carries."""

    counter: str
    carries: list[str]


def counted(e: Emitter, node: ast.For, kind: str, arguments: dict[str, Any]) -> None:
    """`pl.range`, `pl.parallel` and `pl.pipeline`."""
    low, high, step = loop_bounds(e, arguments["bounds"])
    head = head_of(e, node, arguments.get("init_values"))
    if _trips(low, high, step) == 0:
        return
    attributes = {}
    if kind == "parallel" and e.region == "scope":
        e.fail(
            "expects pl.parallel outside scopes, but got it inside one",
            "write pl.range, or put the scope inside the loop",
            at=node.iter,
        )
    if arguments.get("chunk") is not None:
        attributes["chunk"] = e.builder.i64(at_least_one(e, arguments["chunk"], "chunk"))
    if kind == "pipeline":
        attributes["stages"] = e.builder.i64(at_least_one(e, arguments["stage"], "stage"))
    carried = carried_by(e, node, head.carries, arguments.get("init_values"))
    operands = [e.index(low), e.index(high), e.index(step)]
    operands += [joins.as_run_time(e, value, value) for value in carried.inits]
    operation, ending = OPERATIONS[kind]
    outer = dict(e.frame.variables)
    names = [head.counter, *carried.names]
    with e.builder.detached_block([e.builder.index, *carried.types(e)], names) as block:
        counter = _counter(e, head.counter, block.arguments[0], low, high, step)
        e.frame.variables[head.counter] = counter
        enter(e, carried, list(block.arguments)[1:])
        with e.nested(), e.knowing(_runs(low, high)):
            explicit = execute_body(e, node, carried)
        finals = final_values(e, node, carried, explicit)
        with e.at(node):
            e.builder.op(ending, [joins.as_run_time(e, v, i) for v, i in finals])
    with e.builder.about(head.counter):
        made = e.builder.op(operation, operands, carried.types(e), attributes, [block])
    leave(e, node, outer, carried, finals, list(made.results), explicit)
    e.frame.variables[head.counter] = Unset(
        f"the counter of the loop at line {node.lineno}, which has ended"
    )


def at_least_one(e: Emitter, value: int, name: str) -> int:
    """A count of chunks or stages."""
    if value < 1:
        e.fail(f"expects '{name}' to be at least 1, but got {value}", at=name)
    return value


def loop_bounds(e: Emitter, given: Sequence[Extent]) -> tuple[Extent, Extent, Extent]:
    """Start, stop and step, by Python's rules; the step is positive."""
    if not 1 <= len(given) <= 3:
        e.fail(
            f"expects a stop, a start and a stop, or those and a step, but got {len(given)} bounds"
        )
    extents = tensors.normalized(given)
    low, high = (0, extents[0]) if len(extents) == 1 else extents[:2]
    step = extents[2] if len(extents) == 3 else 1
    if isinstance(step, int):
        if step < 1:
            e.fail(f"expects a positive step, but got {step}", "count upwards")
    elif not bounds.is_at_most_zero(bounds.Linear(1).minus(step.linear), e.facts):
        tensors.check(e, "positive", [step], 0)
    return low, high, step


def head_of(e: Emitter, node: ast.For, init_values: Any) -> Head:
    """The names a `for` binds: `i`, or `i, (a, b)` with init_values."""
    target = node.target
    if isinstance(target, ast.Name):
        if init_values:
            e.fail("expects 'for i, (a,) in ...' with init_values, but got one name", at=target)
        return Head(target.id, [])
    shape_ok = isinstance(target, ast.Tuple) and len(target.elts) == 2 and init_values
    if shape_ok and isinstance(target, ast.Tuple):
        counter, carries = target.elts
        if isinstance(counter, ast.Name) and isinstance(carries, (ast.Tuple, ast.List)):
            return Head(counter.id, carry_names(e, carries, init_values))
    e.fail(
        f"expects one name, or 'i, (a, b)' with init_values, but got '{ast.unparse(target)}'",
        at=target,
    )


def _counter(
    e: Emitter, name: str, value: ir.Value, low: Extent, high: Extent, step: Extent
) -> ScalarValue:
    first, beyond = scalars.linear_of(low), scalars.linear_of(high)
    known = isinstance(low, int) and isinstance(high, int) and isinstance(step, int)
    if known and isinstance(low, int) and isinstance(high, int) and isinstance(step, int):
        last: int | None = low + (high - 1 - low) // step * step
    else:
        top = bounds.highest(beyond)
        last = None if top is None else top - 1
    atom = bounds.Atom(
        bounds.lowest(first),
        last,
        upper=((1, beyond.plus(bounds.Linear(-1))),),
        lower=((1, first),),
        attained=known,
        condition_depth=e.condition_depth,
        name=name,
    )
    return ScalarValue(value, INDEX, bounds.Linear.of(atom))


def _runs(low: Extent, high: Extent) -> list[bounds.Linear]:
    """Inside the body the loop runs at all."""
    if isinstance(low, int) and isinstance(high, int):
        return []
    one = bounds.Linear(1)
    return [scalars.linear_of(low).minus(scalars.linear_of(high)).plus(one)]


def _trips(low: Extent, high: Extent, step: Extent) -> int | None:
    if isinstance(low, int) and isinstance(high, int) and isinstance(step, int):
        return max(0, -(-(high - low) // step))
    return None


def unrolled(e: Emitter, node: ast.For, arguments: dict[str, Any]) -> None:
    """`pl.unroll`: the body once per value; names it sets stay, as in Python."""
    low, high, step = loop_bounds(e, arguments["bounds"])
    if not (isinstance(low, int) and isinstance(high, int) and isinstance(step, int)):
        e.fail(
            f"expects pl.unroll to have compile-time bounds, but got {extent_text(high)}",
            "write pl.range",
            at=node.iter,
        )
    if not isinstance(node.target, ast.Name):
        e.fail(f"expects one name, but got '{ast.unparse(node.target)}'", at=node.target)
    for position in range(low, high, step):
        e.frame.variables[node.target.id] = position
        with e.nested():
            execute(e, node.body)
