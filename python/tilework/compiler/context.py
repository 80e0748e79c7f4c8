"""MLIR contexts that know Tilework's dialects and passes."""

from __future__ import annotations

import tilework.dialects  # noqa: F401 - must come first: it registers them with the bindings
from tilework_mlir import ir

from tilework.dialects import _tilework  # not directly: libMLIR has to be loaded first


def make_context() -> ir.Context:
    """A context with every dialect loaded; passes are registered with the process."""
    context = ir.Context()
    _tilework.load(context)
    return context
