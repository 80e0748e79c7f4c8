"""What recordings of the full-size layers, and of whole models, take: bytes and seconds."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import tilework
import torch
from rich.table import Table
from tilework.compiler.run import LastRun
from tilework.recording import Recording
from tilework.tools.bench.measure import REPEATS, console, layer_of

ON_META = {"seq_lens", "slot_mapping", "block_table", "tokens"}  # are not; everything else is


def without_values(program: Any, operands: tuple[torch.Tensor, ...]) -> list[torch.Tensor]:
    """The operands on meta, but for what control flow reads."""
    names = program.signature.parameters
    return [
        operand if name in ON_META else operand.to("meta")
        for name, operand in zip(names, operands, strict=True)
    ]


def best(run: Callable[[], object], program: Any) -> LastRun:
    """The run of several that took the least CPU time."""
    runs = []
    for _ in range(REPEATS):
        run()
        runs.append(program.last_run)
    return min(runs, key=lambda each: each.cpu_seconds)


def counts(recording: Recording) -> list[str]:
    names = ("tasks", "executed", "instructions", "streams", "patterns", "bytes")
    return [f"{recording.counts[name]:,}" for name in names]


def row_of_layer(name: str, context: int) -> list[str]:
    """Fast, fast with a recording, and timing-only: CPU seconds of one thread."""
    program, operands = layer_of(name, context)
    absent = without_values(program, operands)
    with tilework.options(threads=1):
        fast = best(lambda: program(*operands), program)
        with tilework.options(record=True):
            recorded = best(lambda: program(*operands), program)
        timed = best(lambda: program(*absent), program)
    assert recorded.recording is not None and recorded.recording == timed.recording
    runs = (fast, recorded, timed)
    return [*counts(recorded.recording), *(f"{run.cpu_seconds:.3f}" for run in runs)]


def row_of_model(name: str, context: int) -> list[str]:
    """A whole decode step, without its weights."""
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
    with tilework.options(threads=1):
        program(*operands)
    run = program.last_run
    assert run.recording is not None
    return [*counts(run.recording), "", "", f"{run.cpu_seconds:.3f}"]


def bench_recording() -> None:
    """Recordings of layers and of whole decode steps, batch 16."""
    columns = ("tasks", "executed", "distinct", "streams", "patterns", "bytes")
    times = ("fast", "recorded", "timed")
    table = Table("program", "context", *columns, *times, title="recordings; CPU s of one thread")
    for name in ("14b", "32b"):
        for context in (512, 4096):
            table.add_row(f"{name} layer", str(context), *row_of_layer(name, context))
    for name in ("14b", "32b"):
        table.add_row(f"{name} model", "4096", *row_of_model(name, 4096))
    console.print(table)
