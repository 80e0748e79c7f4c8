"""Dependences from one iteration to another, and from within a loop to after it, where only the run
counts the iterations: tiles of any count of tokens are known whole, and the order of tasks stays
that which the run finds."""

import random

import numpy as np
import pytest
import tilework
import tilework.language as pl
from compiled_harness import filled, numbers
from source_module import load_source
from test_static_dependences import same_order

ROWS, WIDTH = 64, 32
Rows = pl.Tensor[[ROWS, WIDTH], pl.FP32]


def found(program):
    """How many edges the run found itself."""
    return sum(
        "known" not in edge.reasons
        for task in program.last_run.result.tasks
        for edge in task.dependences
    )


def all_known(program, *arguments):
    """Runs; every edge has been given."""
    same_order(program, *arguments)
    assert found(program) == 0


@pl.jit
def phases(x: Rows, out: pl.InOut[Rows], total: pl.InOut[Rows], tokens: pl.Scalar[pl.INDEX]):
    wide = pl.create_tensor([ROWS, WIDTH], dtype=pl.FP32)
    for i in pl.range(0, tokens, 16):
        count = pl.min(16, tokens - i)
        with pl.incore():
            v = pl.slice(x, [16, WIDTH], [i, 0], valid_shape=[count, WIDTH])
            wide = pl.assemble(wide, pl.add(v, 1.0), [i, 0])
    for i in pl.range(0, tokens, 16):
        count = pl.min(16, tokens - i)
        with pl.incore():
            v = pl.slice(wide, [16, WIDTH], [i, 0], valid_shape=[count, WIDTH])
            out = pl.assemble(out, pl.mul(v, 2.0), [i, 0])
    with pl.incore():
        total[:, :] = pl.add(total, 1.0)
        v = pl.slice(out, [ROWS, WIDTH], [0, 0], valid_shape=[tokens, WIDTH])
        total = pl.assemble(total, pl.add(v, 1.0), [0, 0])
    return out, total


@pytest.mark.parametrize("tokens", [0, 1, 16, 33, 64])
def test_phases_over_the_same_tiles_take_those_of_their_own(tokens):
    all_known(
        phases, numbers(pl.FP32, ROWS, WIDTH), filled(pl.FP32, ROWS, WIDTH),
        filled(pl.FP32, ROWS, WIDTH), tokens,
    )  # fmt: skip


@pytest.mark.parametrize("seed", [1, 2])
def test_exact_runs_of_them_give_the_same_bits(seed):
    runs = [(filled(pl.FP32, ROWS, WIDTH), filled(pl.FP32, ROWS, WIDTH)) for _ in range(2)]
    phases(numbers(pl.FP32, ROWS, WIDTH), *runs[0], 33)
    with tilework.options(exact=seed):
        phases(numbers(pl.FP32, ROWS, WIDTH), *runs[1], 33)
    np.testing.assert_array_equal(*runs)


@pl.jit
def more_iterations(
    x: Rows, out: pl.InOut[Rows], first: pl.Scalar[pl.INDEX], second: pl.Scalar[pl.INDEX]
):
    wide = pl.create_tensor([ROWS, WIDTH], dtype=pl.FP32)
    with pl.incore():
        wide[:, :] = pl.full([ROWS, WIDTH], dtype=pl.FP32, value=0.0)
    for i in pl.range(0, first):
        with pl.incore():
            wide[i : i + 1, :] = x[i : i + 1, :]
    for i in pl.range(0, second):
        with pl.incore():
            out[i : i + 1, :] = pl.add(wide[i : i + 1, :], wide[i + 1 : i + 2, :])
    return out


@pytest.mark.parametrize(("first", "second"), [(3, 3), (2, 6), (6, 2), (0, 3), (3, 0)])
def test_a_loop_may_go_on_where_the_other_ends(first, second):
    all_known(
        more_iterations, numbers(pl.FP32, ROWS, WIDTH), filled(pl.FP32, ROWS, WIDTH), first, second
    )


@pl.jit
def scratch(x: Rows, table: pl.Tensor[[8], pl.INT32], out: pl.InOut[Rows]):
    held = pl.create_tensor([1, WIDTH], dtype=pl.FP32)
    with pl.incore():
        held[:, :] = pl.full([1, WIDTH], dtype=pl.FP32, value=0.0)
    left = pl.cast(pl.read(table, [0]), pl.INDEX)
    while left > 0:
        left = left - 1
        if pl.read(table, [left]) > 1:
            with pl.incore():
                held[:, :] = pl.add(held, 1.0)
        with pl.incore():
            out[0:1, :] = pl.add(held, out[0:1, :])
    with pl.incore():
        out[0:1, :] = pl.add(held, out[0:1, :])
    return out


