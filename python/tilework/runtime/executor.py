"""Loads device images and runs their entries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from os import PathLike, fspath
from typing import Any

from .. import _runtime
from ..errors import ArgumentError
from ..recording import Recording
from .arrays import TYPE_NAMES, ArraySpec, check, describe, encode_scalar, has_values

SCALAR, MEMREF, TASK_ID = range(3)
WRITE = 2
REASONS = ((1, "explicit"), (2, "raw"), (4, "waw"), (8, "war"), (16, "known"))
DIRECTIONS = {1: "read", 2: "write", 3: "readwrite"}
WINDOW_TASKS = 256  # keeps a host busy, and bounds what each task is compared with


@dataclass(frozen=True)
class Dependence:
    """A task that came first, and why: of "explicit", "raw", "waw", "war", "known"."""

    task: int
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Rectangle:
    """A declared part of an argument, elements; `direction` is "read", "write" or "readwrite"."""

    argument: str
    direction: str
    offsets: tuple[int, ...]
    sizes: tuple[int, ...]


@dataclass(frozen=True)
class TaskTrace:
    """One submitted task; its id is its position. A join has the kernel name `None`."""

    kernel: str | None
    location: str
    dependences: tuple[Dependence, ...]
    rectangles: tuple[Rectangle, ...]


@dataclass(frozen=True)
class WaitTrace:
    """The orchestration read a scalar after `tasks_before` submissions, once `writers` ended."""

    tasks_before: int
    writers: tuple[int, ...]


# In the order of `enum tw_space`, where global memory comes first.
CORE_MEMORIES = ("l1", "l0a", "l0b", "l0c", "ub", "bt", "fb")


@dataclass(frozen=True)
class ExactMode:
    """Carry out the instructions of placed kernels instead of calling their native code.

    `capacity_bytes` is the size of each of `CORE_MEMORIES`, by name. `seed` chooses the
    interleaving of pipes and cores: with 0 everything happens as early as possible, with 1 as late
    as possible, other seeds are pseudo-random, another one for each task. With `checks` each
    distinct stream of instructions is judged over all interleavings before it is carried out.
    Into `dump_folder`, which exists, goes a text file per kernel: the instructions of its first
    task.
    """

    capacity_bytes: Mapping[str, int]
    seed: int = 0
    checks: bool = False
    dump_folder: str | PathLike | None = None

    def native(self) -> Any:
        """What the extension module takes."""
        capacities = [self.capacity_bytes[name] for name in CORE_MEMORIES]
        folder = "" if self.dump_folder is None else fspath(self.dump_folder)
        return _runtime.ExactMode([0, *capacities], self.seed, self.checks, folder)


@dataclass(frozen=True)
class RunResult:
    """`stats` counts tasks, edges, bytes and nanoseconds; `tasks` and `waits` are there with
    `trace=True`, and `recording` with `records=True`."""

    stats: dict[str, Any]
    tasks: list[TaskTrace] = field(default_factory=list)
    waits: list[WaitTrace] = field(default_factory=list)
    recording: Recording | None = None


class LoadedImage:
    """A device image in memory: `entries` and `kernels` by name, as the image describes them."""

    def __init__(self, path: str | PathLike):
        self._image = _runtime.load_image(fspath(path))
        self._kernels = self._image.kernels
        self.target: str = self._image.target
        self.producer: str = self._image.producer
        self.entries: dict[str, dict] = {entry["name"]: entry for entry in self._image.entries}
        self.kernels: dict[str, dict] = {kernel["name"]: kernel for kernel in self._kernels}

    def run(
        self,
        entry_name: str,
        args: Sequence[Any],
        threads: int | None = None,
        order_seed: int | None = None,
        trace: bool = False,
        window_tasks: int = WINDOW_TASKS,
        exact: ExactMode | None = None,
        records: bool = False,
    ) -> RunResult:
        """Runs an entry on arrays and scalars; returns when every task has ended.

        Arrays are used where they are and written in place. `threads` (default: one per core) and
        `order_seed` (a pseudo-random legal order of tasks) never change results. The interpreter
        is free for other threads meanwhile; Ctrl-C cancels the run. `exact` and
        `records` need an image with placed kernels.

        With a tensor on the meta device the run is timing-only: it makes the recording, and reads
        of the arrays on cpu what decides control flow and addresses.

        Raises ArgumentError, TaskError, KeyError for an unknown entry, ValueError for a thread
        count or window below 1.
        """
        if entry_name not in self.entries:
            raise KeyError(f"no entry '{entry_name}'; there are: {', '.join(self.entries)}")
        if (threads is not None and threads < 1) or window_tasks < 1:
            raise ValueError(
                f"run expects at least 1 thread and a window of 1 task, "
                f"but got {threads} and {window_tasks}"
            )
        arguments = _Arguments(self.entries[entry_name], args)
        if arguments.absent and exact:
            raise ArgumentError(
                f"the exact mode expects arrays with values, but got '{arguments.absent_name}' on "
                "meta; pass all tensors on cpu"
            )
        stats, tasks, waits, recorded = self._image.run(
            entry_name,
            arguments.slots,
            threads or 0,
            order_seed,
            trace,
            window_tasks,
            exact and exact.native(),
            records or bool(arguments.absent),
            arguments.absent,
        )
        return RunResult(
            stats,
            [self._trace(*task) for task in tasks],
            [WaitTrace(before, tuple(writers)) for before, writers in waits],
            None if recorded is None else Recording(recorded),
        )

    def _trace(self, kernel: int, dependences: list, rectangles: list) -> TaskTrace:
        edges = tuple(
            Dependence(task, tuple(name for bit, name in REASONS if reasons & bit))
            for task, reasons in dependences
        )
        if kernel < 0:
            return TaskTrace(None, "", edges, ())
        signature = self._kernels[kernel]
        names = [argument["name"] for argument in signature["arguments"]]
        parts = tuple(
            Rectangle(names[argument], DIRECTIONS[direction], offsets, sizes)
            for argument, direction, offsets, sizes in rectangles
        )
        return TaskTrace(signature["name"], signature["location"], edges, parts)


class _Arguments:
    """The slots of an entry's arguments, and the positions of those that have no values.

    What the latter have instead of memory lives as long as this object.
    """

    def __init__(self, entry: dict, args: Sequence[Any]):
        parameters = entry["arguments"]
        if len(parameters) != len(args):
            raise ArgumentError(
                f"entry '{entry['name']}' expects {len(parameters)} arguments, but got {len(args)}"
            )
        self._reservations: dict[int, Any] = {}  # by storage
        self.slots = [0] * entry["num_slots"]
        self.absent = [i for i, value in enumerate(args) if not has_values(value)]
        self.absent_name = parameters[self.absent[0]]["name"] if self.absent else ""
        for parameter, value in zip(parameters, args, strict=True):
            encoded = self._encode(parameter, value)
            self.slots[parameter["slot"] : parameter["slot"] + len(encoded)] = encoded

    def _encode(self, parameter: dict, value: Any) -> list[int]:
        name, dtype = parameter["name"], TYPE_NAMES[parameter["type"]]
        if parameter["kind"] != MEMREF:
            dtype = "task_id" if parameter["kind"] == TASK_ID else dtype
            return [encode_scalar(name, dtype, value)]
        got = describe(name, value)
        anything = (None,) * parameter["rank"]
        check(ArraySpec(name, dtype, anything, bool(parameter["direction"] & WRITE)), got)
        if got.storage is not None:
            storage = got.storage
            if storage.key not in self._reservations:
                self._reservations[storage.key] = _runtime.Reservation(storage.size_bytes)
            return got.slots(self._reservations[storage.key].address)
        if self.absent and parameter["direction"] == WRITE:
            raise ArgumentError(
                f"argument '{name}' expects a tensor on meta, as nothing is computed where "
                f"'{self.absent_name}' is on meta, but got an array; pass it on meta as well"
            )
        return got.slots()


def load_image(path: str | PathLike) -> LoadedImage:
    """Loads the device image (a shared object) at `path`.

    The file must stay as it is while the image is in use. Raises ImageError.
    """
    return LoadedImage(path)
