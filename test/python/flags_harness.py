"""A judge of flags: unrolls a core program and looks at every pair of accesses.

It knows what instructions touch from the operations themselves, byte by byte, and what flags mean
from the agreement on instruction streams. It shares nothing with the pass it judges.
"""

from __future__ import annotations

import math
import operator
import random
import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field

from tilework_mlir import ir, passmanager

BYTES = {"f32": 4, "i32": 4, "bf16": 2, "f16": 2, "i8": 1, "i1": 1, "index": 8}
PIPES = ("mte1", "mte2", "mte3", "fixp", "m", "v", "s")
COMPARISONS = {0: "==", 1: "!=", 2: "<", 3: "<=", 4: ">", 5: ">="}
SLOTS = re.compile(r"slots = (\d+)")
MEMORY = re.compile(r"#core\.space<(\w+)>")


@dataclass
class View:
    """Elements of one memory: of the core, or of an argument."""

    memory: object
    start: int  # bytes
    sizes: list[int]
    strides: list[int]  # elements
    item: int  # bytes

    def spans(self):
        """The bytes it covers, row by row."""
        starts = [self.start]
        for size, stride in zip(self.sizes[:-1], self.strides[:-1], strict=True):
            starts = [it + i * stride * self.item for it in starts for i in range(size)]
        assert not self.strides or self.strides[-1] == 1
        row = (self.sizes[-1] if self.sizes else 1) * self.item
        return [(self.memory, it, it + row) for it in starts]


@dataclass
class Entry:
    """One instruction in a queue."""

    pipe: str
    what: str  # access, set, wait or barrier
    operation: int  # which operation of the program it comes from
    reads: list = field(default_factory=list)
    writes: list = field(default_factory=list)
    event: tuple | None = None  # from, to, number

    def conflicts(self, other):
        pairs = ((self.writes, other.writes + other.reads), (self.reads, other.writes))
        return any(
            a[0] == b[0] and a[1] < b[2] and b[1] < a[2]
            for mine, theirs in pairs for a in mine for b in theirs
        )  # fmt: skip


def product(sizes):
    return [math.prod(sizes[i + 1 :]) for i in range(len(sizes))]


def receiving_pipe(op):
    """Of a pop or release."""
    channel = str(op.operands[0].type)
    if "direct" not in channel:
        return "mte2"
    return "v" if "to_vector" in channel else "mte1"


def attribute(op, name):
    return int(re.match(r"-?\d+", str(op.attributes[name]))[0])


