"""Random placed programs without flags: buffers that overlap, loops, conditions, slots."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st

KINDS = {"i": "instruction", "f": "loop", "c": "condition", "w": "while_loop", "r": "receive"}
SCALARS = "%n0: index, %n1: index, %p0: i1, %p1: i1"


@dataclass(frozen=True)
class Unit:
    """What a core has: instructions as text over operands, and the memory of each operand."""

    program: str
    shape: str
    type: str
    instructions: tuple[tuple[str, tuple[str, ...]], ...]
    block: int  # bytes between addresses
    direction: str  # of a channel whose tiles it receives
    arrival: str  # the memory they arrive in


VECTOR = Unit(
    "vector_program lanes(1)",
    "1x16",
    "f32",
    (
        ("core.dma_load {g} [] to {0} : {G} to {t0}", ("ub",)),
        ("core.vector_unary exp {0} to {1} : {t0} to {t1}", ("ub", "ub")),
        ("core.vector_binary add {0}, {1} to {2} : {t0}, {t1} to {t2}", ("ub", "ub", "ub")),
        ("core.dma_store {0} to {g} [] : {t0} to {G}", ("ub",)),
    ),
    32,
    "to_vector",
    "ub",
)
CUBE = Unit(
    "cube_program",
    "16x16",
    "f32",
    (
        ("core.dma_load {g} [] to {0} : {G} to {t0}", ("l1",)),
        ("core.move {0} to {1} : {t0} to {t1}", ("l1", "l0a")),
        ("core.move {0} to {1} : {t0} to {t1}", ("l1", "l0b")),
        ("core.mmad {0}, {1} into {2} : {t0}, {t1} into {t2}", ("l0a", "l0b", "l0c")),
        ("core.move {0} to {1} : {t0} to {t1}", ("l0c", "l1")),
        ("core.fixpipe {0} to {g} [] : {t0} to {G}", ("l0c",)),
    ),
    512,
    "to_cube",
    "l1",
)


class Writer:
    """Draws one program as text."""

    def __init__(self, draw, unit, depth, length, kinds, slots):
        self.draw, self.unit, self.length, self.kinds = draw, unit, length, kinds
        self.lines, self.names, self.buffers = [], 0, []
        spaces = sorted({space for _, operands in unit.instructions for space in operands})
        for space in spaces:
            for _ in range(draw(st.integers(1, 3))):
                address = draw(st.integers(0, 4)) * unit.block
                count = draw(st.sampled_from(slots))
                self.buffers.append((space, address, count, self.name()))
        for space, address, count, name in self.buffers:
            self.lines.append(
                f"{name} = core.buffer at {address} slots({count}) : {self.type(space, count)}"
            )
        for number in range(4):
            self.lines.append(f"%c{number} = arith.constant {number} : index")
        self.slots = draw(st.integers(1, 3))  # of the channel
        space, address = unit.arrival, draw(st.integers(0, 4)) * unit.block
        self.lines.append(
            f"%ring = core.buffer at {address} slots({self.slots}) : {self.type(space, self.slots)}"
        )
        self.received = None  # the slot that is taken now
        self.body(depth, [])

    def name(self):
        self.names += 1
        return f"%v{self.names}"

    def type(self, space, slots):
        return f"memref<{slots}x{self.unit.shape}x{self.unit.type}, #core.space<{space}>>"

    def view_type(self, space):
        stride = self.unit.shape.split("x")[1]
        layout = f"strided<[{stride}, 1], offset: ?>"
        return f"memref<{self.unit.shape}x{self.unit.type}, {layout}, #core.space<{space}>>"

    def channel(self):
        return (
            f"!core.channel<{self.unit.shape}x{self.unit.type}, slots = {self.slots}, "
            f"{self.unit.direction}, none, direct>"
        )

    def receive(self, depth, loops):
        """Takes a tile of a direct channel, does something, and gives the slot back."""
        if self.received:
            return self.instruction(loops)
        head, slot, space = self.name(), self.name(), self.unit.arrival
        self.lines += [
            f"{head} = core.head %channel : {self.channel()}",
            f"{slot} = core.slot %ring[{head}] : {self.type(space, self.slots)}",
            f"core.pop %channel to {slot} : {self.channel()} to {self.view_type(space)}",
        ]
        self.received = slot
        self.body(depth, loops)
        self.received = None
        self.lines.append(
            f"core.release %channel of {slot} : {self.channel()} of {self.view_type(space)}"
        )

    def view(self, space, loops):
        if self.received and space == self.unit.arrival and self.draw(st.booleans()):
            return self.received
        choices = [it for it in self.buffers if it[0] == space]
        _, _, slots, buffer = self.draw(st.sampled_from(choices))
        if loops and self.draw(st.integers(0, 4)):
            iv, lower, step = self.draw(st.sampled_from(loops))
            turn = self.name()
            self.lines.append(f"{turn} = core.turn {iv} from {lower} step {step} of {slots}")
        else:
            turn = f"%c{self.draw(st.integers(0, slots - 1))}"
        view = self.name()
        self.lines.append(f"{view} = core.slot {buffer}[{turn}] : {self.type(space, slots)}")
        return view

    def instruction(self, loops):
        pattern, spaces = self.draw(st.sampled_from(self.unit.instructions))
        views = [self.view(space, loops) for space in spaces]
        types = {f"t{i}": self.view_type(space) for i, space in enumerate(spaces)}
        shape = f"8x{self.unit.shape}" if self.unit is CUBE else "8x16"
        rows = [f"%c{number}" for number in range(4)] + 2 * [iv for iv, *_ in loops]
        place = ", ".join([self.draw(st.sampled_from(rows))] + ["%c0"] * shape.count("x"))
        target = self.draw(st.sampled_from(["%x", "%y"])) + f"[{place}]"
        self.lines.append(
            pattern.format(*views, g=target, G=f"memref<{shape}x{self.unit.type}>", **types)
        )

    def body(self, depth, loops):
        for _ in range(self.draw(st.integers(1, self.length))):
            kind = self.draw(st.sampled_from(self.kinds if depth else "i"))
            getattr(self, KINDS[kind])(*([loops] if kind == "i" else [depth - 1, loops]))

    def loop(self, depth, loops):
        iv = self.name()
        upper = self.draw(st.sampled_from(["%n0", "%n1", "%c3"]))
        self.lines.append(f"scf.for {iv} = %c0 to {upper} step %c1 {{")
        self.body(depth, [*loops, (iv, "%c0", "%c1")])
        self.lines.append("}")

    def while_loop(self, depth, loops):
        left, go, after, rest = (self.name() for _ in range(4))
        upper = self.draw(st.sampled_from(["%n0", "%n1", "%c3"]))
        self.lines.append(f"{self.name()} = scf.while ({left} = {upper}) : (index) -> index {{")
        if self.draw(st.booleans()):
            self.body(depth, loops)
        self.lines.append(f"{go} = arith.cmpi sgt, {left}, %c0 : index")
        self.lines += [f"scf.condition({go}) {left} : index", f"}} do {{ ^bb0({after}: index):"]
        self.body(depth, loops)
        self.lines += [f"{rest} = arith.subi {after}, %c1 : index", f"scf.yield {rest} : index }}"]

    def condition(self, depth, loops):
        condition = self.draw(st.sampled_from(["%p0", "%p1"]))
        if loops and self.draw(st.booleans()):
            condition, rest = self.name(), self.name()
            iv = self.draw(st.sampled_from(loops))[0]
            self.lines.append(f"{rest} = arith.remsi {iv}, %c2 : index")
            predicate = self.draw(st.sampled_from(["eq", "ne"]))
            self.lines.append(f"{condition} = arith.cmpi {predicate}, {rest}, %c0 : index")
        self.lines.append(f"scf.if {condition} {{")
        self.body(depth, loops)
        if self.draw(st.booleans()):
            self.lines.append("} else {")
            self.body(depth, loops)
        self.lines.append("}")

    def text(self):
        shape = f"8x{self.unit.shape}" if self.unit is CUBE else "8x16"
        type = f"memref<{shape}x{self.unit.type}>"
        arguments = f"%x: {type}, %y: {type}, {SCALARS}"
        kernel = ", ".join(
            f"{'inout' if 'memref' in it else 'in'} {it}" for it in arguments.split(", ")
        )
        return "\n".join(
            [
                f"task.kernel @k core_group split(automatic) ({kernel}) {{ task.return }}",
                f"core.group @k_placed of @k ({arguments}) {{",
                f"%channel = core.channel : {self.channel()}",
                f"core.{self.unit.program} {{",
                *self.lines,
                "}",
                "}",
            ]
        )


@st.composite
def programs(draw, units=(VECTOR, CUBE), depth=3, length=4, kinds="iiiiiffcwr", slots=(1, 1, 2, 3)):
    """Of these kinds (see KINDS), as often as they are named; buffers of so many slots."""
    return Writer(draw, draw(st.sampled_from(units)), depth, length, kinds, slots).text()
