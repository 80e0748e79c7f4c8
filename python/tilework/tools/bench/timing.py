"""How long the layers would take on the device, and why: where the work on speed begins."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import torch
from rich.table import Table
from tilework import devices
from tilework.recording import Recording
from tilework.report import Run, Summary, summarize
from tilework.report.figures import share_text, time_text
from tilework.tools.bench.measure import console, least

if TYPE_CHECKING:
    from models.qwen3.config import LayerConfig

LAYERS = (("14b", 512), ("14b", 4096), ("32b", 4096))
DEVICE = "a2a3"
REASONS = 3


def absent_layer(name: str, context: int) -> tuple[LayerConfig, tuple[torch.Tensor, ...]]:
    """The dimensions and the arguments of a layer, every row of the batch with the same context,
    that hold what control flow reads and nothing else."""
    from models.qwen3.batch import make_batch
    from models.qwen3.config import CONFIGS
    from models.qwen3.layer import arguments
    from models.qwen3.weights import LayerWeights, rope_tables, weight_shapes

    def absent(shape: tuple[int, ...], is_matrix: bool) -> torch.Tensor:
        dtype = torch.bfloat16 if is_matrix else torch.float32
        return torch.empty(shape, dtype=dtype, device="meta")

    config = CONFIGS[name]
    shapes = weight_shapes(config)
    weights = LayerWeights(**{name: absent(shapes[name], name.startswith("w")) for name in shapes})
    batch = make_batch(config, [context] * config.batch)
    names = ("hidden", "k_cache", "v_cache")
    batch = replace(batch, **{name: getattr(batch, name).to("meta") for name in names})
    rope = tuple(table.to("meta") for table in rope_tables(config))
    return config, arguments(weights, rope, batch, torch.empty_like(batch.hidden))


def recording_of(name: str, context: int) -> Recording:
    """Of one layer; nothing is computed."""
    from models.qwen3.layer import decode_layer

    config, arguments = absent_layer(name, context)
    layer = decode_layer(config)
    layer(*arguments)
    return layer.last_run.recording


def figures(summary: Summary, seconds: float) -> dict[str, str]:
    def moved(count: int) -> str:
        return f"{count / 1e6:,.1f} MB, x {count / max(summary.compulsory_bytes, 1):.3f}"

    found = {
        "modelled time": time_text(summary.makespan),
        "bound": time_text(summary.bound),
        "share of the bound": share_text(summary.fraction),
        "HBM bytes, of compulsory": moved(summary.hbm_bytes),
        "GM bytes, of compulsory": moved(summary.gm_bytes),
        "tasks": f"{summary.tasks}",
    }
    for name, it in (("cubes", summary.cubes), ("vectors", summary.vectors)):
        found[f"{name} busy: least, mean, most"] = f"{it.least:.0%}, {it.mean:.0%}, {it.most:.0%}"
        found[f"{name} idle while work was ready"] = share_text(it.loss)
    for number, it in enumerate(summary.reasons[:REASONS]):
        scopes = ", ".join(f"{scope} {time_text(time)}" for scope, time in it.scopes[:3])
        found[f"above the bound, reason {number + 1}"] = (
            f"{time_text(it.time)}: {it.what} ({scopes})"
        )
    return {**found, "replay": f"{seconds:.2f} s"}


def bench_time() -> None:
    """Layers of batch 16 on the simulated device, in both profiles of its description."""
    device = devices.load(DEVICE)
    for name, context in LAYERS:
        recording = recording_of(name, context)
        columns = []
        for profile in device.profiles:
            replay = partial(Run.of, recording, device, profile)
            columns.append(figures(summarize(replay()), least(replay)))
        title = f"the Qwen3-{name} layer at context {context} on {DEVICE}"
        table = Table("", *device.profiles, title=title)
        for figure in columns[0]:
            table.add_row(figure, *(column[figure] for column in columns))
        console.print(table)
