"""A second implementation of recordings as files, from docs/recording.md alone.

It shares no code with lib/Recording, so that it judges both the document and what reads it.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass, field, fields
from enum import IntEnum, IntFlag

MARK, VERSION = b"TILEREC\n", 3
UNITS = 3  # the cube core, two vector cores
MAX_RANK = 5
WORD = 1 << 64

Space = IntEnum("Space", "GM L1 L0A L0B L0C UB BT FB", start=0)
Pipe = IntEnum("Pipe", "MTE1 MTE2 MTE3 FIXP M V S", start=0)
Type = IntEnum("Type", "BOOL I8 I16 I32 I64 U8 U16 U32 U64 F16 BF16 F32 INDEX TASK_ID", start=0)
Opcode = IntEnum(
    "Opcode",
    "DMA_LOAD DMA_STORE FIXPIPE MOVE MMAD UNARY BINARY COMPARE SELECT CAST REDUCE FILL ARANGE "
    "TRANSPOSE SET_FLAG WAIT_FLAG CROSS_SET CROSS_WAIT BARRIER PUSH POP RELEASE READ_SCALAR",
    start=0,
)
Flag = IntFlag("Flag", "PADS ATOMIC_ADD TRANSPOSES STARTS SCALAR_RHS")
ENTER, NEXT, LEAVE = range(3)
EXPLICIT, READ_AFTER_WRITE, WRITE_AFTER_WRITE, WRITE_AFTER_READ = 1, 2, 4, 8


@dataclass(frozen=True)
class Region:
    space: int
    type: int
    sizes: tuple[int, ...]
    strides: tuple[int, ...]  # elements
    base: int = 0

    def words(self) -> tuple[int, ...]:
        rest = (0,) * (MAX_RANK - len(self.sizes))
        head = (self.space, self.type, len(self.sizes), self.base)
        return (*head, *self.sizes, *rest, *self.strides, *rest)

    @classmethod
    def of_words(cls, words: list[int]) -> Region:
        space, type_, rank, base, *rest = words
        return cls(space, type_, tuple(rest[:rank]), tuple(rest[MAX_RANK:][:rank]), base)


@dataclass(frozen=True)
class Instruction:
    opcode: int
    pipe: int
    flags: int = 0
    kind: int = 0
    rounding: int = 0
    dim: int = 0
    other_pipe: int = 0
    event: int = 0
    channel: int = 0
    scalar_type: int = 0
    sizes: tuple[int, int, int] = (0, 0, 0)
    location: int = 0
    regions: tuple[Region, ...] = ()

    def words(self) -> tuple[int, ...]:
        *head, sizes, location, regions = (getattr(self, each.name) for each in fields(self))
        return (*head, *sizes, location, len(regions))


@dataclass(frozen=True)
class Channel:
    rows: int
    columns: int
    type: int
    slots: int
    to_cube: int
    split: int
    base: int
    slot_bytes: int
    direct: int = 0


@dataclass(frozen=True)
class Kernel:
    name: str
    location: str
    has_cube: bool
    lanes: int
    ring_bytes: int = 0
    channels: tuple[Channel, ...] = ()
    explicit_only: bool = False
    tracked_arguments: int = 0


@dataclass(frozen=True)
class Memory:
    name: str
    address: int
    size_bytes: int
    tasks_before: int | None = None  # None: the caller's
    manual_dep: bool = False
    shape: tuple[int, ...] = ()
    type: int = 0  # of its elements, where it has a shape


@dataclass(frozen=True)
class Loop:
    location: str
    variable: str = ""
    is_parallel: bool = False
    verdict: int = 0


@dataclass(frozen=True)
class Mark:
    tasks_before: int
    kind: int
    loop: int | None = None  # this and the next two of ENTER
    lower: int | None = None
    step: int | None = None


@dataclass(frozen=True)
class Stream:
    kernel: int
    units: tuple[tuple[int, ...], ...]  # instructions


@dataclass(frozen=True)
class Pattern:
    """`addresses` are a base and an offset each; `scalars`, which control flow reads, have bytes
    as well."""

    addresses: tuple[tuple[int, int], ...] = ()
    scalars: tuple[tuple[int, int, int], ...] = ()


@dataclass(frozen=True)
class Task:
    """A join has no stream. `dependences` are tasks, ascending, and reasons; `no_dep` is a position
    in `File.no_deps`."""

    stream: int | None = None
    pattern: int | None = None
    bases: tuple[int, ...] = ()
    dependences: tuple[tuple[int, int], ...] = ()
    no_dep: int = 0


@dataclass(frozen=True)
class Wait:
    tasks_before: int
    writers: tuple[int, ...]


@dataclass
class File:
    target: str = "a2a3"
    entry: str = "program"
    locations: list[str] = field(default_factory=list)
    memories: list[Memory] = field(default_factory=list)
    kernels: list[Kernel] = field(default_factory=list)
    no_deps: list[tuple[int, ...]] = field(default_factory=lambda: [()])
    loops: list[Loop] = field(default_factory=list)
    instructions: list[Instruction] = field(default_factory=list)
    streams: list[Stream] = field(default_factory=list)
    patterns: list[Pattern] = field(default_factory=list)
    tasks: list[Task] = field(default_factory=list)
    waits: list[Wait] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)

    def stream_of(self, task: int) -> Stream | None:
        number = self.tasks[task].stream
        return None if number is None else self.streams[number]

    def kernel_of(self, task: int) -> Kernel | None:
        stream = self.stream_of(task)
        return None if stream is None else self.kernels[stream.kernel]

    def addresses_of(self, task: int) -> list[int]:
        """Of the task's regions in global memory, in the order of units and instructions."""
        its = self.tasks[task]
        return [its.bases[base] + offset for base, offset in self.patterns[its.pattern].addresses]