class Unroller:
    """Runs the scalars of one program and collects its instructions, in the order of its text."""

    def __init__(self, group, program, scalars):
        self.values = {}
        self.entries = []
        self.numbers = {}
        self.pops = Counter()  # of each channel
        program.operation.walk(self.count)
        for position, argument in enumerate(group.regions[0].blocks[0].arguments):
            if isinstance(argument.type, ir.MemRefType):
                self.values[argument] = self.whole(argument.type, ("argument", position), 0)
            else:
                self.values[argument] = scalars[position]
        self.block(program.regions[0].blocks[0])

    def whole(self, type, memory, start):
        memref = ir.MemRefType(type)
        sizes = list(memref.shape)
        return View(memory, start, sizes, product(sizes), BYTES[str(memref.element_type)])

    def count(self, op):
        self.numbers[op] = len(self.numbers)
        return ir.WalkResult.ADVANCE

    def block(self, block):
        """Runs a block and gives the operands of its terminator."""
        for operation in block.operations:
            op = operation.operation
            if op.name in ("scf.yield", "scf.condition"):
                return [self.values[it] for it in op.operands]
            self.run(op)
        return []

    def run(self, op):
        handler = getattr(self, op.name.replace(".", "_"), None)
        if handler:
            results = handler(op, *(self.values.get(it) for it in op.operands))
            for result, value in zip(op.results, results or (), strict=True):
                self.values[result] = value
        else:
            assert op.name.startswith("core."), f"unknown operation {op.name}"
            self.instruction(op)

    # Scalars.

    def arith_constant(self, op):
        text = str(op.attributes["value"]).split(" ")[0]
        return [int({"true": 1, "false": 0}.get(text, text))]

    def arith_addi(self, op, a, b):
        return [a + b]

    def arith_subi(self, op, a, b):
        return [a - b]

    def arith_muli(self, op, a, b):
        return [a * b]

    def arith_remsi(self, op, a, b):
        return [int(math.fmod(a, b))]

    def arith_cmpi(self, op, a, b):
        return [int(eval(f"a {COMPARISONS[attribute(op, 'predicate')]} b"))]

    def core_turn(self, op, iv, lower, step):
        return [(iv - lower) // step % attribute(op, "slots")]

    def core_lane(self, op):
        return [0]

    def core_head(self, op, _):
        return [self.pops[op.operands[0]] % int(SLOTS.search(str(op.operands[0].type))[1])]

    # Buffers.

    def core_buffer(self, op):
        space = MEMORY.search(str(op.results[0].type))[1]
        return [self.whole(op.results[0].type, space, attribute(op, "address"))]

    def core_slot(self, op, buffer, turn):
        start = buffer.start + turn * buffer.strides[0] * buffer.item
        return [View(buffer.memory, start, buffer.sizes[1:], buffer.strides[1:], buffer.item)]

    def memref_subview(self, op, source, *dynamic):
        dynamic = iter(dynamic)
        marker = -(2**63)
        offsets, sizes, steps = (
            [next(dynamic) if it == marker else it for it in op.attributes[f"static_{name}"]]
            for name in ("offsets", "sizes", "strides")
        )
        start = source.start + sum(map(operator.mul, offsets, source.strides)) * source.item
        strides = [a * b for a, b in zip(steps, source.strides, strict=True)]
        return [View(source.memory, start, sizes, strides, source.item)]

    def memref_cast(self, op, source):
        return [source]

    # Control flow.

    def scf_for(self, op, lower, upper, step, *carried):
        block = op.regions[0].blocks[0]
        carried = list(carried)
        for iv in range(lower, upper, step):
            for argument, value in zip(block.arguments, [iv, *carried], strict=True):
                self.values[argument] = value
            carried = self.block(block)
        return carried

    def scf_while(self, op, *carried):
        before, after = (region.blocks[0] for region in op.regions)
        while True:
            for argument, value in zip(before.arguments, carried, strict=True):
                self.values[argument] = value
            condition, *carried = self.block(before)
            if not condition:
                return carried
            for argument, value in zip(after.arguments, carried, strict=True):
                self.values[argument] = value
            carried = self.block(after)

    def scf_if(self, op, condition):
        blocks = op.regions[0 if condition else 1].blocks
        return self.block(blocks[0]) if len(blocks) else []

    # Instructions.

    def add(self, op, pipe, what, reads=(), writes=(), event=None):
        number = self.numbers[op]
        spans = [[span for view in views for span in view.spans()] for views in (reads, writes)]
        self.entries.append(Entry(pipe, what, number, *spans, event))

    def flag(self, op, what):
        start, end = (PIPES[attribute(op, name)] for name in ("from", "to"))
        slot = self.values[op.operands[0]] if len(op.operands) else 0
        number = attribute(op, "event") + slot
        assert 0 <= number < 8, f"event {number} of {op}"
        self.add(op, start if what == "set" else end, what, event=(start, end, number))

    def core_set_flag(self, op, *_):
        self.flag(op, "set")

    def core_wait_flag(self, op, *_):
        self.flag(op, "wait")

    def core_barrier(self, op):
        assert "on" not in op.attributes
        self.add(op, None, "barrier")

    def part(self, op, view, local):
        """The rectangle of an argument that a transfer reaches."""
        segments = [int(it) for it in op.attributes["operandSegmentSizes"]]
        is_load = op.name == "core.dma_load"
        first = 1 if is_load else 2
        offsets = [self.values[it] for it in list(op.operands)[first : first + segments[first]]]
        assert not segments[first + 1], "no sizes in these tests"
        offsets = offsets or [0] * len(view.sizes)
        start = view.start + sum(map(operator.mul, offsets, view.strides)) * view.item
        sizes = [1] * (len(view.sizes) - len(local.sizes)) + local.sizes
        return View(view.memory, start, sizes, view.strides, view.item)

    def instruction(self, op):
        buffers = [self.values[it] for it in op.operands if isinstance(self.values.get(it), View)]
        if op.name == "core.dma_load":
            source, destination = buffers
            self.add(op, "mte2", "access", [self.part(op, source, destination)], [destination])
        elif op.name in ("core.dma_store", "core.fixpipe"):
            source, destination = buffers
            pipe = "mte3" if op.name == "core.dma_store" else "fixp"
            self.add(op, pipe, "access", [source], [self.part(op, destination, source)])
        elif op.name == "core.move":
            source, destination = buffers
            pipe = {"l1": "mte1", "l0c": "fixp", "ub": "v"}[source.memory]
            self.add(op, pipe, "access", [source], [destination])
        elif op.name == "core.mmad":
            self.add(op, "m", "access", buffers, buffers[2:])
        elif op.name == "core.push":
            self.add(op, "mte3" if buffers[0].memory == "ub" else "fixp", "access", buffers)
        elif op.name == "core.pop":
            self.pops[op.operands[0]] += 1
            self.add(op, receiving_pipe(op), "access", (), buffers)
        elif op.name.startswith("core.vector_"):
            self.add(op, "v", "access", buffers[:-1], buffers[-1:])
        else:
            assert op.name == "core.release", f"unknown instruction {op.name}"
            if buffers:  # from then on the sender writes the slot
                self.add(op, receiving_pipe(op), "access", (), buffers)


class Wanderer(Unroller):
    """Takes either branch, and loops whose length is not written there however often, by a seed.

    With an odd seed each branch and loop has a habit, so that rare meetings happen: two branches
    that are hardly ever taken, a loop that never runs beside one that always does.
    """

    BRANCHES = (0, 0.1, 0.9, 1)  # how probably it is taken
    LOOPS = ((0,), (0, 0, 1), (1, 2), (3, 5))  # how often it may run

    def __init__(self, group, program, scalars, seed):
        self.random = random.Random(seed)
        self.habits = {} if seed % 2 else None
        super().__init__(group, program, scalars)

    def habit(self, op, choices, otherwise):
        if self.habits is None:
            return otherwise
        return self.habits.setdefault(self.numbers[op], self.random.choice(choices))

    def trips(self, op):
        return self.random.choice(self.habit(op, self.LOOPS, (0, 1, 2, 3, 5)))

    def scf_if(self, op, condition):
        return super().scf_if(op, self.random.random() < self.habit(op, self.BRANCHES, 0.5))

    def scf_for(self, op, lower, upper, step, *carried):
        if isinstance(op.operands[1].owner, ir.Block):  # an argument
            upper = lower + step * self.trips(op)
        return super().scf_for(op, lower, upper, step, *carried)

    def scf_while(self, op, left):
        return super().scf_while(op, self.trips(op))


def judge(entries):
    """What is wrong with a stream: a list of (kind, …), empty when it is in order."""
    pipes = sorted({it.pipe for it in entries if it.pipe})
    sets, waits, complaints = defaultdict(list), defaultdict(list), []
    clock = {pipe: dict.fromkeys(pipes, -1) for pipe in pipes}
    seen = {pipe: [] for pipe in pipes}
    for number, entry in enumerate(entries):
        if entry.what == "barrier":
            for known in clock.values():
                known.update(dict.fromkeys(pipes, number))
            continue
        mine = clock[entry.pipe]
        if entry.what == "wait":
            position = len(waits[entry.event])
            if position >= len(sets[entry.event]):
                return [("deadlock", entry)]
            for pipe, value in sets[entry.event][position][1].items():
                mine[pipe] = max(mine[pipe], value)
            waits[entry.event].append(number)
        elif entry.what == "set":
            turn = len(sets[entry.event])
            to = entry.event[1]
            if turn and (len(waits[entry.event]) < turn or mine[to] < waits[entry.event][turn - 1]):
                complaints.append(("set of a set flag", entry))
        else:
            for pipe in pipes:
                for position, other in reversed(seen[pipe] if pipe != entry.pipe else []):
                    if position <= mine[pipe]:
                        break
                    if entry.conflicts(other):
                        complaints.append(("hazard", other, entry))
            seen[entry.pipe].append((number, entry))
        mine[entry.pipe] = number
        if entry.what == "set":
            sets[entry.event].append((number, dict(mine)))
    complaints += [("unbalanced", event) for event in sets if len(sets[event]) != len(waits[event])]
    return complaints


def flags_of(streams):
    """Groups the flag operations that are matched with each other in any of the streams."""
    parent = {}

    def find(it):
        while parent.setdefault(it, it) != it:
            it = parent[it]
        return it

    for entries in streams:
        open_sets = {}
        for entry in entries:
            if entry.what == "set":
                open_sets[entry.event] = entry.operation
                find(entry.operation)
            elif entry.what == "wait":
                parent[find(entry.operation)] = find(open_sets.pop(entry.event))
    groups = defaultdict(set)
    for operation in parent:
        groups[find(operation)].add(operation)
    return list(groups.values())


def without(entries, operations):
    return [it for it in entries if it.operation not in operations]


def insert_flags(text, context, options=""):
    module = ir.Module.parse(text, context)
    pipeline = f"builtin.module(core.group(core-insert-flags{{{options}}}))"
    passmanager.PassManager.parse(pipeline, context).run(module.operation)
    assert module.operation.verify()
    return module


def programs_of(module):
    for group in module.body.operations:
        if group.operation.name == "core.group":
            for op in group.regions[0].blocks[0].operations:
                if op.operation.name in ("core.cube_program", "core.vector_program"):
                    yield group, op


def unroll(module, scalars):
    """The streams of all programs, with operation numbers that hold for every choice of scalars."""
    return [Unroller(group, program, scalars).entries for group, program in programs_of(module)]
