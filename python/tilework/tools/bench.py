"""Measures the host: what a tile matmul, a task and a compilation cost here.

    python -m tilework.tools.bench [matmul] [tasks] [compile] [layer] [placement] [memory]

Times are of a noisy machine: each figure is the least of several runs, and comparisons alternate.
Nothing here gates a test.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import click
import tilework
import tilework.language as pl
import torch
from rich.console import Console
from rich.table import Table
from tilework.compiler.images import ImageCache
from tilework.compiler.jit import compile_afresh
from tilework.language.jit import JitFunction
from tilework.report import placements

CHECKOUT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(CHECKOUT))  # has `models`

console = Console()
REPEATS = 7


def matmul_program(m: int, k: int, n: int, repeats: int) -> JitFunction:
    """`repeats` products of one resident tile pair, in one task."""

    @pl.jit
    def product(
        a: pl.Tensor[[m, k], pl.BF16],
        b: pl.Tensor[[k, n], pl.BF16],
        out: pl.Out[pl.Tensor[[m, n], pl.FP32]],
    ):
        with pl.at(level=pl.Level.CORE_GROUP, name_hint="product"):
            acc = pl.full([m, n], dtype=pl.FP32, value=0.0)
            for _ in pl.range(0, repeats):
                acc = pl.matmul_acc(acc, a, b)
            out[:, :] = acc
        return out

    return product


def rates(m: int, k: int, n: int) -> list[float]:
    """GFLOP/s of one core: ours, and torch's in bf16 and float32."""
    repeats = 200
    program = matmul_program(m, k, n, repeats)
    a, b, out = torch.randn(m, k).bfloat16(), torch.randn(k, n).bfloat16(), torch.empty(m, n)

    def in_torch(dtype: torch.dtype) -> float:
        left, right = a.to(dtype), b.to(dtype)
        return least(lambda: [left @ right for _ in range(repeats)])

    with tilework.options(threads=1):
        ours = least(lambda: program(a, b, out), lambda: program.last_run.wall_seconds)
    times = (ours, in_torch(torch.bfloat16), in_torch(torch.float32))
    return [2 * m * k * n * repeats / seconds / 1e9 for seconds in times]


def bench_matmul() -> None:
    """GFLOP/s of one core on bf16 tiles with float32 accumulation."""
    table = Table("M x K x N", "GFLOP/s", "torch bf16", "torch f32", title="tile matmul, one core")
    torch.set_num_threads(1)
    for shape in ((16, 128, 128), (16, 128, 256), (8, 128, 128), (5, 128, 128), (128, 128, 128)):
        table.add_row(" x ".join(map(str, shape)), *(f"{rate:.0f}" for rate in rates(*shape)))
    console.print(table)


def bench_tasks() -> None:
    """What submitting, checking and running an empty-handed task costs."""
    count = 20_000

    @pl.jit
    def many(x: pl.Tensor[[count, 16], pl.FP32], out: pl.Out[pl.Tensor[[count, 16], pl.FP32]]):
        for i in pl.parallel(0, count, 1):
            with pl.at(level=pl.Level.CORE_GROUP, name_hint="row"):
                out[i : i + 1, :] = pl.add(x[i : i + 1, :], 1.0)
        return out

    x, out = torch.zeros(count, 16), torch.empty(count, 16)
    table = Table("threads", "us per task", title=f"{count} disjoint tasks")
    for threads in (1, 2):
        with tilework.options(threads=threads):
            seconds = least(lambda: many(x, out), lambda: many.last_run.wall_seconds)
        table.add_row(str(threads), f"{seconds / count * 1e6:.2f}")
    console.print(table)


def layer_of(name: str):
    """A Qwen3 layer and arguments for it: batch 16, ragged contexts."""
    from models.qwen3.batch import make_batch, ragged_lengths
    from models.qwen3.config import CONFIGS
    from models.qwen3.layer import arguments, decode_layer
    from models.qwen3.weights import random_weights, rope_tables

    config = CONFIGS[name]
    weights = random_weights(config)
    batch = make_batch(config, ragged_lengths(config, seed=0), seed=0)
    out = torch.zeros_like(batch.hidden)
    operands = arguments(weights, rope_tables(config), batch, out)
    return decode_layer(config), operands


