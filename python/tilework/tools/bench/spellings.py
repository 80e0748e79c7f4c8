"""What hints about dependences buy: the 14B layer in three spellings, and its LM head in chunks."""

from __future__ import annotations

from functools import partial

import numpy as np
import torch
from rich.table import Table
from tilework.recording import Recording
from tilework.report import Run, critical_path, summarize
from tilework.report.figures import share_text, time_text
from tilework.runtime.executor import REASONS
from tilework.tools.bench.measure import console
from tilework.tools.bench.timing import absent_layer

CONTEXT = 4096
SCOPES = ("rope_cache_update", "gate_up_silu")  # what their authors could not get parallel
CHUNKS = (64, 512)


def longest_chain(recording: Recording) -> int:
    """Tasks on the longest path of the graph; joins only pass on."""
    depth: list[int] = []
    for task in recording.tasks:
        before = max((depth[it] for it, _ in task.dependences), default=0)
        depth.append(before + (task.kernel is not None))
    return max(depth, default=0)


def verdict(recording: Recording) -> str:
    refuted = [it.name for it in recording.claims if not it.holds]
    return f"refuted: {', '.join(refuted)}" if refuted else f"{len(recording.claims)} hold"


def cores_of(run: Run, scope: str) -> tuple[int, int]:
    """The tasks of a scope, and the core groups that execute them."""
    names = np.array([run.name_of(task) for task in range(len(run.recording.tasks))])
    tasks = np.flatnonzero(names == scope)
    return len(tasks), len(np.unique(run.timeline.tasks["group"][tasks]))


def layer_figures(run: Run) -> dict[str, str]:
    tasks = run.recording.tasks
    edges = [reasons for task in tasks for _, reasons in task.dependences]
    joins = sum(task.kernel is None for task in tasks)
    found = {"tasks, joins": f"{len(tasks) - joins}, {joins}", "edges": f"{len(edges)}"}
    for bit, reason in REASONS:
        found[f"edges, {reason}"] = f"{sum(it & bit != 0 for it in edges)}"
    found["longest chain of tasks"] = f"{longest_chain(run.recording)}"
    path = critical_path(run)
    found["critical path"] = f"{len({it.task for it in path})} tasks"
    for scope in SCOPES:
        found[f"tasks on core groups, {scope}"] = "{} on {}".format(*cores_of(run, scope))
    found["modelled time"] = time_text(run.timeline.makespan)
    found["claims"] = verdict(run.recording)
    return found


def bench_spellings() -> None:
    """The layer with every row of the batch at one context, on its device's first profile."""
    from models.qwen3.variants.spring_14b import HINTED, PLAIN, WRONG, spring_14b

    config, arguments = absent_layer("14b", CONTEXT)
    columns = {}
    for name, spelling in (("plain", PLAIN), ("hinted", HINTED), ("one hint wrong", WRONG)):
        layer = spring_14b(config, spelling)
        layer(*arguments)
        columns[name] = layer_figures(Run.of(layer.last_run.recording))
    table = Table(
        "", *columns, title=f"the Qwen3-14B layer at context {CONTEXT}, in three spellings"
    )
    for figure in columns["plain"]:
        table.add_row(figure, *(column[figure] for column in columns.values()))
    console.print(table)


def head_recording(chunk: int) -> Recording:
    """Of the LM head of the 14B, `chunk` columns of the vocabulary a task; nothing is computed."""
    from models.qwen3.config import CONFIGS
    from models.qwen3.variants.spring_head import spring_head

    config = CONFIGS["14b"]
    absent = partial(torch.empty, device="meta")
    head = spring_head(config, chunk)
    head(
        absent((config.batch, config.hidden), dtype=torch.bfloat16),
        absent((1, config.hidden), dtype=torch.float32),
        absent((config.hidden, config.vocabulary), dtype=torch.bfloat16),
        absent((config.batch, config.vocabulary), dtype=torch.float32),
    )
    return head.last_run.recording


def bench_head() -> None:
    """The LM head of the 14B, by the columns of the vocabulary that one task computes."""
    columns = ("tasks", "modelled time", "share of the bound", "cubes idle while work was ready")
    table = Table("columns of a task", *columns, title="the LM head of Qwen3-14B")
    for chunk in CHUNKS:
        run = Run.of(head_recording(chunk))
        summary = summarize(run)
        table.add_row(
            f"{chunk}",
            f"{summary.tasks}",
            time_text(summary.makespan),
            share_text(summary.fraction),
            share_text(summary.cubes.loss),
        )
    console.print(table)
