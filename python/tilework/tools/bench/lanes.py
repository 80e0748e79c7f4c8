"""How well the vector cores of a core group share the kernels of the layers."""

import re
import subprocess
import sys
from pathlib import Path

from rich.table import Table
from tilework.tools.bench.compiling import PIPELINES
from tilework.tools.bench.measure import console, layer_of

REMARK = re.compile(
    r"remark: '(\w+)_placed' has (\d) lanes?; the busier does (\S+) % of the vector work and "
    r"(\S+) % of all(?:, since it (.*))?$",
    re.MULTILINE,
)


def bench_lanes() -> None:
    """The lanes of each kernel, and what the busier one does: 50 % is ideal, one lane does all.

    Vector work counts the bytes of the results of instructions, or of what they reduce; all of it
    counts those of transfers as well. Both count iterations.
    """
    for name in ("14b", "32b"):
        table = Table(title=f"vector cores of the Qwen3-{name} layer")
        table.add_column("kernel", no_wrap=True)
        for column in ("lanes", "vector work, %", "all work, %"):
            table.add_column(column, justify="right")
        table.add_column("why")
        layer, operands = layer_of(name)
        module = layer.trace(*operands).module
        for row in lanes_of(module.operation.get_asm(enable_debug_info=True)):
            table.add_row(*row)
        console.print(table)


def lanes_of(traced: str) -> list[tuple[str, ...]]:
    """Kernel, lanes, shares of the busier one and why there is no other, in program order."""
    command = [
        Path(sys.executable).with_name("tile-opt"),
        *(f"--tilework-to-{form}" for form in PIPELINES[:-1]),
        *("--tilework-to-placed=dump-lanes", "--mlir-disable-threading", "-o", "/dev/null"),
    ]
    run = subprocess.run(command, input=traced, capture_output=True, text=True, check=True)
    return REMARK.findall(run.stderr)
