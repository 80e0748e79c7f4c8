"""Calls: constructs of the language, inlined functions, and Python's own at compile time."""

from __future__ import annotations

import ast
import inspect
import math
from dataclasses import dataclass, field
from typing import Any, NoReturn

from tilework.frontend import scalars
from tilework.frontend.emitter import Emitter
from tilework.frontend.expressions import evaluate
from tilework.frontend.values import (
    ScalarValue,
    is_run_time,
    type_text,
)
from tilework.language.construct import CALL, LOOP, REFUSED, REGISTRY, Construct, construct_of
from tilework.language.kinds import NotOfKind

FOLDABLE = (
    abs,
    bool,
    divmod,
    enumerate,
    float,
    int,
    isinstance,
    len,
    list,
    max,
    min,
    pow,
    range,
    repr,
    reversed,
    round,
    sorted,
    str,
    sum,
    tuple,
    zip,
    all,
    any,
)
HELPFUL = {
    "print": "pl.static_print prints while compiling",
    "range": "write pl.range",
}


@dataclass
class Bound:
    """A call of a construct with its arguments by parameter."""

    construct: Construct
    signature: inspect.BoundArguments
    nodes: dict[str, ast.AST] = field(default_factory=dict)

    def converted(self, e: Emitter) -> dict[str, Any]:
        """Every argument as its parameter's kind demands, defaults filled in."""
        e.arguments = self.nodes
        self.signature.apply_defaults()
        for name, value in self.signature.arguments.items():
            kind = self.construct.signature.parameters[name]
            if kind.kind is kind.VAR_POSITIONAL:
                self.signature.arguments[name] = tuple(
                    self._convert(e, name, item) for item in value
                )
            elif not (value is None and kind.default is None):
                self.signature.arguments[name] = self._convert(e, name, value)
        return dict(self.signature.arguments)

    def _convert(self, e: Emitter, name: str, value: Any) -> Any:
        kind = self.construct.kinds[name]
        try:
            return kind.convert(value)
        except NotOfKind as hint:
            e.fail(
                f"expects '{name}' to be {kind.expects}, but got {type_text(value)}",
                str(hint),
                at=name,
            )

    def emit(self, e: Emitter) -> Any:
        """The construct's own emitter, on converted arguments."""
        outer = e.arguments
        try:
            self.converted(e)
            return self.construct.emit(e, *self.signature.args, **self.signature.kwargs)
        finally:
            e.arguments = outer


def bind_call(e: Emitter, construct: Construct, node: ast.Call) -> Bound:
    """Evaluates the arguments and matches them with the parameters."""
    positional, keywords = evaluate_arguments(e, node)
    try:
        bound = construct.signature.bind(*positional, **keywords)
    except TypeError as error:
        e.fail(f"expects {construct.usage(ast.unparse(node.func))}, but got {error}", at=node)
    return Bound(construct, bound, _nodes(construct.signature, node))


def evaluate_arguments(e: Emitter, node: ast.Call) -> tuple[list[Any], dict[str, Any]]:
    """The values of a call's arguments, in source order."""
    for keyword in node.keywords:
        if keyword.arg is None:
            e.fail(
                "expects named arguments, but got '**'", "write them one by one", at=keyword.value
            )
    positional = [evaluate(e, argument) for argument in node.args]
    return positional, {str(word.arg): evaluate(e, word.value) for word in node.keywords}


def _nodes(signature: inspect.Signature, node: ast.Call) -> dict[str, ast.AST]:
    names = [
        parameter.name
        for parameter in signature.parameters.values()
        if parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD)
    ]
    found: dict[str, ast.AST] = dict(zip(names, node.args, strict=False))
    found.update({str(keyword.arg): keyword.value for keyword in node.keywords})
    return found


def call(e: Emitter, node: ast.Call) -> Any:
    """The value of a call."""
    from tilework.language.jit import JitFunction

    function = evaluate(e, node.func)
    found = construct_of(function)
    if found is not None:
        if found.use != CALL:
            refuse_construct(e, found, node)
        return bind_call(e, found, node).emit(e)
    if isinstance(function, JitFunction):
        from tilework.frontend.inline import call_function

        return call_function(e, function, node)
    if is_run_time(function):
        e.fail(f"expects a function before '(', but got {type_text(function)}", at=node.func)
    return _python_call(e, function, node)