@pytest.mark.parametrize("table", [[0] * 8, [1] * 8, [8, 0, 2, 2, 0, 0, 2, 0]])
def test_iterations_use_memory_again_after_the_last_that_used_it(table):
    all_known(
        scratch, numbers(pl.FP32, ROWS, WIDTH), np.array(table, np.int32),
        filled(pl.FP32, ROWS, WIDTH),
    )  # fmt: skip


@pl.jit
def pages(x: Rows, lengths: pl.Tensor[[4], pl.INT32], out: pl.InOut[Rows]):
    for b in pl.range(4):
        parts = pl.create_tensor([ROWS, WIDTH], dtype=pl.FP32)
        length = pl.cast(pl.read(lengths, [b]), pl.INDEX)
        for j in pl.range(0, length):
            with pl.incore():
                parts[j : j + 1, :] = pl.mul(x[j : j + 1, :], 2.0)
        with pl.incore():
            v = pl.slice(parts, [ROWS, WIDTH], [0, 0], valid_shape=[length, WIDTH])
            out[b : b + 1, :] = pl.col_sum(v)
    return out


@pytest.mark.parametrize("lengths", [[0, 0, 0, 0], [3, 1, 0, 2], [1, 5, 5, 9]])
def test_each_sequence_has_pages_of_its_own_count(lengths):
    all_known(
        pages, numbers(pl.FP32, ROWS, WIDTH), np.array(lengths, np.int32),
        filled(pl.FP32, ROWS, WIDTH),
    )  # fmt: skip


# --------------------------------------------------------------------------------------------------
# Random programs
# --------------------------------------------------------------------------------------------------

HEAD = f"""import tilework.language as pl

T = pl.Tensor[[{ROWS}, {WIDTH}], pl.FP32]


@pl.jit
def program(counts: pl.Tensor[[3], pl.INT32], x: pl.InOut[T], y: pl.InOut[T]):
    h = pl.create_tensor([{ROWS}, {WIDTH}], dtype=pl.FP32)
    s = pl.create_tensor([2, {WIDTH}], dtype=pl.FP32)
    with pl.incore():
        h[:, :] = pl.add(x, 1.0)
        s[:, :] = pl.full([2, {WIDTH}], dtype=pl.FP32, value=1.0)
    n0 = pl.cast(pl.read(counts, [0]), pl.INDEX)
    n1 = pl.cast(pl.read(counts, [1]), pl.INDEX)
    n2 = pl.cast(pl.read(counts, [2]), pl.INDEX)
"""
TAIL = """    with pl.incore():
        y[:, :] = pl.add(y, h)
    return x, y
"""


def make(seed):
    """Loops over tiles of two rows, one after the other or in a loop over layers.

    Their tasks read a tile, one beside it, all of a tensor or the scratch rows, and write a tile or
    the scratch rows.
    """
    chance = random.Random(seed)
    lines, names = [], iter(range(1000))

    def task(indent, tile):
        to, source = chance.sample(("x", "y", "h"), 2)
        lines.append(f"{indent}with pl.incore():")
        if tile is None:
            lines.append(f"{indent}    {to}[:, :] = pl.add({source}, 1.0)")
            return
        pick = chance.random()
        if pick < 0.6:
            beside = chance.choice((0, 0, 0, 2, 4))
            view = f"{source}[{tile} + {beside} : {tile} + {beside + 2}, :]"
        else:
            view = "s[:, :]" if pick < 0.8 else f"pl.add({source}, 1.0)[0:2, :]"
        at = f"{to}[{tile} : {tile} + 2, :]" if chance.random() < 0.8 else "s[:, :]"
        lines.append(f"{indent}    {at} = pl.add({view}, 1.0)")

    def part(indent):
        if chance.random() < 0.8:
            it = f"i{next(names)}"
            lines.append(f"{indent}for {it} in pl.range(0, 2 * n{chance.randrange(3)}, 2):")
            for _ in range(chance.randrange(1, 4)):
                task(indent + "    ", it)
        else:
            task(indent, None)

    for _ in range(chance.randrange(1, 4)):
        if chance.random() < 0.3:
            lines.append(f"    for layer{next(names)} in pl.range({chance.randrange(1, 4)}):")
            for _ in range(chance.randrange(1, 3)):
                part("        ")
        else:
            part("    ")
    return HEAD + "\n".join(lines) + "\n" + TAIL


@pytest.mark.parametrize("seed", range(16))
def test_random_programs_over_tiles_are_known(seed, tmp_path):
    program = load_source(make(seed), tmp_path / f"tiles_{seed}.py").program
    for counts in ([0, 0, 0], [1, 1, 1], [7, 7, 7], [2, 9, 0], [0, 3, 8]):
        all_known(
            program, np.array(counts, np.int32), numbers(pl.FP32, ROWS, WIDTH),
            numbers(pl.FP32, ROWS, WIDTH, seed=1),
        )  # fmt: skip
