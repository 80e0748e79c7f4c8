"""How well buffers are placed: random problems, and the kernels of the layers."""

import subprocess

from rich.table import Table
from tilework.report import placements
from tilework.tools.bench.measure import console, layer_of, newest_built

PROBLEM_FAMILIES = 4  # of test/Planning/Instances.h


def bench_placement(problems: int) -> None:
    """How near to the bytes live at once each solver places buffers, on random problems.

    *Solved*: the peak is the bytes live at once; *impossible*: no placement reaches them, which a
    search has proven or pairs that never share bytes show.
    """
    program = newest_built("bin/placement-bench")
    columns = (
        "problems",
        "solver",
        "fit",
        "solved",
        "impossible",
        "not found",
        "within 5 %",
        "peak / live",
        "worst",
        "ms",
    )
    table = Table(*columns, title="buffer placement, 40 to 400 buffers")
    command = [program, str(max(problems // PROBLEM_FAMILIES, 1))]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    for line in lines.splitlines():
        family, solver, *numbers = line.split("\t")
        count, fit, solved, impossible, near, wrong, mean, worst, time_ms, _ = map(float, numbers)
        if wrong:
            raise RuntimeError(f"expects right placements, but {solver} got {wrong:.0f} wrong")
        shares = (
            f"{number / count:.1%}"
            for number in (fit, solved, impossible, count - solved - impossible, near)
        )
        table.add_row(family, solver, *shares, f"{mean:.4f}", f"{worst:.3f}", f"{time_ms:.2f}")
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
