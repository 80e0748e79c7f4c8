"""What it costs a task to find what it depends on, and a graph of a million tasks."""

import subprocess

from rich.table import Table
from tilework.tools.bench.measure import console, newest_built

VIEWS = ("256", "4,096", "16,384")


def bench_dependences() -> None:
    """CPU time of the orchestration's thread, the least of several runs."""
    lines = subprocess.run(
        [newest_built("bin/dependence-bench")], capture_output=True, text=True, check=True
    )
    rows: dict[str, list[list[str]]] = {"dynamic": [], "static": [], "million": []}
    for line in lines.stdout.splitlines():
        kind, *values = line.split("\t")
        rows[kind].append(values)

    table = Table("views of one buffer", "earlier tasks", title="finding dependences, ns per task")
    for views in VIEWS:
        table.add_column(f"{views} of them", justify="right")
    for state, pattern, *costs in rows["dynamic"]:
        table.add_row(pattern, state, *costs)
    console.print(table)

    table = Table("ids given", title="submitting without tracked arguments, ns per task")
    for window in ("the usual window", "a window for all"):
        table.add_column(f"in {window}", justify="right")
        table.add_column("of it dependences", justify="right")
    for row in rows["static"]:
        table.add_row(*row)
    console.print(table)

    table = Table("threads", title="a million empty tasks, submitted and run")
    for column in ("outstanding at most", "wall s", "CPU s", "bytes per task"):
        table.add_column(column, justify="right")
    for threads, window, *values in rows["million"]:
        table.add_row(threads, f"{int(window):,}", *values)
    console.print(table)
