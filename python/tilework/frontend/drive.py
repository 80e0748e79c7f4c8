"""What a decorated function does when it is called, compiled, lowered or traced."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tilework.frontend.arguments import BoundCall, Specialisation, annotated, bind
from tilework.language.jit import JitFunction


def _specialised(
    function: JitFunction, positional: Sequence[Any], keywords: Mapping[str, Any]
) -> Specialisation:
    """From the arguments; without any, from the annotations alone."""
    if not positional and not keywords:
        return annotated(function)
    return bind(function, positional, keywords).specialisation


def traced(
    function: JitFunction, positional: Sequence[Any], keywords: Mapping[str, Any]
) -> Any:
    """The program in the form `traced`."""
    from tilework.frontend.trace import trace

    return trace(function, _specialised(function, positional, keywords))


def _factory(function: JitFunction, specialisation: Specialisation) -> Callable[[], Any]:
    def make() -> Any:
        from tilework.frontend.trace import trace

        return trace(function, specialisation)

    return make


def compiled(
    function: JitFunction, positional: Sequence[Any], keywords: Mapping[str, Any]
) -> Any:
    """The compiled program for these arguments."""
    from tilework.compiler import jit

    specialisation = _specialised(function, positional, keywords)
    return jit.compile(
        _factory(function, specialisation), specialisation, function.source_digest()
    )


def run(function: JitFunction, positional: Sequence[Any], keywords: Mapping[str, Any]) -> Any:
    """Runs the program on its arguments and gives the arrays that it returns."""
    from tilework.compiler import jit

    call: BoundCall = bind(function, positional, keywords)
    program = jit.compile(
        _factory(function, call.specialisation), call.specialisation, function.source_digest()
    )
    return jit.run(program, call.arguments)


def lowered(
    function: JitFunction, positional: Sequence[Any], keywords: Mapping[str, Any], form: str
) -> str:
    """The program's IR in a named form, as text."""
    if form == "traced":
        return str(traced(function, positional, keywords).module)
    from tilework.compiler import jit

    specialisation = _specialised(function, positional, keywords)
    text: str = jit.lower(
        _factory(function, specialisation), specialisation, function.source_digest(), form
    )
    return text