# --------------------------------------------------------------------------------------------------
# Numbers
# --------------------------------------------------------------------------------------------------


def unsigned(value: int) -> bytes:
    groups = bytearray()
    while value >= 0x80:
        groups.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*groups, value])


def signed(value: int) -> bytes:
    value = (value + WORD // 2) % WORD - WORD // 2
    return unsigned(2 * value if value >= 0 else -2 * value - 1)


def text(value: str) -> bytes:
    return unsigned(len(value.encode())) + value.encode()


def many(elements: list[bytes]) -> bytes:
    return unsigned(len(elements)) + b"".join(elements)


class Reader:
    def __init__(self, data: bytes):
        self.data, self.at = data, 0

    def unsigned(self) -> int:
        value, shift = 0, 0
        while True:
            byte = self.data[self.at]
            self.at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    def signed(self) -> int:
        value = self.unsigned()
        return value // 2 if value % 2 == 0 else -(value + 1) // 2

    def raw(self, size: int) -> bytes:
        self.at += size
        return self.data[self.at - size : self.at]

    def text(self) -> str:
        return self.raw(self.unsigned()).decode()

    def many(self, read) -> list:
        return [read() for _ in range(self.unsigned())]


# --------------------------------------------------------------------------------------------------
# Writing
# --------------------------------------------------------------------------------------------------


def changes(words: tuple[int, ...], before: tuple[int, ...]) -> bytes:
    differ = [i for i, word in enumerate(words) if word != before[i]]
    by = b"".join(signed(words[i] - before[i]) for i in differ)
    return unsigned(sum(1 << i for i in differ)) + by


def write_instructions(instructions: list[Instruction]) -> list[bytes]:
    written, before, regions = [], (0,) * 15, ()
    for each in instructions:
        parts = [changes(each.words(), before)]
        for i, region in enumerate(each.regions):
            last = regions[i].words() if i < len(regions) else (0,) * 14
            parts.append(changes(region.words(), last))
        before, regions = each.words(), each.regions
        written.append(b"".join(parts))
    return written


def write_unit(positions: tuple[int, ...]) -> bytes:
    runs, after = [], 0
    for index, position in enumerate(positions):
        if index and position == positions[index - 1] + 1:
            runs[-1][1] += 1
        else:
            runs.append([position - after, 1])
        after = position + 1
    return unsigned(len(positions)) + b"".join(signed(by) + unsigned(n) for by, n in runs)


def write_pattern(pattern: Pattern) -> bytes:
    last: dict[int, int] = {}

    def write(places) -> bytes:
        written = []
        for base, offset, *size in places:
            written.append(unsigned(base) + signed(offset - last.get(base, 0)))
            written[-1] += b"".join(map(unsigned, size))
            last[base] = offset
        return many(written)

    return write(pattern.addresses) + write(pattern.scalars)


def write_tasks(tasks: list[Task]) -> list[bytes]:
    written, last = [], {}
    for number, task in enumerate(tasks):
        parts = [unsigned(0 if task.stream is None else 1 + task.stream)]
        if task.stream is not None:
            before, claim = last.get(task.stream, ((), 0))
            parts.append(unsigned(2 * task.pattern + (task.no_dep != claim)))
            if task.no_dep != claim:
                parts.append(unsigned(task.no_dep))
            parts.append(many([
                signed(base - (before[i] if i < len(before) else 0))
                for i, base in enumerate(task.bases)
            ]))  # fmt: skip
            last[task.stream] = task.bases, task.no_dep
        later, entries = number, []
        for earlier, reasons in reversed(task.dependences):
            entries.append(unsigned(32 * (later - earlier) + reasons))
            later = earlier
        written.append(b"".join(parts) + many(entries))
    return written


def encode(file: File) -> bytes:
    memories, end = [], 0
    for each in file.memories:
        before = 0 if each.tasks_before is None else 1 + each.tasks_before
        numbers = (each.address - end, each.size_bytes, before, each.manual_dep)
        numbers += (len(each.shape), *each.shape, each.type)[: -1 if not each.shape else None]
        memories.append(text(each.name) + b"".join(map(unsigned, numbers)))
        end = each.address + each.size_bytes
    kernels = [
        text(each.name)
        + text(each.location)
        + b"".join(map(unsigned, (each.has_cube, each.lanes, each.ring_bytes)))
        + unsigned(each.explicit_only)
        + unsigned(each.tracked_arguments)
        + many([b"".join(map(unsigned, astuple(channel))) for channel in each.channels])
        for each in file.kernels
    ]
    no_deps = [
        many([unsigned(each - (numbers[i - 1] + 1 if i else 0)) for i, each in enumerate(numbers)])
        for numbers in file.no_deps[1:]
    ]
    loops = [
        text(each.location)
        + text(each.variable)
        + unsigned(each.is_parallel)
        + unsigned(each.verdict)
        for each in file.loops
    ]
    streams = [
        unsigned(each.kernel) + b"".join(map(write_unit, each.units)) for each in file.streams
    ]
    waits, submitted = [], 0
    for each in file.waits:
        later, writers = each.tasks_before, []
        for writer in reversed(each.writers):
            writers.append(unsigned(later - writer))
            later = writer
        waits.append(unsigned(each.tasks_before - submitted) + many(writers))
        submitted = each.tasks_before
    marks, submitted = [], 0
    for each in file.marks:
        marks.append(unsigned(4 * (each.tasks_before - submitted) + each.kind))
        if each.kind == ENTER:
            marks[-1] += unsigned(each.loop) + signed(each.lower) + unsigned(each.step)
        submitted = each.tasks_before
    parts = [
        text(file.target) + text(file.entry),
        many(list(map(text, file.locations))),
        many(memories),
        many(kernels),
        many(no_deps),
        many(loops),
        many(write_instructions(file.instructions)),
        many(streams),
        many(list(map(write_pattern, file.patterns))),
        many(write_tasks(file.tasks)),
        many(waits),
        many(marks),
    ]
    return MARK + unsigned(VERSION) + b"".join(unsigned(len(part)) + part for part in parts)


# --------------------------------------------------------------------------------------------------
# Reading
# --------------------------------------------------------------------------------------------------


def read_changes(reader: Reader, before: list[int]) -> list[int]:
    differ = reader.unsigned()
    return [
        (word + reader.signed() + WORD // 2) % WORD - WORD // 2 if differ >> i & 1 else word
        for i, word in enumerate(before)
    ]


def read_instructions(reader: Reader) -> list[Instruction]:
    found, before, regions = [], [0] * 15, []
    for _ in range(reader.unsigned()):
        before = read_changes(reader, before)
        now = []
        for i in range(before[14]):
            now.append(read_changes(reader, regions[i] if i < len(regions) else [0] * 14))
        regions = now
        *head, m, k, n, location, _ = before
        found.append(Instruction(*head, (m, k, n), location, tuple(map(Region.of_words, now))))
    return found


def read_unit(reader: Reader) -> tuple[int, ...]:
    positions, after, count = [], 0, reader.unsigned()
    while len(positions) < count:
        first = after + reader.signed()
        after = first + reader.unsigned()
        positions.extend(range(first, after))
    return tuple(positions)


def read_pattern(reader: Reader) -> Pattern:
    last: dict[int, int] = {}

    def read(with_size: bool) -> tuple:
        base = reader.unsigned()
        last[base] = last.get(base, 0) + reader.signed()
        return (base, last[base], reader.unsigned()) if with_size else (base, last[base])

    addresses = tuple(reader.many(lambda: read(False)))
    return Pattern(addresses, tuple(reader.many(lambda: read(True))))


def read_tasks(reader: Reader) -> list[Task]:
    found: list[Task] = []
    last: dict[int, tuple[tuple[int, ...], int]] = {}
    for number in range(reader.unsigned()):
        stream, pattern, bases, no_dep = reader.unsigned() - 1, None, (), 0
        if stream >= 0:
            before, no_dep = last.get(stream, ((), 0))
            pattern, claims_else = divmod(reader.unsigned(), 2)
            if claims_else:
                no_dep = reader.unsigned()
            by = reader.many(reader.signed)
            bases = tuple(each + (before[i] if i < len(before) else 0) for i, each in enumerate(by))
            last[stream] = bases, no_dep
        later, dependences = number, []
        for _ in range(reader.unsigned()):
            distance, reasons = divmod(reader.unsigned(), 32)
            later -= distance
            dependences.insert(0, (later, reasons))
        position = stream if stream >= 0 else None
        found.append(Task(position, pattern, bases, tuple(dependences), no_dep))
    return found


def read_ascending(reader: Reader) -> tuple[int, ...]:
    found: list[int] = []
    for _ in range(reader.unsigned()):
        found.append((found[-1] + 1 if found else 0) + reader.unsigned())
    return tuple(found)


def read_marks(reader: Reader) -> list[Mark]:
    found, submitted = [], 0
    for _ in range(reader.unsigned()):
        distance, kind = divmod(reader.unsigned(), 4)
        submitted += distance
        rest = (reader.unsigned(), reader.signed(), reader.unsigned()) if kind == ENTER else ()
        found.append(Mark(submitted, kind, *rest))
    return found


def decode(data: bytes) -> File:
    assert data.startswith(MARK)
    reader = Reader(data[len(MARK) :])
    assert reader.unsigned() == VERSION
    parts = [Reader(reader.raw(reader.unsigned())) for _ in range(12)]
    program, locations, memories, kernels, claims, loops, instructions, *rest = parts
    streams, patterns, tasks, waits, marks = rest
    file = File(program.text(), program.text(), locations.many(locations.text))
    end = 0
    for _ in range(memories.unsigned()):
        name, gap, size, before, manual = memories.text(), *(memories.unsigned() for _ in range(4))
        tasks_before = before - 1 if before else None
        shape = tuple(memories.many(memories.unsigned))
        kind = memories.unsigned() if shape else 0
        file.memories.append(Memory(name, end + gap, size, tasks_before, bool(manual), shape, kind))
        end += gap + size
    for _ in range(kernels.unsigned()):
        name, location = kernels.text(), kernels.text()
        has_cube, lanes, ring_bytes, explicit, tracked = (kernels.unsigned() for _ in range(5))
        channels = kernels.many(lambda: Channel(*(kernels.unsigned() for _ in range(9))))
        file.kernels.append(
            Kernel(name, location, bool(has_cube), lanes, ring_bytes, tuple(channels),
                   bool(explicit), tracked)
        )  # fmt: skip
    file.no_deps += claims.many(lambda: read_ascending(claims))
    file.loops = loops.many(
        lambda: Loop(loops.text(), loops.text(), bool(loops.unsigned()), loops.unsigned())
    )
    file.instructions = read_instructions(instructions)
    file.streams = streams.many(
        lambda: Stream(streams.unsigned(), tuple(read_unit(streams) for _ in range(UNITS)))
    )
    file.patterns = patterns.many(lambda: read_pattern(patterns))
    file.tasks = read_tasks(tasks)
    submitted = 0
    for _ in range(waits.unsigned()):
        submitted += waits.unsigned()
        later, writers = submitted, []
        for _ in range(waits.unsigned()):
            later -= waits.unsigned()
            writers.insert(0, later)
        file.waits.append(Wait(submitted, tuple(writers)))
    file.marks = read_marks(marks)
    assert all(part.at == len(part.data) for part in parts) and reader.at == len(reader.data)
    return file
