"""The simulator against what has been measured on silicon and published.

Each point is a small recording, written for it, and the number that its source gives. Nothing here
was tuned to a single point; docs/simulator.md says what the errors mean.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from math import ceil

from rich.table import Table
from tilework import devices
from tilework.simulator import Policy, Timeline, replay
from tilework.tools.bench.measure import CHECKOUT, console

sys.path.insert(0, str(CHECKOUT / "test" / "python"))  # has the writer of recordings
writer, words = map(import_module, ("recording_builder", "recording_format"))
CUBE, VECTOR_0, Builder, Kind = writer.CUBE, writer.VECTOR_0, writer.Builder, writer.Kind
Opcode, Space, Type = words.Opcode, words.Space, words.Type

KB, MB = 1024, 1 << 20
ROW = 256  # columns of bf16: 512 bytes


@dataclass(frozen=True)
class Point:
    """`model` replays on a device in a profile and gives a number like `published`.

    An `input` is what the description itself says: the model has to keep to it.
    """

    name: str
    published: float
    unit: str
    source: str
    model: Callable[[devices.Device, str], float]
    device: str = "a2a3"
    input: bool = False


# Dispatch that takes no time, and no task waits behind another: all cores begin together.
ONCE = {"cores.pending_per_core": 0} | {
    f"dispatch.{name}": 0
    for name in (
        "submit", "schedule_dispatch", "schedule_complete", "to_core", "from_core", "core_head",
    )
}  # fmt: skip


# What the runtimes do that were measured.
MEASURED = Policy("fifo", "tasks", early_dispatch=False)


def run(it, device: devices.Device, profile: str, **changes: float) -> Timeline:
    return replay(it.recording(), device, profile, changes, instructions=True, policy=MEASURED)


def seconds(timeline: Timeline, tasks: range | None = None) -> float:
    """From the first start of the tasks to their last end."""
    rows = timeline.tasks if tasks is None else timeline.tasks[tasks.start : tasks.stop]
    return float(rows["ended"].max() - rows["started"].min()) / 1e12


def core_cycles(device: devices.Device, ticks: int) -> float:
    return ticks * device["clock.core_hz"] / 1e12


# --------------------------------------------------------------------------------------------------
# Loads
# --------------------------------------------------------------------------------------------------


def load_bandwidth(hits: float, size: int = 32 * KB, loads: int = 64):
    """TB/s of all cube cores that load at once, of which a part is in the cache."""

    def model(device: devices.Device, profile: str) -> float:
        it, kind, cores = Builder(device.name), Kind(cube=True), int(device["cores.groups"])
        warm = it.memory("warm", cores * size)
        cold = it.memory("cold", cores * size * loads)
        for core in range(cores):
            it.task(kind)[CUBE].load(warm + core * size, [size // 512, ROW])
        it.join(range(cores))
        for core in range(cores):
            task, due = it.task(kind, [cores]), 0.0
            for number in range(loads):
                due += hits
                at = cold + (core * loads + number) * size
                if due >= 1:
                    due, at = due - 1, warm + core * size
                task[CUBE].load(at, [size // 512, ROW])
        its = run(it, device, profile, **ONCE)
        return cores * loads * size / seconds(its, range(cores + 1, 2 * cores + 1)) / 1e12

    return model


def small_loads(size: int, lanes: int = 0):
    """GB/s of all cube cores (or vector cores) that load `size` bytes at a time from the HBM."""

    def model(device: devices.Device, profile: str) -> float:
        it, loads = Builder(device.name), max(16, 256 * KB // size)
        cores = int(device["cores.groups"])
        kind = Kind(cube=not lanes, lanes=lanes)
        units = [VECTOR_0 + lane for lane in range(lanes)] or [CUBE]
        cold = it.memory("cold", cores * len(units) * loads * size)
        for core in range(cores):
            task = it.task(kind)
            for place, unit in enumerate(units):
                for number in range(loads):
                    at = cold + ((core * len(units) + place) * loads + number) * size
                    task[unit].load(at, [size // 512, ROW])
        return cores * len(units) * loads * size / seconds(run(it, device, profile, **ONCE)) / 1e9

    return model


def rows_in_part(row_bytes: int):
    """How much longer the same bytes take in rows of `row_bytes` than in rows of 512."""

    def model(device: devices.Device, profile: str) -> float:
        def time(row: int) -> float:
            it, kind, cores = Builder(device.name), Kind(cube=True), int(device["cores.groups"])
            pitch, rows, count = 8 * KB, 512, 64 * KB // row  # transfers of 64 KB
            x = it.memory("x", cores * rows * pitch)
            for core in range(cores):
                task = it.task(kind)
                for below in range(0, rows, count):
                    for along in range(0, pitch, row):
                        at = x + (core * rows + below) * pitch + along
                        task[CUBE].load(at, [count, row // 2], pitch=pitch // 2)
            return seconds(run(it, device, profile, **ONCE))

        return 100 * (time(row_bytes) / time(512) - 1)

    return model


def unaligned(device: devices.Device, profile: str) -> float:
    """Bandwidth from an address that is a multiple of 32 only, against one of 512."""

    def time(shift: int) -> float:
        it = Builder(device.name)
        x = it.memory("x", 4 * MB)
        task = it.task(Kind(cube=True))
        for number in range(32):
            task[CUBE].load(x + number * 64 * KB + shift, [127, ROW])
        return seconds(run(it, device, profile, **ONCE))

    return 100 * time(0) / time(32)


# --------------------------------------------------------------------------------------------------
# One core
# --------------------------------------------------------------------------------------------------


def block(device: devices.Device, profile: str) -> float:
    """us of a block of 32 KB that is loaded, computed on and stored, one after the other."""

    it, blocks = Builder(device.name), 32
    x = it.memory("x", 2 * 32 * KB)
    unit = it.task(Kind(lanes=1))[VECTOR_0]
    for _ in range(blocks):
        unit.load(x, [64, 128], Type.F32)
        unit.barrier()
        unit.vector(Opcode.BINARY, [64, 128], inputs=2)
        unit.barrier()
        unit.store(x + 32 * KB, [64, 128], Type.F32)
        unit.barrier()
    return seconds(run(it, device, profile, **ONCE)) / blocks * 1e6


def on_cube(write: Callable, many: int = 8):
    """Cycles of an instruction of the cube core, on its pipe."""

    def model(device: devices.Device, profile: str) -> float:
        it = Builder(device.name)
        out = it.memory("out", 4 * MB)
        unit = it.task(Kind(cube=True))[CUBE]
        for _ in range(many):
            write(unit, out)
        rows = run(it, device, profile, **ONCE).instructions
        return core_cycles(device, int((rows["end"] - rows["begin"])[-1]))

    return model


def product(m: int, k: int, n: int) -> Point:
    expected = 21 + ceil(m / 16) * ceil(k / 16) * ceil(n / 16)
    return Point(
        f"product of {m} x {k} x {n}, bf16", expected, "cycles", "fit on the device, within 2 %",
        on_cube(lambda unit, _: unit.mmad(m, k, n)), input=True,
    )  # fmt: skip


def drain(m: int, n: int) -> Point:
    """Its fit: a floor or a rate for each row, and the odd part of the row's blocks of 8."""
    odd = ceil(n / 8)
    while odd % 2 == 0:
        odd //= 2
    expected = 164 + m * (max(4.45, 4 * n / 118) + 2.6 * (odd - 1))

    return Point(
        f"l0c to l1, {m} x {n} f32", expected, "cycles", "fit on the device, 0.93 to 1.09 of it",
        on_cube(lambda unit, _: unit.move(Space.L0C, Space.L1, [m, n], Type.F32)), input=True,
    )  # fmt: skip


