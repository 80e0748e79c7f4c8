"""Runs a compiled program on a user's arrays, with the options in force."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from os import PathLike
from typing import Any

import numpy as np

from tilework import devices
from tilework.compiler.jit import Compiled, TracedProgram
from tilework.errors import ArgumentError, TileworkError
from tilework.recording import Recording
from tilework.runtime import CORE_MEMORIES, ExactMode, RunResult, has_values


@dataclass(frozen=True)
class Options:
    """How programs run. Only `split_sums` changes results, in their last bits.

    threads: host threads (default: one per core).
    verify: compare every result with the reference interpreter, to the bit; slow. Of sums that
        were split the program as the author wrote it is compared within
        `tilework.reference.SPLIT_SUM_TOLERANCES`.
    order_seed: run ready tasks in a pseudo-random legal order instead of submission order.
    trace: keep every task, its dependences and its declared rectangles in `last_run`.
    exact: carry out the instructions of the simulated device one by one, on modelled memories,
        instead of native code; slow. True, or a seed: 0 (what True means) has everything happen as
        early as possible, 1 as late as possible, others in a pseudo-random legal order. A
        synchronisation that is missing, or an undefined element that reaches an array of the
        caller, is a TaskError.
    check: in exact mode, which it switches on, judge each distinct stream of instructions over all
        its legal orders before it is carried out; what is found is a TaskError.
    dump_streams: a folder into which exact mode, switched on by it, writes the instructions of each
        kernel's first task, a text file per kernel.
    record: keep what every task waits for and executes on the simulated device, in
        `last_run.recording`; True, or a path to save it to as well. Runs with tensors on the meta
        device are always recorded: they do nothing else, and leave the bytes that a run on data
        would. Arrays that control flow and addresses depend on have to be on cpu.
    check_races: record, and raise ClaimError when the run has ended if a claim of the program
        (pl.parallel, no_dep_args, manual_dep, pl.manual_scope) does not hold: if two tasks touch a
        byte that one of them writes, the claim says that it needs no dependence between them, and
        nothing else orders them. Judged over all legal orders, on what tasks touch. Works for runs
        with tensors on the meta device as well.
    split_sums: add products to a tile that the cube cannot start a sum from, one of the vector unit
        or of global memory, after they are summed up. Without it such a program is refused for the
        device, and native code keeps the order of additions as it is written.
    static_dependences: judge claims when compiling, which refuses those that cannot hold, and leave
        to the run only the dependences that are not known before. Without it the run finds all.
        Changes no result and no order that is needed.
    device: what programs are compiled for, by the name of a description; without it what their
        author says (`@pl.jit(device=…)`), else a2a3. Changes no result.
    """

    threads: int | None = None
    verify: bool = False
    order_seed: int | None = None
    trace: bool = False
    exact: bool | int = False
    check: bool = False
    dump_streams: str | PathLike | None = None
    record: bool | str | PathLike = False
    check_races: bool = False
    split_sums: bool = True
    static_dependences: bool = True
    device: str | None = None

    @property
    def records(self) -> bool:
        return self.record is not False or self.check_races

    @property
    def exact_seed(self) -> int | None:
        """The seed of the exact mode, None where native code runs."""
        if self.exact is False or self.exact is True:
            return 0 if self.exact or self.check or self.dump_streams is not None else None
        return self.exact


DEFAULTS = Options()
_options: ContextVar[Options] = ContextVar("options", default=DEFAULTS)


@contextmanager
def options(**changes: Any) -> Iterator[Options]:
    """`with tilework.options(threads=1, verify=True):` runs programs that way inside.

    The fields of `Options`; what is not named stays as it is outside.
    """
    changed = replace(_options.get(), **changes)
    token = _options.set(changed)
    try:
        yield changed
    finally:
        _options.reset(token)


def options_in_force() -> Options:
    """What the innermost `with tilework.options(...)` around this has made of the defaults."""
    return _options.get()


def needs_walks(arguments: Sequence[Any]) -> bool:
    """Whether a run with these arguments follows the instructions of the simulated device."""
    chosen = _options.get()
    timing_only = not all(map(has_values, arguments))
    return chosen.exact_seed is not None or chosen.records or timing_only


@dataclass(frozen=True)
class LastRun:
    """What the last call of a program did. Times in seconds, memory in bytes.

    `dependences` are the edges found between tasks, by any reason: all of them when the run was
    traced, otherwise without those on tasks that had ended before they were looked for.
    `allocated_bytes` are those of all tensors that the run made, `peak_bytes` what it took at once.
    `cpu_seconds` is summed over threads; `result` holds every counter and, when they were traced,
    the tasks; `recording` is there when the run was recorded.
    """

    tasks: int
    dependences: int
    wall_seconds: float
    cpu_seconds: float
    allocated_bytes: int
    peak_bytes: int
    verified: bool
    result: RunResult
    recording: Recording | None = None


class VerificationError(TileworkError):
    """A compiled program and the reference interpreter disagree: a mistake of the compiler's."""


