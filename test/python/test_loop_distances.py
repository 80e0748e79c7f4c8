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


@pl.jit
def prefixes(x: Rows, out: pl.InOut[Rows], tokens: pl.Scalar[pl.INDEX]):
    keys = pl.create_tensor([ROWS, WIDTH], dtype=pl.FP32)
    for _layer in pl.range(3):
        for i in pl.range(0, tokens, 16):
            count = pl.min(16, tokens - i)
            with pl.incore():
                v = pl.slice(out, [16, WIDTH], [i, 0], valid_shape=[count, WIDTH])
                keys = pl.assemble(keys, pl.add(v, 1.0), [i, 0])
        for i in pl.range(0, tokens, 16):
            end = pl.min(i + 16, tokens)
            with pl.incore():
                v = pl.slice(keys, [ROWS, WIDTH], [0, 0], valid_shape=[end, WIDTH])
                out[i : i + 1, :] = pl.add(pl.col_sum(v), x[i : i + 1, :])
    return out


@pytest.mark.parametrize("tokens", [0, 1, 16, 33, 64])
def test_tokens_see_all_before_them(tokens):
    all_known(prefixes, numbers(pl.FP32, ROWS, WIDTH), filled(pl.FP32, ROWS, WIDTH), tokens)


@pl.jit
def sums(x: Rows, out: pl.InOut[Rows], rows: pl.Scalar[pl.INDEX]):
    held = pl.create_tensor([ROWS, WIDTH], dtype=pl.FP32)
    for i in pl.range(0, rows):
        with pl.incore():
            v = pl.slice(held, [ROWS, WIDTH], [0, 0], valid_shape=[i, WIDTH])
            out[i : i + 1, :] = pl.col_sum(v)
        with pl.incore():
            held[i : i + 1, :] = pl.mul(x[i : i + 1, :], 2.0)
    return out


@pytest.mark.parametrize("rows", [0, 1, 2, 9])
def test_iterations_see_all_before_them(rows):
    all_known(sums, numbers(pl.FP32, ROWS, WIDTH), filled(pl.FP32, ROWS, WIDTH), rows)


@pl.jit
def known_sums(x: Rows, out: pl.InOut[Rows]):
    held = pl.create_tensor([ROWS, WIDTH], dtype=pl.FP32)
    for _layer in pl.range(3):
        for i in pl.range(20):
            with pl.incore():
                held[i : i + 1, :] = pl.add(x[i : i + 1, :], out[i : i + 1, :])
        for i in pl.range(20):
            with pl.incore():
                v = pl.slice(held, [ROWS, WIDTH], [0, 0], valid_shape=[i + 1, WIDTH])
                out[i : i + 1, :] = pl.col_sum(v)
        for i in pl.range(20):
            with pl.incore():
                v = pl.slice(out, [ROWS, WIDTH], [i, 0], valid_shape=[20 - i, WIDTH])
                held[i : i + 1, :] = pl.col_sum(v)
    return out


def test_known_iterations_see_all_on_one_side():
    all_known(known_sums, numbers(pl.FP32, ROWS, WIDTH), filled(pl.FP32, ROWS, WIDTH))


@pl.jit
def suffixes(x: Rows, out: pl.InOut[Rows], layers: pl.Scalar[pl.INDEX]):
    held = pl.create_tensor([ROWS, WIDTH], dtype=pl.FP32)
    with pl.incore():
        held[:, :] = pl.full([ROWS, WIDTH], dtype=pl.FP32, value=1.0)
    for i in pl.range(0, layers):
        for j in pl.range(20):
            with pl.incore():
                v = pl.slice(held, [ROWS, WIDTH], [j, 0], valid_shape=[20 - j, WIDTH])
                out[20 * i + j : 20 * i + j + 1, :] = pl.col_sum(v)
    for k in pl.range(20):
        with pl.incore():
            held[k : k + 1, :] = pl.add(x[k : k + 1, :], 1.0)
    with pl.incore():
        out[60:61, :] = pl.col_sum(held)
    return out


