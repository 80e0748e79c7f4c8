"""The decorators: what makes a Python function a program, or a part of one."""

from __future__ import annotations

import ast
import builtins
import functools
import inspect
from collections import ChainMap
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, NoReturn

from tilework.errors import LanguageError
from tilework.frontend.liveness import base_name, target_names
from tilework.language.annotations import DirectedSpec
from tilework.language.construct import construct_of

if TYPE_CHECKING:
    from tilework.compiler.run import LastRun
    from tilework.frontend.arguments import Specialisation
    from tilework.frontend.liveness import Liveness
    from tilework.frontend.source import FunctionSource
    from tilework.frontend.trace import Traced


class JitFunction:
    """A traced function. `kind` is "entry", "inline" or "incore".

    Calling an entry compiles it for the arguments' shapes and element types, runs it, and returns
    the arrays it returns. Arguments are NumPy arrays or PyTorch tensors, contiguous, and numbers.
    Raises ArgumentError for arguments it does not take and LanguageError for a program outside
    the language.
    """

    __name__: str

    def __init__(
        self,
        function: Callable[..., Any],
        kind: str,
        owner: Any = None,
        device: str | None = None,
    ):
        functools.update_wrapper(self, function)
        self.function = function
        self.kind = kind
        self.owner = owner  # the program class object, for methods
        self.device = device  # what the author compiles an entry for; None: nobody said
        self.infers_written = False  # a parameter without direction may be written
        self.last_run: LastRun | None = None  # what the last call did
        self.returned_names: dict[Specialisation, tuple[list[str], bool]] = {}

    def __repr__(self) -> str:
        return f"<tilework {self.kind} '{self.__name__}'>"

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        """Runs the program. Raises ArgumentError, LanguageError or TaskError."""
        __tracebackhide__ = True
        if self.kind != "entry":
            raise LanguageError.at_definition(
                f"expects '{self.__name__}' to be called inside a traced function, but got a call "
                "by Python",
                hint=f"@pl.jit.{self.kind} functions are parts of programs; call the @pl.jit one",
            )
        from tilework.frontend.drive import run

        return run(self, arguments, keywords)

    def compile(self, *arguments: Any, **keywords: Any) -> Any:
        """Compiles for these arguments, without running."""
        __tracebackhide__ = True
        from tilework.frontend.drive import compiled

        return compiled(self, arguments, keywords)

    def lower(self, *arguments: Any, form: str = "traced", **keywords: Any) -> str:
        """The program's IR in a named form, as text."""
        __tracebackhide__ = True
        from tilework.frontend.drive import lowered

        return lowered(self, arguments, keywords, form)

    def trace(self, *arguments: Any, **keywords: Any) -> Traced:
        """The program in the form `traced`."""
        __tracebackhide__ = True
        from tilework.frontend.drive import traced

        return traced(self, arguments, keywords)

    def source_digest(self) -> str:
        """A digest of the source of this function and of all that it reaches."""
        from tilework.frontend.digest import digest

        return digest(self)

    def specialise(self, *arguments: Any, **keywords: Any) -> Specialisation:
        """What the arguments decide at compile time: a hashable key."""
        from tilework.frontend.arguments import bind

        return bind(self, arguments, keywords).specialisation

    # What the frontend reads.

    @functools.cached_property
    def source(self) -> FunctionSource:
        """The source text and tree."""
        from tilework.frontend.source import source_of

        return source_of(self.function)

    @property
    def surroundings(self) -> Mapping[str, Any]:
        """The names around the function: closure, module, builtins."""
        cells = self.function.__closure__ or ()
        closure = {}
        for name, cell in zip(self.function.__code__.co_freevars, cells, strict=True):
            try:
                closure[name] = cell.cell_contents
            except ValueError:  # assigned only after the function is defined, and not yet
                continue
        if self.owner is not None:
            closure["self"] = self.owner
        return ChainMap(closure, self.function.__globals__, vars(builtins))

    @functools.cached_property
    def signature(self) -> inspect.Signature:
        """Parameters without `self`."""
        signature = inspect.signature(self.function)
        parameters = list(signature.parameters.values())
        if self.owner is not None:
            parameters = parameters[1:]
        for parameter in parameters:
            if parameter.kind is not parameter.POSITIONAL_OR_KEYWORD:
                self._refuse_parameter(
                    parameter.name,
                    f"expects plain parameters of '{self.__name__}', but got '{parameter}'",
                    "write each parameter by name, without *, ** or /",
                )
        return signature.replace(parameters=parameters)

    @functools.cached_property
    def annotations(self) -> dict[str, Any]:
        """What the annotations mean; strings are evaluated where the function stands."""
        found = {}
        for name, parameter in self.signature.parameters.items():
            value = parameter.annotation
            if isinstance(value, str):
                try:
                    value = eval(value, dict(self.surroundings))
                except (NameError, AttributeError, SyntaxError) as error:
                    self._refuse_parameter(
                        name,
                        f"expects the annotation of '{name}' to be known where "
                        f"'{self.__name__}' is defined, but got: {error}",
                        "leave out 'from __future__ import annotations' in this file",
                    )
            found[name] = value
        return found

    def _refuse_parameter(self, name: str, message: str, hint: str) -> NoReturn:
        """An error at the author's own parameter."""
        parameters = self.source.tree.args
        written = [*parameters.posonlyargs, *parameters.args, *parameters.kwonlyargs]
        written += [it for it in (parameters.vararg, parameters.kwarg) if it is not None]
        node = next((it for it in written if it.arg == name), self.source.tree)
        raise LanguageError([self.source.diagnostic(node, message, hint)]) from None

    @functools.cached_property
    def liveness(self) -> Liveness:
        """Which names each statement sets and which are needed after it."""
        from tilework.frontend.liveness import Liveness

        analysis = Liveness(self.written_arguments)
        kept = self.written_parameters
        if self.kind == "entry":
            annotations = self.annotations.items()
            kept = frozenset(n for n, spec in annotations if isinstance(spec, DirectedSpec))
            kept |= self.inferred_outputs
        analysis.annotate(self.source.tree.body, kept)
        return analysis

    @functools.cached_property
    def written_parameters(self) -> frozenset[str]:
        """Parameters that the body may write."""
        from tilework.frontend.liveness import Liveness

        self.__dict__["written_parameters"] = frozenset()  # a recursion is refused elsewhere
        names = Liveness(self.written_arguments).set_by(self.source.tree.body)
        return frozenset(names) & frozenset(self.signature.parameters)

    @functools.cached_property
    def inferred_outputs(self) -> frozenset[str]:
        """Parameters without direction that are written, where that says enough: in a method of a
        program class. They are returned, stored into, or set to an update of themselves."""
        if not self.infers_written:
            return frozenset()
        found: set[str] = set()
        for node in ast.walk(self.source.tree):
            if isinstance(node, ast.Return) and node.value is not None:
                items = node.value.elts if isinstance(node.value, ast.Tuple) else [node.value]
                found |= {item.id for item in items if isinstance(item, ast.Name)}
            elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store):
                found |= {base_name(node) or ""}
            elif isinstance(node, ast.Call):
                found |= {base_name(argument) or "" for argument in self.written_arguments(node)}
            elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
                found |= self._updated_by(node, node.value)
        return frozenset(found) & frozenset(self.signature.parameters)

    def _updated_by(self, node: ast.Assign, call: ast.Call) -> set[str]:
        callee = static_value(call.func, self.surroundings)
        construct = construct_of(callee)
        updates = construct is not None and construct.name in ("assemble", "store", "write")
        if not updates and not isinstance(callee, JitFunction):
            return set()
        targets = set().union(*(target_names(target) for target in node.targets))
        return targets & {a.id for a in call.args if isinstance(a, ast.Name)}

    def written_arguments(self, call: ast.Call) -> Iterable[ast.expr]:
        """The arguments of a call in this body that the callee may write."""
        callee = static_value(call.func, self.surroundings)
        construct = construct_of(callee)
        if isinstance(callee, JitFunction):
            written: Iterable[str] = callee.written_parameters
            parameters = list(callee.signature.parameters)
        elif construct is not None and construct.writes:
            written = {construct.writes}
            parameters = list(construct.signature.parameters)
        else:
            return
        for name, argument in zip(parameters, call.args, strict=False):
            if name in written:
                yield argument
        for keyword in call.keywords:
            if keyword.arg is not None and keyword.arg in written:
                yield keyword.value


