"""The stage ladder: stop at any form, execute it there, compare. A wrong number names its room.

The reference interpreter executes `traced`, `fused` and `graph`, the instruction executor `placed`,
and the host `native`. From `fused` on all of them give the same bits; so do `traced` and `fused`,
unless room 2 splits a sum.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from tilework_mlir import ir, passmanager

from tilework.compiler.images import link_image
from tilework.compiler.lowering import FORMS, copy, lower, splits_sums
from tilework.compiler.run import Options, as_numpy, exact_mode
from tilework.errors import ArgumentError, CompilerError, TileworkError
from tilework.runtime import LoadedImage
from tilework.runtime.executor import WRITE

if TYPE_CHECKING:
    from tilework.language.jit import JitFunction
    from tilework.reference import Mismatch

Outputs = dict[int, np.ndarray]

REFERENCE = ("traced", "fused", "graph")
# The form that each is made of, and by whom. Native kernels are made before any is placed.
BEFORE = {"fused": "traced", "graph": "fused", "placed": "graph", "native": "graph"}
ROOMS = {
    "traced": "room 1, the frontend",
    "fused": "room 2, the tensor passes (traced to fused)",
    "graph": "room 3, outlining (fused to graph)",
    "placed": "room 4, the kernel passes (graph to placed), or the simulated device",
    "native": "room 5, the native kernels (graph to native), or the runtime",
}


@dataclass(frozen=True)
class Rung:
    """A program executed at one form: what it left in its `out` and `inout` arguments, by position,
    or why it could not. `difference` says how that differs from the rung before; after one that
    fails nothing `is_judged`."""

    form: str
    outputs: Outputs = field(default_factory=dict)
    error: TileworkError | None = None
    is_refused: bool = False  # by a pass, in the author's words: there is nothing to execute
    difference: str = ""
    is_judged: bool = True

    @property
    def room(self) -> str:
        """Where the form comes from."""
        return ROOMS[self.form]


@dataclass(frozen=True)
class Ladder:
    """The rungs of a program, in corridor order."""

    rungs: tuple[Rung, ...]

    @property
    def first_difference(self) -> Rung | None:
        """The first form that does not mean what the one before means."""
        return next((rung for rung in self.rungs if rung.difference), None)

    def __str__(self) -> str:
        width = max(len(form) for form in FORMS)
        lines = [f"{rung.form:{width}}  {_verdict(rung)}" for rung in self.rungs]
        if wrong := self.first_difference:
            lines.append(f"the first difference is of {wrong.room}")
        return "\n".join(lines)


def _verdict(rung: Rung) -> str:
    if rung.difference:
        return rung.difference
    if rung.error is not None:
        return f"{'refused' if rung.is_refused else 'fails'}: {rung.error}"
    return "ok" if rung.is_judged else "not judged: the form before it fails"


def climb(
    module: ir.Module,
    entry: str,
    arguments: Sequence[Any],
    forms: Sequence[str] = FORMS,
    start: str = "traced",
    edited: Mapping[str, ir.Module] | None = None,
    seed: int = 0,
) -> Ladder:
    """Lowers a copy of `module`, which is in the form `start`, and executes it at each of `forms`.

    `edited` holds, by form, a module to go on with instead of what the room before made. `seed`
    chooses the interleaving of the simulated device, whose instructions are checked as well.
    `arguments` stay as they are.
    """
    from tilework.reference import compare, compare_within

    edited = edited or {}
    modules: dict[str, ir.Module] = {}
    rungs: dict[str, Rung] = {}
    for form in FORMS[FORMS.index(start) :]:
        before = BEFORE.get(form, "")
        if form in edited:
            modules[form] = edited[form]
        elif form == start:
            modules[form] = module
        elif before in modules:
            try:
                modules[form] = lower(copy(modules[before]), form, before)
            except TileworkError as error:
                rungs[form] = Rung(form, error=error, is_refused=True)
        if form in modules and form in forms:
            rung = _executed(modules[form], form, entry, arguments, seed)
            may_round = form == "fused" and "traced" in modules and splits_sums(modules["traced"])
            rungs[form] = _judged(rung, rungs, compare_within if may_round else compare)
    return Ladder(tuple(rungs.values()))


def execute(
    module: ir.Module, form: str, entry: str, arguments: Sequence[Any], seed: int = 0
) -> Outputs:
    """Executes a module of a form on copies of `arguments`; gives what is in the `out` and `inout`
    ones at the end, by position. `module` stays as it is. Raises what the execution raises."""
    own = [_own(argument) for argument in arguments]
    if form in REFERENCE:
        from tilework.reference import interpret

        return interpret(module, entry, own).outputs
    native = module if form == "native" else lower(copy(module), "native", form)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "image.so"
        link_image(native, path)
        image = LoadedImage(path)
        exact = None
        if form == "placed":
            exact = exact_mode(image.target, Options(exact=seed, check=True))
        image.run(entry, own, exact=exact)
        parameters = image.entries[entry]["arguments"]
    return {i: own[i] for i, parameter in enumerate(parameters) if parameter["direction"] & WRITE}


def find_entry(module: ir.Module, name: str | None = None) -> ir.Operation:
    """The program of that name, or the only one. Raises ArgumentError."""
    found = {
        ir.StringAttr(op.operation.attributes["sym_name"]).value: op.operation
        for op in module.body.operations
        if op.operation.name == "task.entry"
    }
    if name is None and len(found) == 1:
        return next(iter(found.values()))
    if name not in found:
        raise ArgumentError(f"expects the name of one of {list(found)}, but got {name}")
    return found[name]


def find_form(module: ir.Module) -> str:
    """The last form whose conditions a module meets. Raises ArgumentError where it meets none's."""
    for form in ("placed", "graph", "fused", "traced"):
        try:
            with module.context:
                door = passmanager.PassManager.parse(
                    f"builtin.module(task-verify-form{{form={form}}})"
                )
                door.run(module.operation)
            return form
        except ir.MLIRError as error:
            refusal = error
    raise ArgumentError(f"expects a module in one of the forms, but got: {refusal}")