@pytest.mark.parametrize("layers", [0, 1, 3])
def test_all_on_one_side_are_those_of_every_iteration_around(layers):
    all_known(suffixes, numbers(pl.FP32, ROWS, WIDTH), filled(pl.FP32, ROWS, WIDTH), layers)


@pl.jit
def fewer_before(
    x: Rows, out: pl.InOut[Rows], first: pl.Scalar[pl.INDEX], second: pl.Scalar[pl.INDEX]
):
    held = pl.create_tensor([ROWS, WIDTH], dtype=pl.FP32)
    with pl.incore():
        held[:, :] = pl.full([ROWS, WIDTH], dtype=pl.FP32, value=1.0)
    for i in pl.range(0, pl.min(first, 20)):
        with pl.incore():
            held[i : i + 1, :] = pl.add(x[i : i + 1, :], 1.0)
    for k in pl.range(0, pl.min(second, 20)):
        with pl.incore():
            v = pl.slice(held, [ROWS, WIDTH], [0, 0], valid_shape=[k + 1, WIDTH])
            out[k : k + 1, :] = pl.col_sum(v)
    return out


@pytest.mark.parametrize(("first", "second"), [(3, 12), (12, 3), (0, 5), (20, 20)])
def test_all_before_are_as_many_as_there_are(first, second):
    all_known(
        fewer_before, numbers(pl.FP32, ROWS, WIDTH), filled(pl.FP32, ROWS, WIDTH), first, second
    )


@pl.jit
def rarely_written(x: Rows, table: pl.Tensor[[8], pl.INT32], out: pl.InOut[Rows]):
    held = pl.create_tensor([1, WIDTH], dtype=pl.FP32)
    with pl.incore():
        held[:, :] = pl.full([1, WIDTH], dtype=pl.FP32, value=0.0)
    rows = pl.cast(pl.read(table, [0]), pl.INDEX)
    for i in pl.range(0, rows):
        with pl.incore():
            out[i : i + 1, :] = pl.add(held, x[i : i + 1, :])
        if pl.read(table, [i]) > 4:
            with pl.incore():
                held[:, :] = pl.add(held, 1.0)
    return out


@pytest.mark.parametrize("table", [[0] * 8, [8] + [1] * 7, [8, 0, 5, 5, 0, 0, 5, 0], [1, 9] * 4])
def test_who_writes_waits_for_all_who_read_since(table):
    all_known(
        rarely_written, numbers(pl.FP32, ROWS, WIDTH), np.array(table, np.int32),
        filled(pl.FP32, ROWS, WIDTH),
    )  # fmt: skip


@pl.jit
def uncounted(x: Rows, out: pl.InOut[Rows], rows: pl.Scalar[pl.INDEX]):
    held = pl.create_tensor([1, WIDTH], dtype=pl.FP32)
    with pl.incore():
        held[:, :] = pl.full([1, WIDTH], dtype=pl.FP32, value=1.0)
    left = rows
    while left > 0:
        left = left - 1
        with pl.incore():
            out[left : left + 1, :] = pl.add(held, x[left : left + 1, :])
    with pl.incore():
        held[:, :] = pl.add(held, 1.0)
    with pl.incore():
        out[rows : rows + 1, :] = pl.add(held, 1.0)
    return out


@pytest.mark.parametrize("rows", [0, 1, 7])
def test_one_id_stands_for_iterations_that_nobody_counts(rows):
    all_known(uncounted, numbers(pl.FP32, ROWS, WIDTH), filled(pl.FP32, ROWS, WIDTH), rows)


