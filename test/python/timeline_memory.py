"""Judges transfers: a cache line by line, and bandwidths that flow between events.

The timeline says when transfers were issued; what each finds in the cache, what it moves over which
bandwidth and when it ends is computed here, a second time.
"""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from dataclasses import dataclass, field
from itertools import combinations, groupby

import numpy as np
from instruction_costs import bytes_of, is_transfer
from recording_builder import BYTES, CUBE, MEMORY_ALIGNMENT, VECTOR_1
from recording_format import File, Flag, Opcode, Region, Space
from timeline_view import View, lines_of, transfers_of

READS = (Opcode.DMA_LOAD, Opcode.POP)


class Cache:
    """Lines in extents that are replaced as a whole, least recently used first."""

    def __init__(self, capacity: int, line: int, extent: int):
        self.line, self.per_extent = line, extent // line
        self.most = max(1, capacity // extent)
        self.extents: OrderedDict[int, int] = OrderedDict()  # to the owner
        self.valid: set[int] = set()
        self.dirty: set[int] = set()

    def touch(self, line: int, owner: int) -> int | None:
        """Makes a line's extent the newest; the owner of what it displaced, with its lines."""
        extent = line // self.per_extent
        gone = None
        if extent not in self.extents:
            if len(self.extents) == self.most:
                old, its = self.extents.popitem(last=False)
                lines = set(range(old * self.per_extent, (old + 1) * self.per_extent))
                gone = (its, len(lines & self.dirty))
                self.valid -= lines
                self.dirty -= lines
            self.extents[extent] = owner
        self.extents.move_to_end(extent)
        return gone


@dataclass
class Flight:
    pipe: tuple[int, int, int]
    begin: int
    end: int  # as the timeline says
    owner: int
    reads: bool
    parts: list[tuple[str, int, float]] = field(default_factory=list)  # link, bytes, most
    latency: int = 0
    latest: int = 0
    got: float = -1.0  # its end, as computed here
    flows: float = -1.0
    alone: float = 0.0
    lines: frozenset[int] = frozenset()
    new: frozenset[int] = frozenset()  # those of them that were not in the cache


class Memory(View):
    def __init__(self, file: File, numbers, timeline):
        super().__init__(file, numbers, timeline)
        line, extent = int(numbers["l2.line"]), int(numbers["l2.extent"])
        self.cache = Cache(int(numbers["capacity.l2"]), line, extent)
        self.ledgers = np.zeros((len(file.memories) + 1, 5), int)
        self.displaces = False
        self.written_back: list[list[int]] = []  # when, bytes, by transfer
        self.flights: list[Flight] = []
        ends = [each.address + each.size_bytes for each in file.memories]
        up = lambda value: -(-value // MEMORY_ALIGNMENT) * MEMORY_ALIGNMENT  # noqa: E731
        self.rings_begin = up(max(ends, default=0))
        self.ring_bytes = max((up(each.ring_bytes) for each in file.kernels), default=0)

    def has_ties(self) -> bool:
        """Whether the cache may have seen transfers of different pipes in another order.

        That of one moment is not in a timeline. It matters where one brings lines of the other,
        and where anything is ever displaced.
        """
        ordered = sorted(self.flights, key=lambda each: each.begin)
        for _, tied in groupby(ordered, key=lambda each: each.begin):
            for a, b in combinations(tied, 2):
                shared = a.new & b.lines or b.new & a.lines
                if a.pipe != b.pipe and (self.displaces or shared):
                    return True
        return False

    def collect(self) -> list[tuple]:
        """Transfers with their times, in the order they were issued."""
        rows, places = defaultdict(list), {}
        for row in self.timeline.instructions:
            if is_transfer(self.file.instructions[row["instruction"]]):
                rows[int(row["task"]), int(row["unit"]), int(row["pipe"])].append(row)
        for unit in self.timeline.units:
            places.setdefault(int(unit["task"]), set()).add(int(unit["unit"]))
        found = []
        for task, cores in places.items():
            shift = 1 if self.file.kernel_of(task).lanes == 1 and VECTOR_1 in cores else 0
            counts = defaultdict(int)
            next_row = {key: iter(rows[key]) for key in rows if key[0] == task}
            for unit, it, region, address in transfers_of(self.file, task):
                core = unit + shift if unit != CUBE else unit
                row = next(next_row[task, core, it.pipe])
                slot = counts[unit, it.opcode, it.channel]
                counts[unit, it.opcode, it.channel] += address is None
                found.append((int(row["begin"]), len(found), row, task, unit, it, region, address,
                              slot))  # fmt: skip
        return sorted(found, key=lambda each: each[:2])

    def in_ring(self, task: int, group: int, unit: int, it, region: Region, slot: int):
        """Where a unit's part of a slot lies: rows of the whole tile."""
        channel = self.file.kernel_of(task).channels[it.channel]
        size = BYTES[channel.type]
        address = self.rings_begin + group * self.ring_bytes + channel.base
        address += slot % channel.slots * channel.slot_bytes
        if unit == VECTOR_1 and channel.split == 1:
            address += -(-channel.rows // 2) * channel.columns * size
        if unit == VECTOR_1 and channel.split == 2:
            address += -(-channel.columns // 2) * size
        return address, Region(Space.GM, region.type, region.sizes, (channel.columns, 1))

    def look_up(self) -> None:
        """Passes every transfer through the cache."""
        for begin, _, row, task, unit, it, region, address, slot in self.collect():
            owner = len(self.file.memories) if address is None else self.owner_of(address)
            if address is None:
                address, region = self.in_ring(task, int(row["group"]), unit, it, region, slot)
            else:
                address += int(self.timeline.addresses[owner]) - self.addresses[owner]
            reads, updates = it.opcode in READS, bool(it.flags & Flag.ATOMIC_ADD)
            pipe = (int(row["group"]), int(row["unit"]), int(row["pipe"]))
            flight = Flight(pipe, begin, int(row["end"]), owner, reads)
            flight.lines = frozenset(lines_of(region, address, self.cache.line))
            flight.new = flight.lines - self.cache.valid
            self.written_back.append([begin, 0])
            fetched, hit = self.pass_through(region, address, owner, reads, updates)
            size = bytes_of(region)
            self.ledgers[owner, 0 if reads else 1] += size
            self.ledgers[owner, 2] += fetched
            if it.regions[0].space == Space.L0C:
                flight.latest = self.costs.fixpipe(it.regions[0])
            if reads:
                flight.latency = self.costs.latency("gm_read")
                if not fetched:
                    flight.latency -= self.costs.latency("l2_miss_extra")
            self.set_parts(flight, unit, region, address, fetched, hit if reads else size)
            self.flights.append(flight)
        for owner, lines in self.count_dirty().items():
            self.ledgers[owner, 4] += lines * self.cache.line

    def pass_through(self, region, address, owner, reads, updates) -> tuple[int, int]:
        """Bytes that come from the HBM, and bytes that are there."""
        cache, fetched, hit = self.cache, 0, 0
        for begin, end in rows_of(region, address):
            lines = range(begin // cache.line, -(-end // cache.line))
            for kind in ("read",) * (reads or updates) + ("write",) * (not reads):
                for line in lines:
                    self.displace(cache.touch(line, owner))
                    part = min(end, (line + 1) * cache.line) - max(begin, line * cache.line)
                    if kind == "write":
                        cache.dirty.add(line)
                        cache.extents[line // cache.per_extent] = owner
                    elif line in cache.valid:
                        hit += part
                    else:
                        fetched += cache.line
                    cache.valid.add(line)
        return fetched, hit

    def displace(self, gone) -> None:
        self.displaces = self.displaces or gone is not None
        if gone is not None and gone[1]:
            owner, lines = gone
            self.ledgers[owner, 3] += lines * self.cache.line
            self.written_back[-1][1] += lines * self.cache.line

    def count_dirty(self) -> dict[int, int]:
        counts = defaultdict(int)
        for line in self.cache.dirty:
            counts[self.cache.extents[line // self.cache.per_extent]] += 1
        return counts

    # ----------------------------------------------------------------------------------------------
    # Bandwidths
    # ----------------------------------------------------------------------------------------------

    def rate(self, name: str) -> float:
        """Of a link, bytes per picosecond."""
        entry = {"hbm": "hbm.bandwidth", "read": "l2.read_bandwidth"}.get(
            name, "l2.write_bandwidth"
        )
        return self.numbers[entry] / 1e12

    def set_parts(self, flight: Flight, unit: int, region, address: int, fetched: int, rest: int):
        best = int(self.numbers["alignment.gm_best"])
        strides = [
            stride * BYTES[region.type]
            for size, stride in list(zip(region.sizes, region.strides, strict=True))[:-1]
            if size > 1
        ]
        if is_dense(region):
            strides = []
        aligned = all(each % best == 0 for each in (address, *strides))
        fraction = 1.0 if aligned else self.numbers["dma.unaligned_fraction"]
        own = "l1" if unit == CUBE else "ub"
        per_second = fraction * self.numbers["clock.core_hz"] / 1e12
        link = "read" if flight.reads else "write"
        for name, size, path in (
            ("hbm", fetched, f"gm_to_{own}" if flight.reads else f"{own}_to_gm"),
            (link, rest, f"l2_to_{own}" if flight.reads else f"{own}_to_gm"),
        ):
            most = self.rate(name)
            if not flight.latest:
                most = min(most, per_second * self.numbers[f"bandwidth.{path}"])
            if size:
                flight.parts.append((name, size, most))
        flight.alone = max(flight.latest, sum(size / most for _, size, most in flight.parts))

    def flow(self) -> None:
        """Moves all bytes, shares recomputed whenever a flow starts or ends."""
        now, moving = 0.0, {}  # flow to [link, bytes left, most]
        waiting = sorted(range(len(self.flights)), key=lambda i: (self.flights[i].begin, i))
        queues, ready = defaultdict(list), []  # of each pipe; (when, flight) that may flow
        back = sorted((each for each in self.written_back if each[1]), reverse=True)
        for i in waiting:
            queues[self.flights[i].pipe].append(i)

        def front(pipe) -> None:
            if queues[pipe]:
                each = self.flights[queues[pipe][0]]
                ready.append((max(now, each.begin + each.latency), queues[pipe][0]))

        def advance(i) -> None:
            """The next part of a flight, or its end."""
            each = self.flights[i]
            if each.parts:
                moving[i] = list(each.parts.pop(0))
            elif now < each.flows + each.latest - 1e-3:
                ready.append((each.flows + each.latest, i))
            else:
                each.got = now
                queues[each.pipe].pop(0)
                front(each.pipe)

        for pipe in list(queues):
            front(pipe)
        while ready or moving or back:
            rates = self.shares(moving)
            times = [when for when, _ in ready] + [when for when, _ in back[-1:]]
            times += [now + left / rates[i] for i, (_, left, _) in moving.items()]
            step = min(times) - now
            now += step
            for i, each in moving.items():
                each[1] -= rates[i] * step
            for i in [i for i, each in moving.items() if each[1] <= 1e-6]:
                del moving[i]
                if i >= 0:
                    advance(i)
            for due in [each for each in ready if each[0] <= now + 1e-6]:
                ready.remove(due)
                if self.flights[due[1]].flows < 0:
                    self.flights[due[1]].flows = now
                advance(due[1])
            while back and back[-1][0] <= now:
                moving[-len(back)] = ["hbm", back[-1][1], self.rate("hbm")]
                back.pop()

    def shares(self, moving) -> dict[int, float]:
        """Max-min fair: whoever cannot take an equal share leaves the rest to the others."""
        rates = {}
        for link in ("hbm", "read", "write"):
            flows = sorted((most, i) for i, (its, _, most) in moving.items() if its == link)
            left = self.rate(link)
            for taken, (most, i) in enumerate(flows):
                rates[i] = min(most, left / (len(flows) - taken))
                left -= rates[i]
        return rates


def is_dense(region: Region) -> bool:
    expected = 1
    for size, stride in reversed(list(zip(region.sizes, region.strides, strict=True))):
        if size > 1 and stride != expected:
            return False
        expected *= size
    return True


def rows_of(region: Region, address: int) -> list[tuple[int, int]]:
    """Begin and end of its rows; rows that follow each other are one."""
    if 0 in region.sizes:
        return []
    size, rows = BYTES[region.type], []
    for index in np.ndindex(*region.sizes[:-1]):
        strides = region.strides[: len(index)]
        begin = address + size * int(np.dot(index, strides)) if index else address
        rows.append((begin, begin + region.sizes[-1] * size))
    return [(rows[0][0], rows[-1][1])] if is_dense(region) else rows


def check_memory(file: File, numbers, timeline, tolerance: int = 300) -> list[str] | None:
    """What is wrong with ledgers and transfers; None where a timeline leaves their order open."""
    memory = Memory(file, numbers, timeline)
    memory.look_up()
    if memory.has_ties():
        return None
    errors = []
    names = ("read", "written", "hbm_read", "hbm_written", "dirty")
    for owner, row in enumerate(timeline.memories):
        got, expected = tuple(int(row[name]) for name in names), tuple(memory.ledgers[owner])
        if got != expected:
            errors.append(f"memory {owner} expects {expected}, but got {got}")
    hits = sum(size for each in memory.flights for link, size, _ in each.parts if link == "read")
    if hits != timeline.l2_read.bytes:
        errors.append(f"expects {hits} bytes of hits, but got {timeline.l2_read.bytes}")
    memory.flow()
    contended, busy = defaultdict(float), defaultdict(float)
    for each in memory.flights:
        if abs(each.got - each.end) > tolerance:
            errors.append(f"pipe {each.pipe} expects a transfer until {each.got}, got {each.end}")
        contended[each.pipe] += max(0, each.got - each.flows - each.alone)
        busy[each.pipe] += each.got - each.flows
    for pipe, time in contended.items():
        count = sum(each.pipe == pipe for each in memory.flights)
        if abs(time - int(timeline.cores[pipe]["contended"])) > tolerance * count:
            got = int(timeline.cores[pipe]["contended"])
            errors.append(f"pipe {pipe} expects contention of {time}, but got {got}")
    return errors
