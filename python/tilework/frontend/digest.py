"""A digest of all that decides what a program is: its source and the constants it reaches."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping
from enum import Enum
from types import ModuleType
from typing import Any

from tilework.frontend.arguments import Specialisation
from tilework.language.construct import construct_of
from tilework.language.jit import JitFunction


def digest(function: JitFunction) -> str:
    """Changes with the function's text, its callees' text and every constant either reaches."""
    parts: dict[str, str] = {}
    _reach(function, parts, set())
    text = "\n".join(f"{name} = {value}" for name, value in sorted(parts.items()))
    return hashlib.sha256(text.encode()).hexdigest()


def key_text(specialisation: Specialisation) -> str:
    """A specialisation as text that is the same in every process."""
    return "; ".join(
        f"{name}: {canonical(dataclasses.astuple(key))}" for name, key in specialisation.parameters
    )


def canonical(value: Any) -> str:
    """A compile-time value as text that is the same in every process."""
    if isinstance(value, float):
        return value.hex()
    if value is None or isinstance(value, (bool, int, str)):
        return repr(value)
    if isinstance(value, Enum):
        return f"{type(value).__qualname__}.{value.name}"
    if isinstance(value, (list, tuple)):
        return f"{type(value).__name__}({', '.join(map(canonical, value))})"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{canonical(k)}: {canonical(v)}" for k, v in value.items()) + "}"
    if isinstance(value, JitFunction):
        return digest(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
        return f"{type(value).__qualname__}{canonical(fields)}"
    return f"{type(value).__module__}.{getattr(value, '__qualname__', type(value).__qualname__)}"


def _reach(function: JitFunction, parts: dict[str, str], seen: set[int]) -> None:
    if id(function) in seen:
        return
    seen.add(id(function))
    source = function.source
    label = f"{source.file}:{source.tree.lineno}:{function.__name__}"
    parts[label] = f"{function.kind} {source.file}:{source.tree.lineno} {source.text()}"
    surroundings = function.surroundings
    for dotted in source.outer_names:
        if dotted[0] in surroundings:
            _note(label, dotted, surroundings, parts, seen)
    for name, annotation in function.annotations.items():
        parts[f"{label}({name})"] = canonical(annotation)


def _note(
    label: str,
    dotted: tuple[str, ...],
    surroundings: Mapping[str, Any],
    parts: dict[str, str],
    seen: set[int],
) -> None:
    value = surroundings[dotted[0]]
    for name in dotted[1:]:
        if isinstance(value, JitFunction) or construct_of(value) is not None:
            break
        value = getattr(value, name, None)
    if isinstance(value, JitFunction):
        _reach(value, parts, seen)
    elif not isinstance(value, ModuleType):
        parts[f"{label}:{'.'.join(dotted)}"] = canonical(value)
