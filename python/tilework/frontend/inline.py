"""Calls of the program's own functions: spliced where they are called."""

from __future__ import annotations

import ast
import inspect
from typing import Any

from tilework.frontend.calls import evaluate_arguments
from tilework.frontend.diagnostics import Cascade
from tilework.frontend.emitter import Emitter, Frame
from tilework.frontend.regions import RegionHead, emit_region
from tilework.frontend.statements import assign_name, execute
from tilework.frontend.values import TensorValue, shape_text, type_text
from tilework.language.annotations import DirectedSpec, TensorSpec
from tilework.language.jit import JitFunction


def call_function(e: Emitter, function: JitFunction, node: ast.Call) -> Any:
    """Splices a function; what it writes through parameters the caller's variables see."""
    if function.kind == "entry":
        e.fail(
            f"expects an inlined function, but got the program '{function.__name__}'",
            "decorate it with @pl.jit.inline",
            at=node,
        )
    _refuse_recursion(e, function, node)
    values, nodes = _bind(e, function, node)
    frame = Frame(
        function.source,
        function.surroundings,
        function.liveness,
        dict(values),
        function=function,
        caller=e.frame,
        depth=0,
    )
    if function.kind == "incore":
        returned = _as_scope(e, function, frame, values, node)
    else:
        run(e, frame)
        returned = frame.returned
    e.locate(node)
    _write_back(e, function, frame, values, nodes)
    return returned


def run(e: Emitter, frame: Frame) -> None:
    """Executes a function's body in its own frame; what it gives after errors is unknown."""
    before = e.diagnostics.reports
    outer, e.frame = e.frame, frame
    try:
        execute(e, frame.source.tree.body)
    finally:
        e.frame = outer
    if e.diagnostics.reports > before:
        raise Cascade


def _as_scope(
    e: Emitter, function: JitFunction, frame: Frame, values: dict[str, Any], node: ast.Call
) -> Any:
    """An in-core function is one task: its body in a scope of its name."""
    if e.region == "scope":
        e.fail(
            f"expects the in-core function '{function.__name__}' to be called outside scopes, "
            "but got a call inside one",
            at=node,
        )
    written = []
    returned: list[Any] = []

    def body() -> list[Any]:
        run(e, frame)
        for name, before in values.items():
            after = frame.variables.get(name)
            if isinstance(after, TensorValue) and after is not before:
                if isinstance(before, TensorValue) and after.root is before.root:
                    written.append(name)
        items = frame.returned if isinstance(frame.returned, tuple) else (frame.returned,)
        returned.extend(item for item in items if item is not None)
        return [*(frame.variables[name] for name in written), *returned]

    head = RegionHead(function.__name__)
    results, _ = emit_region(e, head, body, node, inputs=list(values.values()))
    frame.variables.update(zip(written, results, strict=False))
    given = tuple(results[len(written) :])
    return given if isinstance(frame.returned, tuple) else (given[0] if given else None)


def _refuse_recursion(e: Emitter, function: JitFunction, node: ast.Call) -> None:
    frame: Frame | None = e.frame
    names = []
    while frame is not None:
        names.append(frame.source.name)
        if frame.function is function:
            chain = " -> ".join([*reversed(names), function.__name__])
            e.fail(f"expects functions without recursion, but got {chain}", "write a loop", at=node)
        frame = frame.caller


def _bind(
    e: Emitter, function: JitFunction, node: ast.Call
) -> tuple[dict[str, Any], dict[str, ast.AST]]:
    positional, keywords = evaluate_arguments(e, node)
    signature = function.signature
    try:
        bound = signature.bind(*positional, **keywords)
    except TypeError as error:
        e.fail(
            f"expects {function.__name__}({', '.join(signature.parameters)}), but got {error}",
            at=node,
        )
    bound.apply_defaults()
    nodes: dict[str, ast.AST] = dict(zip(signature.parameters, node.args, strict=False))
    nodes.update({str(keyword.arg): keyword.value for keyword in node.keywords})
    for name, value in bound.arguments.items():
        _check_annotation(e, function, name, value, nodes.get(name, node))
    return dict(bound.arguments), nodes


def _check_annotation(
    e: Emitter, function: JitFunction, name: str, value: Any, node: ast.AST
) -> None:
    spec = function.annotations.get(name, inspect.Parameter.empty)
    if isinstance(spec, DirectedSpec):
        spec = spec.spec
    if not isinstance(spec, TensorSpec):
        return
    if not isinstance(value, TensorValue):
        e.fail(
            f"expects a tensor for '{name}' of {function.__name__}, but got {type_text(value)}",
            at=node,
        )
    if spec.shape is None:
        return
    extents = [extent if isinstance(extent, int) else None for extent in spec.shape]
    agrees = len(extents) == value.rank and all(
        want is None or want == have for want, have in zip(extents, value.shape, strict=False)
    )
    if not agrees or spec.dtype != value.dtype:
        wanted = ", ".join(str(extent) for extent in spec.shape)
        e.fail(
            f"expects a tensor [{wanted}] {spec.dtype} for '{name}' of {function.__name__}, "
            f"but got {shape_text(value.shape)} {value.dtype}",
            at=node,
        )


def _write_back(
    e: Emitter,
    function: JitFunction,
    frame: Frame,
    values: dict[str, Any],
    nodes: dict[str, ast.AST],
) -> None:
    for name, before in values.items():
        after = frame.variables.get(name)
        if not isinstance(before, TensorValue) or not isinstance(after, TensorValue):
            continue
        if after is before or after.root is not before.root or after.value == before.value:
            continue
        target = nodes.get(name)
        if not isinstance(target, ast.Name):
            e.fail(
                f"expects a variable for '{name}', which {function.__name__} writes, but got "
                f"'{ast.unparse(target) if isinstance(target, ast.expr) else 'nothing'}'",
                "assign the part to a variable, and store that back after the call",
                at=target,
            )
        assign_name(e, target.id, after, target)