def into_l0(space: str, rate: float) -> Point:
    def write(unit, _):
        unit.move(Space.L1, Space[space], [128, 128])

    return Point(
        f"l1 to {space.lower()}, 32 KB", 32 * KB / rate, "cycles", "sweep on the device, R2 0.99",
        on_cube(write), input=True,
    )  # fmt: skip


# --------------------------------------------------------------------------------------------------
# Dispatch
# --------------------------------------------------------------------------------------------------


def tasks_bound_by_dispatch(cube: bool, after_each: bool = False):
    """us per task of many that take no time."""

    def model(device: devices.Device, profile: str) -> float:
        it, count = Builder(device.name), 2000
        for number in range(count):
            task = it.task(
                Kind(cube=cube, lanes=not cube, tracked_arguments=1),
                [number - 1] if after_each * number else [],
            )
            if cube:
                task[CUBE].mmad(16, 16, 16)
            else:
                task[VECTOR_0].vector(Opcode.UNARY, [1, 64])
        return run(it, device, profile).makespan / 1e6 / count

    return model


def submission(device: devices.Device, profile: str) -> float:
    """us per task of the orchestrator, as if nothing held it up."""

    it, count = Builder(device.name), 1000
    for _ in range(count):
        it.task(Kind(cube=True, tracked_arguments=1))[CUBE].mmad(16, 16, 16)
    return float(run(it, device, profile).tasks["submitted"][-1]) / 1e6 / count


