"""Measures the host, the simulator, and what the compiler makes of the full-size Qwen3 layers.

    ./dev bench                 every benchmark
    ./dev bench memory compile  some of them

Times are of a noisy machine: each figure is the least of several runs, and comparisons alternate.
Nothing here gates a test.
"""

from collections.abc import Callable

import click
from tilework.tools.bench import timing
from tilework.tools.bench.calibration import bench_calibration
from tilework.tools.bench.claims import bench_claims
from tilework.tools.bench.compiling import bench_compile, bench_passes
from tilework.tools.bench.cube import bench_cube
from tilework.tools.bench.dependences import bench_dependences
from tilework.tools.bench.flags import bench_flags
from tilework.tools.bench.host import bench_layer, bench_matmul, bench_tasks
from tilework.tools.bench.lanes import bench_lanes
from tilework.tools.bench.loops import bench_loops
from tilework.tools.bench.mutants import bench_mutants
from tilework.tools.bench.placement import bench_memory, bench_placement
from tilework.tools.bench.recording import bench_recording
from tilework.tools.bench.scheduling import bench_schedule
from tilework.tools.bench.spellings import bench_head, bench_spellings

BENCHES: dict[str, Callable[[int], None]] = {
    "matmul": lambda _: bench_matmul(),
    "tasks": lambda _: bench_tasks(),
    "dependences": lambda _: bench_dependences(),
    "time": lambda _: timing.bench_time(),
    "compile": lambda _: bench_compile(),
    "passes": lambda _: bench_passes(),
    "flags": lambda _: bench_flags(),
    "layer": lambda _: bench_layer(),
    "cube": lambda _: bench_cube(),
    "loops": lambda _: bench_loops(),
    "placement": bench_placement,
    "memory": lambda _: bench_memory(),
    "lanes": lambda _: bench_lanes(),
    "recording": lambda _: bench_recording(),
    "schedule": lambda _: bench_schedule(),
    "mutants": lambda _: bench_mutants(),
    "spellings": lambda _: bench_spellings(),
    "head": lambda _: bench_head(),
    "claims": lambda _: bench_claims(),
    "calibration": lambda _: bench_calibration(),
}


@click.command(help=__doc__.splitlines()[0])
@click.argument("names", nargs=-1, type=click.Choice(list(BENCHES)))
@click.option(
    "--problems",
    type=click.IntRange(1),
    default=100,
    show_default=True,
    help="random problems of the placement benchmark; a thousand take many minutes",
)
def main(names: tuple[str, ...], problems: int) -> None:
    for name in names or BENCHES:
        BENCHES[name](problems)


main()
