"""Loops: the counted ones, `while`, and the ones unrolled at compile time."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from tilework_mlir import ir

from tilework.frontend import bounds, joins, scalars, tensors
from tilework.frontend.emitter import Emitter
from tilework.frontend.expressions import evaluate
from tilework.frontend.statements import assign_name, execute
from tilework.frontend.values import (
    POISON,
    Extent,
    ScalarValue,
    TensorValue,
    Unset,
    extent_text,
    type_text,
)
from tilework.language.dtypes import INDEX

OPERATIONS = {
    "range": ("scf.for", "scf.yield"),
    "parallel": ("task.parallel", "task.yield"),
    "pipeline": ("tile.pipeline", "tile.yield"),
}


@dataclass
class Carried:
    """What goes around a loop: names rebound in the body, then the explicit `init_values`."""

    names: list[str] = field(default_factory=list)
    inits: list[Any] = field(default_factory=list)
    explicit: int = 0  # how many of them, at the end, are init_values
    failed: set[str] = field(default_factory=set)  # whose next value has another type

    def types(self, e: Emitter) -> list[ir.Type]:
        """The IR types that go around."""
        found = [joins.run_time_type(e, value) for value in self.inits]
        return [kind for kind in found if kind is not None]


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


def carry_names(e: Emitter, target: ast.Tuple | ast.List, init_values: Sequence[Any]) -> list[str]:
    """The names of explicit carries, one per initial value."""
    names = [item.id for item in target.elts if isinstance(item, ast.Name)]
    if len(names) != len(target.elts) or len(names) != len(init_values):
        e.fail(
            f"expects {len(init_values)} names for init_values, but got {len(target.elts)}",
            at=target,
        )
    return names


def carried_by(
    e: Emitter, node: ast.For | ast.While, explicit: list[str], init_values: Any
) -> Carried:
    """The names a loop carries: set in the body, needed in the next round or afterwards."""
    liveness = e.frame.liveness
    needed = liveness.live_before_body[node] | liveness.live_after[node]
    carried = Carried()
    for name in liveness.set_by(node.body):
        value = e.frame.variables.get(name, Unset("none"))
        if name not in needed or name in explicit or joins.missing(value):
            continue
        if joins.run_time_type(e, value) is not None:
            carried.names.append(name)
            carried.inits.append(value)
    carried.names += explicit
    carried.inits += list(init_values or ())
    carried.explicit = len(explicit)
    return carried


def enter(e: Emitter, carried: Carried, arguments: Sequence[ir.Value]) -> None:
    """Binds the carried names to the block's arguments."""
    for name, init, argument in zip(carried.names, carried.inits, arguments, strict=True):
        e.frame.variables[name] = joins.from_run_time(e, argument, init)


def execute_body(e: Emitter, node: ast.For | ast.While, carried: Carried) -> list[tuple[str, Any]]:
    """Runs the body; with explicit carries its last statement is `pl.yield_`."""
    from tilework.frontend.calls import explicit_yield

    body = list(node.body)
    if not carried.explicit:
        execute(e, body)
        return []
    execute(e, body[:-1])
    return explicit_yield(e, body[-1], carried.explicit)


def final_values(
    e: Emitter, node: ast.For | ast.While, carried: Carried, explicit: Sequence[tuple[str, Any]]
) -> list[tuple[Any, Any]]:
    """Per carried name the value for the next round, with its initial value."""
    finals = []
    implicit = len(carried.names) - carried.explicit
    for position, (name, init) in enumerate(zip(carried.names, carried.inits, strict=True)):
        if position < implicit:
            value = e.frame.variables.get(name, POISON)
        else:
            value = explicit[position - implicit][1] if explicit else POISON
        if joins.missing(value):
            value = init
        elif not _keeps_type(e, init, value):
            _report_type_change(e, node, name, init, value)
            carried.failed.add(name)
            value = init
        elif isinstance(value, TensorValue) and value.root is not init.root:
            _keep_extents(e, init, value)
        finals.append((value, init))
    return finals


def _keeps_type(e: Emitter, init: Any, value: Any) -> bool:
    if isinstance(init, ScalarValue) or not isinstance(init, (int, float)):
        return joins.agree(e, init, value) is not None
    like = scalars.natural_dtype(init)
    if isinstance(value, ScalarValue):
        return value.dtype == like
    return isinstance(value, (int, float)) and scalars.natural_dtype(value) == like


