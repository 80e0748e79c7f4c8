"""Heads of `for` and `with`, and the regions that become tasks."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from tilework_mlir import ir

from tilework.frontend import joins
from tilework.frontend.calls import Bound, bind_call, refuse_construct
from tilework.frontend.emitter import Emitter, Frame
from tilework.frontend.expressions import did_you_mean, evaluate
from tilework.frontend.hoisting import hoist
from tilework.frontend.loops import counted, unrolled
from tilework.frontend.statements import assign_name, execute
from tilework.frontend.values import (
    POISON,
    Root,
    ScalarValue,
    TaskIdValue,
    TensorValue,
    Unset,
    is_run_time,
    shape_text,
    type_text,
)
from tilework.frontend.while_loops import explicit_while
from tilework.language.construct import LOOP, REGION, construct_of
from tilework.language.dtypes import TASK_ID
from tilework.language.enums import Level, ScopeMode, SplitMode

LOOPS = ("pl.range", "pl.parallel", "pl.pipeline", "pl.unroll", "pl.while_")
REGIONS = ("pl.at", "pl.incore", "pl.auto_incore", "pl.manual_scope", "pl.scope")


@dataclass(frozen=True)
class SplitRequest:
    """`pl.split(mode)` among a scope's optimizations."""

    mode: SplitMode


@dataclass
class RegionHead:
    """What a `with` asks for. `automatic` leaves the scopes to the compiler."""

    name: str
    automatic: bool = False
    is_explicit_only: bool = False
    level: str = "core_group"
    split: SplitMode | None = None
    deps: list[ir.Value] = field(default_factory=list)
    no_dep: list[ir.Value] = field(default_factory=list)


def for_statement(e: Emitter, node: ast.For) -> None:
    """Dispatches a `for` on the construct it iterates over."""
    if node.orelse:
        e.fail("expects a loop without 'else', but got one", at=node.orelse[0])
    bound = _head(e, node.iter, LOOP, LOOPS, "for ... in")
    with e.at(node.iter):
        arguments = bound.converted(e)
    e.locate(node)
    if bound.construct.name == "unroll":
        unrolled(e, node, arguments)
    elif bound.construct.name == "while_":
        explicit_while(e, node, arguments)
    else:
        counted(e, node, bound.construct.name, arguments)


def _head(e: Emitter, node: ast.expr, use: str, names: Sequence[str], where: str) -> Bound:
    listed = ", ".join(names)
    if not isinstance(node, ast.Call):
        e.fail(f"expects one of {listed} after '{where}', but got '{ast.unparse(node)}'", at=node)
    function = evaluate(e, node.func)
    found = construct_of(function)
    if found is None or found.use != use:
        if found is not None:
            refuse_construct(e, found, node)
        spelled = ast.unparse(node.func)
        hint = did_you_mean(spelled, list(names))
        if function is range:
            hint = "write pl.range for a loop of the program, pl.unroll for one unrolled in it"
        e.fail(f"expects one of {listed} after '{where}', but got '{spelled}'", hint, at=node)
    return bind_call(e, found, node)


def with_statement(e: Emitter, node: ast.With) -> None:
    """`with pl.at(...) as tid:`, `with pl.incore():`, `with pl.auto_incore():`."""
    if len(node.items) != 1:
        e.fail("expects one region per 'with', but got several", "nest them, or merge them")
    item = node.items[0]
    bound = _head(e, item.context_expr, REGION, REGIONS, "with")
    if bound.construct.name in ("scope", "manual_scope"):
        _manual_scope(e, bound, node, item)
        return
    with e.at(item.context_expr):
        head = _region_head(e, bound, node)
    target = item.optional_vars
    if target is not None and (head.automatic or not isinstance(target, ast.Name)):
        e.fail(
            f"expects 'as' and one name after pl.at or pl.incore, but got '{ast.unparse(target)}'",
            at=target,
        )
    before = dict(e.frame.variables)
    live = e.frame.liveness.live_after[node]
    names: list[str] = []

    def body() -> list[Any]:
        execute(e, node.body)
        for name in e.frame.liveness.set_by(node.body):
            value, old = e.frame.variables.get(name), before.get(name)
            if name in live and is_run_time(value) and not joins.is_same(value, old):
                names.append(name)
        return [e.frame.variables[name] for name in names]

    e.locate(node)
    results, task = emit_region(e, head, body, node, names)
    _after(e, node, before, live, dict(zip(names, results, strict=True)))
    if isinstance(target, ast.Name):
        assign_name(e, target.id, task, target)


