"""What instructions cost by the formulas of a device description, for judges of the simulator.

A second implementation: from the comments of python/tilework/devices/a2a3.toml, not lib/Simulator.
Times are picoseconds; `numbers` are a device's entries by name, those of a profile at
"bandwidth.<path>".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil, prod

from recording_builder import BYTES
from recording_format import Flag, Instruction, Opcode, Region, Space

SIMPLE_UNARY = (0, 1, 9, 10)  # negation, absolute value, relu, not
DIVISION = (3, 6)
TRANSFERS = (Opcode.DMA_LOAD, Opcode.PUSH, Opcode.POP)
SIGNALS = (
    Opcode.SET_FLAG, Opcode.WAIT_FLAG, Opcode.CROSS_SET, Opcode.CROSS_WAIT, Opcode.BARRIER,
    Opcode.RELEASE, Opcode.READ_SCALAR,
)  # fmt: skip

Numbers = Mapping[str, float]


def bytes_of(region: Region) -> int:
    return prod(region.sizes) * BYTES[region.type]


def is_transfer(instruction: Instruction) -> bool:
    """Between a core and global memory."""
    if instruction.opcode in (Opcode.DMA_STORE, Opcode.FIXPIPE):
        return instruction.regions[1].space == Space.GM
    return instruction.opcode in TRANSFERS


def is_timed(instruction: Instruction) -> bool:
    """Whether a timeline has a time for it."""
    return instruction.opcode not in SIGNALS


@dataclass(frozen=True)
class Costs:
    numbers: Numbers

    def cycles(self, count: float) -> int:
        return ceil(count * 1e12 / self.numbers["clock.core_hz"])

    def latency(self, name: str) -> int:
        return self.cycles(self.numbers[f"latency.{name}"])

    def dispatch(self, name: str) -> int:
        return ceil(self.numbers[f"dispatch.{name}"] * 1000)

    def fixpipe(self, source: Region) -> int:
        of = lambda name: self.numbers[f"fixpipe.{name}"]  # noqa: E731
        rows, columns = (1, 1, *source.sizes)[-2:]
        row = max(of("row_min"), of("row_bytes_factor") * columns / of("row_divisor"))
        blocks = max(1, ceil(columns / 8))
        odd = max(each for each in range(1, blocks + 1, 2) if blocks % each == 0)
        return self.cycles(of("start") + rows * (row + of("odd_factor") * (odd - 1)))

    def product(self, mmad: Instruction) -> int:
        of = lambda name: self.numbers[f"mmad.{name}"]  # noqa: E731
        bits = f"{8 * BYTES[mmad.regions[0].type]}_bit"
        blocks = (of("m_block"), of(f"k_block_{bits}"), of("n_block"))
        fractals = prod(ceil(size / block) for size, block in zip(mmad.sizes, blocks, strict=True))
        return self.cycles(of("start") + fractals * of(f"passes_{bits}"))

    def repeat(self, vector: Instruction) -> str:
        if vector.opcode == Opcode.UNARY:
            return "simple" if vector.kind in SIMPLE_UNARY else "special"
        if vector.opcode == Opcode.BINARY:
            if vector.kind in DIVISION:
                return "special"
            return "simple" if vector.flags & Flag.SCALAR_RHS else "binary"
        return {
            Opcode.COMPARE: "binary",
            Opcode.SELECT: "binary",
            Opcode.REDUCE: "reduce",
            Opcode.TRANSPOSE: "transpose",
        }.get(vector.opcode, "simple")

    def hold(self, instruction: Instruction) -> int:
        """How long an instruction holds its pipe, if it is no transfer."""
        first = instruction.regions[0]
        if instruction.opcode == Opcode.MMAD:
            return self.product(instruction)
        if instruction.opcode in (Opcode.MOVE, Opcode.FIXPIPE):
            if first.space == Space.L0C:
                return self.fixpipe(first)
            to = instruction.regions[1]
            path = f"bandwidth.{Space(first.space).name}_to_{Space(to.space).name}".lower()
            return self.cycles(max(bytes_of(first), bytes_of(to)) / self.numbers[path])
        most = max(map(bytes_of, instruction.regions))
        repeats = ceil(most / self.numbers["vector.repeat_bytes"])
        each = self.numbers[f"vector.{self.repeat(instruction)}_repeat"]
        return self.cycles(self.numbers["vector.start"] + repeats * each)

    def seen_after(self, instruction: Instruction) -> int:
        """From its end until others see what it did."""
        if is_transfer(instruction):
            if instruction.opcode in (Opcode.DMA_LOAD, Opcode.POP):
                return 0
            extra = self.latency("atomic_extra") if instruction.flags & Flag.ATOMIC_ADD else 0
            return self.latency("gm_write") + extra
        is_vector = Opcode.UNARY <= instruction.opcode <= Opcode.TRANSPOSE
        return self.cycles(self.numbers["vector.completion"]) if is_vector else 0
