"""What a decorated function does when it is called, compiled, lowered or traced."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from typing import Any

from tilework.devices import DEFAULT, Device, load
from tilework.errors import TileworkError
from tilework.frontend.arguments import ConstantKey, Specialisation, annotated, bind
from tilework.frontend.digest import key_text
from tilework.frontend.trace import Traced, trace
from tilework.frontend.tracebacks import hide_internal_frames
from tilework.language.annotations import DirectedSpec
from tilework.language.jit import JitFunction

Keywords = Mapping[str, Any]


class Invocation:
    """One use of a program: its specialisation, and how to trace or compile it."""

    def __init__(self, function: JitFunction, positional: Sequence[Any], keywords: Keywords):
        self.function = function
        self.arguments: tuple[Any, ...] = ()
        if positional or keywords:
            bound = bind(function, positional, keywords)
            self.specialisation: Specialisation = bound.specialisation
            self.arguments = bound.arguments
        else:
            self.specialisation = annotated(function)

    def trace(self) -> Traced:
        """The program in the form `traced`."""
        return trace(self.function, self.specialisation, target=self.device().target())

    def device(self) -> Device:
        """What the program is compiled for: by the options, by its author, or by default."""
        from tilework.compiler.run import options_in_force

        return load(options_in_force().device or self.function.device or DEFAULT)

    def compile(self) -> Any:
        """The compiled program, from the cache when its source and specialisation are known."""
        from tilework.compiler import jit
        from tilework.compiler.run import needs_walks, options_in_force

        device = self.device().name
        key = f"{self.function.source_digest()} {key_text(self.specialisation)} for {device}"
        options = options_in_force()
        return jit.compile(
            self.trace,
            key,
            placed=needs_walks(self.arguments),
            split_sums=options.split_sums,
            static_dependences=options.static_dependences,
        )

    def run(self) -> Any:
        """Runs on the arguments; gives what the Python function returns."""
        from tilework.compiler.run import execute, options_in_force

        last_run = execute(self.compile(), self.trace, self.arguments)
        self.function.last_run = last_run
        if options_in_force().check_races and last_run.recording is not None:
            last_run.recording.check_claims()
        positions, as_tuple = self._returned()
        arrays = tuple(self.arguments[position] for position in positions)
        if as_tuple:
            return arrays
        return arrays[0] if arrays else None

    def _returned(self) -> tuple[list[int], bool]:
        """Positions of returned arguments; by the names after `return` where those say it."""
        function = self.function
        known = function.returned_names
        if self.specialisation not in known:
            last = function.source.tree.body[-1]
            value = last.value if isinstance(last, ast.Return) else None
            items: list[ast.expr] = [value] if value is not None else []
            if isinstance(value, ast.Tuple):
                items = value.elts
            names = [item.id if isinstance(item, ast.Name) else "" for item in items]
            if all(self._is_output(name) for name in names):
                known[self.specialisation] = (names, isinstance(value, ast.Tuple))
            else:
                traced = self.trace()
                names = [traced.params[position].name for position in traced.returned]
                known[self.specialisation] = (names, traced.returns_tuple)
        names, as_tuple = known[self.specialisation]
        passed = [
            n for n, key in self.specialisation.parameters if not isinstance(key, ConstantKey)
        ]
        return [passed.index(name) for name in names], as_tuple

    def _is_output(self, name: str) -> bool:
        spec = self.function.annotations.get(name)
        return isinstance(spec, DirectedSpec) or name in self.function.inferred_outputs


def run(function: JitFunction, positional: Sequence[Any], keywords: Keywords) -> Any:
    """Runs the program on its arguments and gives the arrays that it returns."""
    __tracebackhide__ = True
    try:
        return Invocation(function, positional, keywords).run()
    except TileworkError as error:
        raise hide_internal_frames(error) from None


def compiled(function: JitFunction, positional: Sequence[Any], keywords: Keywords) -> Any:
    """The compiled program for these arguments."""
    __tracebackhide__ = True
    try:
        return Invocation(function, positional, keywords).compile()
    except TileworkError as error:
        raise hide_internal_frames(error) from None


def traced(function: JitFunction, positional: Sequence[Any], keywords: Keywords) -> Traced:
    """The program in the form `traced`."""
    __tracebackhide__ = True
    try:
        return Invocation(function, positional, keywords).trace()
    except TileworkError as error:
        raise hide_internal_frames(error) from None


def lowered(function: JitFunction, positional: Sequence[Any], keywords: Keywords, form: str) -> str:
    """The program's IR in a named form, as text."""
    __tracebackhide__ = True
    module = traced(function, positional, keywords).module
    if form != "traced":
        from tilework.compiler.lowering import lower
        from tilework.compiler.run import options_in_force

        options = options_in_force()
        lower(
            module,
            form,
            split_sums=options.split_sums,
            static_dependences=options.static_dependences,
        )
    return str(module)
