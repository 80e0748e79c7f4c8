"""Reports as text: tables for a terminal or a notebook."""

from __future__ import annotations

import io

import rich.table
from rich import box
from rich.console import Console, Group, RenderableType
from rich.text import Text

from .compare import Comparison
from .summary import Summary
from .tables import (
    Table,
    bytes_table,
    comparison_tables,
    headline,
    path_table,
    phases_table,
    reasons_table,
    scopes_table,
)

WIDTH = 120
REASONS = 6  # of them, the rest together


def text_of(it: Summary | Comparison) -> str:
    console = Console(file=io.StringIO(), width=WIDTH, color_system=None, legacy_windows=False)
    console.print(rendered(it) if isinstance(it, Summary) else compared(it))
    lines = console.file.getvalue().splitlines()
    return "\n".join(line.rstrip() for line in lines).rstrip("\n")


def rendered(summary: Summary, path_steps: int = 12) -> RenderableType:
    """Headline, then a table for each question; of the critical path only its longest steps."""
    tables = (
        reasons_table(summary, REASONS),
        phases_table(summary),
        scopes_table(summary),
        bytes_table(summary),
        path_table(summary, path_steps),
    )
    return Group(Text("\n".join(headline(summary))), *map(rich_table, tables))


def compared(comparison: Comparison) -> RenderableType:
    before, after = (next(headline(it)) for it in (comparison.before, comparison.after))
    note = comparison.anomaly and f"\n{comparison.anomaly}"
    names = Text(f"before: {before}\nafter:  {after}{note}")
    return Group(names, *map(rich_table, comparison_tables(comparison)))


def rich_table(table: Table) -> RenderableType:
    """With an empty line before it."""
    found = rich.table.Table(
        title=table.title, title_justify="left", title_style="bold", box=box.SIMPLE
    )
    for number, column in enumerate(table.columns):
        is_number = table.is_number(number)
        breaks = number >= len(table.columns) - len(table.notes)
        justify = "right" if is_number else "left"
        found.add_column(column, justify=justify, no_wrap=not breaks)
    for row in table.rows:
        found.add_row(*(cell.text for cell in row))
    if table.total:
        found.add_section()
        found.add_row(*(cell.text for cell in table.total))
    return Group(Text(), found)
