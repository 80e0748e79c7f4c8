"""Writes the generated documentation: `python -m tilework.tools.docs [--check]`.

Each page is a function from nothing to Markdown, listed in PAGES. Nothing under docs/generated is
written by hand; with --check nothing is written, and an outdated page makes the command fail.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from itertools import groupby
from pathlib import Path

from tilework.tools import ods

NOTE = "<!-- Written by `./dev docs`; edit what it describes instead. -->"


def _operation(operation: ods.Operation) -> str:
    lines = [f"### `{operation.name}`", "", f"{operation.summary}."]
    if operation.unit != "none":
        lines[-1] += f" *Unit: {operation.unit}.*"
    if operation.formula:
        lines += ["", f"    {operation.formula}"]
    if operation.prose and not operation.prose.startswith(operation.summary):
        lines += ["", operation.prose]
    if operation.constraints:
        lines.append("")
        lines += [f"- ({rule.label}) {rule.text}" for rule in operation.constraints]
    for example in operation.examples:
        lines += ["", "```mlir", example, "```"]
    return "\n".join(lines)


def dialects_page() -> str:
    """Every operation of every dialect, from its ODS record."""
    parts = ["# The dialects", NOTE]
    for name in ods.DIALECTS:
        dialect = ods.load(name)
        parts += [f"## {name}: {dialect.summary}", dialect.description]
        for spelling in dialect.spellings:
            parts.append(f"### `{spelling.text}`\n\n{spelling.summary}.\n\n{spelling.description}")
        parts += [_operation(operation) for operation in dialect.operations]
    return "\n\n".join(parts) + "\n"


def language_page() -> str:
    """Every construct an author may write, from the language's own table."""
    from tilework.language.construct import REFUSED, registry

    accepted = [entry for entry in registry() if entry.use != REFUSED]
    parts = ["# The language", NOTE]
    for group, entries in groupby(accepted, key=lambda entry: entry.group):
        parts.append(f"## {group}")
        parts += [f"### `{entry.usage()}`\n\n{entry.doc.strip()}" for entry in entries]
    refused = [entry for entry in registry() if entry.use == REFUSED]
    parts.append("## Refused\n\nKnown names that are refused, each with what is said instead.")
    parts.append("\n".join(f"- `pl.{entry.name}`: {entry.doc}" for entry in refused))
    return "\n\n".join(parts) + "\n"


PAGES: dict[str, Callable[[], str]] = {
    "dialects.md": dialects_page,
    "language.md": language_page,
}


def outdated(folder: Path) -> list[str]:
    """The pages in `folder` that are not as they would be written, and files of no page."""
    wrong = [
        name
        for name, page in PAGES.items()
        if not (folder / name).is_file() or (folder / name).read_text() != page()
    ]
    return wrong + sorted(path.name for path in folder.glob("*") if path.name not in PAGES)


def write(folder: Path) -> None:
    """Writes every page into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, page in PAGES.items():
        (folder / name).write_text(page())


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="./dev docs", description="Writes docs/generated.")
    parser.add_argument("--check", action="store_true", help="write nothing; fail when outdated")
    options = parser.parse_args(arguments)
    folder = ods.checkout() / "docs" / "generated"
    if not options.check:
        write(folder)
        return 0
    wrong = outdated(folder)
    for name in wrong:
        print(f"docs/generated/{name} is out of date; run ./dev docs", file=sys.stderr)
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
