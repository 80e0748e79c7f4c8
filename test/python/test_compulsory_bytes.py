"""The bytes that no schedule can avoid, block by block."""

import pytest
from random_recordings import random_recording
from recording_format import Flag, Opcode
from tilework.simulator import compulsory
from timeline_view import lines_of, transfers_of

BLOCK = 64


@pytest.mark.parametrize("seed", range(20))
def test_blocks_of_random_recordings(seed):
    it = random_recording(seed)
    recording, file = it.recording(), it.file
    read, written = set(), set()
    for number, task in enumerate(file.tasks):
        if task.stream is None:
            continue
        for _, instruction, region, address in transfers_of(file, number):
            blocks = set() if address is None else set(lines_of(region, address, BLOCK))
            if instruction.opcode == Opcode.DMA_LOAD or instruction.flags & Flag.ATOMIC_ADD:
                read |= blocks - written
            if instruction.opcode != Opcode.DMA_LOAD:
                written |= blocks
    for memory, got in zip(file.memories, compulsory(recording), strict=True):
        first, end = memory.address // BLOCK, -(-(memory.address + memory.size_bytes) // BLOCK)
        expected = (0, 0)
        if memory.tasks_before is None:
            expected = tuple(
                min(memory.size_bytes, BLOCK * sum(first <= block < end for block in blocks))
                for blocks in (read, written)
            )
        assert got == expected, memory.name
