"""How long the compiler takes: by room, and by pass."""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.table import Table
from tilework.compiler.images import ImageCache
from tilework.compiler.jit import compile_afresh
from tilework.tools.bench.measure import REPEATS, console, layer_of

PIPELINES = ("fused", "graph", "placed")
# "    0.0160 ( 10.0%)  ConvertTileToCorePass"; pipelines sum what their passes say
TIMED_PASS = re.compile(
    r"^ *(\d+\.\d+) \( *[\d.]+%\) +(\w+Pass|Canonicalizer|CSE|Parser|Output|Total)$", re.MULTILINE
)


def bench_compile() -> None:
    """Seconds from Python source to a loaded image, by room, and from the cache."""
    table = Table("stage", title="compiling a Qwen3 layer, placed kernels included")
    columns: list[dict[str, float]] = []
    for name in ("14b", "32b"):
        layer, operands = layer_of(name)
        table.add_column(f"{name}, s", justify="right")
        with tempfile.TemporaryDirectory() as folder:
            cache = ImageCache(Path(folder))
            program = lambda: layer.trace(*operands)  # noqa: B023, E731
            compile_afresh(program, "warm-up", cache, placed=True)
            cold = compile_afresh(program, "cold", cache, placed=True)
            cached = compile_afresh(program, "cold", cache, placed=True)
        everything = {"all, cold": cold.compile_seconds, "all, from disk": cached.compile_seconds}
        columns.append({**cold.stages, **everything})
    for stage in columns[0]:
        table.add_row(stage, *(f"{column[stage]:.4f}" for column in columns))
    console.print(table)


def bench_passes() -> None:
    """Seconds of each pass from `traced` to `placed`, in a process that starts cold."""
    table = Table("pass", title="compiling a Qwen3 layer to placed kernels, one thread")
    columns = []
    for name in ("14b", "32b"):
        layer, operands = layer_of(name)
        table.add_column(f"{name}, s", justify="right")
        module = layer.trace(*operands).module
        columns.append(times_by_pass(module.operation.get_asm(enable_debug_info=True)))
    for name in columns[0]:
        table.add_row(name, *(f"{column.get(name, 0.0):.4f}" for column in columns))
    console.print(table)


def times_by_pass(traced: str) -> dict[str, float]:
    """The least of several runs, the longest first."""
    command = [
        Path(sys.executable).with_name("tile-opt"),
        *(f"--tilework-to-{form}" for form in PIPELINES),
        *("--mlir-disable-threading", "--mlir-timing", "--mlir-timing-display=list"),
        *("-o", "/dev/null"),
    ]
    least: dict[str, float] = {}
    for _ in range(REPEATS):
        run = subprocess.run(command, input=traced, capture_output=True, text=True, check=True)
        for seconds, name in TIMED_PASS.findall(run.stderr + run.stdout):
            least[name] = min(float(seconds), least.get(name, float("inf")))
    return dict(sorted(least.items(), key=lambda entry: -entry[1]))
