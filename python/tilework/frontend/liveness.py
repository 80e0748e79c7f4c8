"""Which names a statement sets, and which are still needed after it.

Loops and conditions carry exactly the names that are set inside and needed later. A call may set
names too: an inlined function writes through its parameters, `pl.write` through its first.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Sequence

Names = frozenset[str]
WrittenArguments = Callable[[ast.Call], Iterable[ast.expr]]
NONE: Names = frozenset()


def base_name(target: ast.expr) -> str | None:
    """The variable behind a subscript: `x` of `x[i][j]`."""
    while isinstance(target, ast.Subscript):
        target = target.value
    return target.id if isinstance(target, ast.Name) else None


def target_names(target: ast.expr) -> set[str]:
    """Every variable an assignment target sets."""
    if isinstance(target, (ast.Tuple, ast.List)):
        return set().union(*(target_names(item) for item in target.elts))
    if isinstance(target, ast.Starred):
        return target_names(target.value)
    name = base_name(target)
    return {name} if name else set()


class Liveness:
    """The analysis of one function body."""

    def __init__(self, written_arguments: WrittenArguments):
        self._written_arguments = written_arguments
        self.live_after: dict[ast.AST, Names] = {}
        self.live_before_body: dict[ast.AST, Names] = {}
        self._set_in: dict[ast.stmt, dict[str, None]] = {}

    def annotate(self, body: Sequence[ast.stmt], live_out: Names) -> Names:
        """Notes for each statement what is live after it; returns what is live before the body."""
        live = live_out
        for statement in reversed(body):
            self.live_after[statement] = live
            live = self._before(statement, live)
        return live

    def set_by(self, body: Sequence[ast.stmt]) -> dict[str, None]:
        """Every name the statements may set, in source order."""
        names: dict[str, None] = {}
        for statement in body:
            if statement not in self._set_in:
                found: dict[str, None] = {}
                for node in _walk_in_order(statement):
                    found.update(dict.fromkeys(sorted(self._set_at(node))))
                self._set_in[statement] = found
            names.update(self._set_in[statement])
        return names

    def _set_at(self, node: ast.AST) -> set[str]:
        if isinstance(node, ast.Assign):
            return set().union(*(target_names(target) for target in node.targets))
        if isinstance(node, (ast.AugAssign, ast.AnnAssign, ast.For)):
            return target_names(node.target)
        if isinstance(node, ast.With):
            targets = [item.optional_vars for item in node.items if item.optional_vars]
            return set().union(*(target_names(target) for target in targets))
        if isinstance(node, ast.Call):
            return {name for name in map(base_name, self._written_arguments(node)) if name}
        return set()

    def _before(self, statement: ast.stmt, live: Names) -> Names:
        if isinstance(statement, ast.For):
            return self._before_loop(statement, [statement.iter], statement.target, live)
        if isinstance(statement, ast.While):
            return self._before_loop(statement, [statement.test], None, live)
        if isinstance(statement, ast.If):
            then = self.annotate(statement.body, live)
            other = self.annotate(statement.orelse, live)
            return then | other | _uses(statement.test)
        if isinstance(statement, ast.With):
            bound = self._set_at(statement)
            live = self.annotate(statement.body, live - bound)
            return live.union(*(_uses(item.context_expr) for item in statement.items))
        killed: set[str] = set()
        if isinstance(statement, ast.Assign):
            plain = [target for target in statement.targets if _is_plain(target)]
            killed = set().union(*(target_names(target) for target in plain))
        return (live - killed) | _uses(statement)

    def _before_loop(
        self,
        loop: ast.For | ast.While,
        head: Sequence[ast.expr],
        target: ast.expr | None,
        live: Names,
    ) -> Names:
        read_by_head = NONE.union(*(_uses(node) for node in head))
        again = read_by_head if isinstance(loop, ast.While) else NONE
        at_top = self.annotate(loop.body, live | again)
        self.annotate(loop.body, live | again | at_top)
        bound = target_names(target) if target is not None else set()
        self.live_before_body[loop] = (at_top | again) - bound
        return live | read_by_head | self.live_before_body[loop]


def _is_plain(target: ast.expr) -> bool:
    if isinstance(target, (ast.Tuple, ast.List)):
        return all(_is_plain(item) for item in target.elts)
    return isinstance(target, ast.Name)


def _uses(node: ast.AST) -> Names:
    """Names a statement or expression reads; a subscript that is stored to reads its base."""
    found: set[str] = set()
    bound: set[str] = set()
    for inner in ast.walk(node):
        if isinstance(inner, ast.comprehension):
            bound |= target_names(inner.target)
        if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Load):
            found.add(inner.id)
        if isinstance(inner, ast.AugAssign):
            found |= target_names(inner.target)
    return frozenset(found - bound)


def _walk_in_order(node: ast.AST) -> Iterable[ast.AST]:
    yield node
    for child in ast.iter_child_nodes(node):
        yield from _walk_in_order(child)
