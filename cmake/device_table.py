"""Writes the device descriptions as a C++ table: device_table.py OUTPUT DESCRIPTION..."""

import hashlib
import sys
import tomllib
from pathlib import Path


def rows(table: dict, prefix: str = ""):
    """Dotted names and values, in file order."""
    for name, entry in table.items():
        if not isinstance(entry, dict):
            continue
        if "value" in entry:
            yield prefix + name, entry["value"]
        else:
            yield from rows(entry, f"{prefix}{name}.")


def main(output: str, *descriptions: str) -> None:
    lines = []
    for path in sorted(map(Path, descriptions)):
        data = path.read_bytes()
        table = tomllib.loads(data.decode())
        digest = hashlib.sha256(data).hexdigest()
        profile = table["profiles"][0]
        lines.append(f'{{"{table["name"]}", "{digest}", "{profile}", {{')
        lines += [f'  {{"{name}", {value!r}}},' for name, value in rows(table)]
        lines.append("}},")
    Path(output).write_text("\n".join(lines) + "\n")


main(*sys.argv[1:])