def _keep_extents(e: Emitter, init: TensorValue, value: TensorValue) -> None:
    """The body counts on the extents that the storage had at first."""
    for dim, extent in enumerate(init.root.shape or ()):
        tensors.require_equal(e, extent, value.shape[dim], dim)


def _report_type_change(
    e: Emitter, node: ast.For | ast.While, name: str, init: Any, value: Any
) -> None:
    where = e.frame.assigned_at.get(name, node)
    before = type_text(init)
    hint = "use another name for the new value"
    if isinstance(init, (int, float)) and not isinstance(init, bool):
        before = f"a scalar {scalars.natural_dtype(init)}"
        if isinstance(value, ScalarValue):
            hint = f"start from pl.const({init}, pl.{value.dtype})"
    e.diagnostics.add(
        e.frame.source.diagnostic(
            where,
            f"expects '{name}' to stay {before} around the loop at line {node.lineno}, "
            f"but got {type_text(value)}",
            hint,
        )
    )


def leave(
    e: Emitter,
    node: ast.For | ast.While,
    outer: dict[str, Any],
    carried: Carried,
    finals: Sequence[tuple[Any, Any]],
    results: Sequence[ir.Value],
    explicit: Sequence[tuple[str, Any]],
) -> None:
    """Binds the results; other names that the body set have no value after the loop."""
    body_names = e.frame.liveness.set_by(node.body)
    inside = e.frame.variables
    e.frame.variables = outer
    for name in body_names:
        if inside.get(name) is POISON and joins.missing(outer.get(name, POISON)):
            outer[name] = POISON
        elif not joins.is_same(inside.get(name), outer.get(name)):
            outer[name] = Unset(
                f"one only inside the loop at line {node.lineno}",
                f"give '{name}' a value before the loop",
            )
    for name, (value, init), result in zip(carried.names, finals, results, strict=True):
        outer[name] = joins.with_root(
            joins.from_run_time(e, result, init), joins.common_root(init, value)
        )
    outer.update(dict.fromkeys(carried.failed, POISON))
    for (name, _), result_name in zip(explicit, carried.names[-carried.explicit :], strict=False):
        if name:
            assign_name(e, name, outer[result_name], node)


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


def while_loop(e: Emitter, node: ast.While) -> None:
    """`while condition:` on scalars that the body changes."""
    carried = carried_by(e, node, [], None)
    _emit_while(e, node, carried, lambda: evaluate(e, node.test))


def explicit_while(e: Emitter, node: ast.For, arguments: dict[str, Any]) -> None:
    """`for (a,) in pl.while_(init_values=(...)):` with `pl.cond(...)` as its first statement."""
    from tilework.frontend.calls import condition_of

    inits = arguments["init_values"] or ()
    if not isinstance(node.target, (ast.Tuple, ast.List)):
        e.fail(
            "expects 'for (a, b) in pl.while_(init_values=(...))', but got "
            f"'{ast.unparse(node.target)}'",
            at=node.target,
        )
    test = condition_of(e, node.body[0])
    carried = carried_by(e, node, carry_names(e, node.target, inits), inits)
    rest = ast.For(
        node.target,
        node.iter,
        node.body[1:],
        [],
        lineno=node.lineno,
        col_offset=node.col_offset,
        end_lineno=node.end_lineno,
        end_col_offset=node.end_col_offset,
    )
    _emit_while(e, rest, carried, lambda: evaluate(e, test))


def _emit_while(
    e: Emitter, node: ast.For | ast.While, carried: Carried, test: Callable[[], Any]
) -> None:
    types = carried.types(e)
    operands = [joins.as_run_time(e, value, value) for value in carried.inits]
    outer = dict(e.frame.variables)
    with e.builder.detached_block(types, carried.names) as before:
        enter(e, carried, list(before.arguments))
        with e.under(()):
            known = scalars.condition(e, test())
        if isinstance(known, bool):
            e.fail(
                f"expects a condition that changes while the loop runs, but got {known}",
                "compare a value that the body sets",
            )
        e.builder.op("scf.condition", [known.value, *before.arguments])
    with e.builder.detached_block(types, carried.names) as after:
        enter(e, carried, list(after.arguments))
        with e.nested(), e.under(()):
            explicit = execute_body(e, node, carried)
        finals = final_values(e, node, carried, explicit)
        e.builder.op("scf.yield", [joins.as_run_time(e, v, i) for v, i in finals])
    made = e.builder.op("scf.while", operands, types, {}, [before, after])
    leave(e, node, outer, carried, finals, list(made.results), explicit)
