"""How much synchronisation kernels get, how little would do, and how long it takes to decide."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path

import tilework
from rich.table import Table
from tilework.tools.bench.measure import REPEATS, console, layer_of

CONTEXT = 1280  # tokens: so many that attention takes each slot twice
BYTES = {"f32": 4, "i32": 4, "index": 8, "bf16": 2, "f16": 2, "i8": 1}
# The lines that tilework.options(dump_streams=…) writes.
LINE = re.compile(r"  (?P<pipe>\w+) (?P<opcode>\w+)(?P<operands>.*)  ; (?P<location>.*)")
FLAG = re.compile(r" (\w+) -> (\w+) event (\d+)")
REGION = re.compile(r"(\w+) (\w+)\[([\dx]+)(?::([\d,]+))?\]@(?:(\w+)\+)?(\d+)")


@dataclass(frozen=True)
class Rows:
    """Bytes of one memory: rows of equal length."""

    memory: str
    starts: tuple[int, ...]
    row: int

    @property
    def end(self) -> int:
        return self.starts[-1] + self.row

    def overlaps(self, other: Rows) -> bool:
        if self.memory != other.memory or self.starts[0] >= other.end:
            return False
        if other.starts[0] >= self.end:
            return False
        return any(
            a < b + other.row and b < a + self.row for a in self.starts for b in other.starts
        )


@dataclass
class Instruction:
    pipe: str
    opcode: str
    location: str
    event: tuple[str, str, int] | None = None  # from, to, number
    reads: list[Rows] = field(default_factory=list)
    writes: list[Rows] = field(default_factory=list)

    @property
    def flag(self) -> tuple[str, str, int, str] | None:
        """What the sets and waits of one flag share; each of its slots counts as one."""
        return (*self.event, self.location) if self.event else None

    def conflicts(self, other: Instruction) -> bool:
        pairs = ((self.writes, other.writes + other.reads), (self.reads, other.writes))
        return any(a.overlaps(b) for mine, theirs in pairs for a in mine for b in theirs)


def rows_of(match: re.Match) -> Rows:
    memory, element, shape, strides, argument, base = match.groups()
    sizes = [int(size) for size in shape.split("x")]
    item = BYTES[element]
    if strides:
        steps = [int(step) * item for step in strides.split(",")]
        row, outer = sizes[-1] * item, list(zip(sizes[:-1], steps[:-1], strict=True))
    else:
        row, outer = item, []
        for size in sizes:
            row *= size
    offsets = product(*(range(0, size * step, step) for size, step in outer if size > 1))
    starts = tuple(sorted(int(base) + sum(offset) for offset in offsets))
    return Rows(argument or memory, starts, row)


def read_instruction(line: str) -> Instruction:
    match = LINE.fullmatch(line)
    if not match:
        raise ValueError(f"expects an instruction, but got '{line}'")
    pipe, opcode, operands, location = match.group("pipe", "opcode", "operands", "location")
    if opcode in ("set_flag", "wait_flag"):
        start, end, number = FLAG.fullmatch(operands).groups()
        return Instruction(pipe, opcode, location, (start, end, int(number)))
    before, _, after = operands.partition("->")
    reads, writes = ([rows_of(it) for it in REGION.finditer(part)] for part in (before, after))
    if opcode == "mmad" and not operands.endswith("starts"):
        reads += writes
    return Instruction(pipe, opcode, location, None, reads, writes)


def streams_of(program, operands) -> dict[tuple[str, str], list[Instruction]]:
    """What the first task of each kernel of a program does, by kernel and unit."""
    streams: dict[tuple[str, str], list[Instruction]] = {}
    with tempfile.TemporaryDirectory() as folder:
        with tilework.options(dump_streams=folder):
            program(*operands)
        for path in sorted(Path(folder).iterdir()):
            unit = ""
            for line in path.read_text().splitlines()[1:]:
                if line.startswith("  "):
                    streams.setdefault((path.stem, unit), []).append(read_instruction(line))
                else:
                    unit = line
    return streams


# -----------------------------------------------------------------------------------------------
# Judging a stream
# -----------------------------------------------------------------------------------------------

Clock = Counter  # how far each pipe is known to be; what is not there is not known at all


def join(clock: Clock, other: Clock) -> None:
    for pipe, position in other.items():
        clock[pipe] = max(clock[pipe], position)


class Seen:
    """The accesses of a stream so far, by memory and pipe."""

    def __init__(self) -> None:
        self.accesses: dict[tuple[str, str], list[tuple[int, Instruction]]] = defaultdict(list)

    def add(self, position: int, instruction: Instruction) -> None:
        for memory in {rows.memory for rows in instruction.reads + instruction.writes}:
            self.accesses[memory, instruction.pipe].append((position, instruction))

    def last_conflicts(self, instruction: Instruction, known: Clock) -> dict[str, int]:
        """The last access of each other pipe that conflicts and is not known to be over."""
        last: dict[str, int] = {}
        for memory in {rows.memory for rows in instruction.reads + instruction.writes}:
            for (where, pipe), accesses in self.accesses.items():
                if where != memory or pipe == instruction.pipe:
                    continue
                for position, other in reversed(accesses):
                    if position <= max(known[pipe], last.get(pipe, 0)):
                        break
                    if instruction.conflicts(other):
                        last[pipe] = position
                        break
        return last


def required_order(stream: list[Instruction]) -> list[tuple[int, int]]:
    """The conflicts between pipes that no path of others implies: their transitive reduction.

    Each pipe is in order, and each conflict goes from the earlier to the later access.
    """
    seen, clocks, after, edges = Seen(), defaultdict(Clock), {}, []
    for position, instruction in enumerate(stream, 1):
        if instruction.event:
            continue
        clock = clocks[instruction.pipe]
        needed = seen.last_conflicts(instruction, clock)
        for pipe, other in needed.items():
            if not any(after[it][pipe] >= other for it in needed.values() if it != other):
                edges.append((other, position))
        for other in needed.values():
            join(clock, after[other])
        clock[instruction.pipe] = position
        after[position] = Clock(clock)
        seen.add(position, instruction)
    return edges


def fewest_waits(stream: list[Instruction], edges: list[tuple[int, int]]) -> int:
    """A bound below the waits of any flags that follow the order of the text.

    Whatever path orders two accesses, it leaves the pipe of the earlier one after it and arrives at
    the pipe of the later one before that. So among the waits of a pipe one stands between the two
    accesses of each edge to it, and likewise for the sets of the pipe an edge comes from: as many
    as there are edges that have no place in common. Flags that order more than they have to, one
    wait for several edges, come near to that; an order as loose as possible takes a wait per edge.
    """
    bounds = []
    for end in (0, 1):
        count, place = 0, {}
        for edge in sorted(edges, key=lambda it: it[1]):
            pipe = stream[edge[end] - 1].pipe
            if edge[0] >= place.get(pipe, 0):  # not ordered at the last place, just before `place`
                count, place[pipe] = count + 1, edge[1]
        bounds.append(count)
    return max(bounds)


def is_ordered(stream: list[Instruction]) -> bool:
    """Whether flags order every conflict, no wait is in vain and no flag is set while it is set."""
    seen, clocks = Seen(), defaultdict(Clock)
    tokens, waited = {}, {}
    for position, instruction in enumerate(stream, 1):
        clock, event = clocks[instruction.pipe], instruction.event
        if instruction.opcode == "wait_flag":
            if event not in tokens:
                return False
            join(clock, tokens.pop(event))
            waited[event] = position
        elif instruction.opcode == "set_flag":
            if event in tokens or clock[event[1]] < waited.get(event, 0):
                return False
        elif seen.last_conflicts(instruction, clock):
            return False
        else:
            seen.add(position, instruction)
        clock[instruction.pipe] = position
        if instruction.opcode == "set_flag":
            tokens[event] = Clock(clock)
    return not tokens


def redundant_flags(stream: list[Instruction]) -> list[tuple[str, str, int, str]]:
    """The flags without which the stream is in order too, each alone."""
    flags = dict.fromkeys(it.flag for it in stream if it.flag)
    return [flag for flag in flags if is_ordered([it for it in stream if it.flag != flag])]


# -----------------------------------------------------------------------------------------------
# Tables
# -----------------------------------------------------------------------------------------------


def bench_flags() -> None:
    """The flags of the layers' kernels, and the time to insert them into large ones."""
    columns = ("flags", "barriers", "instructions", "waits", "edges", "fewest", "redundant")
    for name in ("14b", "32b"):
        table = Table(title=f"flags of the Qwen3-{name} layer, first task of each kernel")
        table.add_column("kernel", no_wrap=True)
        table.add_column("unit", no_wrap=True)
        for column in columns:
            table.add_column(column, justify="right")
        for (kernel, unit), stream in streams_of(*layer_of(name, CONTEXT)).items():
            if unit == "vector 1":  # as vector 0
                continue
            if not is_ordered(stream):
                raise RuntimeError(f"expects flags that order '{kernel}', but a conflict is left")
            opcodes, edges = Counter(it.opcode for it in stream), required_order(stream)
            flags = dict.fromkeys(it.flag for it in stream if it.flag)
            counts = (
                len(flags),
                opcodes["barrier"],
                len(stream) - opcodes["set_flag"] - opcodes["wait_flag"],
                opcodes["wait_flag"],
                len(edges),
                fewest_waits(stream, edges),
                len(redundant_flags(stream)),
            )
            table.add_row(kernel, unit, *(f"{it:,}" for it in counts))
        console.print(table)
    console.print(
        "flags: each slot counts; instructions: the barriers of one after each; edges: waits "
        "of the loosest order; fewest: a bound below the waits of any; redundant: flags that this "
        "task alone could do without"
    )
    print_seconds()


