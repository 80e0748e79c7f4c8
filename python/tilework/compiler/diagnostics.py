"""MLIR diagnostics as errors that show the author's own lines."""

from __future__ import annotations

import linecache
from collections.abc import Iterator
from pathlib import Path

from tilework_mlir import ir

from tilework.errors import CompilerError, Diagnostic


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


def explain(error: ir.MLIRError, reproducer: Path | None) -> CompilerError:
    """The error a user sees for a pass that failed: each diagnostic with its notes."""
    lines = []
    for found in error.error_diagnostics:
        lines.append(str(describe(found.message, found.location)))
        lines.extend(f"note: {describe(note.message, note.location)}" for note in found.notes)
    if reproducer:
        lines.append(f"to reproduce: tile-opt {reproducer}")
    return CompilerError("\n".join(lines) or str(error))
