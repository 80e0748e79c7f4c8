"""The table of the language: every name an author may write, and what becomes of it.

A module of the language defines a construct by a function whose parameters after the emitter are
the author's, annotated with kinds; its docstring is the reference text. The author's name is a
function of the same signature that refuses to be called outside a traced function.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, get_args

from tilework.errors import LanguageError
from tilework.language.kinds import Kind

CALL, LOOP, REGION, REFUSED = "call", "loop", "region", "refused"


@dataclass(frozen=True)
class Construct:
    """One entry: `use` is where it may stand (a call, the head of a `for`, of a `with`, nowhere).

    `writes` names the parameter whose variable an expression statement of this call updates.
    """

    name: str
    group: str
    use: str
    signature: inspect.Signature
    kinds: Mapping[str, Kind]
    doc: str
    emit: Callable[..., Any]
    writes: str = ""

    def usage(self, spelled: str = "") -> str:
        """How to write it: `pl.slice(input, shape, offset, valid_shape=None)`."""
        parts = []
        star = False
        for parameter in self.signature.parameters.values():
            if parameter.kind is parameter.VAR_POSITIONAL:
                parts.append(f"*{parameter.name}")
                star = True
                continue
            if parameter.kind is parameter.KEYWORD_ONLY and not star:
                parts.append("*")
                star = True
            default = parameter.default
            plain = default is parameter.empty
            parts.append(parameter.name if plain else f"{parameter.name}={default}")
        return f"{spelled or 'pl.' + self.name}({', '.join(parts)})"


REGISTRY: dict[str, Construct] = {}


def construct_of(value: Any) -> Construct | None:
    """The construct behind a Python object, if it is one."""
    found = getattr(value, "construct", None) if callable(value) else None
    return found if isinstance(found, Construct) else None


def construct(
    group: str, *, name: str = "", use: str = CALL, writes: str = "", doc: str = ""
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Registers the decorated emitter function and returns the author's function."""

    def register(emit: Callable[..., Any]) -> Callable[..., Any]:
        signature = inspect.signature(emit)
        parameters = list(signature.parameters.values())[1:]
        kinds = {parameter.name: _kind(parameter, emit) for parameter in parameters}
        bare = [parameter.replace(annotation=inspect.Parameter.empty) for parameter in parameters]
        entry = Construct(
            name or emit.__name__,
            group,
            use,
            inspect.Signature(bare),
            kinds,
            doc or inspect.getdoc(emit) or "",
            emit,
            writes,
        )
        assert entry.name not in REGISTRY, entry.name
        REGISTRY[entry.name] = entry
        return outside_function(entry)

    return register


def _kind(parameter: inspect.Parameter, emit: Callable[..., Any]) -> Kind:
    """The kind behind a parameter's annotation, which is a string here."""
    annotated = eval(parameter.annotation, emit.__globals__)
    choices = (annotated, *get_args(annotated))
    parts = (part for choice in choices for part in getattr(choice, "__metadata__", ()))
    return next(part for part in parts if isinstance(part, Kind))


def outside_function(entry: Construct) -> Callable[..., Any]:
    """The Python function authors see: documented, and helpful when called outside a program."""

    def function(*arguments: Any, **keywords: Any) -> Any:
        raise LanguageError.at_definition(
            f"pl.{entry.name} expects to stand inside a traced function, but got called by Python",
            hint="put it into a function decorated with @pl.jit and call that function",
        )

    function.__name__ = function.__qualname__ = entry.name.rpartition(".")[2]
    function.__doc__ = entry.doc
    function.__signature__ = entry.signature  # type: ignore[attr-defined]
    function.construct = entry  # type: ignore[attr-defined]
    return function


def registry() -> list[Construct]:
    """Every construct, supported and refused, by group and name."""
    import tilework.language  # noqa: F401 - its modules fill the table

    return sorted(
        REGISTRY.values(), key=lambda entry: (entry.use == REFUSED, entry.group, entry.name)
    )
