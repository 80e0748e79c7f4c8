"""MLIR contexts that know Tilework's dialects and passes."""

from __future__ import annotations

import tilework.dialects  # noqa: F401 - must come first: it registers them with the bindings
from tilework_mlir import ir

from tilework import _tilework


def make_context() -> ir.Context:
    """A context with every dialect loaded; passes are registered with the process."""
    _tilework.register_passes()
    context = ir.Context()
    _tilework.load(context)
    return context
