"""Random programs with random claims, and which of the claims are false, by the definition.

A program is text: loops, manual scopes, arrays of ids, and scopes that add a part of one tensor to
another, at places that are constant, affine in loop variables, or read from a table. What is true
of it is found by going through it in Python with sets of elements, pair by pair of tasks; nothing
of the compiler, the runtime or the judge of recordings is asked.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import tilework
from source_module import load_source
from tilework.errors import LanguageError

BLOCKS, HALVES = 4, 2  # of rows and columns: what a place counts
ROWS, COLUMNS = 4 * BLOCKS, 16 * HALVES
TABLE, IDS = 32, 8
TENSORS = "xyh"  # arguments, and one that the program makes

HEAD = f"""import tilework.language as pl

T = pl.Tensor[[{ROWS}, {COLUMNS}], pl.FP32]


@pl.jit
def program(table: pl.Tensor[[{TABLE}], pl.INT32], x: pl.InOut[T], y: pl.InOut[T],
            rest: pl.Out[pl.Tensor[[4, {COLUMNS}], pl.FP32]]):
    tids = pl.array.create({IDS}, pl.TASK_ID)
"""


@dataclass(frozen=True)
class Place:
    """A number: `factor * variable + constant`, or an entry of the table at that number."""

    constant: int = 0
    factor: int = 0
    variable: str = ""
    is_table: bool = False

    def of(self, variables: Mapping[str, int], table: np.ndarray) -> int:
        value = self.constant + (self.factor * variables[self.variable] if self.variable else 0)
        return int(table[value]) if self.is_table else value

    @property
    def text(self) -> str:
        number = str(self.constant)
        if self.variable:
            number = f"{self.factor} * {self.variable} + {self.constant}"
        return f"pl.cast(pl.read(table, [{number}]), pl.INDEX)" if self.is_table else number


@dataclass(frozen=True)
class Part:
    """Some blocks of rows, and halves of columns, of a tensor; all of the columns for `column`
    None."""

    tensor: str
    row: Place
    column: Place | None
    blocks: int

    @property
    def width(self) -> int:
        return COLUMNS if self.column is None else COLUMNS // HALVES

    def elements(
        self, variables: Mapping[str, int], table: np.ndarray
    ) -> set[tuple[str, int, int]]:
        row = self.row.of(variables, table)
        column = 0 if self.column is None else self.column.of(variables, table)
        halves = range(HALVES) if self.column is None else (column,)
        return {(self.tensor, r, c) for r in range(row, row + self.blocks) for c in halves}


@dataclass
class Scope:
    """`write = read + 1`, in a task of its own."""

    name: str
    read: Part
    write: Part
    deps: list[Place | None]  # positions of ids; None: all of them
    keeps: Place | None  # where its id goes
    no_dep: list[str]


@dataclass
class Loop:
    variable: str
    is_parallel: bool
    count: int
    body: list


@dataclass
class Manual:
    body: list


@dataclass
class If:
    """Where an entry of the table is odd."""

    at: Place
    body: list


@dataclass
class Program:
    body: list
    manual_dep: bool

    @property
    def text(self) -> str:
        lines = [HEAD]
        lines += [
            f"    h = pl.create_tensor([{ROWS + 4}, {COLUMNS}], dtype=pl.FP32, "
            f"manual_dep={self.manual_dep})",
            '    with pl.at(level=pl.Level.CORE_GROUP, name_hint="first"):',
            f"        h[0:{ROWS}, :] = pl.add(x, 1.0)",
            *_text(self.body, "    "),
            # Who writes `h` is not dead; nobody else touches these rows.
            '    with pl.at(level=pl.Level.CORE_GROUP, name_hint="last"):',
            f"        rest[:, :] = h[{ROWS}:{ROWS + 4}, :]",
            "    return x, y, rest",
        ]
        return "\n".join(lines) + "\n"


def _text(body: list, indent: str) -> Iterator[str]:
    for it in body:
        if isinstance(it, Loop):
            kind = "parallel" if it.is_parallel else "range"
            yield f"{indent}for {it.variable} in pl.{kind}({it.count}):"
            yield from _text(it.body, indent + "    ")
        elif isinstance(it, Manual):
            yield f"{indent}with pl.manual_scope():"
            yield from _text(it.body, indent + "    ")
        elif isinstance(it, If):
            yield f"{indent}if {it.at.text} % 2 == 1:"
            yield from _text(it.body, indent + "    ")
        else:
            yield from _scope_text(it, indent)


def _scope_text(it: Scope, indent: str) -> Iterator[str]:
    """Places before the scope, where the orchestration reads the table."""
    names = {}
    for role, part in (("read", it.read), ("write", it.write)):
        row, rows = f"{it.name}_{role}", 4 * part.blocks
        yield f"{indent}{row} = {part.row.text}"
        columns = ":"
        if part.column is not None:
            yield f"{indent}{row}_column = {part.column.text}"
            columns = f"16 * {row}_column : 16 * {row}_column + 16"
        names[role] = f"{part.tensor}[4 * {row} : 4 * {row} + {rows}, {columns}]"
    deps = ["tids" if place is None else f"tids[{place.text}]" for place in it.deps]
    arguments = [f'level=pl.Level.CORE_GROUP, name_hint="{it.name}", deps=[{", ".join(deps)}]']
    if it.no_dep:
        arguments.append(f"no_dep_args=[{', '.join(it.no_dep)}]")
    yield f"{indent}with pl.at({', '.join(arguments)}) as {it.name}:"
    yield f"{indent}    {names['write']} = pl.add({names['read']}, 1.0)"
    if it.keeps is not None:
        yield f"{indent}tids[{it.keeps.text}] = {it.name}"


# --------------------------------------------------------------------------------------------------
# Making them
# --------------------------------------------------------------------------------------------------


class _Maker:
    """Programs of at most `size` scopes in the text; loops run two to four times."""

    def __init__(self, seed: int, size: int = 5):
        self.random, self.left, self.loops = random.Random(seed), size, 0
        self.scopes = 0

    def program(self) -> Program:
        body: list = []
        while self.left > 0:
            body += self.body([], depth=0, manual=False)
        return Program(body, self.random.random() < 0.2)

    def body(self, variables: list[Loop], depth: int, manual: bool) -> list:
        made = []
        for _ in range(self.random.randrange(1, 3)):
            chance = self.random.random()
            if self.left <= 0:
                break
            if chance < 0.45 and depth < 2:
                loop = Loop(f"i{self.loops}", self.random.random() < 0.7,
                            self.random.randrange(2, 5), [])  # fmt: skip
                self.loops += 1
                loop.body = self.body([*variables, loop], depth + 1, manual)
                made += [loop] if loop.body else []
            elif chance < 0.55 and not manual:
                inner = self.body(variables, depth, True)
                made += [Manual(inner)] if inner else []
            elif chance < 0.62:
                at = Place(self.random.randrange(TABLE - 4), is_table=True)
                inner = self.body(variables, depth, manual)
                made += [If(at, inner)] if inner else []
            else:
                made.append(self.scope(variables))
        return made

    def scope(self, variables: list[Loop]) -> Scope:
        self.left -= 1
        self.scopes += 1
        blocks, is_whole = self.random.choice((1, 1, 1, 2)), self.random.random() < 0.5
        deps: list[Place | None] = []
        for _ in range(self.random.choice((0, 0, 1, 1, 2))):
            deps.append(None if self.random.random() < 0.2 else self.place(variables, IDS))
        keeps = self.place(variables, IDS, tables=False) if self.random.random() < 0.7 else None
        read, write = (self.part(variables, blocks, is_whole) for _ in range(2))
        touched = sorted({read.tensor, write.tensor})
        no_dep = [each for each in touched if self.random.random() < 0.15]
        return Scope(f"k{self.scopes}", read, write, deps, keeps, no_dep)

    def part(self, variables: list[Loop], blocks: int, is_whole: bool) -> Part:
        row = self.place(variables, BLOCKS - blocks + 1)
        column = None if is_whole else self.place(variables, HALVES)
        return Part(self.random.choice(TENSORS), row, column, blocks)

    def place(self, variables: list[Loop], limit: int, tables: bool = True) -> Place:
        """A number below `limit`."""
        chance = self.random.random()
        if tables and chance < 0.3 and limit in (BLOCKS, HALVES):
            loop = self.random.choice(variables) if variables else None
            # The lower half of the table holds blocks, the upper one halves.
            half = 0 if limit == BLOCKS else TABLE // 2
            base = half + self.random.randrange(TABLE // 2 - 4)
            return Place(base, 1 if loop else 0, loop.variable if loop else "", True)
        fitting = [loop for loop in variables if loop.count <= limit]
        if chance < 0.85 and fitting:
            loop = self.random.choice(fitting)
            if self.random.random() < 0.3:
                return Place(loop.count - 1, -1, loop.variable)
            return Place(self.random.randrange(limit - loop.count + 1), 1, loop.variable)
        return Place(self.random.randrange(limit))


def make_table(seed: int) -> np.ndarray:
    """Data for a program; often without repetitions, as the tables that authors have in mind."""
    chosen = random.Random(seed)
    blocks: list[int] = []
    halves: list[int] = []
    for numbers, limit in ((blocks, BLOCKS), (halves, HALVES)):
        while len(numbers) < TABLE // 2:
            some = list(range(limit))
            chosen.shuffle(some)
            numbers += some if chosen.random() < 0.7 else chosen.choices(range(limit), k=limit)
    return np.array(blocks[: TABLE // 2] + halves[: TABLE // 2], np.int32)


# --------------------------------------------------------------------------------------------------
# What is true of them
# --------------------------------------------------------------------------------------------------


@dataclass
class Task:
    scope: Scope
    is_manual: bool
    loops: tuple[tuple[int, Loop, int], ...]  # instance, loop, iteration; outermost first
    reads: set
    writes: set
    after: set[int] = field(default_factory=set)


class Walk:
    """Goes through a program on a table, and notes its tasks."""

    def __init__(self, program: Program, table: np.ndarray):
        self.table, self.tasks, self.instances = table, [], 0
        self.ids: list[int | None] = [None] * IDS
        whole = Part("x", Place(), None, BLOCKS), Part("h", Place(), None, BLOCKS)
        first = Scope("first", *whole, [], None, [])
        self.run([first, *program.body], {}, (), False)

    def run(self, body: list, variables: dict[str, int], loops: tuple, manual: bool) -> None:
        for it in body:
            if isinstance(it, Loop):
                instance, self.instances = self.instances, self.instances + 1
                for i in range(it.count):
                    inside = (*loops, (instance, it, i))
                    self.run(it.body, {**variables, it.variable: i}, inside, manual)
            elif isinstance(it, Manual):
                self.run(it.body, variables, loops, True)
            elif isinstance(it, If):
                if it.at.of(variables, self.table) % 2 == 1:
                    self.run(it.body, variables, loops, manual)
            else:
                self.submit(it, variables, loops, manual)

    def submit(self, scope: Scope, variables: dict[str, int], loops: tuple, manual: bool) -> None:
        reads = scope.read.elements(variables, self.table)
        task = Task(scope, manual, loops, reads, scope.write.elements(variables, self.table))
        for place in scope.deps:
            ids = self.ids if place is None else [self.ids[place.of(variables, self.table)]]
            task.after |= {each for each in ids if each is not None}
        if scope.keeps is not None:
            self.ids[scope.keeps.of(variables, self.table)] = len(self.tasks)
        self.tasks.append(task)


def false_claims(program: Program, table: np.ndarray) -> set[str]:
    """The false ones, as `parallel i0`, `no_dep x k3`, `manual_dep h` and `manual_scope k3`."""
    tasks = Walk(program, table).tasks
    covered: dict[tuple[int, int], set[str]] = {}
    before = [set(task.after) for task in tasks]
    for b, later in enumerate(tasks):
        for a, earlier in enumerate(tasks[:b]):
            touched = (earlier.writes & (later.reads | later.writes)) | (
                earlier.reads & later.writes
            )
            for tensor in {tensor for tensor, _, _ in touched}:
                claims = _claims_on(program, earlier, later, tensor)
                covered.setdefault((a, b), set()).update(claims)
                if not claims:
                    before[b].add(a)
    ancestors: list[set[int]] = []
    for b in range(len(tasks)):
        ancestors.append(before[b].union(*(ancestors[a] for a in before[b])))
    return set().union(*(claims for (a, b), claims in covered.items() if a not in ancestors[b]))


def _claims_on(program: Program, earlier: Task, later: Task, tensor: str) -> set[str]:
    claims = set()
    for (instance, loop, i), (other, _, j) in zip(earlier.loops, later.loops, strict=False):
        if instance != other:
            break
        if i != j:
            claims |= {f"parallel {loop.variable}"} if loop.is_parallel else set()
            break
    if tensor == "h" and program.manual_dep:
        claims.add("manual_dep h")
    for task in (earlier, later):
        if tensor in task.scope.no_dep:
            claims.add(f"no_dep {tensor} {task.scope.name}")
        if task.is_manual:
            claims.add(f"manual_scope {task.scope.name}")
    return claims


def make_program(seed: int) -> Program:
    """Of even seeds claims are true on the table of that seed, of odd ones not all."""
    for attempt in itertools.count():
        program = _Maker(1000 * seed + attempt).program()
        if bool(false_claims(program, make_table(seed))) == bool(seed % 2):
            return program
    raise AssertionError


# --------------------------------------------------------------------------------------------------
# What is said of them
# --------------------------------------------------------------------------------------------------

REFUSED = "two tasks that touch"  # by the compiler, whatever the data


def refuted_claims(recording) -> set[str]:
    """What the judge refutes, named as `false_claims` does."""
    found = set()
    for claim in recording.claims:
        if not claim.holds:
            quoted = claim.name.split("'")[1::2]  # names stand between quotes
            found.add(" ".join([claim.kind, *quoted]))
    return found


def judge(
    program: Program, tables: list[np.ndarray], path: Path
) -> Iterator[tuple[set, set, bool]]:
    """For each table what is false, what a checked run refutes, and whether the compiler refuses
    the program already.

    A program that the compiler refuses is run without its proofs as well.
    """
    function = load_source(program.text, path).program
    refuses = False
    for table in tables:
        x, y, rest = (np.zeros((rows, COLUMNS), np.float32) for rows in (ROWS, ROWS, 4))
        try:
            with tilework.options(record=True, static_dependences=not refuses):
                function(table, x, y, rest)
        except LanguageError as error:
            assert REFUSED in str(error), error
            refuses = True
            with tilework.options(record=True, static_dependences=False):
                function(table, x, y, rest)
        yield false_claims(program, table), refuted_claims(function.last_run.recording), refuses
