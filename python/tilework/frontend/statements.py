"""Statements: assignments, and the dispatch to loops, conditions and regions."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import Any

from tilework_mlir import ir

from tilework.frontend import expressions, subscripts
from tilework.frontend.diagnostics import Cascade, Refusal
from tilework.frontend.emitter import Emitter
from tilework.frontend.expressions import SYMBOLS, evaluate
from tilework.frontend.liveness import target_names
from tilework.frontend.values import POISON, TensorValue, shape_text, type_text
from tilework.language.annotations import TensorSpec

UNSUPPORTED: dict[type[ast.AST], tuple[str, str]] = {
    ast.Break: ("break", "bound the loop, or carry a condition in pl.while_"),
    ast.Continue: ("continue", "put the rest of the body under an if"),
    ast.Try: ("try", "errors of a program are reported by the compiler and the runtime"),
    ast.Raise: ("raise", "pl.static_assert(condition, message) checks at compile time"),
    ast.Assert: ("assert", "pl.static_assert(condition, message) checks at compile time"),
    ast.FunctionDef: ("a nested function", "define it outside, decorated with @pl.jit.inline"),
    ast.AsyncFunctionDef: ("an async function", "define a plain function outside"),
    ast.AsyncFor: ("async for", "write for"),
    ast.AsyncWith: ("async with", "write with"),
    ast.ClassDef: ("a class", "define it outside"),
    ast.Delete: ("del", "leave it out: values vanish by themselves"),
    ast.Global: ("global", "a program has no effects but its outputs"),
    ast.Nonlocal: ("nonlocal", "a program has no effects but its outputs"),
    ast.Import: ("import", "import at the top of the module"),
    ast.ImportFrom: ("import", "import at the top of the module"),
    ast.Match: ("match", "write if and elif"),
}


def execute(e: Emitter, body: Sequence[ast.stmt]) -> None:
    """Emits statements in order; notes errors and goes on behind them."""
    for statement in body:
        if e.frame.return_node is not None:
            e.diagnostics.add(
                e.frame.source.diagnostic(
                    statement, "expects nothing after 'return', but got a statement"
                )
            )
            return
        e.visited.add(statement)
        try:
            _execute_one(e, statement)
        except (Refusal, Cascade) as failure:
            if isinstance(failure, Refusal):
                e.diagnostics.add(failure.diagnostic)
            _recover(e, statement)


def _execute_one(e: Emitter, statement: ast.stmt) -> None:
    handler = HANDLERS.get(type(statement))
    outer = e.node
    e.node = statement
    e.locate(statement)
    try:
        if handler is None:
            what, hint = UNSUPPORTED.get(
                type(statement), (f"Python's {type(statement).__name__}", "")
            )
            e.fail(f"expects a statement of the language, but got {what}", hint)
        handler(e, statement)
    finally:
        e.node = outer


def _recover(e: Emitter, statement: ast.stmt) -> None:
    """After an error: what the statement would have set is unknown, and its body is still read."""
    if isinstance(statement, (ast.For, ast.With, ast.While, ast.If)):
        for name in _header_names(statement):
            e.frame.variables[name] = POISON
        bodies = [statement.body, getattr(statement, "orelse", [])]
        with e.builder.detached_block(), e.nested(), e.under(()):
            for body in bodies:
                if body and body[0] not in e.visited:
                    execute(e, body)
    for name in _plainly_set(statement):
        if name not in e.frame.outputs:
            e.frame.variables[name] = POISON


def _header_names(statement: ast.stmt) -> set[str]:
    if isinstance(statement, ast.For):
        return target_names(statement.target)
    if isinstance(statement, ast.With):
        targets = [item.optional_vars for item in statement.items if item.optional_vars]
        return set().union(*(target_names(target) for target in targets))
    return set()


def _plainly_set(statement: ast.stmt) -> set[str]:
    """Names set as a whole: a failed store into a part leaves the type of the whole as it was."""
    found: set[str] = set()
    for node in ast.walk(statement):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
    return found


def _assign(e: Emitter, node: ast.Assign) -> None:
    value = evaluate(e, node.value)
    for target in node.targets:
        assign(e, target, value)


def assign(e: Emitter, target: ast.expr, value: Any) -> None:
    """Binds a name, stores into a tensor, or unpacks a tuple."""
    if isinstance(target, ast.Name):
        assign_name(e, target.id, value, target)
    elif isinstance(target, ast.Subscript):
        _store(e, target, value)
    elif isinstance(target, (ast.Tuple, ast.List)):
        if not isinstance(value, (tuple, list)):
            e.fail(
                f"expects {len(target.elts)} values to unpack, but got {type_text(value)}",
                at=target,
            )
        if len(value) != len(target.elts):
            e.fail(f"expects {len(target.elts)} values to unpack, but got {len(value)}", at=target)
        for item, part in zip(target.elts, value, strict=True):
            assign(e, item, part)
    else:
        e.fail(
            f"expects a name or a subscript on the left, but got '{ast.unparse(target)}'", at=target
        )


def assign_name(e: Emitter, name: str, value: Any, node: ast.AST) -> None:
    """Rebinds a variable; an output only to a write into itself."""
    root = e.frame.outputs.get(name)
    if root is not None and not (isinstance(value, TensorValue) and value.root is root):
        rank = value.rank if isinstance(value, TensorValue) else 2
        zeros, colons = ", ".join(["0"] * rank), ", ".join([":"] * rank)
        e.fail(
            f"expects a write into the output '{name}', but got a rebinding of the name, "
            "which writes nothing",
            f"write {name}[{colons}] = value or {name} = pl.assemble({name}, value, [{zeros}])",
            at=node,
        )
    if isinstance(value, TensorValue):
        _locate_by_name(value.value, name)
    e.frame.variables[name] = value
    e.frame.assigned_at[name] = node


def _locate_by_name(value: ir.Value, name: str) -> None:
    """Tiles keep the author's first name for them, for messages and memory maps."""
    operation = value.owner
    if isinstance(operation, ir.Block) or len(operation.results) != 1 or len(operation.regions):
        return
    if not operation.location.is_a_name():
        operation.location = ir.Location.name(name, operation.location)


