"""Expressions: Python nodes to compile-time objects and run-time values."""

from __future__ import annotations

import ast
import difflib
import operator
from collections.abc import Callable
from typing import Any

from tilework.frontend import integers, scalars
from tilework.frontend.emitter import Emitter
from tilework.frontend.values import (
    POISON,
    ScalarValue,
    TaskIdValue,
    TensorValue,
    Unset,
    is_run_time,
    type_text,
)

SYMBOLS: dict[type[ast.AST], str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%",
    ast.Pow: "**", ast.BitAnd: "&", ast.BitOr: "|", ast.BitXor: "^", ast.LShift: "<<",
    ast.RShift: ">>", ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">",
    ast.GtE: ">=", ast.Is: "is", ast.IsNot: "is not", ast.In: "in", ast.NotIn: "not in",
    ast.MatMult: "@",
}  # fmt: skip
FOLDED: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv,
    "//": operator.floordiv, "%": operator.mod, "**": operator.pow, "&": operator.and_,
    "|": operator.or_, "^": operator.xor, "<<": operator.lshift, ">>": operator.rshift,
    "==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt,
    ">=": operator.ge, "is": operator.is_, "is not": operator.is_not,
    "in": lambda item, container: item in container,
    "not in": lambda item, container: item not in container,
}  # fmt: skip
ON_TENSORS = {"+": "add", "-": "sub", "*": "mul", "/": "div", "@": "matmul"}
UNSUPPORTED: dict[type[ast.AST], tuple[str, str]] = {
    ast.Lambda: ("a lambda", "define a function decorated with @pl.jit.inline"),
    ast.GeneratorExp: ("a generator expression", "write a list comprehension"),
    ast.SetComp: ("a set comprehension", "write a list comprehension"),
    ast.DictComp: ("a dict comprehension", "compute it outside the function"),
    ast.Set: ("a set", "write a list"),
    ast.Dict: ("a dict", "make it outside the function"),
    ast.Await: ("await", ""),
    ast.Yield: ("yield", "pl.yield_(...) gives a loop's next values"),
    ast.YieldFrom: ("yield from", "pl.yield_(...) gives a loop's next values"),
    ast.NamedExpr: ("an assignment expression ':='", "assign in a statement of its own"),
    ast.Starred: ("a starred expression", "write the items one by one"),
    ast.JoinedStr: ("an f-string with run-time values", "use compile-time values"),
}


def evaluate(e: Emitter, node: ast.expr) -> Any:
    """The value of an expression."""
    handler = HANDLERS.get(type(node))
    with e.at(node):
        if handler is None:
            what, hint = UNSUPPORTED.get(type(node), (f"Python's {type(node).__name__}", ""))
            e.fail(f"expects an expression of the language, but got {what}", hint)
        return handler(e, node)


def _constant(e: Emitter, node: ast.Constant) -> Any:
    if isinstance(node.value, (complex, bytes)) or node.value is Ellipsis:
        e.fail(f"expects a number, a truth value or a string, but got {node.value!r}")
    return node.value


def _name(e: Emitter, node: ast.Name) -> Any:
    frame = e.frame
    if node.id in frame.variables:
        return e.usable(frame.variables[node.id], node.id, node)
    if node.id in frame.surroundings:
        return frame.surroundings[node.id]
    known = [*frame.variables, *(n for n in frame.surroundings if not n.startswith("_"))]
    e.fail(f"expects a defined name, but got '{node.id}'", did_you_mean(node.id, known))


def did_you_mean(name: str, known: list[str]) -> str:
    """A hint that proposes the nearest known name, or nothing."""
    close = difflib.get_close_matches(name, known, n=1)
    return f"did you mean '{close[0]}'?" if close else ""


def _attribute(e: Emitter, node: ast.Attribute) -> Any:
    owner = evaluate(e, node.value)
    if isinstance(owner, TensorValue):
        return _tensor_attribute(e, owner, node)
    if is_run_time(owner):
        e.fail(f"expects a Python object before '.{node.attr}', but got {type_text(owner)}")
    try:
        return getattr(owner, node.attr)
    except AttributeError:
        names = [name for name in dir(owner) if not name.startswith("_")]
        e.fail(
            f"expects '{ast.unparse(node.value)}' to have '{node.attr}', but got no such name",
            did_you_mean(node.attr, names),
        )


