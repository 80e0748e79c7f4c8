"""Dependences under loops that only the run counts, and at places that only the run knows: what is
known of one iteration is not looked up, and the order of tasks stays that which the run finds."""

import random

import numpy as np
import pytest
import tilework
import tilework.language as pl
from compiled_harness import filled, numbers
from source_module import load_source
from test_static_dependences import same_order

N, WIDTH = pl.dynamic("N"), 32


@pl.jit
def layer(
    x: pl.Tensor[[N, WIDTH], pl.FP32],
    up: pl.Tensor[[WIDTH, 2 * WIDTH], pl.BF16],
    down: pl.Tensor[[2 * WIDTH, WIDTH], pl.BF16],
    out: pl.InOut[pl.Tensor[[N, WIDTH], pl.FP32]],
    tokens: pl.Scalar[pl.INDEX],
):
    for i in pl.range(0, tokens, 16):
        count = pl.min(16, tokens - i)
        normed = pl.create_tensor([16, WIDTH], dtype=pl.BF16)
        with pl.at(level=pl.Level.CORE_GROUP, name_hint="norm"):
            part = pl.slice(x, [16, WIDTH], [i, 0], valid_shape=[count, WIDTH])
            scale = pl.rsqrt(pl.row_sum(pl.mul(part, part)))
            scaled = pl.cast(pl.row_expand_mul(part, scale), pl.BF16)
            normed = pl.assemble(normed, scaled, [0, 0])
        wide = pl.create_tensor([16, 2 * WIDTH], dtype=pl.BF16)
        for n in pl.parallel(0, 2 * WIDTH, 16):
            with pl.at(level=pl.Level.CORE_GROUP, name_hint="up"):
                part = pl.slice(normed, [16, WIDTH], [0, 0], valid_shape=[count, WIDTH])
                product = pl.cast(pl.matmul(part, up[:, n : n + 16]), pl.BF16)
                wide = pl.assemble(wide, product, [0, n])
        with pl.at(level=pl.Level.CORE_GROUP, name_hint="down"):
            part = pl.slice(wide, [16, 2 * WIDTH], [0, 0], valid_shape=[count, 2 * WIDTH])
            out = pl.assemble(out, pl.matmul(part, down[:, :]), [i, 0])
        with pl.at(level=pl.Level.CORE_GROUP, name_hint="residual"):
            part = pl.slice(out, [16, WIDTH], [i, 0], valid_shape=[count, WIDTH])
            more = pl.slice(x, [16, WIDTH], [i, 0], valid_shape=[count, WIDTH])
            out = pl.assemble(out, pl.add(part, more), [i, 0])
    return out


def layer_arguments(tokens, rows=64):
    return (
        numbers(pl.FP32, rows, WIDTH), numbers(pl.BF16, WIDTH, 2 * WIDTH, seed=1),
        numbers(pl.BF16, 2 * WIDTH, WIDTH, seed=2), filled(pl.FP32, rows, WIDTH), tokens,
    )  # fmt: skip