def print_seconds() -> None:
    table = Table("tiles", title="core-insert-flags, load, compute and store of each tile")
    forms = ("straight line", "one loop", "loop of branches")
    for form in forms:
        table.add_column(f"{form}, s", justify="right")
    for tiles in (100, 1000, 4000):
        table.add_row(f"{tiles:,}", *(f"{seconds(tiles, form):.3f}" for form in forms))
    console.print(table)


TILE = """
core.dma_load %x[%c{row}, %c0] [] to %b{a} : !global to !tile
core.vector_unary exp %b{a} to %b{b} : !tile to !tile
core.dma_store %b{b} to %y[%c{row}, %c0] [] : !tile to !global
"""


def kernel_of(tiles: int, form: str) -> str:
    """A program that takes `tiles` tiles through a ring of buffers."""
    buffers, rows = 24, 64
    body = [
        TILE.format(row=tile % rows, a=2 * tile % buffers, b=(2 * tile + 1) % buffers)
        for tile in range(tiles)
    ]
    if form == "loop of branches":
        body = [f"scf.if %p {{ {tile} }}" if i % 10 == 0 else tile for i, tile in enumerate(body)]
    if form != "straight line":
        body = ["scf.for %i = %c0 to %n step %c1 {", *body, "}"]
    constants = [f"%c{row} = arith.constant {row} : index" for row in range(rows)]
    made = [f"%b{it} = core.buffer at {512 * it} : !tile" for it in range(buffers)]
    arguments = "%x: !global, %y: !global, %n: index, %p: i1"
    kernel = "in %x: !global, out %y: !global, in %n: index, in %p: i1"
    return "\n".join(
        [
            f"!global = memref<{8 * rows}x16xf32>",
            "!tile = memref<8x16xf32, #core.space<ub>>",
            f"task.kernel @k core_group split(automatic) ({kernel}) {{ task.return }}",
            f"core.group @k_placed of @k ({arguments}) {{ core.vector_program lanes(1) {{",
            *constants,
            *made,
            *body,
            "}}",
        ]
    )


def seconds(tiles: int, form: str) -> float:
    """The least of several runs."""
    command = [
        Path(sys.executable).with_name("tile-opt"),
        *("-core-insert-flags", "-verify-each=false", "-o", "/dev/null"),
        *("--mlir-disable-threading", "--mlir-timing", "--mlir-timing-display=list"),
    ]
    text, times = kernel_of(tiles, form), []
    for _ in range(REPEATS if tiles < 1000 else 1):
        run = subprocess.run(command, input=text, capture_output=True, text=True, check=True)
        report = run.stdout + run.stderr
        times.append(float(re.search(r"(\d+\.\d+) \( *[\d.]+%\) +InsertFlagsPass", report)[1]))
    return min(times)
