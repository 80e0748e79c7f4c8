"""Decodes one step of a full-size Qwen3 layer on the simulated device, beside transformers.

    python -m tilework.tools.demo --config 14b

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
import tilework
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
REPEATS = 3
PATIENCE_SECONDS = 30  # transformers takes a minute for a step where nothing computes in bf16


@dataclass(frozen=True, order=True)
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
    "--judge/--no-judge",
    "judges",
    default=True,
    show_default=True,
    help="compare with the float32 layer of transformers; failing is exit status 1",
)
@click.option(
    "--verify",
    is_flag=True,
    help="compare every bit with the reference interpreter as well (minutes at full size)",
)
def main(
    name: str, threads: int, active: int | None, seed: int, judges: bool, verify: bool
) -> None:
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

    ours = OurLayer(config, weights, batch, threads)
    ours.compile()
    theirs = ReferenceLayer(config, weights, torch.bfloat16)
    with console.status("transformers, bf16"):
        their_result = theirs.run(batch)
    with console.status("running both in turn"):
        pairs = _time_in_turn(ours, theirs, batch)
    ours.describe()
    _print_timings(pairs, threads)
    if verify:
        with console.status("reference interpreter"):
            ours.verify()
        console.print("equal to the reference interpreter, to the bit")
    if judges:
        with console.status("transformers, float32"):
            report = judge(ours.result, batch, weights, their_result)
        console.print(str(report), highlight=False, soft_wrap=True)
    console.print(f"peak memory of the whole demo {_peak_bytes() / 1e9:.2f} GB")
    if judges and not report.passed:
        sys.exit(1)


class OurLayer:
    """The layer with arguments for it: a batch with caches of its own."""

    def __init__(self, config, weights, batch, threads: int):
        self.threads = threads
        self.layer = decode_layer(config)
        own = batch.with_own_caches()
        out = torch.full_like(own.hidden, torch.nan)  # so that a hole in the output shows
        self.arguments = arguments(weights, rope_tables(config), own, out)
        self.result = LayerResult(out, own.k_cache, own.v_cache)

    def compile(self) -> None:
        with console.status("compiling"):
            compiled = self.layer.compile(*self.arguments)
        origin = "from the cache" if compiled.from_cache else "cold"
        console.print(f"compiled in {compiled.compile_seconds:.2f} s ({origin})")
        self.run()  # touches pages and starts threads; later runs write the same slots again

    def run(self) -> Timing:
        with tilework.options(threads=self.threads):
            self.layer(*self.arguments)
        return Timing(self.layer.last_run.wall_seconds, self.layer.last_run.cpu_seconds)

    def verify(self) -> None:
        with tilework.options(threads=self.threads, verify=True):
            self.layer(*self.arguments)

    def describe(self) -> None:
        with tilework.options(threads=self.threads, trace=True):
            self.layer(*self.arguments)
        run = self.layer.last_run
        console.print(
            f"ran {run.tasks} tasks with {run.dependences} dependences, "
            f"{run.allocated_bytes / 1e6:.1f} MB of intermediate tensors, "
            f"{run.peak_bytes / 1e6:.1f} MB at once"
        )


def _time_in_turn(ours: OurLayer, theirs, batch) -> list[tuple[Timing, Timing]]:
    """At most REPEATS runs of each, and none more once they have taken long."""
    pairs, begin = [], time.perf_counter()
    while not pairs or (len(pairs) < REPEATS and time.perf_counter() - begin < PATIENCE_SECONDS):
        pairs.append((ours.run(), _time_theirs(theirs, batch)))
    return pairs


def _time_theirs(layer, batch) -> Timing:
    if not batch.active_rows:
        return Timing(0.0, 0.0)
    inputs = layer.inputs(batch, batch.active_rows)
    wall, cpu = time.perf_counter(), time.process_time()
    layer(*inputs)
    return Timing(time.perf_counter() - wall, time.process_time() - cpu)


def _print_timings(pairs: list[tuple[Timing, Timing]], threads: int) -> None:
    ours, theirs = map(min, zip(*pairs, strict=True))
    runs = f"best of {len(pairs)}" if len(pairs) > 1 else "one run"
    table = Table("", "wall s", "CPU s", title=f"one decode step on {threads} threads, {runs}")
    for name, timing in (("tilework", ours), ("transformers eager bf16", theirs)):
        table.add_row(name, f"{timing.wall:.3f}", f"{timing.cpu:.3f}")
    console.print(table)


def _peak_bytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


if __name__ == "__main__":
    main()