def ladder(
    program: JitFunction,
    *arguments: Any,
    edited: Mapping[str, str] | None = None,
    seed: int = 0,
    **keywords: Any,
) -> Ladder:
    """Executes a program at every form and compares: `print(tilework.ladder(program, x, out))`.

    The arguments are those of a call, and stay as they are. `edited` holds, by form, the text of a
    module to go on with instead of what `program.lower(…, form=…)` gives. `seed` chooses the
    interleaving of the simulated device. Raises LanguageError for a program outside the language,
    CompilerError for a text that is no module.
    """
    from tilework.frontend.drive import Invocation

    call = Invocation(getattr(program, "entry", program), arguments, keywords)
    traced = call.trace()
    modules = {form: parse(text, traced.module.context) for form, text in (edited or {}).items()}
    return climb(traced.module, traced.entry, call.arguments, edited=modules, seed=seed)


def parse(text: str, context: ir.Context) -> ir.Module:
    """A module from its text. Raises CompilerError."""
    try:
        module: ir.Module = ir.Module.parse(text, context)
    except ir.MLIRError as error:
        raise CompilerError(str(error)) from None
    return module


def _executed(
    module: ir.Module, form: str, entry: str, arguments: Sequence[Any], seed: int
) -> Rung:
    try:
        return Rung(form, execute(module, form, entry, arguments, seed))
    except TileworkError as error:
        return Rung(form, error=error)


def _judged(rung: Rung, rungs: Mapping[str, Rung], compare: Callable[..., Mismatch | None]) -> Rung:
    """The rung, with how it differs from the nearest one before it."""
    form = BEFORE.get(rung.form)
    while form is not None and form not in rungs:
        form = BEFORE.get(form)
    if form is None:
        return rung
    if rungs[form].error:
        return replace(rung, is_judged=False)
    if rung.error:
        return replace(rung, difference=f"fails: {rung.error}")
    for position, expected in rungs[form].outputs.items():
        if mismatch := compare(rung.outputs[position], expected):
            return replace(rung, difference=f"argument {position}: {mismatch}")
    return rung


def _own(argument: Any) -> Any:
    view = as_numpy(argument)
    return view.copy() if isinstance(view, np.ndarray) else view