def _store(e: Emitter, target: ast.Subscript, value: Any) -> None:
    if not isinstance(target.value, ast.Name):
        e.fail(
            f"expects a store into a variable, but got '{ast.unparse(target)}'",
            "write all subscripts in one pair of brackets",
            at=target,
        )
    with e.at(target):
        e.frame.variables[target.value.id] = subscripts.store(e, target, value)


def _augmented(e: Emitter, node: ast.AugAssign) -> None:
    load = ast.copy_location(_as_load(node.target), node.target)
    with e.at(node):
        value = expressions.apply(
            e, SYMBOLS[type(node.op)], evaluate(e, load), evaluate(e, node.value)
        )
    assign(e, node.target, value)


def _as_load(target: ast.expr) -> ast.expr:
    if isinstance(target, ast.Name):
        return ast.Name(target.id, ast.Load())
    if isinstance(target, ast.Subscript):
        return ast.Subscript(target.value, target.slice, ast.Load())
    return target


def _annotated(e: Emitter, node: ast.AnnAssign) -> None:
    if node.value is None:
        e.fail(f"expects '{ast.unparse(node.target)}' to get a value, but got an annotation only")
    value = evaluate(e, node.value)
    spec = evaluate(e, node.annotation)
    if isinstance(spec, TensorSpec) and spec.shape is not None and isinstance(value, TensorValue):
        if tuple(spec.shape) != value.shape or spec.dtype != value.dtype:
            e.fail(
                f"expects a tensor {shape_text(_extents(spec))} {spec.dtype} by its annotation, "
                f"but got {shape_text(value.shape)} {value.dtype}",
                at=node.annotation,
            )
    assign(e, node.target, value)


def _extents(spec: TensorSpec) -> list[int]:
    return [extent if isinstance(extent, int) else 0 for extent in spec.shape or ()]


def _expression(e: Emitter, node: ast.Expr) -> None:
    from tilework.frontend import calls

    if isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
        return  # a docstring
    if isinstance(node.value, ast.Call):
        calls.statement(e, node.value)
        return
    evaluate(e, node.value)
    e.fail(
        f"expects a statement with an effect, but got '{ast.unparse(node.value)}'",
        "assign the value to a name",
    )


def _return(e: Emitter, node: ast.Return) -> None:
    if e.frame.depth:
        e.fail(
            "expects 'return' at the end of the function, but got one inside a loop, a scope "
            "or a run-time condition",
            "assign to a variable there and return it at the end",
        )
    e.frame.returned = evaluate(e, node.value) if node.value is not None else None
    e.frame.return_node = node


def _pass(e: Emitter, node: ast.Pass) -> None:
    """Does nothing."""


def _for(e: Emitter, node: ast.For) -> None:
    from tilework.frontend.regions import for_statement

    for_statement(e, node)


def _while(e: Emitter, node: ast.While) -> None:
    from tilework.frontend.while_loops import while_loop

    while_loop(e, node)


def _if(e: Emitter, node: ast.If) -> None:
    from tilework.frontend.branches import if_statement

    if_statement(e, node)


def _with(e: Emitter, node: ast.With) -> None:
    from tilework.frontend.regions import with_statement

    with_statement(e, node)


HANDLERS: dict[type[ast.AST], Callable[[Emitter, Any], None]] = {
    ast.Assign: _assign, ast.AugAssign: _augmented, ast.AnnAssign: _annotated,
    ast.Expr: _expression, ast.Return: _return, ast.Pass: _pass, ast.For: _for,
    ast.While: _while, ast.If: _if, ast.With: _with,
}  # fmt: skip