@pl.jit
def queue(x: Rows, table: pl.Tensor[[16], pl.INT32], out: pl.InOut[Rows]):
    held = pl.create_tensor([ROWS, WIDTH], dtype=pl.FP32)
    with pl.incore():
        held[:, :] = pl.full([ROWS, WIDTH], dtype=pl.FP32, value=1.0)
    at = 0
    while pl.read(table, [at]) > 0:
        if pl.read(table, [at]) > 1:
            with pl.incore():
                held[at + 3 : at + 4, :] = pl.add(x[at : at + 1, :], 2.0)
        with pl.incore():
            out[at : at + 1, :] = pl.add(held[at : at + 1, :], held[at + 1 : at + 2, :])
        at = at + 1
    with pl.incore():
        out[:, :] = pl.add(out, held)
    return out


@pytest.mark.parametrize(
    "table", [[0] * 16, [1] * 15 + [0], [2] * 15 + [0], [2, 1, 2, 2, 1, 1, 1, 2, 2] + [0] * 7]
)
def test_iterations_take_the_latest_before_them(table):
    all_known(
        queue, numbers(pl.FP32, ROWS, WIDTH), np.array(table, np.int32),
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
    turns = pl.create_tensor([6, {WIDTH}], dtype=pl.FP32)
    with pl.incore():
        h[:, :] = pl.add(x, 1.0)
        s[:, :] = pl.full([2, {WIDTH}], dtype=pl.FP32, value=1.0)
        turns[:, :] = pl.full([6, {WIDTH}], dtype=pl.FP32, value=2.0)
    n0 = pl.cast(pl.read(counts, [0]), pl.INDEX)
    n1 = pl.cast(pl.read(counts, [1]), pl.INDEX)
    n2 = pl.cast(pl.read(counts, [2]), pl.INDEX)
"""
TAIL = """    with pl.incore():
        y[:, :] = pl.add(y, h)
    return x, y
"""


def make(seed, places=0):
    """Loops over tiles of two rows, one after the other or in a loop over layers.

    Their tasks read a tile, one beside it or far away, all tiles up to it, all of a tensor or the
    scratch rows, and write a tile or the scratch rows; or, if there are places, that which is the
    iteration's turn, and none beside.
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
        if pick < 0.5:
            beside = 0 if places > 0 else chance.choice((0, 0, 0, 2, 4, 24))
            view = f"{source}[{tile} + {beside} : {tile} + {beside + 2}, :]"
        elif pick < 0.65:
            rows = f"[{ROWS}, {WIDTH}], [0, 0], valid_shape=[{tile} + 2, {WIDTH}]"
            lines.append(f"{indent}    v = pl.col_sum(pl.slice({source}, {rows}))")
            lines.append(f"{indent}    {to}[{tile} : {tile} + 1, :] = v")
            return
        else:
            view = "s[:, :]" if pick < 0.8 else f"pl.add({source}, 1.0)[0:2, :]"
        at = f"{to}[{tile} : {tile} + 2, :]" if chance.random() < 0.8 else "s[:, :]"
        own = f"turns[at_{tile} : at_{tile} + 2, :]"
        if places > 0 and chance.random() < 0.3:
            view = own
        elif places > 0 and chance.random() < 0.3:
            at = own
        lines.append(f"{indent}    {at} = pl.add({view}, 1.0)")

    def part(indent):
        if chance.random() < 0.8:
            it = f"i{next(names)}"
            lines.append(f"{indent}for {it} in pl.range(0, 2 * n{chance.randrange(3)}, 2):")
            if places > 0:
                lines.append(f"{indent}    at_{it} = {it} % {2 * places}")
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


@pytest.mark.parametrize(
    ("seed", "places"), [(seed, places) for seed in range(16) for places in (0, 2 + seed % 2)]
)
def test_random_programs_over_tiles_are_known(seed, places, tmp_path):
    program = load_source(make(seed, places), tmp_path / f"tiles_{seed}.py").program
    for counts in ([0, 0, 0], [1, 1, 1], [7, 7, 7], [2, 9, 0], [0, 3, 8]):
        all_known(
            program, np.array(counts, np.int32), numbers(pl.FP32, ROWS, WIDTH),
            numbers(pl.FP32, ROWS, WIDTH, seed=1),
        )  # fmt: skip
