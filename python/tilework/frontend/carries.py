"""What goes around a loop: chosen before it, checked at its end, bound after it."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tilework_mlir import ir

from tilework.frontend import joins, scalars, tensors
from tilework.frontend.emitter import Emitter
from tilework.frontend.statements import assign_name, execute
from tilework.frontend.values import (
    POISON,
    ScalarValue,
    TensorValue,
    Unset,
    type_text,
)


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
