"""Tracing through the public door, and executing what was traced by the reference interpreter."""

from __future__ import annotations

import numpy as np
import pytest
from tilework.errors import LanguageError
from tilework.frontend.arguments import bind
from tilework.reference import interpret


def execute(program, *arguments):
    """Runs a program on copies by the reference interpreter; gives its outputs in order."""
    function = getattr(program, "entry", program)
    traced = program.trace(*arguments)
    run_time = bind(function, arguments, {}).arguments
    result = interpret(traced.module, traced.entry, run_time)
    outputs = [result.outputs[position] for position in sorted(result.outputs)]
    return outputs[0] if len(outputs) == 1 else outputs


def scopes(program, *arguments):
    """The names of the scopes that ran, in order."""
    traced = program.trace(*arguments)
    return [scope.name for scope in interpret(traced.module, traced.entry, arguments).scopes]


def text(program, *arguments):
    """The program's traced form."""
    return program.lower(*arguments)


def floats(*shape, seed=0):
    """Random float32 numbers between -2 and 2."""
    return np.random.default_rng(seed).uniform(-2, 2, shape).astype(np.float32)


def empty(*shape, dtype=np.float32):
    """An output array, filled with what must not survive."""
    return np.full(shape, 77, dtype)


def refused(program, *arguments):
    """The diagnostics of a program that must not trace."""
    with pytest.raises(LanguageError) as caught:
        program.trace(*arguments)
    return caught.value.diagnostics


def only(program, *arguments):
    """The one diagnostic of a program that must not trace."""
    diagnostics = refused(program, *arguments)
    assert len(diagnostics) == 1, "\n".join(map(str, diagnostics))
    return diagnostics[0]


def caret(diagnostic):
    """The source text under the caret."""
    return diagnostic.source_line[diagnostic.column - 1 : diagnostic.end_column - 1]
