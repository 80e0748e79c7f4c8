"""Runs the named pipelines: from one form to a later one."""

from __future__ import annotations

from pathlib import Path

from tilework_mlir import ir, passmanager

from tilework.compiler.diagnostics import explain

# What takes a module from the form before to this one.
PIPELINES = {
    "fused": "builtin.module(tilework-to-fused)",
    "graph": "builtin.module(tilework-to-graph)",
    "placed": "builtin.module(tilework-to-placed)",
    "native": "builtin.module(tilework-lower-kernels,tilework-lower-to-llvm)",
}
WITHOUT_SPLIT_SUMS = "builtin.module(tilework-to-fused{split-sums=false})"
WITHOUT_STATIC_DEPENDENCES = "builtin.module(tilework-to-graph{static-dependences=false})"
FORMS = ("traced", *PIPELINES)
# Native code needs no placed kernels: only who asks for this form, or starts from it, gets them.
OPTIONAL = "placed"


def lower(
    module: ir.Module,
    form: str,
    start: str = "traced",
    reproducers: Path | None = None,
    split_sums: bool = True,
    static_dependences: bool = True,
) -> ir.Module:
    """Takes `module` from form `start` to `form`, in place, and returns it.

    `native` is the LLVM dialect: the kernels of the *fast* variant and, from `placed` on, the walks
    of the placed ones. Where a pass fails, the module as it was is kept in the folder
    `reproducers`. `split_sums` and `static_dependences` are those of `tilework.options`. Raises
    LanguageError where the author's program cannot be compiled, CompilerError for a mistake of
    ours, ValueError for an unknown form.
    """
    if form not in FORMS or start not in FORMS:
        raise ValueError(f"expects a form of {', '.join(FORMS)}, but got {start} to {form}")
    for step in FORMS[FORMS.index(start) + 1 : FORMS.index(form) + 1]:
        if step == OPTIONAL and form != OPTIONAL:
            continue
        before = str(module) if reproducers is None else _print(module)
        pipeline = PIPELINES[step]
        if step == "fused" and not split_sums:
            pipeline = WITHOUT_SPLIT_SUMS
        if step == "graph" and not static_dependences:
            pipeline = WITHOUT_STATIC_DEPENDENCES
        try:
            with module.context:
                passmanager.PassManager.parse(pipeline).run(module.operation)
        except ir.MLIRError as error:
            raise explain(error, pipeline, _keep(before, step, pipeline, reproducers)) from None
    return module


def copy(module: ir.Module) -> ir.Module:
    """The module printed and parsed back, locations included."""
    parsed: ir.Module = ir.Module.parse(_print(module), module.context)
    return parsed


def splits_sums(traced: ir.Module) -> bool:
    """Whether room 2 adds terms of the program in another order, which changes last bits."""
    whole, split = (lower(copy(traced), "fused", split_sums=it) for it in (False, True))
    return str(whole) != str(split)


def _print(module: ir.Module) -> str:
    return module.operation.get_asm(enable_debug_info=True)


def _keep(text: str, step: str, pipeline: str, folder: Path | None) -> Path | None:
    if folder is None:
        return None
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"to-{step}.mlir"
    path.write_text(f"// RUN: tile-opt %s --pass-pipeline='{pipeline}'\n{text}")
    return path