def _manual_scope(e: Emitter, bound: Bound, node: ast.With, item: ast.withitem) -> None:
    """The statements as they stand; the scopes among them claim that `deps` are all they need."""
    with e.at(item.context_expr):
        mode = bound.converted(e).get("mode", ScopeMode.MANUAL)
        if item.optional_vars is not None:
            e.fail("expects no name after this 'with', but got one", at=item.optional_vars)
        if e.region:
            e.fail("expects it around scopes, but got it inside one")
        if e.is_manual:
            e.fail(
                "expects no pl.scope inside a manual one, but got one",
                "end the manual scope first",
            )
    e.is_manual = mode is ScopeMode.MANUAL
    try:
        execute(e, node.body)
    finally:
        e.is_manual = False


def _after(
    e: Emitter,
    node: ast.With,
    before: dict[str, Any],
    live: frozenset[str],
    results: dict[str, Any],
) -> None:
    inside, e.frame.variables = e.frame.variables, before
    for name in e.frame.liveness.set_by(node.body):
        value = inside.get(name, before.get(name))
        if name in results:
            before[name] = results[name]
        elif not is_run_time(value) or name in live or joins.is_same(value, before.get(name)):
            before[name] = value
        else:
            before[name] = Unset(f"one only inside the scope at line {node.lineno}")


def _region_head(e: Emitter, bound: Bound, node: ast.With) -> RegionHead:
    arguments = bound.converted(e)
    name = arguments.get("name_hint") or f"{e.frame.source.name}_{node.lineno}"
    head = RegionHead(name, automatic=bound.construct.name == "auto_incore")
    if e.region == "scope" or (head.automatic and e.region):
        e.fail(
            f"expects no region inside the {'scope' if e.region == 'scope' else 'region'} it "
            "stands in, but got one",
            "a scope is one task: end it first",
        )
    head.split = arguments.get("split")
    head.is_explicit_only = e.is_manual
    if bound.construct.name != "at":
        return head
    _refuse_later_options(e, arguments)
    level = arguments["level"]
    if level not in (Level.CORE_GROUP, Level.AIC, Level.AIV):
        e.fail(f"expects pl.Level.CORE_GROUP, AIC or AIV, but got {type_text(level)}", at="level")
    head.level = level.value
    for request in arguments["optimizations"] or ():
        if not isinstance(request, SplitRequest):
            e.fail(
                f"expects pl.split(...) among the optimizations, but got {type_text(request)}",
                at="optimizations",
            )
        head.split = request.mode
    head.deps = dependences(e, arguments["deps"] or ())
    head.no_dep = [_tensor_claim(e, value) for value in arguments["no_dep_args"] or ()]
    return head


def _refuse_later_options(e: Emitter, arguments: dict[str, Any]) -> None:
    for name in ("role", "dumps", "allow_early_resolve", "windowize"):
        if arguments[name]:
            e.fail(
                f"expects pl.at without '{name}', but got it: this compiler does not support it",
                "leave it out",
                at=name,
            )


def dependences(e: Emitter, values: Sequence[Any]) -> list[ir.Value]:
    """Ids and arrays of ids, in their order; no task is no dependence."""
    found: list[ir.Value] = []
    for value in values:
        if isinstance(value, (list, tuple)):
            found += dependences(e, value)
        elif value is not None:
            found.append(_dependence(e, value))
    return found


def _dependence(e: Emitter, value: Any) -> ir.Value:
    if isinstance(value, TaskIdValue) or (isinstance(value, TensorValue) and value.is_array):
        return value.value
    e.fail(
        f"expects task ids in deps, but got {type_text(value)}",
        "name a task with 'with pl.at(...) as tid:'",
        at="deps",
    )