def _tensor_attribute(e: Emitter, tensor: TensorValue, node: ast.Attribute) -> Any:
    if node.attr == "shape":
        return tensor.shape
    if node.attr == "dtype":
        return tensor.dtype
    if node.attr == "ndim":
        return tensor.rank
    e.fail(
        f"expects .shape, .dtype or .ndim of a tensor, but got .{node.attr}",
        did_you_mean(node.attr, ["shape", "dtype", "ndim"]),
    )


def _binary(e: Emitter, node: ast.BinOp) -> Any:
    symbol = SYMBOLS[type(node.op)]
    return apply(e, symbol, evaluate(e, node.left), evaluate(e, node.right))


def apply(e: Emitter, symbol: str, lhs: Any, rhs: Any) -> Any:
    """lhs `symbol` rhs for an arithmetic operator."""
    if isinstance(lhs, TensorValue) or isinstance(rhs, TensorValue):
        from tilework.frontend.calls import call_by_name

        if symbol not in ON_TENSORS:
            e.fail(f"expects +, -, *, / or @ between tensors, but got '{symbol}'")
        return call_by_name(e, ON_TENSORS[symbol], lhs, rhs)
    if isinstance(lhs, ScalarValue) or isinstance(rhs, ScalarValue):
        for side in (lhs, rhs):
            if not isinstance(side, (ScalarValue, int, float)):
                e.fail(f"expects numbers around '{symbol}', but got {type_text(side)}")
        return (integers if symbol in integers.SYMBOLS else scalars).binary(e, symbol, lhs, rhs)
    return _fold(e, FOLDED[symbol] if symbol in FOLDED else None, symbol, lhs, rhs)


def _fold(e: Emitter, function: Callable[..., Any] | None, symbol: str, *values: Any) -> Any:
    if function is None or any(isinstance(value, TaskIdValue) for value in values):
        e.fail(
            f"expects numbers around '{symbol}', "
            f"but got {' and '.join(type_text(value) for value in values)}"
        )
    try:
        return function(*values)
    except (TypeError, ValueError, ArithmeticError) as error:
        e.fail(f"expects '{symbol}' to be computable at compile time, but got: {error}")


def _unary(e: Emitter, node: ast.UnaryOp) -> Any:
    value = evaluate(e, node.operand)
    if isinstance(node.op, ast.Not):
        return scalars.negation(e, value)
    if isinstance(node.op, ast.UAdd):
        return value
    if isinstance(node.op, ast.USub):
        if isinstance(value, TensorValue):
            from tilework.frontend.calls import call_by_name

            return call_by_name(e, "neg", value)
        if isinstance(value, ScalarValue):
            return scalars.binary(e, "-", 0.0 if value.dtype.is_float else 0, value)
        return _fold(e, operator.neg, "-", value)
    if isinstance(value, ScalarValue):
        ones = (1 << value.dtype.width_bits) - 1 if value.dtype.kind == "uint" else -1
        return scalars.binary(e, "^", value, ones)
    return _fold(e, operator.invert, "~", value)


def _compare(e: Emitter, node: ast.Compare) -> Any:
    left = evaluate(e, node.left)
    result: Any = True
    for op, right_node in zip(node.ops, node.comparators, strict=True):
        right = evaluate(e, right_node)
        result = scalars.logic(e, "and", result, _compare_two(e, SYMBOLS[type(op)], left, right))
        left = right
    return result


def _compare_two(e: Emitter, symbol: str, lhs: Any, rhs: Any) -> Any:
    for side in (lhs, rhs):
        if isinstance(side, (TensorValue, TaskIdValue)) and not symbol.startswith("is"):
            e.fail(
                f"expects scalars around '{symbol}', but got {type_text(side)}",
                "pl.cmp(lhs, rhs, cmp_type) compares element by element",
            )
    if isinstance(lhs, ScalarValue) or isinstance(rhs, ScalarValue):
        if symbol not in scalars.INTEGER_PREDICATES:
            e.fail(f"expects a comparison of numbers, but got '{symbol}'")
        return scalars.compare(e, symbol, lhs, rhs)
    return _fold(e, FOLDED[symbol], symbol, lhs, rhs)