@pytest.mark.parametrize("tokens", [0, 1, 15, 16, 33, 64])
def test_a_layer_over_any_number_of_tokens_is_known(tokens):
    same_order(layer, *layer_arguments(tokens))
    tasks = layer.last_run.result.tasks
    assert sum(task.kernel is not None for task in tasks) == 7 * -(-tokens // 16)
    assert {tuple(edge.reasons) for task in tasks for edge in task.dependences} <= {("known",)}


@pytest.mark.parametrize("seed", [1, 2])
def test_exact_runs_of_it_give_the_same_bits(seed):
    native, exact = layer_arguments(33), layer_arguments(33)
    layer(*native)
    with tilework.options(exact=seed):
        layer(*exact)
    np.testing.assert_array_equal(native[3], exact[3])


@pl.jit
def some_twice(
    table: pl.Tensor[[8], pl.INT32],
    x: pl.Tensor[[8, WIDTH], pl.FP32],
    out: pl.InOut[pl.Tensor[[8, WIDTH], pl.FP32]],
    tokens: pl.Scalar[pl.INDEX],
):
    for i in pl.range(0, tokens, 1):
        held = pl.create_tensor([1, WIDTH], dtype=pl.FP32)
        with pl.incore():
            held[:, :] = pl.add(x[i : i + 1, :], 1.0)
        if pl.read(table, [i]) > 0:
            with pl.incore():
                held[:, :] = pl.add(held[:, :], held[:, :])
        with pl.incore():
            out[i : i + 1, :] = held[:, :]
    return out


def test_tasks_that_conditions_leave_out_are_not_those_of_the_iteration_before():
    table = np.array([1, 0, 0, 1, 1, 0, 1, 0], np.int32)
    x, out = numbers(pl.FP32, 8, WIDTH), filled(pl.FP32, 8, WIDTH)
    assert same_order(some_twice, table, x, out, 8) == 8 + 2 * 4


# --------------------------------------------------------------------------------------------------
# Random programs
# --------------------------------------------------------------------------------------------------

ROWS, TABLE = 16, 8
HEAD = f"""import tilework.language as pl

T = pl.Tensor[[{ROWS}, {WIDTH}], pl.FP32]


@pl.jit
def program(table: pl.Tensor[[{TABLE}], pl.INT32], x: pl.InOut[T], y: pl.InOut[T]):
    h = pl.create_tensor([{ROWS}, {WIDTH}], dtype=pl.FP32)
    with pl.incore():
        h[:, :] = pl.add(x, 1.0)
"""
TAIL = """    with pl.incore():
        y[:, :] = pl.add(y, h)
    return x, y
"""


class Maker:
    """Text of loops, conditions, and scopes that add rows of one tensor to rows of another."""

    def __init__(self, seed):
        self.random, self.left, self.names = random.Random(seed), 6, 0
        self.lines = []

    def name(self, prefix):
        self.names += 1
        return f"{prefix}{self.names}"

    def make(self):
        while self.left > 0:
            self.body("    ", [], ["x", "y", "h"], 0)
        return HEAD + "\n".join(self.lines) + "\n" + TAIL

    def body(self, indent, variables, tensors, depth):
        """`variables` are pairs of a name and, in a ragged loop, that of the rows left."""
        tensors = list(tensors)
        for _ in range(self.random.randrange(1, 4)):
            chance = self.random.random()
            if self.left <= 0:
                break
            if chance < 0.4 and depth < 2:
                self.loop(indent, variables, tensors, depth)
            elif chance < 0.55:
                at = variables[-1][0] if variables else self.random.randrange(TABLE)
                self.lines.append(f"{indent}if pl.read(table, [{at}]) > 1:")
                self.scope(indent + "    ", variables, tensors)
            elif chance < 0.75 and depth > 0:
                tensors.append(self.name("t"))
                self.lines.append(
                    f"{indent}{tensors[-1]} = pl.create_tensor([{ROWS}, {WIDTH}], dtype=pl.FP32)"
                )
                self.lines.append(f"{indent}with pl.incore():")
                self.lines.append(f"{indent}    {tensors[-1]}[:, :] = pl.full([{ROWS}, {WIDTH}], "
                                  "dtype=pl.FP32, value=1.0)")  # fmt: skip
            else:
                self.scope(indent, variables, tensors)

    def loop(self, indent, variables, tensors, depth):
        it, inner = self.name("i"), indent + "    "
        kind = self.random.choice(("counted", "unknown", "ragged", "while"))
        count = f"pl.cast(pl.read(table, [{self.random.randrange(TABLE)}]), pl.INDEX)"
        rest = ""
        if kind == "counted":
            self.lines.append(f"{indent}for {it} in pl.range({self.random.randrange(1, 4)}):")
        elif kind == "while":
            self.lines += [f"{indent}{it} = {count}", f"{indent}while {it} > 0:",
                           f"{inner}{it} = {it} - 1"]  # fmt: skip
        else:
            self.lines.append(f"{indent}n{it} = {count}")
            step = 2 if kind == "ragged" else 1
            self.lines.append(f"{indent}for {it} in pl.range(0, n{it}, {step}):")
            if kind == "ragged":
                rest = self.name("r")
                self.lines.append(f"{inner}{rest} = pl.min(2, n{it} - {it})")
        self.body(inner, [*variables, (it, rest)], tensors, depth + 1)
        self.scope(inner, [*variables, (it, rest)], tensors)

    def place(self, variables):
        """The first row, at most 12, and the count of rows."""
        base, chance = self.random.randrange(4), self.random.random()
        it, rest = self.random.choice(variables) if variables else ("", "")
        if chance < 0.25:
            index = it if it and self.random.random() < 0.5 else str(self.random.randrange(TABLE))
            return f"pl.cast(pl.read(table, [{index}]), pl.INDEX) + {base}", "2"
        if chance < 0.75 and it:
            factor = self.random.choice((1, 1, 2))
            return f"{factor} * {it} + {base}", rest if rest and factor == 1 else "2"
        return str(3 * base), self.random.choice(("1", "2", "4"))

    def scope(self, indent, variables, tensors):
        self.left -= 1
        row, count = self.place(variables)
        other = row if self.random.random() < 0.4 else self.place(variables)[0]
        to, source = self.random.choice(tensors[-2:]), self.random.choice(tensors[-2:])
        capacity = count if count.isdigit() else "2"
        a, b = self.name("a"), self.name("b")
        self.lines += [
            f"{indent}{a} = {row}",
            f"{indent}{b} = {other}",
            f"{indent}with pl.incore():",
            f"{indent}    v = pl.slice({source}, [{capacity}, {WIDTH}], [{b}, 0], "
            f"valid_shape=[{count}, {WIDTH}])",
            f"{indent}    {to} = pl.assemble({to}, pl.add(v, 1.0), [{a}, 0])",
        ]


@pytest.mark.parametrize("seed", range(12))
def test_random_orders_are_those_of_the_run(seed, tmp_path):
    program = load_source(Maker(seed).make(), tmp_path / f"generic_{seed}.py").program
    for entries in ([0] * TABLE, [1] * TABLE, None):
        if entries is None:
            entries = random.Random(seed).choices(range(4), k=TABLE)
        same_order(
            program, np.array(entries, np.int32), numbers(pl.FP32, ROWS, WIDTH),
            numbers(pl.FP32, ROWS, WIDTH, seed=1),
        )  # fmt: skip