def static_value(node: ast.expr, names: Mapping[str, Any]) -> Any:
    """The object behind a dotted name, or None."""
    if isinstance(node, ast.Name):
        return names.get(node.id)
    if isinstance(node, ast.Attribute):
        owner = static_value(node.value, names)
        return getattr(owner, node.attr, None) if owner is not None else None
    return None


def _decorator(kind: str) -> Callable[..., Any]:
    def decorate(function: Callable[..., Any] | None = None, **options: Any) -> Any:
        device = options.pop("device", None) if kind == "entry" else None
        if device is not None:
            _expect_device(device)
        for name, value in options.items():
            if name != "auto_scope" or value is not True:
                raise LanguageError.at_definition(
                    f"expects the decorator without {name}={value!r}: this compiler does not "
                    "support it, but got it"
                )
        if function is None:
            return lambda wrapped: JitFunction(wrapped, kind, device=device)
        return JitFunction(function, kind, device=device)

    return decorate


def _expect_device(device: Any) -> None:
    from tilework.devices import names

    if device not in names():
        raise LanguageError.at_definition(
            f"expects a device of {', '.join(names())}, but got {device!r}"
        )


def _refused(name: str, reason: str) -> Callable[..., Any]:
    def refuse(*_: Any, **__: Any) -> Any:
        raise LanguageError.at_definition(
            f"expects a decorator this compiler supports, but got @pl.jit.{name}: {reason}"
        )

    refuse.__doc__ = f"Refused: {reason}."
    return refuse


class _Jit:
    """`@pl.jit` and, as attributes, its relatives."""

    def __call__(self, function: Callable[..., Any] | None = None, **options: Any) -> Any:
        """Makes a function a program; `auto_scope=True` is what happens anyway.

        `device` names the device it is compiled for; `tilework.options(device=…)` has precedence.
        """
        return _decorator("entry")(function, **options)

    inline = staticmethod(_decorator("inline"))
    incore = staticmethod(_decorator("incore"))
    extern = staticmethod(_refused("extern", "hand-written C++ kernels have no simulated device"))
    host = staticmethod(_refused("host", "distributed programs are not part of Tilework"))
    opaque = staticmethod(_refused("opaque", "write @pl.jit.inline"))


jit = _Jit()
inline = _decorator("inline")