def _tensor_claim(e: Emitter, value: Any) -> ir.Value:
    if isinstance(value, TensorValue) and not value.is_array:
        return value.value
    e.fail(f"expects tensors in no_dep_args, but got {type_text(value)}", at="no_dep_args")


def emit_region(
    e: Emitter,
    head: RegionHead,
    body: Callable[[], list[Any]],
    node: ast.AST,
    names: Sequence[str] = (),
    inputs: Sequence[Any] = (),
) -> tuple[list[Any], Any]:
    """A scope or an automatic region; gives what the body exports, and the task's id."""
    kind = "auto" if head.automatic else "scope"
    outer_roots = _roots(e) | {v.root for v in inputs if isinstance(v, TensorValue)}
    with e.builder.detached_block() as block, e.builder.constants_at(block):
        with e.nested(), e.knowing(()), e.within_region(kind):
            exported = [_own_root(value, outer_roots) for value in body()]
        e.locate(node)
        kept = [value for value in exported if isinstance(value, TensorValue)]
        e.builder.op("task.yield", [value.value for value in kept])
    split = e.builder.case("split", head.split.name.lower() if head.split else "automatic")
    types = [value.value.type for value in kept]
    if head.automatic:
        made = e.builder.op("task.auto", [], types, {"split": split}, [block])
        task: Any = POISON
    else:
        attributes = {
            "name": e.builder.string(head.name),
            "level": e.builder.case("level", head.level),
            "split": split,
            "operandSegmentSizes": e.builder.i32_array([len(head.deps), len(head.no_dep)]),
        }
        if head.is_explicit_only:
            attributes["explicit_only"] = e.builder.unit
        types.append(e.builder.type_of(TASK_ID))
        made = e.builder.op("task.scope", [*head.deps, *head.no_dep], types, attributes, [block])
        task = TaskIdValue(made.results[len(kept)])
    results = iter(made.results)
    outside = []
    for position, value in enumerate(exported):
        name = names[position] if position < len(names) else "result"
        if isinstance(value, TensorValue):
            outside.append(_leaving(e, value, next(results), name, node))
        else:
            outside.append(_hoisted(e, value, made, block, name, node))
    return outside, task


def _roots(e: Emitter) -> set[Root]:
    """The storage that exists before a region."""
    found: set[Root] = set()
    frame: Frame | None = e.frame
    while frame is not None:
        values = frame.variables.values()
        found |= {value.root for value in values if isinstance(value, TensorValue)}
        frame = frame.caller
    return found


def _own_root(value: Any, outer: set[Root]) -> Any:
    """Extents computed inside a region are not known outside: such a tensor starts anew."""
    if isinstance(value, TensorValue) and value.root not in outer:
        return joins.with_root(value, None)
    return value


def _leaving(
    e: Emitter, value: TensorValue, result: ir.Value, name: str, node: ast.AST
) -> TensorValue:
    if value.capacity is not None:
        where = e.frame.assigned_at.get(name, node)
        e.diagnostics.add(
            e.frame.source.diagnostic(
                where,
                f"expects '{name}' to be full when it leaves its scope, but got valid extents "
                f"{shape_text(value.shape)} of {list(value.capacity)}",
                f"write {name} = pl.fillpad({name}), or store it into a tensor inside the scope",
            )
        )
    left = joins.from_run_time(e, result, value)
    assert isinstance(left, TensorValue)
    return left


def _hoisted(
    e: Emitter, value: Any, region: ir.Operation, block: ir.Block, name: str, node: ast.AST
) -> Any:
    """A scalar that leaves a region: computed before it, if from outer values only."""
    if not isinstance(value, ScalarValue) or not hoist(value.value, region, block):
        where = e.frame.assigned_at.get(name, node)
        e.diagnostics.add(
            e.frame.source.diagnostic(
                where,
                f"expects '{name}' to be a tensor where it leaves the scope, but got "
                f"{type_text(value)} computed inside it",
                "write it into a tensor with pl.write and read it after the scope",
            )
        )
        return POISON
    return value
