"""`if`: folded where the condition is known, a region with results where it is not."""

from __future__ import annotations

import ast
from typing import Any

from tilework_mlir import ir

from tilework.frontend import joins, scalars
from tilework.frontend.emitter import Emitter
from tilework.frontend.expressions import evaluate
from tilework.frontend.statements import execute
from tilework.frontend.values import POISON, Unset

NOTHING = Unset("none")


def if_statement(e: Emitter, node: ast.If) -> None:
    """Emits an `if`; names set in it and needed afterwards become its results."""
    test = scalars.condition(e, evaluate(e, node.test))
    if isinstance(test, bool):
        execute(e, node.body if test else node.orelse)
        return
    before = e.frame.variables
    then_block, then = _branch(e, node.body, before, test.facts)
    else_block, other = _branch(e, node.orelse, before, test.denials)
    e.frame.variables = dict(before)
    e.locate(node)
    joined = _join(e, node, then, other)
    types = []
    for block, side in ((then_block, 0), (else_block, 1)):
        with e.builder.inside(block):
            values = [joins.as_run_time(e, pair[side], like) for _, pair, like in joined]
            e.builder.op("scf.yield", values)
            types = [value.type for value in values]
    skip_else = not node.orelse and not joined
    blocks: list[ir.Block | None] = [then_block, None if skip_else else else_block]
    made = e.builder.op("scf.if", [test.value], types, {}, blocks)
    for (name, pair, like), result in zip(joined, made.results, strict=True):
        value = joins.from_run_time(e, result, like)
        e.frame.variables[name] = joins.with_root(value, joins.common_root(*pair))


def _branch(
    e: Emitter, body: list[ast.stmt], before: dict[str, Any], facts: Any
) -> tuple[ir.Block, dict[str, Any]]:
    e.frame.variables = dict(before)
    with e.builder.detached_block() as block, e.nested(), e.under(facts):
        execute(e, body)
    return block, e.frame.variables


def _join(
    e: Emitter, node: ast.If, then: dict[str, Any], other: dict[str, Any]
) -> list[tuple[str, tuple[Any, Any], Any]]:
    """Names that need a result: name, both values, and what stands for both."""
    joined = []
    live = e.frame.liveness.live_after[node]
    for name in e.frame.liveness.set_by([*node.body, *node.orelse]):
        pair = (then.get(name, NOTHING), other.get(name, NOTHING))
        if POISON in pair:
            e.frame.variables[name] = POISON
        elif joins.is_same(*pair):
            e.frame.variables[name] = pair[0]
        elif name in live and (like := _stands_for_both(e, pair)) is not None:
            joined.append((name, pair, like[0]))
        else:
            e.frame.variables[name] = joins.differing(*pair, node.lineno)
    return joined


def _stands_for_both(e: Emitter, pair: tuple[Any, Any]) -> tuple[Any] | None:
    if any(joins.missing(value) for value in pair):
        return None
    like = joins.agree(e, *pair)
    return None if like is None else (like,)