def points() -> list[Point]:
    guide = "inference guide of the vendor, MTE2 of all cubes"
    hits = {93.8: 3.87, 89: 3.52, 58: 2.13, 32: 1.62}
    roofline = "public roofline page of the 950"
    return [
        *(
            Point(f"loads of {size} KB, {rate} % hits", tb, "TB/s", guide,
                  load_bandwidth(rate / 100, size * KB))
            for size in (32, 128)
            for rate, tb in hits.items()
        ),
        Point("loads from the HBM", 1.5, "TB/s", "public kernel guide, 910B2",
              load_bandwidth(0, 128 * KB)),
        Point("rows of 128 bytes cost", 20, "%", "public performance guide, 16 to 25 of a product",
              rows_in_part(128)),
        Point("unaligned against aligned", 70, "%", "best practice", unaligned, input=True),
        Point("block of 32 KB, nothing overlaps", 0.86, "us", "public roofline note", block),
        into_l0("L0A", 129.7),
        into_l0("L0B", 85.4),
        *(drain(m, n) for m, n in ((16, 128), (128, 128), (128, 256), (64, 80), (16, 8))),
        *(product(*shape) for shape in ((16, 128, 128), (128, 128, 128), (128, 128, 512))),
        Point("tasks bound by dispatch", 1.89, "us/task", "33 411 tasks in 63.0 ms, decode step",
              tasks_bound_by_dispatch(cube=True)),
        Point("submission", 0.874, "us/task", "16 704 tasks in 14.6 ms", submission, input=True),
        Point("1 KB loads, vector cores", 121, "GB/s", roofline, small_loads(KB, 2), "a5"),
        Point("8 KB loads, vector cores", 1000, "GB/s", roofline, small_loads(8 * KB, 2), "a5"),
        Point("1 KB loads, cube cores", 121, "GB/s", roofline, small_loads(KB), "a5"),
        Point("8 KB loads, cube cores", 1000, "GB/s", roofline, small_loads(8 * KB), "a5"),
        Point("large loads, cube cores", 1700, "GB/s", roofline, small_loads(64 * KB), "a5"),
    ]  # fmt: skip


def bench_calibration() -> None:
    """Published numbers against the model's, of both profiles; = : the number is an entry."""
    table = Table(title="the simulator against published measurements")
    table.add_column("what")
    table.add_column("published", justify="right")
    profiles = devices.load("a2a3").profiles
    for profile in profiles:
        table.add_column(profile, justify="right")
        table.add_column("error", justify="right")
    table.add_column("unit")
    table.add_column("source")
    for point in points():
        device = devices.load(point.device)
        cells = []
        for profile in profiles:
            value = point.model(device, profile)
            cells += [f"{value:,.4g}", f"{100 * (value / point.published - 1):+.0f} %"]
        name = f"{point.device}: {point.name}" + " =" * point.input
        table.add_row(name, f"{point.published:,.4g}", *cells, point.unit, point.source)
    console.print(table)
