"""Random tile programs of one kernel: every way in which tiles come of each other.

A program is Python text. Its tiles have odd, single and even rows and columns; they are summed over
either dimension, transposed, reshaped, cut, put into others, broadcast, and carried by loops. Parts
of tiles begin at whole blocks of the unified buffer, which the author has to see to.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field

GRID = 64
BLOCK = 8  # elements
SIZES = (1, 2, 3, 5, 8, 16, 33)
UNARY = ("pl.exp", "pl.neg", "pl.abs")
BINARY = ("pl.add", "pl.sub", "pl.maximum", "pl.mul")


@dataclass
class Program:
    rows: int
    columns: int
    lines: list[str] = field(default_factory=list)
    tiles: list[tuple[str, int, int]] = field(default_factory=list)
    stored: int = 0  # elements of the output

    def make(self, expression: str, rows: int, columns: int) -> None:
        name = f"t{len(self.tiles)}"
        self.lines.append(f"{name} = {expression}")
        self.tiles.append((name, rows, columns))

    def text(self) -> str:
        body = "\n        ".join(self.lines)
        return f"""
import tilework.language as pl

@pl.jit
def program(
    x: pl.Tensor[[{self.rows}, {self.columns}], pl.FP32],
    flat: pl.Out[pl.Tensor[[1, {self.stored}], pl.FP32]],
    grid: pl.InOut[pl.Tensor[[{GRID}, {GRID}], pl.FP32]],
):
    with pl.at(level=pl.Level.CORE_GROUP, name_hint="work"):
        {body}
    return flat, grid
"""


def _step(it: Program, choice: random.Random) -> None:
    name, rows, columns = choice.choice(it.tiles)
    kind = choice.randrange(12)
    bounded = f"pl.minimum({name}, 2.0)"
    if kind == 0:
        it.make(f"{choice.choice(UNARY)}({bounded})", rows, columns)
    elif kind == 1:
        others = [tile for tile in it.tiles if tile[1:] == (rows, columns)]
        it.make(f"{choice.choice(BINARY)}({bounded}, {choice.choice(others)[0]})", rows, columns)
    elif kind == 2:
        it.make(f"pl.row_{choice.choice(('sum', 'max'))}({name})", rows, 1)
    elif kind == 3:
        it.make(f"pl.col_{choice.choice(('sum', 'max'))}({name})", 1, columns)
    elif kind == 4:
        it.make(f"pl.transpose({name}, 0, 1)", columns, rows)
    elif kind == 5:
        ways = [r for r in range(1, rows * columns + 1) if rows * columns % r == 0]
        new = choice.choice(ways)
        it.make(f"pl.reshape({name}, [{new}, {rows * columns // new}])", new, rows * columns // new)
    elif kind == 6:
        it.make(f"pl.row_expand_sub({name}, pl.row_max({name}))", rows, columns)
    elif kind == 7:
        it.make(f"pl.col_expand_mul({bounded}, pl.col_sum({name}))", rows, columns)
    elif kind == 8:
        start, end = sorted(choice.sample(range(rows + 1), 2))
        start = start if columns % BLOCK == 0 else 0
        left, right = sorted(choice.sample(range(columns + 1), 2))
        left = left // BLOCK * BLOCK
        it.make(f"{name}[{start}:{end}, {left}:{right}]", end - start, right - left)
    elif kind == 9:
        part = choice.randrange(rows)
        it.make(
            f"pl.add(pl.cast(pl.arange({part}, [{rows}, {columns}], dtype=pl.INT32), pl.FP32),"
            f" {name})",
            rows,
            columns,
        )
    elif kind == 10:
        total = f"s{len(it.tiles)}"
        it.lines.append(f"{total} = pl.full([{rows}, {columns}], dtype=pl.FP32, value=0.5)")
        it.lines.append(f"for i in pl.range({choice.randrange(1, 4)}):")
        it.lines.append(f"    {total} = pl.add(pl.mul({total}, 0.5), {name})")
        it.make(f"pl.neg({total})", rows, columns)
    elif columns % BLOCK == 0:
        it.make(f"pl.concat({name}, {name})", rows, 2 * columns)


def _store_flat(it: Program, tile: tuple[str, int, int]) -> None:
    name, rows, columns = tile
    end = it.stored + rows * columns
    it.lines.append(f"flat[0:1, {it.stored} : {end}] = pl.reshape({name}, [1, {rows * columns}])")
    it.stored = end


def _store(it: Program, tile: tuple[str, int, int], choice: random.Random) -> None:
    """Somewhere in the grid, perhaps over other tiles, whole or row by row."""
    name, rows, columns = tile
    if rows > GRID or columns > GRID:
        return _store_flat(it, tile)
    top, left = choice.randrange(GRID - rows + 1), choice.randrange(GRID - columns + 1)
    across = f"{left} : {left + columns}"
    if choice.random() < 0.5 or columns % BLOCK:
        it.lines.append(f"grid[{top} : {top + rows}, {across}] = {name}")
    else:
        it.lines.append(f"for i in pl.range({rows}):")
        it.lines.append(f"    grid[{top} + i : {top + 1} + i, {across}] = {name}[i : i + 1, :]")


def random_program(seed: int) -> Program:
    choice = random.Random(seed)
    it = Program(choice.choice(SIZES), choice.choice(SIZES))
    it.make("x[:, :]", it.rows, it.columns)
    for _ in range(choice.randrange(2, 12)):
        _step(it, choice)
        if it.tiles[-1][1] * it.tiles[-1][2] > 4096:
            break
        if choice.random() < 0.2:
            _store(it, choice.choice(it.tiles), choice)
    _store_flat(it, it.tiles[-1])
    return it
