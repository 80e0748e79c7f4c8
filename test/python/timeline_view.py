"""A timeline beside the recording and the device that it is of, for judges."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from functools import cached_property
from math import ceil

import numpy as np
from instruction_costs import Costs, is_transfer
from recording_builder import BYTES
from recording_format import File, Space


class View:
    def __init__(self, file: File, numbers, timeline):
        self.file, self.numbers, self.timeline = file, numbers, timeline
        self.costs = Costs(numbers)
        self.tasks = rows_of(timeline.tasks)
        self.executed = [i for i, task in enumerate(file.tasks) if task.stream is not None]
        self.units = rows_of(timeline.units)
        self.taken_back = rows_of(timeline.taken_back)
        self.groups = int(numbers["cores.groups"])
        self.threads = int(numbers["dispatch.schedulers"])

    def cost(self, name: str) -> int:
        return self.costs.dispatch(name)

    @cached_property
    def addresses(self) -> list[int]:
        return [memory.address for memory in self.file.memories]

    def owner_of(self, address: int) -> int:
        """The memory that holds an address."""
        return bisect_right(self.addresses, address) - 1


def transfers_of(file: File, task: int) -> Iterator[tuple[int, object, object, int | None]]:
    """Unit, instruction, region in global memory, and address; channels' have none."""
    addresses = iter(file.addresses_of(task))
    for unit, positions in enumerate(file.stream_of(task).units):
        for position in positions:
            it = file.instructions[position]
            regions = [each for each in it.regions if each.space == Space.GM]
            if regions:
                yield unit, it, regions[0], next(addresses)
            elif is_transfer(it):
                yield unit, it, it.regions[0], None


def rows_of(table) -> list[dict[str, int]]:
    names = [name for name in table.dtype.names if table.dtype[name].kind in "iu"]
    columns = [table[name].tolist() for name in names]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def union(intervals) -> int:
    """How long at least one of them lasts."""
    total, until = 0, 0
    for begin, end in sorted(intervals):
        total += max(0, end - max(begin, until))
        until = max(until, end)
    return total


def lines_of(region, address: int, line: int) -> list[int]:
    """The lines of each row, one after the other."""
    size = BYTES[region.type]
    if 0 in region.sizes:
        return []
    inner = region.sizes[-1] * size if region.sizes else size
    lines = []
    for index in np.ndindex(*region.sizes[:-1]):
        begin = address + size * sum(
            i * stride for i, stride in zip(index, region.strides, strict=False)
        )
        lines.extend(range(begin // line, ceil((begin + inner) / line)))
    return lines
