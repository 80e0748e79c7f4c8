"""The language of tile programs, imported as `pl`.

    import tilework.language as pl

A program is a Python function decorated with `@pl.jit`; its parameters are global tensors and
scalars, its body loads tiles, computes on them and stores them. `registry()` lists every construct
with its signature and meaning.
"""

# ruff: noqa: F401, F403 - this file is the public surface
from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from tilework.language import refused as _refused
from tilework.language.annotations import (
    Array,
    DynVar,
    InOut,
    Out,
    Scalar,
    TaskId,
    Tensor,
    Tile,
    Tuple,
    dynamic,
)
from tilework.language.construct import CALL, construct_of, registry
from tilework.language.control import (
    assume_distinct,
    at,
    auto_incore,
    cond,
    const,
    incore,
    manual_scope,
    parallel,
    pipeline,
    range,
    scope,
    split,
    static_assert,
    static_print,
    task_dummy,
    task_invalid,
    task_is_valid,
    unroll,
    while_,
    yield_,
)
from tilework.language.control import max_ as max
from tilework.language.control import min_ as min
from tilework.language.creation import (
    arange,
    array_create,
    assemble,
    create_tensor,
    create_tile,
    dim,
    full,
    load,
    read,
    store,
    write,
)
from tilework.language.cube import matmul, matmul_acc
from tilework.language.dtypes import *
from tilework.language.dtypes import DTYPES, DType
from tilework.language.elementwise import *
from tilework.language.enums import (
    AtomicType,
    CmpType,
    FunctionType,
    Level,
    Mem,
    MemorySpace,
    PadValue,
    Role,
    ScopeMode,
    SplitMode,
)
from tilework.language.jit import JitFunction, inline, jit
from tilework.language.program import Program, function, program
from tilework.language.reductions import *
from tilework.language.shapes import (
    col_expand,
    concat,
    expand_clone,
    expands,
    fillpad,
    reshape,
    row_expand,
    set_validshape,
    slice,
    transpose,
)

ci = arange


def _namespace(spellings: dict[str, Any], prefix: str = "") -> SimpleNamespace:
    """`pl.tensor` or `pl.tile`: the unified functions, spellings of its own, and refusals."""
    names = {
        name: value
        for name, value in globals().items()
        if (entry := construct_of(value)) is not None and entry.use == CALL
    }
    names.update({name: f for name, f in _refused.FUNCTIONS.items() if "." not in name})
    for name, value in _refused.FUNCTIONS.items():
        if prefix and name.startswith(prefix):
            names[name.removeprefix(prefix)] = value
    return SimpleNamespace(**{**names, **spellings})


tensor = _namespace({"create": create_tensor, "dim": dim, "read": read, "write": write})
tile = _namespace({"create": create_tile, "load": load, "store": store})
array = SimpleNamespace(create=array_create, get_element=read, update_element=write)
system = _namespace(
    {"task_dummy": task_dummy, "task_invalid": task_invalid, "task_is_valid": task_is_valid},
    "system.",
)
prefetch = _namespace({}, "prefetch.")


def __getattr__(name: str) -> Any:
    if name in _refused.FUNCTIONS:
        return _refused.FUNCTIONS[name]
    raise AttributeError(f"module 'tilework.language' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(name for name in globals() if not name.startswith("_"))
