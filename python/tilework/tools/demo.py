"""Decodes one step of a full-size Qwen3 layer on the simulated device, beside transformers.

    python -m tilework.tools.demo --config 14b --verify

prints what was compiled and run, how long both took on the same threads, how much memory, and how
far each lies from the float32 layer.
"""

from __future__ import annotations

import resource
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))  # where a checkout has `models`

try:
    import torch

    from models.qwen3.batch import make_batch, ragged_lengths
    from models.qwen3.config import CONFIGS
    from models.qwen3.judge import LayerResult, judge
    from models.qwen3.layer import arguments, decode_layer
    from models.qwen3.reference import ReferenceLayer
    from models.qwen3.weights import random_weights, rope_tables
except ModuleNotFoundError as error:
    raise SystemExit(
        f"expects models/, torch and transformers, but got: {error}; "
        "run from a checkout, after pip install '.[test]'"
    ) from error

console = Console()


@dataclass(frozen=True)
class Timing:
    """Seconds of one run: on the clock, and summed over processors."""

    wall: float
    cpu: float


@click.command(help=__doc__.splitlines()[0])
@click.option(
    "--config",
    "name",
    type=click.Choice(["14b", "32b", "tiny"]),
    default="14b",
    show_default=True,
    help="dimensions of the layer",
)
@click.option(
    "--threads",
    type=click.IntRange(1),
    default=2,
    show_default=True,
    help="host threads for both implementations",
)
@click.option("--active", type=click.IntRange(0), help="batch rows in use (default: all)")
@click.option("--seed", type=int, default=0, show_default=True, help="of weights and batch")
@click.option(
    "--verify/--no-verify",
    default=True,
    show_default=True,
    help="compare with the float32 layer of transformers; failing is exit status 1",
)
def main(name: str, threads: int, active: int | None, seed: int, verify: bool) -> None:
    torch.set_num_threads(threads)
    config = CONFIGS["tiny-14b" if name == "tiny" else name]

    with console.status("weights"):
        weights = random_weights(config, seed)
    with console.status("batch"):
        batch = make_batch(config, ragged_lengths(config, active, seed), seed)
    lengths = [int(length) for length in batch.seq_lens if length]
    span = f"{min(lengths)}..{max(lengths)}" if lengths else "none"
    console.print(
        f"Qwen3 {config.name}: {weights.size_bytes / 1e6:.0f} MB of weights, "
        f"{len(lengths)} of {config.batch} rows, context {span}"
    )

    ours, timing = _run_ours(config, weights, batch, threads)
    theirs = ReferenceLayer(config, weights, torch.bfloat16)
    with console.status("transformers, bf16"):
        their_result, their_timing = _run_theirs(theirs, batch)
    _print_timings(timing, their_timing, threads)
    if verify:
        with console.status("transformers, float32"):
            report = judge(ours, batch, weights, their_result)
        console.print(str(report), highlight=False, soft_wrap=True)
    console.print(f"peak memory of the whole demo {_peak_bytes() / 1e9:.2f} GB")
    if verify and not report.passed:
        sys.exit(1)


def _run_ours(config, weights, batch, threads: int):
    """Compiles and runs the layer on copies of the caches: its result and its Timing."""
    own = batch.with_own_caches()
    out = torch.full_like(own.hidden, torch.nan)  # so that a hole in the output shows
    layer = decode_layer(config)
    operands = arguments(weights, rope_tables(config), own, out)
    with console.status("compiling"):
        compiled = layer.compile(*operands)
    origin = "from the cache" if compiled.from_cache else "cold"
    console.print(f"compiled in {compiled.compile_seconds:.2f} s ({origin})")
    with console.status("running"):
        layer(*operands)  # the first run touches pages and starts threads
        layer(*operands)  # writes the same slots again
    run = layer.last_run
    console.print(
        f"ran {run.tasks} tasks with {run.dependences} dependences on {threads} threads, "
        f"peak memory {_peak_bytes() / 1e9:.2f} GB"
    )
    result = LayerResult(out, own.k_cache, own.v_cache)
    return result, Timing(run.wall_seconds, run.cpu_seconds)


def _run_theirs(layer, batch):
    """Runs transformers twice and times the second: its result and its Timing."""
    result = layer.run(batch)
    if not batch.active_rows:
        return result, Timing(0.0, 0.0)
    inputs = layer.inputs(batch, batch.active_rows)
    wall, cpu = time.perf_counter(), time.process_time()
    layer(*inputs)
    return result, Timing(time.perf_counter() - wall, time.process_time() - cpu)


def _print_timings(ours: Timing, theirs: Timing, threads: int) -> None:
    table = Table("", "wall s", "CPU s", title=f"one decode step on {threads} threads")
    for name, timing in (("tilework", ours), ("transformers eager bf16", theirs)):
        table.add_row(name, f"{timing.wall:.3f}", f"{timing.cpu:.3f}")
    console.print(table)


def _peak_bytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


if __name__ == "__main__":
    main()
