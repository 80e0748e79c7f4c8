"""What the policies of the simulated runtime make of the layers, a whole step, and the LM head."""

from itertools import product

from rich.table import Table
from tilework import devices
from tilework.recording import Recording
from tilework.report.figures import share_text, time_text
from tilework.simulator import Policy, capacity, replay
from tilework.tools.bench.measure import console
from tilework.tools.bench.recording import recording_of_model
from tilework.tools.bench.spellings import CHUNKS, head_recording
from tilework.tools.bench.timing import DEVICE, LAYERS, recording_of

STEP = ("14b", 4096)


def policies() -> list[Policy]:
    choices = product(("fifo", "critical-path"), ("tasks", "graph"), (False, True))
    return [Policy(*it, reuse=it[1] == "graph") for it in choices]


def policies_table(title: str, recording: Recording) -> Table:
    """A row for each policy."""
    device = devices.load(DEVICE)
    table = Table(
        "scheduling", "submission", "early", "modelled time", "cubes idle, ready", "vectors idle",
        "orchestrator busy", "schedulers busy", "came early, went back", "HBM MB",
        title=f"{title}: {recording.counts['tasks']} tasks",
    )  # fmt: skip
    for policy in policies():
        it = replay(recording, device, policy=policy)
        span, groups = it.makespan, len(it.cores)
        table.add_row(
            policy.scheduling,
            policy.submission,
            "yes" if policy.early_dispatch else "no",
            time_text(span),
            share_text(it.loss_cubes / span / groups),
            share_text(it.loss_vectors / span / groups / 2),
            f"{time_text(it.orchestrator_busy)}, {share_text(it.orchestrator_busy / span)}",
            share_text(float(it.scheduler_busy.mean()) / span),
            f"{int((it.tasks['released'] >= 0).sum())}, {len(it.taken_back)}",
            f"{it.hbm.bytes / 1e6:,.1f}",
        )
    return table


def capacity_lines(recording: Recording) -> list[str]:
    needs = capacity(recording)
    rings = ", ".join(
        f"{name} {needs.least[name]:,} to {needs.ample[name]:,}" for name in needs.least
    )
    return [
        f"rings, from what works to what never waits: {rings}",
        f"tensors of the run: {needs.planned / 1e6:,.1f} MB with shared addresses, "
        f"{needs.total / 1e6:,.1f} without, {needs.bound / 1e6:,.1f} at least",
    ]


def bench_schedule() -> None:
    for chunk in CHUNKS:
        console.print(policies_table(f"LM head, chunks of {chunk}", head_recording(chunk)))
    for name, context in LAYERS:
        recording = recording_of(name, context)
        console.print(policies_table(f"Qwen3-{name} layer at {context}", recording))
        console.print("\n".join(capacity_lines(recording)))
    step, _ = recording_of_model(*STEP)
    console.print(policies_table("a decode step of Qwen3-{} at {}".format(*STEP), step))
    console.print("\n".join(capacity_lines(step)))
