"""Memory maps: which tile lies where in the memories of a core, and when."""

from __future__ import annotations

import hashlib
import html
import json
import math
import tempfile
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any

from tilework_mlir import ir, passmanager

from tilework.compiler.lowering import lower

if TYPE_CHECKING:
    from tilework.language.jit import JitFunction

Placement = dict[str, Any]

WIDTH, HEIGHT = 960, 320  # pixels
LEFT, RIGHT, TOP, FLOOR = 84, 952, 18, 294  # of the memory in them
GLYPH = 6.2  # width of a letter

MEMORIES = {
    "ub": "unified buffer",
    "l1": "L1 buffer",
    "l0a": "left operands",
    "l0b": "right operands",
    "l0c": "accumulators",
    "bt": "biases",
    "fb": "scales",
}

PAGE = Template("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>$title</title>
<style>
body { font: 14px/1.45 system-ui, sans-serif; color: #222; margin: 2em auto; width: ${width}px; }
h1 { font-size: 1.5em; } h2 { font-size: 1.15em; margin-top: 2em; }
figure { margin: 1em 0 2em; } figcaption { margin-bottom: .3em; }
svg { display: block; font-size: 11px; } svg text { fill: #222; } svg .limit { fill: #c22; }
.buffer { stroke: #fff; } .buffer:hover { stroke: #000; }
.loop { fill: #000; opacity: .05; } .axis { stroke: #888; } .slots { stroke: #fff; opacity: .7; }
.capacity { stroke: #c22; } .peak { stroke: #222; stroke-dasharray: 4 3; }
</style>
</head>
<body>
<h1>$title</h1>
<p>Across: the instructions of a program in the order of its text; loops are shaded. Up: addresses
in bytes. A rectangle is a tile from its first access to its last; thin lines part its slots. The
broken line is the highest byte used, red is the capacity. Hover over a tile for more.</p>
$programs
</body>
</html>
""")


def memory_map(program: JitFunction, *arguments: Any, path: str | Path, **keywords: Any) -> Path:
    """Draws the memories of every kernel of a program: address against time, a box per tile.

    Compiles for these arguments as a call would, to the form `placed`, and writes one HTML page
    that needs nothing else to `path`, which it returns. Raises LanguageError where a tile does not
    fit.
    """
    __tracebackhide__ = True
    found = placements(program.trace(*arguments, **keywords).module)
    page = Path(path)
    page.write_text(render(program.__name__, found), encoding="utf-8")
    return page


def placements(module: ir.Module) -> list[Placement]:
    """The buffers of a program given in the form `traced`, which becomes `placed`.

    One entry per core program, as `core-dump-placement=format=json` describes it: bytes, and
    positions of operations.
    """
    __tracebackhide__ = True
    lower(module, "placed")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "placement.json"
        options = f"format=json output={file}"
        with module.context:
            pipeline = f"builtin.module(core-dump-placement{{{options}}})"
            passmanager.PassManager.parse(pipeline).run(module.operation)
        return json.loads(file.read_text())


def render(title: str, found: list[Placement]) -> str:
    """The page of these placements."""
    programs = "\n".join(_program(placement) for placement in found)
    if not found:
        programs = "<p>No kernel of this program uses a core.</p>"
    return PAGE.substitute(title=html.escape(title), width=WIDTH, programs=programs)


def _program(placement: Placement) -> str:
    kernel = placement["group"].removesuffix("_placed")
    maps = "\n".join(_memory(placement, memory) for memory in placement["memories"])
    return f"<h2>{html.escape(kernel)}, {placement['unit']} core</h2>\n{maps}"


def _memory(placement: Placement, memory: dict[str, Any]) -> str:
    name, capacity = memory["memory"], memory["capacity_bytes"]
    peak, bound = memory["peak_bytes"], memory["lower_bound_bytes"]
    caption = (
        f"<b>{name}</b>, {MEMORIES[name]}: {peak:,} of {capacity:,} bytes used "
        f"({peak / capacity:.1%}); {bound:,} bytes live at once at most"
    )
    return f"<figure><figcaption>{caption}</figcaption>\n{_drawing(placement, memory)}\n</figure>"


@dataclass(frozen=True)
class Scale:
    """Pixels of a position and of an address."""

    positions: int
    top: int  # the address at the upper edge

    def x(self, position: int) -> float:
        return round(LEFT + (RIGHT - LEFT) * position / self.positions, 1)

    def y(self, address: int) -> float:
        return round(FLOOR - (FLOOR - TOP) * address / self.top, 1)


def _drawing(placement: Placement, memory: dict[str, Any]) -> str:
    # A memory that is nearly empty is drawn larger, without its upper end.
    top = min(memory["capacity_bytes"], 2 ** math.ceil(math.log2(memory["peak_bytes"] * 1.05)))
    scale = Scale(placement["positions"], top)
    parts = []
    for loop in placement["loops"]:
        left, right = scale.x(loop["begin"]), scale.x(loop["end"])
        box = f'x="{left}" y="{TOP}" width="{right - left:.1f}" height="{FLOOR - TOP}"'
        parts.append(f'<rect class="loop" {box}/>')
    for buffer in memory["buffers"]:
        parts += _buffer(buffer, scale)
    parts += _axes(memory, scale)
    body = "\n".join(parts)
    return f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}">\n{body}\n</svg>'


def _axes(memory: dict[str, Any], scale: Scale) -> list[str]:
    peak, capacity = memory["peak_bytes"], memory["capacity_bytes"]

    def label(x: float, y: float, text: str, kind: str = "label") -> str:
        return f'<text class="{kind}" x="{x}" y="{y}" text-anchor="end">{text}</text>'

    parts = [
        f'<path class="axis" d="M{LEFT} {FLOOR}H{RIGHT}"/>',
        f'<path class="peak" d="M{LEFT} {scale.y(peak)}H{RIGHT}"/>',
        label(LEFT - 6, FLOOR + 4, "0"),
        label(LEFT + 6, HEIGHT - 8, "0"),
        label(RIGHT, HEIGHT - 8, str(scale.positions)),
        label(LEFT - 6, TOP, f"{capacity:,}{'' if scale.top == capacity else ' ↑'}", "limit"),
    ]
    if scale.top == capacity:
        parts.append(f'<path class="capacity" d="M{LEFT} {TOP}H{RIGHT}"/>')
    if scale.y(peak) - TOP >= 12:
        parts.append(label(LEFT - 6, scale.y(peak) + 4, f"{peak:,}"))
    return parts


def _buffer(buffer: dict[str, Any], scale: Scale) -> list[str]:
    left, right = scale.x(buffer["begin"]), scale.x(buffer["end"])
    bottom, top = scale.y(buffer["address"]), scale.y(buffer["address"] + buffer["bytes"])
    name = html.escape(buffer["name"] or "a tile")
    box = f'x="{left}" y="{top}" width="{right - left:.1f}" height="{bottom - top:.1f}"'
    parts = [
        f'<g class="tile"><title>{html.escape(_details(buffer))}</title>'
        f'<rect class="buffer" {box} fill="{_colour(buffer)}"/>'
    ]
    for slot in range(1, buffer["slots"]):
        height = scale.y(buffer["address"] + buffer["bytes"] * slot // buffer["slots"])
        parts.append(f'<path class="slots" d="M{left} {height}H{right}"/>')
    if bottom - top >= 12 and right - left >= GLYPH * len(buffer["name"]) + 6:
        parts.append(f'<text x="{left + 4}" y="{round((top + bottom) / 2 + 4, 1)}">{name}</text>')
    return [*parts, "</g>"]


def _details(buffer: dict[str, Any]) -> str:
    begin, end = buffer["address"], buffer["address"] + buffer["bytes"]
    slots = f" in {buffer['slots']} slots" if buffer["slots"] > 1 else ""
    lines = [
        buffer["name"] or "a tile",
        f"{buffer['bytes']:,} bytes{slots}, at {begin:,} to {end:,}",
        f"live from {buffer['begin']} to {buffer['end']}",
    ]
    if buffer["received"]:
        lines.append("where tiles of the other unit arrive")
    if buffer["file"]:
        lines.append(f"{Path(buffer['file']).name}:{buffer['line']}")
    return "\n".join(lines)


def _colour(buffer: dict[str, Any]) -> str:
    """A tile has the same colour in all memories, and on every page."""
    hue = hashlib.sha256(buffer["name"].encode()).digest()[0] * 360 // 256
    return f"hsl({hue} 60% 72%)"
