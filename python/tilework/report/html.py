"""Reports as one HTML page that needs nothing else and opens from disk in a browser."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from os import PathLike
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from .compare import Comparison
from .page_data import run_data
from .run import Run
from .summary import Summary, summarize
from .sweep import Point
from .tables import (
    Table,
    bytes_table,
    comparison_tables,
    headline,
    path_table,
    phases_table,
    reasons_table,
    scopes_table,
    sweep_table,
)

PARTS = Path(__file__).parent / "page"
SCRIPTS = ("timeline.js", "plots.js", "report.js")


def save_report(run: Run, path: str | PathLike, summary: Summary | None = None) -> Path:
    """The page of one run. With the times of its instructions it shows the inside of tasks, too."""
    found = summary or summarize(run)
    tables = (
        reasons_table(found),
        phases_table(found, most=len(found.phases)),
        scopes_table(found),
        bytes_table(found),
        path_table(found),
    )
    title = f"{found.entry} on {found.device}"
    return _write(path, title, [found], [run_data(run, found)], tables)


def save_comparison(before: Run, after: Run, path: str | PathLike) -> Path:
    """Both runs, one above the other, and their figures side by side."""
    found = [summarize(before), summarize(after)]
    labels = ("before", "after")
    runs = [
        run_data(run, summary, label)
        for run, summary, label in zip((before, after), found, labels, strict=True)
    ]
    tables = comparison_tables(Comparison(*found))
    return _write(path, f"{found[0].entry}: before and after", found, runs, tables)


def save_sweep(points: Sequence[Point], path: str | PathLike) -> Path:
    """A table and a plot of what-ifs."""
    first = next((it.summary for it in points if it.summary), None)
    sweep = [
        {"changes": dict(it.changes), "time": it.summary and it.summary.makespan} for it in points
    ]
    title = f"{first.entry} on {first.device}: what if" if first else "what if"
    return _write(path, title, [], [], [sweep_table(points)], sweep)


def _write(
    path: str | PathLike,
    title: str,
    summaries: Sequence[Summary],
    runs: Sequence[dict[str, Any]],
    tables: Iterable[Table],
    sweep: Sequence[dict[str, Any]] = (),
) -> Path:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(PARTS),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    # Nothing in the data may end the element that holds it.
    data = json.dumps({"runs": runs, "sweep": sweep}, separators=(",", ":"))
    page = environment.get_template("report.html.j2").render(
        title=title,
        headline=headline,
        summaries=summaries,
        runs=runs,
        tables=list(tables),
        has_sweep=bool(sweep),
        style=Markup((PARTS / "report.css").read_text(encoding="utf-8")),
        script=Markup("".join((PARTS / it).read_text(encoding="utf-8") for it in SCRIPTS)),
        data=Markup(data.replace("<", "\\u003c")),
    )
    target = Path(path)
    target.write_text(page, encoding="utf-8")
    return target
