"""What the benchmarks share: the full-size layers, and the least of several runs."""

import sys
import time
from collections.abc import Callable
from pathlib import Path

import torch
from rich.console import Console

CHECKOUT = Path(__file__).resolve().parents[4]
sys.path.insert(0, str(CHECKOUT))  # has `models`

console = Console(width=None if sys.stdout.isatty() else 120)  # as wide as the widest table
REPEATS = 7


def newest_built(program: str) -> Path:
    """A program of the newest build, by its path there."""
    return max(CHECKOUT.glob(f"build/*/{program}"), key=lambda path: path.stat().st_mtime)


def layer_of(name: str, context: int | None = None):
    """A Qwen3 layer and arguments for it: batch 16, contexts ragged or all alike."""
    from models.qwen3.batch import make_batch, ragged_lengths
    from models.qwen3.config import CONFIGS
    from models.qwen3.layer import arguments, decode_layer
    from models.qwen3.weights import random_weights, rope_tables

    config = CONFIGS[name]
    weights = random_weights(config)
    lengths = [context] * config.batch if context else ragged_lengths(config, seed=0)
    batch = make_batch(config, lengths, seed=0)
    out = torch.zeros_like(batch.hidden)
    operands = arguments(weights, rope_tables(config), batch, out)
    return decode_layer(config), operands


def least(run: Callable[[], object], measured: Callable[[], float] | None = None) -> float:
    """The least seconds of several runs, by the clock or by what the run itself measured."""
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        run()
        times.append(measured() if measured else time.perf_counter() - start)
    return min(times)