def execute(
    compiled: Compiled, trace: Callable[[], TracedProgram], arguments: Sequence[Any]
) -> LastRun:
    """Runs in place. Raises TaskError, ArgumentError and, asked to verify, VerificationError."""
    chosen = _options.get()
    if chosen.verify and not all(map(has_values, arguments)):
        raise ArgumentError(
            "the option verify expects arrays with values, but got a tensor on meta; leave it out, "
            "or pass all tensors on cpu"
        )
    before = [_copy(argument) for argument in arguments] if chosen.verify else []
    result = compiled.run(
        arguments,
        threads=chosen.threads,
        order_seed=chosen.order_seed,
        trace=chosen.trace,
        exact=exact_mode(compiled.image.target, chosen),
        records=chosen.records,
    )
    if result.recording is not None and not isinstance(chosen.record, bool):
        result.recording.save(chosen.record)
    if chosen.verify:
        _verify(trace(), before, arguments, chosen.split_sums)
    stats = result.stats
    reasons = ("read_after_write", "write_after_write", "write_after_read")
    reasons += ("explicit_dependences", "known_dependences")
    return LastRun(
        tasks=stats["tasks"],
        dependences=sum(stats[reason] for reason in reasons),
        wall_seconds=stats["wall_ns"] / 1e9,
        cpu_seconds=sum(stats["cpu_ns"]) / 1e9,
        allocated_bytes=stats["allocated_bytes"],
        peak_bytes=stats["peak_bytes"],
        verified=chosen.verify,
        result=result,
        recording=result.recording,
    )


def exact_mode(device: str, chosen: Options) -> ExactMode | None:
    """What the runtime has to know of a device to carry out its instructions, if asked to."""
    if chosen.exact_seed is None:
        return None
    description = devices.load(device)
    capacity_bytes = {name: description[f"capacity.{name}"] for name in CORE_MEMORIES}
    return ExactMode(capacity_bytes, chosen.exact_seed, chosen.check, chosen.dump_streams)


def as_numpy(array: Any) -> Any:
    """A view of an array as NumPy's; scalars as they are."""
    if isinstance(array, np.ndarray) or not hasattr(array, "data_ptr"):
        return array
    import ml_dtypes
    import torch

    if array.dtype is torch.bfloat16:
        return array.view(torch.int16).numpy().view(ml_dtypes.bfloat16)
    return array.numpy()


def _copy(argument: Any) -> Any:
    view = as_numpy(argument)
    return view.copy() if isinstance(view, np.ndarray) else view


def _verify(
    program: TracedProgram, before: Sequence[Any], after: Sequence[Any], split_sums: bool
) -> None:
    from tilework.compiler.lowering import lower, splits_sums
    from tilework.reference import compare, compare_within, interpret

    expected = interpret(program.module, program.entry, before).outputs
    if split_sums and splits_sums(program.module):
        fused = lower(program.module, "fused")
        written, expected = expected, interpret(fused, program.entry, before).outputs
        for position, output in expected.items():
            if mismatch := compare_within(output, written[position]):
                raise VerificationError(
                    f"argument {position} of '{program.entry}': {mismatch}; a sum that was split "
                    "differs by more than its order allows"
                )
    for position, output in expected.items():
        mismatch = compare(as_numpy(after[position]), output)
        if mismatch:
            raise VerificationError(
                f"argument {position} of '{program.entry}': {mismatch}; the first difference is of "
                f"{_find_room(program, before)}"
            )


def _find_room(program: TracedProgram, arguments: Sequence[Any]) -> str:
    """Which room a wrong number comes from, as far as the reference can execute."""
    from tilework.compiler.ladder import REFERENCE, climb

    wrong = climb(program.module, program.entry, arguments, REFERENCE).first_difference
    return wrong.room if wrong else "what comes after the form graph"