def _logic(e: Emitter, node: ast.BoolOp) -> Any:
    which = "and" if isinstance(node.op, ast.And) else "or"
    result = evaluate(e, node.values[0])
    for other in node.values[1:]:
        if not is_run_time(result) and bool(result) == (which == "or"):
            return result  # decided at compile time: what follows need not even make sense
        result = scalars.logic(e, which, result, evaluate(e, other))
    return result


def _choice(e: Emitter, node: ast.IfExp) -> Any:
    test = scalars.condition(e, evaluate(e, node.test))
    if isinstance(test, bool):
        return evaluate(e, node.body if test else node.orelse)
    then, other = evaluate(e, node.body), evaluate(e, node.orelse)
    for value in (then, other):
        if not isinstance(value, (ScalarValue, int, float)):
            e.fail(
                f"expects scalars in a run-time choice, but got {type_text(value)}",
                "write an if statement",
            )
    if not isinstance(then, ScalarValue) and not isinstance(other, ScalarValue):
        dtype = scalars.natural_dtype(then + other if then is not other else then)
    else:
        dtype = scalars.together(e, then, other)
    values = [scalars.materialize(e, value, dtype) for value in (then, other)]
    made = e.builder.value("arith.select", [test.value, *values], e.builder.type_of(dtype))
    return e.unknown(made, dtype)


def _tuple(e: Emitter, node: ast.Tuple) -> Any:
    return tuple(evaluate(e, item) for item in node.elts)


def _list(e: Emitter, node: ast.List) -> Any:
    return [evaluate(e, item) for item in node.elts]


def _comprehension(e: Emitter, node: ast.ListComp) -> Any:
    if len(node.generators) != 1 or node.generators[0].is_async:
        e.fail("expects a list comprehension with one 'for', but got several")
    generator = node.generators[0]
    items = evaluate(e, generator.iter)
    if is_run_time(items):
        e.fail(
            f"expects a compile-time sequence, but got {type_text(items)}",
            "write range(N) with a constant N",
            at=generator.iter,
        )
    if not isinstance(generator.target, ast.Name):
        e.fail("expects one name as the comprehension's variable", at=generator.target)
    name = generator.target.id
    outer = e.frame.variables.get(name, POISON)
    found = []
    for item in items:
        e.frame.variables[name] = item
        if all(scalars.condition(e, evaluate(e, test)) is True for test in generator.ifs):
            found.append(evaluate(e, node.elt))
    e.frame.variables.pop(name, None)
    if outer is not POISON:
        e.frame.variables[name] = outer
    return found


def _subscript(e: Emitter, node: ast.Subscript) -> Any:
    from tilework.frontend import subscripts

    return subscripts.load(e, node)


def _call(e: Emitter, node: ast.Call) -> Any:
    from tilework.frontend import calls

    return calls.call(e, node)


def _formatted(e: Emitter, node: ast.JoinedStr) -> Any:
    parts = []
    for part in node.values:
        inner = part.value if isinstance(part, ast.FormattedValue) else part
        value = evaluate(e, inner)
        if is_run_time(value):
            e.fail(f"expects compile-time values in an f-string, but got {type_text(value)}")
        parts.append(str(value))
    return "".join(parts)


def unset_or_poison(value: Any) -> bool:
    """True for what must not be used."""
    return value is POISON or isinstance(value, Unset)


HANDLERS: dict[type[ast.AST], Callable[[Emitter, Any], Any]] = {
    ast.Constant: _constant, ast.Name: _name, ast.Attribute: _attribute, ast.BinOp: _binary,
    ast.UnaryOp: _unary, ast.Compare: _compare, ast.BoolOp: _logic, ast.IfExp: _choice,
    ast.Tuple: _tuple, ast.List: _list, ast.ListComp: _comprehension, ast.Subscript: _subscript,
    ast.Call: _call, ast.JoinedStr: _formatted,
}  # fmt: skip
