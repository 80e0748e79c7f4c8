"""Program classes: methods that call each other through `self`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tilework.errors import LanguageError
from tilework.language.enums import FunctionType
from tilework.language.jit import JitFunction

_KINDS = {
    FunctionType.Opaque: "entry",
    FunctionType.Orchestration: "entry",
    FunctionType.InCore: "incore",
    FunctionType.Inline: "inline",
}


def function(
    wrapped: Callable[..., Any] | None = None,
    *,
    type: FunctionType = FunctionType.Opaque,
    **options: Any,
) -> Any:
    """Makes a method of a program class a function of the program.

    `Opaque` and `Orchestration` functions can be called from Python, `InCore` ones are one task
    each, `Inline` ones are spliced where they are called.
    """
    if type not in _KINDS:
        raise LanguageError.at_definition(
            f"expects a function type Opaque, Orchestration, InCore or Inline, but got {type}"
        )
    for name, value in options.items():
        if not (name == "auto_scope" and value is True) and value is not None:
            raise LanguageError.at_definition(
                f"expects pl.function without {name}={value!r}: this compiler does not support "
                "it, but got it"
            )

    def wrap(method: Callable[..., Any]) -> JitFunction:
        made = JitFunction(method, _KINDS[type])
        made.infers_written = True
        return made

    return wrap if wrapped is None else wrap(wrapped)


class Program:
    """A program class after decoration: its functions as attributes; callable if it has one entry.

    Called methods that are entries of their own are spliced like inlined ones.
    """

    def __init__(self, owner: type):
        self.__name__ = owner.__name__
        self.__doc__ = owner.__doc__
        self.functions: dict[str, JitFunction] = {}
        for name, value in vars(owner).items():
            if isinstance(value, JitFunction):
                value.owner = self
                self.functions[name] = value
            if not name.startswith("__"):
                setattr(self, name, value)
        self._splice_called_entries()

    def _splice_called_entries(self) -> None:
        import ast

        called = {
            node.func.attr
            for function in self.functions.values()
            for node in ast.walk(function.source.tree)
            if isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and isinstance(node.func.value, ast.Name)
            and node.func.value.id == "self"
        }
        for name in called & self.functions.keys():
            if self.functions[name].kind == "entry":
                self.functions[name].kind = "inline"

    @property
    def entry(self) -> JitFunction:
        """The one function that Python may call. Raises LanguageError if there is not one."""
        entries = [f for f in self.functions.values() if f.kind == "entry"]
        if len(entries) != 1:
            raise LanguageError.at_definition(
                f"expects one entry in program '{self.__name__}', but got {len(entries)}",
                hint="call the function by its name: Program.function(...)",
            )
        return entries[0]

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        """Runs the entry."""
        __tracebackhide__ = True
        return self.entry(*arguments, **keywords)

    def compile(self, *arguments: Any, **keywords: Any) -> Any:
        """Compiles the entry for these arguments."""
        __tracebackhide__ = True
        return self.entry.compile(*arguments, **keywords)

    def lower(self, *arguments: Any, **keywords: Any) -> str:
        """The entry's IR in a named form."""
        __tracebackhide__ = True
        return self.entry.lower(*arguments, **keywords)

    def trace(self, *arguments: Any, **keywords: Any) -> Any:
        """The entry in the form `traced`."""
        __tracebackhide__ = True
        return self.entry.trace(*arguments, **keywords)


def program(owner: type) -> Program:
    """Makes a class a program."""
    return Program(owner)
