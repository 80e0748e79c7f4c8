"""Which function gives an operation its meaning.

A plain meaning is `f(step, *operands)` and returns one value, a tuple of values, or `None`. A
controlling one (an operation with regions) is `f(machine, step, *operands)` and runs its regions.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tilework.reference.errors import ExecutionError


@dataclass(frozen=True)
class Meaning:
    """A function and whether it wants the machine."""

    function: Callable[..., Any]
    is_controlling: bool


MEANINGS: dict[str, Meaning] = {}


def meaning(*names: str) -> Callable:
    """Registers the decorated function as the plain meaning of the operations `names`."""
    return _register(names, False)


def control(*names: str) -> Callable:
    """Registers the decorated function as the controlling meaning of the operations `names`."""
    return _register(names, True)


def lookup(name: str) -> Meaning:
    """The meaning of the operation `name`; refuses one that has none."""
    if name not in MEANINGS:
        raise ExecutionError(f"expects an operation of the forms up to graph, but got '{name}'")
    return MEANINGS[name]


def _register(names: tuple[str, ...], is_controlling: bool) -> Callable:
    def decorate(function: Callable) -> Callable:
        for name in names:
            if name in MEANINGS:
                raise ValueError(f"expects one meaning of '{name}', but got two")
            MEANINGS[name] = Meaning(function, is_controlling)
        return function

    return decorate
