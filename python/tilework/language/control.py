"""Control flow, scopes, scalars and what happens at compile time only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tilework.frontend.values import ScalarValue, TaskIdValue, is_run_time, type_text
from tilework.language.construct import LOOP, REGION, construct
from tilework.language.dtypes import BOOL, TASK_ID
from tilework.language.enums import ScopeMode
from tilework.language.kinds import (
    AnyArg,
    DependencesArg,
    DTypeArg,
    FlagArg,
    IndexArg,
    IntArg,
    LevelArg,
    ListArg,
    ScalarArg,
    ScopeModeArg,
    SplitArg,
    TensorArg,
    TextArg,
)

if TYPE_CHECKING:
    from tilework.frontend.emitter import Emitter


def _head(e: Emitter, *_: Any, **__: Any) -> None:
    raise AssertionError("the statement that the construct heads emits it")


@construct("loops", use=LOOP)
def range(e: Emitter, *bounds: IndexArg, init_values: ListArg | None = None) -> None:
    """A sequential loop. Bounds as Python's range: stop; start, stop; start, stop, step.

    Variables that the body rebinds are carried: `h = t` at its end gives the next iteration another
    tensor. `for i, (a,) in pl.range(n, init_values=(x,))` carries `a` explicitly, and the body ends
    with `y = pl.yield_(next_a)`.
    """
    _head(e)


@construct("loops", use=LOOP)
def parallel(
    e: Emitter,
    *bounds: IndexArg,
    chunk: IntArg | None = None,
    init_values: ListArg | None = None,
) -> None:
    """The sequential loop, with the claim that its iterations are independent.

    `chunk=n` makes n consecutive iterations one task; the last task has the rest.
    """
    _head(e)


@construct("loops", use=LOOP)
def pipeline(
    e: Emitter, *bounds: IndexArg, stage: IntArg, init_values: ListArg | None = None
) -> None:
    """The sequential loop, whose iterations may overlap, with `stage` buffers per loaded tile."""
    _head(e)


@construct("loops", use=LOOP)
def unroll(e: Emitter, *bounds: IntArg) -> None:
    """A loop unrolled at compile time: the counter and what is computed from it are constants."""
    _head(e)


@construct("loops", use=LOOP)
def while_(e: Emitter, *, init_values: ListArg | None = None) -> None:
    """`for (a,) in pl.while_(init_values=(x,)):`, then `pl.cond(a < n)`, then the body, then
    `a = pl.yield_(next_a)`. A plain `while a < n:` means the same."""
    _head(e)


@construct("loops")
def yield_(e: Emitter, *values: AnyArg) -> Any:
    """The values of a loop's next round, or of a branch: `y = pl.yield_(value)`."""
    return values[0] if len(values) == 1 else tuple(values)


@construct("loops")
def cond(e: Emitter, condition: AnyArg) -> None:
    """The condition of a `pl.while_` loop, as its first statement."""
    e.fail("expects pl.cond as the first statement under pl.while_, but got it elsewhere")


@construct("scopes", use=REGION)
def incore(e: Emitter, *, name_hint: TextArg = "", split: SplitArg | None = None) -> None:
    """A region that becomes one task."""
    _head(e)


@construct("scopes", use=REGION)
def auto_incore(e: Emitter, *, split: SplitArg | None = None) -> None:
    """A region that the compiler divides into tasks."""
    _head(e)


@construct("scopes", use=REGION)
def at(
    e: Emitter,
    level: LevelArg,
    role: AnyArg = None,
    *,
    optimizations: ListArg | None = None,
    deps: DependencesArg | None = None,
    no_dep_args: ListArg | None = None,
    dumps: AnyArg = None,
    allow_early_resolve: FlagArg = False,
    name_hint: TextArg = "",
    windowize: FlagArg = False,
) -> None:
    """A region that becomes one task: `with pl.at(level=pl.Level.CORE_GROUP) as tid:`.

    `deps` are ids of tasks to wait for besides those whose results are read: `tid`, `tids` (an
    array of ids), `tids[i]`, `None`, or a list of such. `no_dep_args` are
    tensors on which no dependence is claimed to be needed; `name_hint` names the task;
    `optimizations=[pl.split(mode)]` says how vector work is shared by the two vector units.
    """
    _head(e)


@construct("scopes", use=REGION)
def scope(e: Emitter, mode: ScopeModeArg = ScopeMode.AUTO) -> None:
    """Who gives the dependences of the tasks inside: `with pl.scope(mode=pl.ScopeMode.MANUAL):`.

    `MANUAL` is `pl.manual_scope()`; `AUTO` is as without it.
    """
    _head(e)


@construct("scopes", use=REGION)
def manual_scope(e: Emitter) -> None:
    """Claims that `deps=` are all dependences of the tasks (`pl.at`) inside.

    None of them, and no task outside, needs another dependence between the two. Results never
    depend on the claim. It does not nest.
    """
    _head(e)


