"""The source text and syntax tree of a decorated function."""

from __future__ import annotations

import ast
import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from types import CodeType
from typing import Any

from tilework.errors import Diagnostic, LanguageError


@dataclass(frozen=True)
class FunctionSource:
    """One function: its tree with positions of the file it stands in, and the file's lines."""

    name: str
    file: str
    lines: tuple[str, ...]
    tree: ast.FunctionDef

    def diagnostic(self, node: ast.AST, message: str, hint: str = "") -> Diagnostic:
        """An error at a node of this function."""
        line = getattr(node, "lineno", self.tree.lineno)
        text = self.lines[line - 1].rstrip("\n") if line <= len(self.lines) else ""
        column = self.column(node)
        end = len(text) + 1
        if getattr(node, "end_lineno", None) == line:
            end = _characters(text, getattr(node, "end_col_offset", 0)) + 1
        return Diagnostic(self.file, line, column, end, text, message, hint)

    def column(self, node: ast.AST) -> int:
        """The 1-based column of a node, in characters."""
        line = getattr(node, "lineno", self.tree.lineno)
        text = self.lines[line - 1] if line <= len(self.lines) else ""
        return _characters(text, getattr(node, "col_offset", 0)) + 1

    def text(self) -> str:
        """The function's own lines."""
        first = min([self.tree.lineno, *(node.lineno for node in self.tree.decorator_list)])
        return "".join(self.lines[first - 1 : self.tree.end_lineno])

    @functools.cached_property
    def outer_names(self) -> tuple[tuple[str, ...], ...]:
        """The names the function reads and does not set, with their attributes: (config, rows)."""
        local = {argument.arg for argument in self.tree.args.args}
        found: dict[tuple[str, ...], None] = {}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                local.add(node.id)
            elif isinstance(node, (ast.Name, ast.Attribute)):
                found.setdefault(_dotted(node))
        return tuple(dotted for dotted in found if dotted and dotted[0] not in local)


def _dotted(node: ast.expr) -> tuple[str, ...]:
    names: tuple[str, ...] = ()
    while isinstance(node, ast.Attribute):
        names = (node.attr, *names)
        node = node.value
    return (node.id, *names) if isinstance(node, ast.Name) else ()


def _characters(text: str, offset_bytes: int) -> int:
    return len(text.encode()[:offset_bytes].decode(errors="ignore"))


@functools.lru_cache(maxsize=64)
def _functions(lines: tuple[str, ...]) -> dict[tuple[str, int], ast.FunctionDef]:
    found = {}
    for node in ast.walk(ast.parse("".join(lines))):
        if isinstance(node, ast.FunctionDef):
            found[node.name, node.lineno] = node
            for decorator in node.decorator_list[:1]:
                found[node.name, decorator.lineno] = node
    return found


def source_of(function: Callable[..., Any]) -> FunctionSource:
    """Source of a Python function. Raises LanguageError where there is none."""
    code: CodeType = function.__code__
    try:
        lines, _ = inspect.findsource(code)
        tree = _functions(tuple(lines))[code.co_name, code.co_firstlineno]
    except (OSError, SyntaxError, KeyError) as error:
        raise LanguageError.at_definition(
            f"expects the source of '{function.__name__}' to be in a file, but got none",
            hint="define the function in a module or a script, not through exec or a prompt",
        ) from error
    return FunctionSource(function.__name__, code.co_filename, tuple(lines), tree)
