"""MLIR diagnostics as errors that show the author's own lines."""

from __future__ import annotations

import linecache
from collections.abc import Iterator
from pathlib import Path

from tilework_mlir import ir

from tilework.errors import CompilerError, Diagnostic, LanguageError, TileworkError


def positions(location: ir.Location) -> Iterator[tuple[str, int, int]]:
    """The source positions in a location, innermost first: file, line, column."""
    if location.is_a_file():
        yield location.filename, location.start_line, location.start_col
    elif location.is_a_name():
        yield from positions(location.child_loc)
    elif location.is_a_callsite():
        yield from positions(location.callee)
        yield from positions(location.caller)
    elif location.is_a_fused():
        for part in location.locations:
            yield from positions(part)


def describe(message: str, location: ir.Location) -> Diagnostic:
    """A diagnostic at the innermost source position of a location."""
    file, line, column = next(positions(location), ("<unknown>", 0, 0))
    text = linecache.getline(file, line).rstrip("\n")
    return Diagnostic(file, line, column, column + 1, text, message)


def explain(error: ir.MLIRError, pipeline: str, reproducer: Path | None) -> TileworkError:
    """The error of a pass that failed: the author's, or ours with what reproduces it.

    A pass refuses a program at a Python line, in words; a failed verification, which names an
    operation, is a mistake of the compiler's.
    """
    found = [
        describe(prefix + item.message, item.location)
        for diagnostic in error.error_diagnostics
        for prefix, item in [("", diagnostic), *(("note: ", note) for note in diagnostic.notes)]
        if not item.message.startswith("see current operation")
    ]
    if found and all(it.source_line and not it.message.startswith("'") for it in found):
        return LanguageError(found)
    lines = [str(diagnostic) for diagnostic in found] or [str(error)]
    if reproducer:
        lines.append(f"to reproduce: tile-opt {reproducer} --pass-pipeline='{pipeline}'")
    return CompilerError("\n".join(lines))
