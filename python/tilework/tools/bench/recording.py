"""What recordings of the full-size layers, and of whole models, take: bytes and seconds."""

import statistics
import time
from dataclasses import replace
from functools import partial
from typing import Any

import tilework
import torch
from rich.table import Table
from tilework.recording import Recording
from tilework.tools.bench.measure import console, layer_of

ROUNDS = 15
ON_META = {"seq_lens", "slot_mapping", "block_table", "tokens"}  # are not; everything else is


def without_values(program: Any, operands: tuple[torch.Tensor, ...]) -> list[torch.Tensor]:
    """The operands on meta, but for what control flow reads."""
    names = program.signature.parameters
    return [
        operand if name in ON_META else operand.to("meta")
        for name, operand in zip(names, operands, strict=True)
    ]


def counts(recording: Recording) -> list[str]:
    names = ("tasks", "executed", "instructions", "streams", "patterns", "bytes")
    return [f"{recording.counts[name]:,}" for name in names]


def row_of_layer(name: str, context: int) -> list[str]:
    """Fast, fast with a recording, and timing-only: CPU seconds of one thread.

    The machine's speed drifts by more than what is asked for, so that each round runs all three,
    in turn from the first to the last and back. The last figure is the middle one of what the
    rounds' recorded runs took, of the sum of both others.
    """
    program, operands = layer_of(name, context)
    absent = without_values(program, operands)
    with tilework.options(record=True):
        placed = program.compile(*operands)
    runs = (
        partial(program.compile(*operands).run, operands, threads=1),
        partial(placed.run, operands, threads=1, records=True),
        partial(placed.run, absent, threads=1),
    )
    recording = runs[1]().recording
    assert recording is not None and recording == runs[2]().recording
    rounds = []
    for number in range(ROUNDS):
        seconds = [0.0] * len(runs)
        for i in range(len(runs))[:: -1 if number % 2 else 1]:
            start = time.process_time()
            runs[i]()
            seconds[i] = time.process_time() - start
        rounds.append(seconds)
    ratio = statistics.median(recorded / (fast + timed) for fast, recorded, timed in rounds)
    least = [min(column) for column in zip(*rounds, strict=True)]
    return [*counts(recording), *(f"{seconds:.3f}" for seconds in least), f"{ratio:.1%}"]


def recording_of_model(name: str, context: int) -> tuple[Recording, float]:
    """Of a whole decode step, without its weights, and the CPU seconds it took."""
    from models.qwen3.batch import make_batch
    from models.qwen3.config import CONFIGS
    from models.qwen3.model import ModelWeights, decode_model, model_arguments
    from models.qwen3.weights import rope_tables

    config = CONFIGS[name]
    batch = make_batch(config, [context] * config.batch)
    shape = (config.layers * config.cache_rows, config.head_dim)
    caches = [torch.empty(shape, dtype=torch.bfloat16, device="meta") for _ in range(2)]
    batch = replace(batch, k_cache=caches[0], v_cache=caches[1])
    logits = torch.empty(config.batch, config.vocabulary, device="meta")
    tokens = torch.zeros(config.batch, dtype=torch.int32)
    program = decode_model(config)
    operands = without_values(
        program,
        model_arguments(ModelWeights.on_meta(config), rope_tables(config), tokens, batch, logits),
    )
    run = partial(program.compile(*operands).run, operands, threads=1)
    start = time.process_time()
    recording = run().recording
    seconds = time.process_time() - start
    assert recording is not None
    return recording, seconds


def row_of_model(name: str, context: int) -> list[str]:
    recording, seconds = recording_of_model(name, context)
    return [*counts(recording), "", "", f"{seconds:.3f}", ""]


def bench_recording() -> None:
    """Recordings of layers and of whole decode steps, batch 16."""
    columns = ("tasks", "executed", "distinct", "streams", "patterns", "bytes")
    times = ("fast", "recorded", "timed", "of the sum")
    table = Table("program", "context", *columns, *times, title="recordings; CPU s of one thread")
    for name in ("14b", "32b"):
        for context in (512, 4096):
            table.add_row(f"{name} layer", str(context), *row_of_layer(name, context))
    for name in ("14b", "32b"):
        table.add_row(f"{name} model", "4096", *row_of_model(name, 4096))
    console.print(table)
