"""Random programs that hand tensors on, and what they compute where every tensor is a value.

Variables name tensors; statements make new ones, update parts, and give a variable what another
one has, in loops and branches. NumPy arrays that nobody changes say what the outputs are; nothing
of the compiler is asked.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

ROWS, COLUMNS = 16, 64
VARIABLES = "abcd"
INPUTS = 2  # of the variables: the others are made by the program
TRIPS, TESTS = 4, 4

HEAD = f"""import tilework.language as pl

T = pl.Tensor[[{ROWS}, {COLUMNS}], pl.FP32]


@pl.jit
def program(x: T, y: T, n: pl.Tensor[[{TRIPS}], pl.INT32], p: pl.Tensor[[{TESTS}], pl.INT32],
            out0: pl.Out[T], out1: pl.Out[T]):
    a = x
    b = y
    c = pl.create_tensor([{ROWS}, {COLUMNS}], dtype=pl.FP32)
    d = pl.create_tensor([{ROWS}, {COLUMNS}], dtype=pl.FP32)
    with pl.at(level=pl.Level.CORE_GROUP):
        c[:, :] = pl.add(x[:, :], 1.0)
    with pl.at(level=pl.Level.CORE_GROUP):
        d[:, :] = pl.mul(y[:, :], 2.0)
"""
AT = "with pl.at(level=pl.Level.CORE_GROUP):"


@dataclass
class Make:
    """`target = add(mul(first, 0.5), second)`, in a tensor of its own."""

    number: int
    target: str
    first: str
    second: str
    is_functional: bool  # left to the compiler to make


@dataclass
class Update:
    """Four rows of `target` become those of `source`, and 1 more."""

    target: str
    source: str
    row: int


@dataclass
class Assign:
    """`targets = sources`: of one, or of several at once."""

    targets: str
    sources: str


@dataclass
class Loop:
    number: int
    trips: int  # position of their number in an argument
    is_while: bool
    body: list


@dataclass
class If:
    test: int
    body: list
    other: list


@dataclass
class Program:
    body: list
    outputs: str

    @property
    def text(self) -> str:
        lines = [HEAD.rstrip(), *_text(self.body, "    ")]
        for index, name in enumerate(self.outputs):
            lines += [f"    {AT}", f"        out{index}[:, :] = pl.sub({name}[:, :], 3.0)"]
        lines.append("    return out0, out1")
        return "\n".join(lines) + "\n"


def _text(body: list, indent: str) -> Iterator[str]:
    inner = indent + "    "
    for it in body:
        if isinstance(it, Make):
            value = f"pl.add(pl.mul({it.first}[:, :], 0.5), {it.second}[:, :])"
            name = it.target if it.is_functional else f"t{it.number}"
            if not it.is_functional:
                yield (f"{indent}{name} = pl.create_tensor([{ROWS}, {COLUMNS}], dtype=pl.FP32)")
            yield indent + AT
            yield f"{inner}{name}{'' if it.is_functional else '[:, :]'} = {value}"
            if not it.is_functional:
                yield f"{indent}{it.target} = {name}"
        elif isinstance(it, Update):
            rows = f"{it.row} : {it.row + 4}, :"
            yield indent + AT
            yield f"{inner}{it.target}[{rows}] = pl.add({it.source}[{rows}], 1.0)"
        elif isinstance(it, Assign):
            yield f"{indent}{', '.join(it.targets)} = {', '.join(it.sources)}"
        elif isinstance(it, Loop) and it.is_while:
            yield f"{indent}n{it.number} = pl.read(n, [{it.trips}])"
            yield f"{indent}while n{it.number} > 0:"
            yield from _text(it.body, inner)
            yield f"{inner}n{it.number} = n{it.number} - 1"
        elif isinstance(it, Loop):
            trips = f"pl.cast(pl.read(n, [{it.trips}]), pl.INDEX)"
            yield f"{indent}for i{it.number} in pl.range({trips}):"
            yield from _text(it.body, inner)
        else:
            yield f"{indent}if pl.read(p, [{it.test}]) > 0:"
            yield from _text(it.body, inner)
            if it.other:
                yield f"{indent}else:"
                yield from _text(it.other, inner)


# --------------------------------------------------------------------------------------------------
# Making them
# --------------------------------------------------------------------------------------------------


class _Maker:
    def __init__(self, seed: int, size: int = 6):
        self.random, self.left, self.number = random.Random(seed), size, 0

    def program(self) -> Program:
        body: list = []
        while self.left > 0:
            body += self.body(0)
        return Program(body, "".join(self.random.sample(VARIABLES, 2)))

    def body(self, depth: int) -> list:
        made = []
        for _ in range(self.random.randrange(1, 4)):
            made.append(self.statement(depth))
        return made

    def statement(self, depth: int) -> object:
        self.left -= 1
        self.number += 1
        chance, pick = self.random.random(), self.random.choice
        if chance < 0.3 and depth < 2:
            return Loop(self.number, pick(range(TRIPS)), pick((True, False)), self.body(depth + 1))
        if chance < 0.42 and depth < 3:
            other = self.body(depth + 1) if self.random.random() < 0.6 else []
            return If(pick(range(TESTS)), self.body(depth + 1), other)
        if chance < 0.7:
            return Make(self.number, *(pick(VARIABLES) for _ in range(3)), pick((True, False)))
        if chance < 0.77:
            return Update(pick(VARIABLES[INPUTS:]), pick(VARIABLES), 4 * pick(range(ROWS // 4)))
        names = "".join(self.random.sample(VARIABLES, pick((2, 2, 3))))
        if chance < 0.92:
            return Assign(names, names[1:] + names[0])  # they change places
        return Assign(names[0], names[1])


def make_program(seed: int) -> Program:
    return _Maker(seed).program()


# --------------------------------------------------------------------------------------------------
# What they compute
# --------------------------------------------------------------------------------------------------


def meaning(program: Program, x: np.ndarray, y: np.ndarray, n: np.ndarray, p: np.ndarray) -> tuple:
    """The outputs."""
    one, half = np.float32(1), np.float32(0.5)
    values = {"a": x, "b": y, "c": x + one, "d": y * np.float32(2)}

    def run(body: list) -> None:
        for it in body:
            if isinstance(it, Make):
                values[it.target] = values[it.first] * half + values[it.second]
            elif isinstance(it, Update):
                updated = values[it.target].copy()
                rows = slice(it.row, it.row + 4)
                updated[rows] = values[it.source][rows] + one
                values[it.target] = updated
            elif isinstance(it, Assign):
                sources = [values[name] for name in it.sources]
                values.update(zip(it.targets, sources, strict=True))
            elif isinstance(it, Loop):
                for _ in range(n[it.trips]):
                    run(it.body)
            else:
                run(it.body if p[it.test] > 0 else it.other)

    run(program.body)
    return tuple(values[name] - np.float32(3) for name in program.outputs)