@construct("claims")
def assume_distinct(e: Emitter, values: TensorArg, ignore: IntArg | None = None) -> None:
    """States that the elements of a one-dimensional tensor of integers differ from each other.

    Elements equal to `ignore` are not looked at. What the compiler concludes from it is safe: every
    run checks it, where it stands, and stops at two equal elements.
    """
    if e.region:
        e.fail(
            "expects pl.assume_distinct outside scopes, but got it inside one",
            "state it where the orchestration has the tensor, before the scope",
        )
    if values.rank != 1 or not values.dtype.is_integer:
        e.fail(
            f"expects 'values' to be a one-dimensional tensor of integers, but got "
            f"{type_text(values)}",
            at="values",
        )
    low, high = values.dtype.range
    if ignore is not None and not low <= ignore <= high:
        e.fail(f"expects 'ignore' to be a value of {values.dtype}, but got {ignore}", at="ignore")
    attributes = {} if ignore is None else {"ignore": e.builder.i64(ignore)}
    e.builder.op("task.assume_distinct", [values.value], [], attributes)


@construct("scopes", name="system.task_dummy")
def task_dummy(e: Emitter, *, deps: DependencesArg) -> TaskIdValue:
    """A task without work, which ends once those in `deps` have: its id stands for all of them."""
    from tilework.frontend.regions import dependences

    _require_orchestration(e, "pl.system.task_dummy")
    task_id = e.builder.type_of(TASK_ID)
    return TaskIdValue(e.builder.value("task.join", dependences(e, deps), task_id))


@construct("scopes", name="system.task_invalid")
def task_invalid(e: Emitter) -> TaskIdValue:
    """The id of no task; `None` means the same."""
    return TaskIdValue(e.builder.value("task.none", [], e.builder.type_of(TASK_ID)))


@construct("scopes", name="system.task_is_valid")
def task_is_valid(e: Emitter, task: AnyArg) -> ScalarValue | bool:
    """Whether an id is one of a task."""
    if task is None:
        return False
    if not isinstance(task, TaskIdValue):
        e.fail(f"expects 'task' to be a task id, but got {type_text(task)}", at="task")
    return e.unknown(e.builder.value("task.is_valid", [task.value], e.builder.type_of(BOOL)), BOOL)


def _require_orchestration(e: Emitter, name: str) -> None:
    if e.region:
        e.fail(f"expects {name} outside scopes, but got it inside one")


@construct("scopes")
def split(e: Emitter, mode: SplitArg, slot_num: AnyArg = None) -> Any:
    """How a scope's vector work is shared: pl.SplitMode.NONE, UP_DOWN (rows), LEFT_RIGHT."""
    from tilework.frontend.regions import SplitRequest

    if slot_num is not None:
        e.fail(
            "expects pl.split without 'slot_num', but got it: the compiler chooses the depth",
            "leave it out",
            at="slot_num",
        )
    return SplitRequest(mode)


@construct("scalars", name="min")
def min_(e: Emitter, lhs: ScalarArg, rhs: ScalarArg) -> ScalarValue | int | float:
    """The smaller of two scalars of one type."""
    from tilework.frontend.scalars import extreme

    result: ScalarValue | int | float = extreme(e, "min", lhs, rhs)
    return result


@construct("scalars", name="max")
def max_(e: Emitter, lhs: ScalarArg, rhs: ScalarArg) -> ScalarValue | int | float:
    """The larger of two scalars of one type."""
    from tilework.frontend.scalars import extreme

    result: ScalarValue | int | float = extreme(e, "max", lhs, rhs)
    return result


@construct("scalars")
def const(e: Emitter, value: ScalarArg, dtype: DTypeArg) -> ScalarValue:
    """A number as a scalar of a given type."""
    from tilework.frontend.bounds import Atom, Linear
    from tilework.frontend.scalars import linear_of, materialize

    made = materialize(e, value, dtype, "value")
    known = linear_of(value) if dtype.is_integer else Linear.of(Atom())
    return ScalarValue(made, dtype, known)


@construct("compile time")
def static_assert(e: Emitter, condition: AnyArg, msg: TextArg = "") -> None:
    """Stops the compilation with `msg` when a compile-time condition does not hold."""
    if is_run_time(condition):
        e.fail(
            f"expects 'condition' to be known at compile time, but got {type_text(condition)}",
            at="condition",
        )
    if not condition:
        e.fail(f"static assertion failed{': ' + msg if msg else ''}", at="condition")


@construct("compile time")
def static_print(e: Emitter, *args: AnyArg) -> None:
    """Prints while compiling: compile-time values as they are, run-time values by their type."""
    line = getattr(e.node, "lineno", 0)
    shown = [type_text(arg) if is_run_time(arg) else str(arg) for arg in args]
    print(f"{e.frame.source.file}:{line}:", *shown)
