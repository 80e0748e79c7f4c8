"""MLIR contexts that know Tilework's dialects and passes."""

from __future__ import annotations

from tilework_mlir import ir

from tilework.dialects import _tilework  # not directly: it registers them, after libMLIR


def make_context() -> ir.Context:
    """A context with every dialect loaded; passes are registered with the process."""
    context = ir.Context()
    _tilework.load(context)
    return context
