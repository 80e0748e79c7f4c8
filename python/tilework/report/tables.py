"""The tables of reports, whatever they are written into: cells have a text and a value."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tilework.recording import Claim

from .compare import Comparison
from .critical_path import KINDS
from .figures import bytes_text, location_text, share_text, time_text
from .phases import Phase
from .summary import Spread, Summary
from .sweep import Point

BYTES_SHOWN = 0.005  # of the total; smaller arrays are one line


@dataclass(frozen=True)
class Cell:
    """What is shown, and what it is sorted by."""

    text: str
    value: float | str


@dataclass(frozen=True)
class Table:
    """`names` are the columns on the left, `notes` those on the right, numbers between them."""

    title: str
    names: tuple[str, ...]
    numbers: tuple[str, ...]
    notes: tuple[str, ...]
    rows: Sequence[tuple[Cell, ...]]
    total: tuple[Cell, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        return (*self.names, *self.numbers, *self.notes)

    def is_number(self, column: int) -> bool:
        return 0 <= column - len(self.names) < len(self.numbers)


def claims_table(claims: Sequence[Claim]) -> Table:
    """Each claim of a program, and whether it holds."""
    rows = [
        (
            text("holds" if claim.holds else "refuted"),
            text(claim.verdict or ""),
            number(claim.ordered),
            number(claim.unordered),
            text(claim.name),
        )
        for claim in claims
    ]
    names, numbers = ("claims", "compiler"), ("ordered conflicts", "not ordered")
    return Table("", names, numbers, ("what",), rows)


def text(it: object) -> Cell:
    return Cell(str(it), str(it))


def number(it: float) -> Cell:
    return Cell(f"{it:,.6g}" if it % 1 else f"{it:,.0f}", it)


def time(it: float) -> Cell:
    return Cell(time_text(it), it)


def share(it: float) -> Cell:
    return Cell(share_text(it), it)


def amount(it: int) -> Cell:
    """Bytes; nothing for none."""
    return Cell(bytes_text(it) if it else "", it)


NOTHING = Cell("", 0.0)


def headline(summary: Summary) -> Iterator[str]:
    """The findings in sentences, the first says what was replayed on what."""
    changes = "".join(f", {name} = {value:g}" for name, value in summary.changes.items())
    yield f"{summary.entry} on {summary.device}, {summary.profile}{changes}"
    must, bound = bytes_text(summary.compulsory_bytes), time_text(summary.bound)
    yield (
        f"{time_text(summary.makespan)}, {share_text(summary.fraction)} of the bound: "
        f"the compulsory {must} at the HBM's bandwidth, {bound}"
    )
    others = [it for it in summary.bounds if it.resource != "HBM"][:3]
    if others:
        listed = ", ".join(f"{it.resource} {time_text(it.time)}" for it in others)
        yield f"busiest besides: {listed}"
    hbm, gm, least = summary.hbm_bytes, summary.gm_bytes, max(summary.compulsory_bytes, 1)
    yield (
        f"HBM moved {bytes_text(hbm)} ({hbm / least:.3f} of the compulsory), "
        f"GM addresses {bytes_text(gm)} ({gm / least:.3f})"
    )
    joins = f", {summary.joins} joins" if summary.joins else ""
    yield f"{summary.tasks:,} tasks{joins}, {summary.instructions:,} instructions"
    yield _spread("cube cores", summary.cubes)
    yield _spread("vector cores", summary.vectors)
    threads = ", ".join(share_text(it) for it in summary.schedulers_busy)
    waits = summary.orchestrator_waits
    waiting = f", waits {share_text(waits)}" if waits else ""
    yield f"runtime: {summary.policy}{_early(summary)}"
    yield (
        f"orchestrator busy {share_text(summary.orchestrator_busy)}{waiting}; "
        f"schedulers busy {threads}"
    )
    if summary.heap_sum:
        total = bytes_text(summary.heap_sum)
        yield f"tensors of the run: {bytes_text(summary.heap_peak)} at the peak, {total} in total"


def _early(summary: Summary) -> str:
    if not summary.early + summary.taken_back:
        return ""
    back = f", {summary.taken_back:,} gave their slots back" if summary.taken_back else ""
    return f"; {summary.early:,} tasks came early{back}"


def _spread(name: str, spread: Spread) -> str:
    idle = f", {spread.idle} without any task" if spread.idle else ""
    return (
        f"{spread.cores} {name} busy {share_text(spread.least)} to {share_text(spread.most)}, "
        f"{share_text(spread.mean)} on average{idle}; "
        f"idle while work was ready: {share_text(spread.loss)}"
    )


def reasons_table(summary: Summary, most: int | None = None) -> Table:
    above = summary.makespan - summary.bound
    shown = [it for it in summary.reasons if it.time > 0][:most]
    rows = []
    for it in shown:
        listed = [f"{name} {time_text(time)}" for name, time in it.scopes[:3] if time > 0]
        more = [f"{len(it.scopes) - 3} more"] if len(it.scopes) > 3 else []
        scopes = text(", ".join(listed + more))
        rows.append((text(it.what), time(it.time), share(it.time / max(above, 1)), scopes))
    rest = above - sum(it.time for it in shown)
    if len(shown) < len(summary.reasons):
        rows.append((text("all others"), time(rest), share(rest / max(above, 1)), text("")))
    title = f"why it takes {time_text(above)} more than the bound"
    return Table(title, ("reason",), ("time", "share"), ("in",), rows)


def phases_table(summary: Summary, most: int = 24) -> Table:
    """The phases as they come, or the longest of many."""
    title = "what binds when, along the critical path"
    shown = summary.phases
    if len(shown) > most:
        longest = sorted(shown, key=lambda it: it.begin - it.end)[:most]
        shown = tuple(sorted(longest, key=lambda it: it.begin))
        title += f": the longest {most} of {len(summary.phases):,}"
    rows = []
    for it in shown:
        executing = share(it.executing / max(it.end - it.begin, 1))
        times = (time(it.begin), time(it.end), executing)
        rows.append((text(it.name), *times, text(it.binds), text(_used(it))))
    return Table(title, ("scope",), ("from", "to", "executing"), ("binds", "used"), rows)


def _used(phase: Phase, most: int = 3) -> str:
    used = sorted(phase.used.items(), key=lambda it: (-it[1], it[0]))[:most]
    return ", ".join(f"{name} {share:.0%}" for name, share in used if share >= 0.005)


def scopes_table(summary: Summary) -> Table:
    rows = []
    for it in summary.scopes:
        cores = " + ".join(["cube"] * it.has_cube + [f"{it.lanes} vector"] * bool(it.lanes))
        does = ", ".join(f"{name} {share:.0%}" for name, share in it.shares[:2])
        names = (text(it.name), text(location_text(it.location)), text(cores))
        times = (time(it.on_path), time(it.mean), time(it.most))
        rows.append(
            (*names, number(it.tasks), *times, text(f"{it.pipe}: {does}" if does else it.pipe))
        )
    numbers = ("tasks", "on path", "mean task", "longest")
    notes = ("its pipe that works most",)
    return Table("scopes", ("scope", "line", "cores"), numbers, notes, rows)


def bytes_table(summary: Summary) -> Table:
    columns = ("compulsory", "HBM read", "HBM written", "GM read", "GM written", "in cache")
    fields = ("hbm_read", "hbm_written", "read", "written", "dirty")
    total = sum(summary.total(it) for it in fields)
    rest = [0] * len(columns)
    rows = []
    for it in summary.memories:
        amounts = [it.must_read + it.must_written, *(getattr(it, field) for field in fields)]
        if sum(amounts) < BYTES_SHOWN * total:
            rest = [held + more for held, more in zip(rest, amounts, strict=True)]
        else:
            rows.append((text(it.name), *map(amount, amounts)))
    if any(rest):
        rows.append((text("all others"), *map(amount, rest)))
    totals = [summary.compulsory_bytes, *map(summary.total, fields)]
    return Table("bytes", ("array",), columns, (), rows, (text("total"), *map(amount, totals)))


def path_table(summary: Summary, most: int | None = None) -> Table:
    title, steps = "critical path", summary.path
    if most is not None and len(steps) > most:
        longest = sorted(steps, key=lambda it: it.begin - it.end)[:most]
        steps = tuple(sorted(longest, key=lambda it: it.begin))
        title += f": the longest {most} of {len(summary.path):,} steps"
    rows = []
    for it in steps:
        times = (time(it.kinds[kind]) if kind in it.kinds else NOTHING for kind in KINDS)
        names = (Cell(str(it.task), it.task), text(it.name), text(location_text(it.location)))
        rows.append((*names, time(it.begin), *times))
    totals = (time(summary.path_kinds[kind]) for kind in KINDS)
    total = (text("all"), text(""), text(""), NOTHING, *totals)
    return Table(title, ("task", "scope", "line"), ("from", *KINDS), (), rows, total)


def comparison_tables(comparison: Comparison) -> Iterator[Table]:
    """Both runs side by side, a table for each group of figures."""
    for title, figures in comparison.tables():
        rows = [(text(it.name), *map(text, it.texts())) for it in figures]
        if rows:
            yield Table(title, ("",), ("before", "after", "change"), (), rows)


def sweep_table(points: Sequence[Point]) -> Table:
    """A line per combination; times also against the first."""
    first = next((it.summary for it in points if it.summary), None)
    rows = []
    for it in points:
        values = tuple(Cell(f"{value:g}", value) for value in it.changes.values())
        found = it.summary
        if found is None:
            rows.append((*values, *[NOTHING] * 5, text(it.error)))
            continue
        reason = next((it.what for it in found.reasons if it.time > 0), "")
        against = number(round(found.makespan / first.makespan, 3))
        numbers = (time(found.makespan), against, share(found.fraction))
        numbers += (amount(found.hbm_bytes), share(found.cubes.mean))
        rows.append((*values, *numbers, text(reason)))
    numbers = ("time", "of first", "share of bound", "HBM", "cubes busy")
    notes = ("most of the rest is",)
    return Table("what if", (), (*points[0].changes, *numbers), notes, rows)
