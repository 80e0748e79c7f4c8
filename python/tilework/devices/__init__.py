"""Device descriptions: every number of a device, with its unit, its source and how sure it is.

A description is a TOML file beside this module. Its digest (sha256 of the bytes) names it in
`#tile.target<"a2a3", "<digest>">`, so that IR, images and timelines say what they were made for.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

FORMAT = 1
DEFAULT = "a2a3"  # what a program is compiled for where nobody says otherwise
CONFIDENCES = ("high", "medium", "low")
SOURCES = ("measured", "vendor", "vendor-model", "derived", "assumed")

_HEADER = {"format": int, "name": str, "title": str, "profiles": list}
_FIELDS = ("value", "unit", "source", "confidence")


class DeviceError(ValueError):
    """A description that cannot be used; the message names the file and the field."""


@dataclass(frozen=True)
class Entry:
    """One number. `source` begins with one of SOURCES and a colon."""

    value: int | float
    unit: str
    source: str
    confidence: str


@dataclass(frozen=True)
class Device:
    """One description. `entries` maps dotted names ("capacity.l1") to entries, in file order.

    `bandwidth` entries exist once per profile ("bandwidth.device-fit.gm_to_l1").
    """

    name: str
    title: str
    profiles: tuple[str, ...]
    digest: str
    entries: Mapping[str, Entry]

    def __getitem__(self, name: str) -> int | float:
        """The value of an entry; raises KeyError, naming the device, where there is none."""
        if name not in self.entries:
            raise KeyError(f"device {self.name} expects an entry '{name}', but got none")
        return self.entries[name].value

    def bandwidth(self, path: str, profile: str | None = None) -> float:
        """Bytes per core cycle of a path ("gm_to_l1"), of the first profile unless named."""
        return float(self[f"bandwidth.{profile or self.profiles[0]}.{path}"])

    def target(self) -> str:
        """The module attribute that names this description."""
        return f'#tile.target<"{self.name}", "{self.digest}">'


def names() -> list[str]:
    """The devices that `load` knows by name, sorted."""
    return sorted(path.stem for path in Path(__file__).parent.glob("*.toml"))


def load(name: str | Path) -> Device:
    """Reads a description: a known name, or the path of a `.toml` file.

    Raises DeviceError, naming the field, for a description that is not well formed.
    """
    path = Path(name)
    if path.suffix != ".toml":
        if name not in names():
            raise DeviceError(f"expects a device of {', '.join(names())}, but got '{name}'")
        path = Path(__file__).parent / f"{name}.toml"
    return parse(path.read_bytes(), str(path.name))


def parse(content: bytes, file: str) -> Device:
    """The description in `content`; `file` is its name in messages. Raises DeviceError."""
    try:
        table = tomllib.loads(content.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DeviceError(f"{file} expects TOML, but got: {error}") from None
    for field, kind in _HEADER.items():
        if not isinstance(table.get(field), kind):
            raise DeviceError(
                f"{file}: '{field}' expects {kind.__name__}, but got {table.get(field)!r}"
            )
    if table["format"] != FORMAT:
        raise DeviceError(f"{file}: 'format' expects {FORMAT}, but got {table['format']}")
    entries: dict[str, Entry] = {}
    for section, content_of in table.items():
        if section not in _HEADER:
            _collect(file, section, content_of, entries)
    _check_profiles(file, table["profiles"], table.get("bandwidth", {}))
    return Device(
        name=table["name"],
        title=table["title"],
        profiles=tuple(table["profiles"]),
        digest=hashlib.sha256(content).hexdigest(),
        entries=MappingProxyType(entries),
    )


def _collect(file: str, name: str, node: object, entries: dict[str, Entry]) -> None:
    if not isinstance(node, dict):
        raise DeviceError(f"{file}: '{name}' expects a table, but got {node!r}")
    if node and all(isinstance(child, dict) for child in node.values()):
        for key, child in node.items():
            _collect(file, f"{name}.{key}", child, entries)
        return
    entries[name] = _entry(file, name, node)


def _entry(file: str, name: str, node: dict) -> Entry:
    if sorted(node) != sorted(_FIELDS):
        raise DeviceError(f"{file}: '{name}' expects {', '.join(_FIELDS)}, but got {list(node)}")
    value = node["value"]
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < 1e30:
        raise DeviceError(f"{file}: '{name}.value' expects a number from 0, but got {value!r}")
    for field in ("unit", "source"):
        if not isinstance(node[field], str) or not node[field]:
            raise DeviceError(f"{file}: '{name}.{field}' expects a text, but got {node[field]!r}")
    kind, colon, reason = node["source"].partition(": ")
    if kind not in SOURCES or not colon or not reason:
        raise DeviceError(
            f"{file}: '{name}.source' expects one of {', '.join(SOURCES)} and a reason, "
            f"but got '{node['source']}'"
        )
    if node["confidence"] not in CONFIDENCES:
        raise DeviceError(
            f"{file}: '{name}.confidence' expects {', '.join(CONFIDENCES)}, "
            f"but got {node['confidence']!r}"
        )
    return Entry(**node)


def _check_profiles(file: str, profiles: list, bandwidth: dict) -> None:
    if not profiles or list(bandwidth) != profiles:
        raise DeviceError(f"{file}: 'bandwidth' expects {profiles}, but got {list(bandwidth)}")
    first = list(bandwidth[profiles[0]])
    for profile in profiles:
        if sorted(bandwidth[profile]) != sorted(first):
            raise DeviceError(
                f"{file}: 'bandwidth.{profile}' expects paths {first}, "
                f"but got {list(bandwidth[profile])}"
            )