def bench_compile() -> None:
    """Seconds from Python source to a loaded image, by room, and from the cache."""
    layer, operands = layer_of("14b")
    table = Table("stage", "s", title="compiling the Qwen3-14B layer")
    with tempfile.TemporaryDirectory() as folder:
        cache = ImageCache(Path(folder))
        program = lambda: layer.trace(*operands)  # noqa: E731
        compile_afresh(program, "warm-up", cache)
        cold = compile_afresh(program, "cold", cache)
        cached = compile_afresh(program, "cold", cache)
    for stage, seconds in cold.stages.items():
        table.add_row(stage, f"{seconds:.3f}")
    table.add_row("all, cold", f"{cold.compile_seconds:.3f}")
    table.add_row("all, from disk", f"{cached.compile_seconds:.4f}")
    console.print(table)


def bench_layer() -> None:
    """One decode step of the full-size layers, by thread count."""
    table = Table("layer", "threads", "wall s", "CPU s", "tasks", title="decode step, batch 16")
    for name in ("14b", "32b"):
        layer, operands = layer_of(name)
        for threads in (1, 2):
            with tilework.options(threads=threads):
                layer(*operands)
                runs = []
                for _ in range(REPEATS):
                    layer(*operands)
                    runs.append(layer.last_run)
            best = min(runs, key=lambda run: run.wall_seconds)
            table.add_row(
                name,
                str(threads),
                f"{best.wall_seconds:.3f}",
                f"{best.cpu_seconds:.3f}",
                str(best.tasks),
            )
    console.print(table)


def bench_placement(problems: int) -> None:
    """How near to the bytes live at once each solver places buffers, on random problems."""
    programs = CHECKOUT.glob("build/*/bin/placement-bench")
    program = max(programs, key=lambda path: path.stat().st_mtime)
    columns = (
        "problems",
        "solver",
        "fit",
        "peak = live",
        "proven least",
        "peak / live",
        "worst",
        "ms",
    )
    table = Table(*columns, title="buffer placement, 40 to 400 buffers")
    command = [program, str(max(problems // PROBLEM_FAMILIES, 1))]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    for line in lines.splitlines():
        family, solver, *numbers = line.split("\t")
        count, fit, at_live, optimal, wrong, mean, worst, milliseconds, _ = map(float, numbers)
        if wrong:
            raise RuntimeError(f"expects right placements, but {solver} got {wrong:.0f} wrong")
        shares = (f"{number / count:.1%}" for number in (fit, at_live, optimal))
        table.add_row(family, solver, *shares, f"{mean:.4f}", f"{worst:.3f}", f"{milliseconds:.2f}")
    console.print(table)


def bench_memory() -> None:
    """How full the kernels of the full-size layers make each memory of a core."""
    for name in ("14b", "32b"):
        columns = ("memory", "used", "live at once", "capacity", "ratio", "full")
        table = Table(title=f"bytes of the Qwen3-{name} layer")
        table.add_column("kernel", no_wrap=True)
        for column in columns:
            table.add_column(column, justify="left" if column == "memory" else "right")
        layer, operands = layer_of(name)
        for placement in placements(layer.trace(*operands).module):
            kernel = placement["group"].removesuffix("_placed")
            for memory in placement["memories"]:
                keys = ("peak_bytes", "lower_bound_bytes", "capacity_bytes")
                used, live, capacity = (memory[key] for key in keys)
                counts = (f"{count:,}" for count in (used, live, capacity))
                ratios = (f"{used / live:.3f}", f"{used / capacity:.1%}")
                table.add_row(kernel, memory["memory"], *counts, *ratios)
        console.print(table)


def least(run: Callable[[], object], measured: Callable[[], float] | None = None) -> float:
    """The least seconds of several runs, by the clock or by what the run itself measured."""
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        run()
        times.append(measured() if measured else time.perf_counter() - start)
    return min(times)


PROBLEM_FAMILIES = 4  # of test/Planning/Instances.h

BENCHES: dict[str, Callable[[int], None]] = {
    "matmul": lambda _: bench_matmul(),
    "tasks": lambda _: bench_tasks(),
    "compile": lambda _: bench_compile(),
    "layer": lambda _: bench_layer(),
    "placement": bench_placement,
    "memory": lambda _: bench_memory(),
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


if __name__ == "__main__":
    main()
