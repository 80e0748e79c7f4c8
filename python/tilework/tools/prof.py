"""Says how long a recorded run takes on a device, and why.

RECORDING is a file that `tilework.options(record="run.rec")` has left. It is replayed on the device
that the program was compiled for, or on another; no program is run.

\b
  tile-prof run.rec                                       a summary
  tile-prof run.rec --html run.html --trace run.json      for a browser, and for ui.perfetto.dev
  tile-prof run.rec --set hbm.bandwidth=2e12 --cores 32   what if
  tile-prof run.rec --cores 16:48:8 --profile device-fit  a table of what-ifs
  tile-prof run.rec --scheduling fifo --no-early-dispatch  another runtime
  tile-prof after.rec --compare before.rec                two runs side by side
  tile-prof run.rec --check-races                         whether the program's claims hold
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import click
from rich.console import Console, RenderableType
from rich.progress import Progress
from tilework.devices import Device, DeviceError, load
from tilework.errors import TileworkError
from tilework.recording import Recording
from tilework.report.compare import Comparison
from tilework.report.figures import time_text
from tilework.report.html import save_comparison, save_sweep
from tilework.report.profiling import Report
from tilework.report.run import Run
from tilework.report.summary import summarize
from tilework.report.sweep import Point, sweep, values_of
from tilework.report.tables import claims_table, sweep_table
from tilework.report.text import WIDTH, compared, rendered, rich_table
from tilework.simulator import SCHEDULINGS, Policy, capacity, entries
from tilework.simulator.policy import SUBMISSIONS

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
OUTPUT = click.Path(dir_okay=False, writable=True, path_type=Path)
HINT = "such as hbm.bandwidth=2e12, cores.groups=16,32 or cores.groups=16:48:8"


def parse_axes(_context, _parameter, texts: tuple[str, ...]) -> dict[str, list[float]]:
    axes = {}
    for text in texts:
        name, _, values = text.partition("=")
        try:
            axes[name.strip()] = values_of(values)
        except ValueError:
            raise click.BadParameter(f"expects NAME=VALUES, {HINT}, but got '{text}'") from None
    return axes


def parse_cores(_context, _parameter, text: str | None) -> list[float]:
    try:
        values = values_of(text) if text else []
    except ValueError:
        values = [0.0]
    if any(value < 1 or value % 1 for value in values):
        raise click.BadParameter(f"expects whole numbers, as 32 or 16:48:8, but got '{text}'")
    return values


@click.command(help=__doc__, context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("recording", type=FILE)
@click.option("--device", help="a known device, or a .toml file  [default: the program's]")
@click.option("--profile", help="one of the device's profiles  [default: its first]")
@click.option(
    "--set",
    "axes",
    multiple=True,
    callback=parse_axes,
    metavar="NAME=VALUES",
    help="other values for an entry of the device: 2e12, or 16,32 or 16:48:8 for a table of all "
    "combinations; may be repeated",
)
@click.option(
    "--cores",
    callback=parse_cores,
    metavar="VALUES",
    help="core groups; short for --set cores.groups=VALUES",
)
@click.option(
    "--scheduling",
    type=click.Choice(SCHEDULINGS),
    default=Policy.scheduling,
    show_default=True,
    help="which ready task is first: the oldest, or the one with the longest path behind it",
)
@click.option(
    "--submission",
    type=click.Choice(SUBMISSIONS),
    default=Policy.submission,
    show_default=True,
    help="tasks one by one, or recorded graphs as a whole",
)
@click.option(
    "--early-dispatch/--no-early-dispatch",
    default=Policy.early_dispatch,
    show_default=True,
    help="bring tasks to cores while the last they wait for execute",
)
@click.option(
    "--reuse/--no-reuse",
    default=Policy.reuse,
    show_default=True,
    help="let tensors share addresses that the graph never has in use at once",
)
@click.option(
    "--capacity",
    "shows_capacity",
    is_flag=True,
    help="list what the graph asks of rings and memory, and stop",
)
@click.option("--entries", "lists", is_flag=True, help="list what --set can change, and stop")
@click.option("--compare", type=FILE, metavar="BEFORE", help="a recording to compare with")
@click.option("--html", type=OUTPUT, help="write a page that opens from disk in a browser")
@click.option("--trace", type=OUTPUT, help="write a trace for ui.perfetto.dev")
@click.option("--instructions", is_flag=True, help="a bar for each instruction in the trace")
@click.option("--json", "as_json", is_flag=True, help="print the findings as JSON")
@click.option("--show", type=click.IntRange(0), metavar="TASK", help="print a task, and stop")
@click.option(
    "--check-races",
    "checks",
    is_flag=True,
    help="judge the program's claims of independence instead, over all legal orders of its tasks; "
    "fails if one does not hold",
)
@click.option(
    "--path",
    "steps",
    type=click.IntRange(0),
    default=12,
    show_default=True,
    help="steps of the critical path to print, the longest",
)
def main(recording: Path, **options) -> None:
    try:
        Profiler(Recording.load(recording), **options).run()
    except (TileworkError, DeviceError) as error:
        raise click.ClickException(str(error)) from None


@dataclass
class Profiler:
    """One call of the command."""

    recording: Recording
    device: str | None
    profile: str | None
    axes: Mapping[str, list[float]]
    cores: list[float]
    scheduling: str
    submission: str
    early_dispatch: bool
    reuse: bool
    shows_capacity: bool
    lists: bool
    compare: Path | None
    html: Path | None
    trace: Path | None
    instructions: bool
    as_json: bool
    show: int | None
    checks: bool
    steps: int

    def run(self) -> None:
        if self.checks:
            return self.check_races()
        self.machine: Device = load(self.device or self.recording.target)
        if self.cores:
            self.axes = {**self.axes, "cores.groups": self.cores}
        if self.lists:
            for name, value in entries(self.machine, self.profile).items():
                click.echo(f"{name} = {value:g}")
        elif self.shows_capacity:
            click.echo(capacity_text(self.recording), nl=False)
        elif self.show is not None:
            click.echo(task_text(self.recording, self.show), nl=False)
        elif any(len(values) > 1 for values in self.axes.values()):
            self.tabulate()
        else:
            self.summarize()

    def check_races(self) -> None:
        claims = self.recording.claims
        self.show_found([asdict(it) for it in claims], rich_table(claims_table(claims)))
        if not self.as_json:
            for claim in claims:
                if claim.refutation:
                    click.echo(f"\n{claim.name}:\n{claim.refutation}", nl=False)
        if not all(claim.holds for claim in claims):
            sys.exit(1)

    @property
    def policy(self) -> Policy:
        return Policy(self.scheduling, self.submission, self.early_dispatch, self.reuse)

    def summarize(self) -> None:
        changes = {name: values[0] for name, values in self.axes.items()}
        if self.compare:
            return self.put_side_by_side(Recording.load(self.compare), changes)
        report = Report(self.replay(self.recording, changes))
        if self.trace:
            report.save_trace(self.trace, self.instructions)
        if self.html:
            report.save_html(self.html)
        self.show_found(report.summary.as_dict(), rendered(report.summary, self.steps))
        if changes and not self.as_json:
            described = self.replay(self.recording, {}).timeline.makespan
            factor = described / report.summary.makespan
            click.echo(
                f"\n{factor:.3f} times as fast as on the device as it is described, "
                f"{time_text(described)}"
            )

    def put_side_by_side(self, other: Recording, changes: Mapping[str, float]) -> None:
        if self.trace:
            raise click.UsageError("--trace expects one recording, but got two")
        before, after = (self.replay(it, changes) for it in (other, self.recording))
        if self.html:
            save_comparison(before, after, self.html)
        comparison = Comparison(summarize(before), summarize(after))
        found = {"before": comparison.before.as_dict(), "after": comparison.after.as_dict()}
        self.show_found(found, compared(comparison))

    def tabulate(self) -> None:
        if self.compare or self.trace:
            option = "--compare" if self.compare else "--trace"
            raise click.UsageError(f"{option} expects one value for each entry, but got several")
        total = math.prod(map(len, self.axes.values()))
        with advancing(f"{total} replays", total) as told:
            what = (self.recording, self.machine, self.profile, self.axes)
            points = sweep(*what, progress=told, policy=self.policy)
        if self.html:
            save_sweep(points, self.html)
        self.show_found([point_dict(it) for it in points], rich_table(sweep_table(points)))

    def replay(self, recording: Recording, changes: Mapping[str, float]) -> Run:
        tasks = recording.counts["tasks"] + recording.counts["joins"]
        with advancing("replay", tasks) as told:
            what = (recording, self.machine, self.profile, changes)
            return Run.of(*what, progress=told, policy=self.policy)

    def show_found(self, found: object, text: RenderableType) -> None:
        if self.as_json:
            return click.echo(json.dumps(found, indent=1))
        console = Console()
        if not console.is_terminal:
            console.width = WIDTH
        console.print(text, highlight=False)


@contextmanager
def advancing(what: str, total: int) -> Iterator:
    """A bar on a terminal, for what takes a while."""
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not sys.stderr.isatty()) as bars:
        bar = bars.add_task(what, total=total)
        yield lambda done: bars.update(bar, completed=done)


def point_dict(point: Point) -> dict:
    if point.summary is None:
        return {"changes": dict(point.changes), "error": point.error}
    return point.summary.as_dict()


def capacity_text(recording: Recording) -> str:
    it = capacity(recording)
    lines = [
        f"rings.{ring}: at least {it.least[ring]:,}; from {it.ample[ring]:,} on nothing waits"
        for ring in it.least
    ]
    lines.append(
        f"tensors of the run: {it.planned:,} bytes where they share addresses, of {it.total:,}; "
        f"no plan needs less than {it.bound:,}"
    )
    return "\n".join(lines) + "\n"


def task_text(recording: Recording, task: int) -> str:
    try:
        return recording.text(task)
    except IndexError as error:
        raise click.BadParameter(str(error), param_hint="--show") from None


if __name__ == "__main__":
    main()
