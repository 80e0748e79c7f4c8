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
FORMS = ("traced", *PIPELINES)
# Native code needs no placed kernels: only who asks for this form, or starts from it, gets them.
OPTIONAL = "placed"


def lower(
    module: ir.Module, form: str, start: str = "traced", reproducers: Path | None = None
) -> ir.Module:
    """Takes `module` from form `start` to `form`, in place, and returns it.

    `native` is the LLVM dialect: the kernels of the *fast* variant and, from `placed` on, the walks
    of the placed ones. Where a pass fails, the module as it was is kept in the folder
    `reproducers`. Raises LanguageError where the author's program cannot be compiled,
    CompilerError for a mistake of ours, ValueError for an unknown form.
    """
    if form not in FORMS or start not in FORMS:
        raise ValueError(f"expects a form of {', '.join(FORMS)}, but got {start} to {form}")
    for step in FORMS[FORMS.index(start) + 1 : FORMS.index(form) + 1]:
        if step == OPTIONAL and form != OPTIONAL:
            continue
        before = str(module) if reproducers is None else _print(module)
        try:
            with module.context:
                passmanager.PassManager.parse(PIPELINES[step]).run(module.operation)
        except ir.MLIRError as error:
            raise explain(error, PIPELINES[step], _keep(before, step, reproducers)) from None
    return module


def _print(module: ir.Module) -> str:
    return module.operation.get_asm(enable_debug_info=True)


def _keep(text: str, step: str, folder: Path | None) -> Path | None:
    if folder is None:
        return None
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"to-{step}.mlir"
    path.write_text(f"// RUN: tile-opt %s --pass-pipeline='{PIPELINES[step]}'\n{text}")
    return path
