"""What the model of the pipes says about the loops of the layers."""

import re
import subprocess
import sys
from pathlib import Path

from rich.table import Table
from tilework.tools.bench.measure import console, layer_of

FORMS = ("fused", "graph", "placed")
DUMPING = re.compile(r"(core-(?:schedule|pipeline)-loops\{)")
REMARK = re.compile(
    r"(?P<place>[^/\s:]+:\d+):\d+: remark: (?:takes|chooses up to) (?P<what>\d+ (?:stages|slots)): "
    r"some iterations take (?P<after>\d+) cycles instead of (?P<before>\d+)"
)


def bench_loops() -> None:
    """Modelled cycles of loops before and after stages and slots, by the compiler's own model."""
    for name in ("14b", "32b"):
        layer, operands = layer_of(name)
        traced = layer.trace(*operands).module.operation.get_asm(enable_debug_info=True)
        report = _remarks(traced)
        table = Table(title=f"loops of the Qwen3-{name} layer, a few iterations each")
        table.add_column("loop", no_wrap=True)
        for column in ("gets", "cycles before", "after", "ratio"):
            table.add_column(column, justify="right")
        for found in REMARK.finditer(report):
            before, after = int(found["before"]), int(found["after"])
            ratio = f"{after / before:.2f}"
            table.add_row(found["place"], found["what"], f"{before:,}", f"{after:,}", ratio)
        console.print(table)


def _remarks(traced: str) -> str:
    """What the passes over loops say when they are asked to."""
    tool = Path(sys.executable).with_name("tile-opt")
    pipelines = [f"--tilework-to-{form}" for form in FORMS]

    def run(*options: str) -> str:
        command = [tool, *options, "-o", "/dev/null"]
        return subprocess.run(
            command, input=traced, capture_output=True, text=True, check=True
        ).stderr

    dumped = run(*pipelines, "--dump-pass-pipeline")  # after a line that counts the passes
    pipeline = "".join(line.strip() for line in dumped.splitlines()[1:])
    dumping = DUMPING.sub(r"\1dump=true ", pipeline.replace("dump=false", ""))
    return run(f"--pass-pipeline={dumping}")