def _python_call(e: Emitter, function: Any, node: ast.Call) -> Any:
    spelled = ast.unparse(node.func)
    foldable = any(function is known for known in FOLDABLE)
    if not foldable and getattr(function, "__module__", "") != math.__name__:
        e.fail(
            f"expects a construct of the language or an inlined function, but got '{spelled}'",
            HELPFUL.get(
                spelled,
                "decorate it with @pl.jit.inline, or compute its result "
                "outside the function and use that",
            ),
            at=node.func,
        )
    positional, keywords = evaluate_arguments(e, node)
    if function in (min, max) and any(isinstance(value, ScalarValue) for value in positional):
        result = positional[0]
        for value in positional[1:]:
            result = scalars.extreme(e, function.__name__, result, value)
        return result
    for value in (*positional, *keywords.values()):
        if is_run_time(value) and function not in (len, list, tuple, isinstance):
            e.fail(
                f"expects compile-time values for '{spelled}', but got {type_text(value)}",
                "pl.cast converts, and Python's arithmetic works on run-time scalars",
            )
    try:
        return function(*positional, **keywords)
    except (TypeError, ValueError, ArithmeticError) as error:
        e.fail(f"expects '{spelled}' to be computable at compile time, but got: {error}")


def refuse_construct(e: Emitter, construct: Construct, node: ast.AST) -> NoReturn:
    """A construct where it does not stand, or one that this compiler does not have."""
    if construct.use == REFUSED:
        e.fail(
            f"expects constructs this compiler supports, but got pl.{construct.name}: "
            f"{construct.doc}",
            at=node,
        )
    shown = construct.usage()
    form = f"for i in {shown}:" if construct.use == LOOP else f"with {shown}:"
    if construct.use == CALL:
        form = shown
    e.fail(f"expects pl.{construct.name} to stand as '{form}', but got it elsewhere", at=node)


def call_by_name(e: Emitter, name: str, *values: Any) -> Any:
    """A construct called by the compiler, for an operator."""
    construct = REGISTRY[name]
    return Bound(construct, construct.signature.bind(*values)).emit(e)


def statement(e: Emitter, node: ast.Call) -> None:
    """A call as a statement: for its effect on a variable, or for nothing to use."""
    from tilework.frontend.statements import assign_name

    with e.at(node):
        found = construct_of(evaluate(e, node.func))
        if found is None or found.use != CALL:
            call(e, node)
            return
        bound = bind_call(e, found, node)
        result = bound.emit(e)
        if found.writes:
            target = bound.nodes.get(found.writes)
            if not isinstance(target, ast.Name):
                e.fail(
                    f"expects a variable to write to, but got '{ast.unparse(target)}'"
                    if isinstance(target, ast.expr)
                    else "expects a variable to write to",
                    at=target,
                )
            assign_name(e, target.id, result, node)
        elif result is not None:
            name = node.args[0].id if node.args and isinstance(node.args[0], ast.Name) else "x"
            e.fail(
                f"expects the result of {ast.unparse(node.func)} to be used, but got a "
                "statement that drops it",
                f"write {name} = {ast.unparse(node.func)}(...)",
            )


def explicit_yield(e: Emitter, node: ast.stmt, count: int) -> list[tuple[str, Any]]:
    """The last statement of a loop with init_values: names after the loop, and next values."""
    value = node.value if isinstance(node, (ast.Assign, ast.Expr)) else None
    found = construct_of(evaluate(e, value.func)) if isinstance(value, ast.Call) else None
    if found is None or found.name != "yield_" or not isinstance(value, ast.Call):
        e.fail(
            "expects a loop with init_values to end with pl.yield_(...), but got "
            f"'{ast.unparse(node).splitlines()[0]}'",
            at=node,
        )
    e.visited.add(node)
    values = [evaluate(e, argument) for argument in value.args]
    names = [""] * count
    if isinstance(node, ast.Assign):
        target = node.targets[0]
        items = target.elts if isinstance(target, (ast.Tuple, ast.List)) else [target]
        names = [item.id for item in items if isinstance(item, ast.Name)]
    if len(values) != count or len(names) != count:
        e.fail(f"expects pl.yield_ to give {count} values, but got {len(values)}", at=node)
    return list(zip(names, values, strict=True))


def condition_of(e: Emitter, node: ast.stmt) -> ast.expr:
    """The argument of `pl.cond(...)`, the first statement of a loop over pl.while_."""
    value = node.value if isinstance(node, ast.Expr) else None
    if isinstance(value, ast.Call) and len(value.args) == 1:
        found = construct_of(evaluate(e, value.func))
        if found is not None and found.name == "cond":
            e.visited.add(node)
            return value.args[0]
    e.fail(
        "expects pl.cond(...) as the first statement under pl.while_, but got "
        f"'{ast.unparse(node).splitlines()[0]}'",
        at=node,
    )
