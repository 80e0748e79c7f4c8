"""`while`, and `pl.while_` with its explicit carries."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable
from typing import Any

from tilework.frontend import joins, scalars
from tilework.frontend.carries import (
    Carried,
    carried_by,
    carry_names,
    enter,
    execute_body,
    final_values,
    leave,
)
from tilework.frontend.emitter import Emitter
from tilework.frontend.expressions import evaluate


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
    rest = copy.copy(node)
    rest.body = node.body[1:]
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
