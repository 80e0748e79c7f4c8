"""The dialects' operations as their ODS files define them, read through `llvm-tblgen --dump-json`.

Documentation and completeness tests read the same records that the C++ is generated from, so no
table of operations is kept by hand.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

DIALECTS = ("tile", "task", "core")

_EXAMPLE = re.compile(r"```mlir\n(.*?)```", re.DOTALL)


@dataclass(frozen=True)
class Constraint:
    """One numbered demand on an operation: `label` is "C1", `text` what must hold."""

    label: str
    text: str


@dataclass(frozen=True)
class Operation:
    """One operation. `examples` are the mlir blocks of its description, without indentation."""

    dialect: str
    mnemonic: str
    summary: str
    prose: str
    formula: str
    unit: str
    reference: str
    constraints: tuple[Constraint, ...]
    examples: tuple[str, ...]

    @property
    def name(self) -> str:
        return f"{self.dialect}.{self.mnemonic}"


@dataclass(frozen=True)
class Spelling:
    """A type or an attribute: `text` is how it begins in IR, "!task.id"."""

    text: str
    summary: str
    description: str


@dataclass(frozen=True)
class Dialect:
    """One dialect; its operations, types and attributes in the order of their names."""

    name: str
    summary: str
    description: str
    spellings: tuple[Spelling, ...]
    operations: tuple[Operation, ...]


def checkout() -> Path:
    """The root of the source tree; raises FileNotFoundError outside of one."""
    for folder in Path(__file__).resolve().parents:
        if (folder / "dialects" / "Tile").is_dir():
            return folder
    raise FileNotFoundError(f"expects a source tree around {__file__}, but got a package alone")


def _tblgen() -> Path:
    if prefix := os.environ.get("MLIR_DIR"):
        return Path(prefix).resolve().parents[2] / "bin" / "llvm-tblgen"
    found = shutil.which("llvm-tblgen-22") or shutil.which("llvm-tblgen")
    if found is None:
        raise FileNotFoundError("expects llvm-tblgen-22 or llvm-tblgen in PATH, but got neither")
    return Path(found).resolve()


@cache
def records(dialect: str) -> dict:
    """All TableGen records of a dialect's operations, as `--dump-json` prints them."""
    root, tblgen = checkout(), _tblgen()
    folder = dialect.capitalize()
    command = [tblgen, "--dump-json", "-I", root, "-I", tblgen.parents[1] / "include"]
    command.append(root / "dialects" / folder / f"{folder}Ops.td")
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode:
        raise RuntimeError(f"llvm-tblgen refuses dialect {dialect}:\n{result.stderr}")
    return json.loads(result.stdout)


def _dedent(text: str) -> str:
    lines = text.strip("\n").rstrip().split("\n")
    margin = min((len(x) - len(x.lstrip()) for x in lines if x.strip()), default=0)
    return "\n".join(line[margin:].rstrip() for line in lines)


def _description(text: str) -> str:
    """A description without its margin, which its first line need not have."""
    lines = text.strip().split("\n")
    rest = _dedent("\n".join(lines[1:])) if len(lines) > 1 else ""
    return f"{lines[0].strip()}\n{rest}".strip()


def _operation(dialect: str, record: dict) -> Operation:
    description = _description(record["description"] or "")
    constraints = (text.split(": ", 1) for text in record["constraints"])
    return Operation(
        dialect=dialect,
        mnemonic=record["opName"],
        summary=record["summary"] or "",
        prose=_EXAMPLE.sub("", description).strip(),
        formula=record["formula"],
        unit=record["unit"],
        reference=record["reference"],
        constraints=tuple(Constraint(label, text) for label, text in constraints),
        examples=tuple(_dedent(text) for text in _EXAMPLE.findall(description)),
    )


def _spellings(dialect: str, table: dict) -> list[Spelling]:
    """Types and attributes that have a spelling of their own, with the dialect's mark."""
    own = f"{dialect.capitalize()}_"
    return [
        Spelling(
            text=f"{mark}{dialect}.{table[name]['mnemonic']}",
            summary=table[name]["summary"] or "",
            description=_description(table[name]["description"] or ""),
        )
        for mark, kind in (("!", "TypeDef"), ("#", "AttrDef"))
        for name in table["!instanceof"][kind]
        if name.startswith(own) and table[name]["mnemonic"]
    ]


def load(dialect: str) -> Dialect:
    """The dialect "tile", "task" or "core"."""
    table = records(dialect)
    instances = table["!instanceof"]
    own = table[f"{dialect.capitalize()}_Dialect"]
    operations = (_operation(dialect, table[name]) for name in instances["Op"])
    return Dialect(
        name=dialect,
        summary=own["summary"],
        description=_description(own["description"]),
        spellings=tuple(sorted(_spellings(dialect, table), key=lambda spelling: spelling.text)),
        operations=tuple(sorted(operations, key=lambda operation: operation.mnemonic)),
    )
