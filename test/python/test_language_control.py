"""Loops, conditions and scopes mean what Python says; what they emit carries only what it must."""

import numpy as np
import pytest
import tilework.language as pl
from language_harness import empty, execute, floats, scopes, text
from tilework.reference import CheckError

T = pl.Tensor[[16, 64], pl.FP32]
ROW = pl.Tensor[[1, 64], pl.FP32]
ONE = pl.Tensor[[1, 1], pl.INT32]
IDS = pl.Tensor[[16], pl.INT32]


def numbers(*values):
    return np.array(values, np.int32)


def integer():
    return empty(1, 1, dtype=np.int32)


def test_a_loop_carries_what_the_body_rebinds_and_nothing_else():
    @pl.jit
    def program(x: T, out: pl.Out[ROW]):
        total = pl.full([1, 64], dtype=pl.FP32, value=0.0)
        for i in pl.range(16):
            row = x[i : i + 1, :]
            scratch = pl.mul(row, 2.0)
            total = pl.add(total, scratch)
        out[:, :] = total
        return out

    x = floats(16, 64)
    expected = 2 * x.sum(axis=0, keepdims=True)
    np.testing.assert_allclose(execute(program, x, empty(1, 64)), expected, rtol=1e-4)
    assert "-> (tensor<1x64xf32>) {" in text(program, x, empty(1, 64))


@pytest.mark.parametrize("start, stop, step", [(0, 5, 1), (2, 7, 1), (0, 10, 3), (4, 4, 1)])
def test_loop_bounds_are_those_of_python(start, stop, step):
    @pl.jit
    def program(out: pl.Out[ONE]):
        total = 0
        for i in pl.range(start, stop, step):
            total = total + i
        out[0, 0] = pl.cast(total, pl.INT32)
        return out

    assert execute(program, integer()).item() == sum(range(start, stop, step))


def test_loop_bounds_may_come_from_data():
    @pl.jit
    def program(limits: IDS, out: pl.Out[ONE]):
        total = 0
        low, high = pl.read(limits, [0]), pl.read(limits, [1])
        for i in pl.range(pl.cast(low, pl.INDEX), pl.cast(high, pl.INDEX), 2):
            total += i
        out[0, 0] = pl.cast(total, pl.INT32)
        return out

    assert execute(program, numbers(3, 12, *[0] * 14), integer()).item() == sum(range(3, 12, 2))


def test_loops_nest_and_rebind_the_same_names():
    @pl.jit
    def program(out: pl.Out[ONE]):
        total = 0
        for i in pl.range(4):
            inner = 0
            for j in pl.range(i):
                inner = inner + j
                total = total + inner
        out[0, 0] = pl.cast(total, pl.INT32)
        return out

    expected = 0
    for i in range(4):
        inner = 0
        for j in range(i):
            inner += j
            expected += inner
    assert execute(program, integer()).item() == expected


def test_pipeline_and_parallel_mean_the_sequential_loop():
    @pl.jit
    def program(x: T, out: pl.Out[T]):
        for i in pl.parallel(0, 16, 2, chunk=3):
            with pl.incore():
                for k in pl.pipeline(0, 64, 16, stage=2):
                    out[i : i + 2, k : k + 16] = pl.mul(x[i : i + 2, k : k + 16], 3.0)
        return out

    x = floats(16, 64)
    np.testing.assert_allclose(execute(program, x, empty(16, 64)), 3 * x, rtol=1e-6)
    traced = text(program, x, empty(16, 64))
    assert "chunk(3)" in traced
    assert "stages(2)" in traced


def test_unrolled_loops_have_constant_counters():
    @pl.jit
    def program(x: T, out: pl.Out[T]):
        width = 0
        for i in pl.unroll(4):
            width = 16 * i
            out[:, width : width + 16] = pl.mul(x[:, width : width + 16], float(i))
        out[:, 0:16] = pl.full([16, 16], dtype=pl.FP32, value=width / 2)
        return out

    x = floats(16, 64)
    expected = x * np.repeat(np.arange(4, dtype=np.float32), 16)
    expected[:, :16] = 24
    np.testing.assert_allclose(execute(program, x, empty(16, 64)), expected, rtol=1e-6)
    assert "scf.for" not in text(program, x, empty(16, 64))


def test_explicit_carries():
    @pl.jit
    def program(out: pl.Out[ONE]):
        for _, (a, b) in pl.range(10, init_values=(0, 1)):
            c = a + b
            last, _ = pl.yield_(b, c)
        out[0, 0] = pl.cast(last, pl.INT32)
        return out

    assert execute(program, integer()).item() == 55


@pytest.mark.parametrize("form", ["plain", "explicit"])
def test_while(form):
    @pl.jit
    def plain(out: pl.Out[ONE]):
        n, steps = 27, 0
        while n != 1:
            if n % 2 == 0:
                n = n // 2
            else:
                n = 3 * n + 1
            steps += 1
        out[0, 0] = pl.cast(steps, pl.INT32)
        return out

    @pl.jit
    def explicit(out: pl.Out[ONE]):
        for n, steps in pl.while_(init_values=(27, 0)):
            pl.cond(n != 1)
            if n % 2 == 0:
                after = pl.yield_(n // 2)
            else:
                after = pl.yield_(3 * n + 1)
            _, count = pl.yield_(after, steps + 1)
        out[0, 0] = pl.cast(count, pl.INT32)
        return out

    program = {"plain": plain, "explicit": explicit}[form]
    assert execute(program, integer()).item() == 111


@pytest.mark.parametrize("value, expected", [(-3, 1), (0, 2), (5, 3)])
def test_conditions_join_what_both_branches_set(value, expected):
    @pl.jit
    def program(x: IDS, out: pl.Out[ONE]):
        v = pl.read(x, [0])
        if v < 0:
            r = 1
        elif v == 0:
            r = 2
        else:
            r = 3
        out[0, 0] = pl.cast(r, pl.INT32)
        return out

    assert execute(program, numbers(value, *[0] * 15), integer()).item() == expected


@pytest.mark.parametrize("a, b", [(0, 0), (0, 1), (1, 0), (1, 1)])
def test_logic_on_run_time_conditions(a, b):
    @pl.jit
    def program(x: IDS, out: pl.Out[pl.Tensor[[1, 4], pl.INT32]]):
        p, q = pl.read(x, [0]) > 0, 0 < pl.read(x, [1]) <= 1
        out[0, 0] = pl.cast(1 if p and q else 0, pl.INT32)
        out[0, 1] = pl.cast(1 if p or q else 0, pl.INT32)
        out[0, 2] = pl.cast(p, pl.INT32) * 0 + pl.cast(not p, pl.INT32)
        out[0, 3] = 1 if p and False else 0
        return out

    result = execute(program, numbers(a, b, *[0] * 14), empty(1, 4, dtype=np.int32))
    assert result.tolist() == [[a & b, a | b, 1 - a, 0]]


def test_scalar_arithmetic_is_that_of_python():
    @pl.jit
    def program(x: IDS, out: pl.Out[pl.Tensor[[1, 6], pl.INT32]]):
        a, b = pl.cast(pl.read(x, [0]), pl.INDEX), pl.cast(pl.read(x, [1]), pl.INDEX)
        out[0, 0] = pl.cast(a // b, pl.INT32)
        out[0, 1] = pl.cast(a % b, pl.INT32)
        out[0, 2] = pl.cast(pl.min(a, b), pl.INT32)
        out[0, 3] = pl.cast(max(a, b, 3), pl.INT32)
        out[0, 4] = pl.cast(-a, pl.INT32)
        out[0, 5] = pl.cast(pl.cast(pl.read(x, [0]), pl.FP32) / 2.0, pl.INT32, mode="trunc")
        return out

    result = execute(program, numbers(-7, 2, *[0] * 14), empty(1, 6, dtype=np.int32))
    assert result.tolist() == [[-7 // 2, -7 % 2, -7, 3, 7, -3]]


def test_a_scope_yields_what_is_used_afterwards():
    @pl.jit
    def program(x: T, out: pl.Out[T]):
        with pl.at(level=pl.Level.CORE_GROUP, name_hint="first"):
            unused = pl.mul(x, 5.0)
            kept = pl.add(x, unused)
        with pl.incore(name_hint="second"):
            unused = pl.mul(kept, 2.0)
            out[:, :] = unused
        return out

    x = floats(16, 64)
    np.testing.assert_allclose(execute(program, x, empty(16, 64)), 12 * x, rtol=1e-5)
    assert scopes(program, x, empty(16, 64)) == ["first", "second"]
    assert text(program, x, empty(16, 64)).count("-> (tensor<16x64xf32>) {") == 2


def test_scopes_without_a_name_are_named_by_function_and_line():
    @pl.jit
    def program(x: T, out: pl.Out[T]):
        with pl.incore():
            out[:, :] = x
        return out

    line = program.source.tree.body[0].lineno
    assert scopes(program, floats(16, 64), empty(16, 64)) == [f"program_{line}"]


def test_a_scalar_computed_from_outer_values_leaves_its_scope():
    @pl.jit
    def program(x: T, ids: IDS, out: pl.Out[T]):
        for b in pl.parallel(16):
            with pl.incore():
                row = pl.cast(pl.read(ids, [b]), pl.INDEX)
                scaled = pl.mul(x[row : row + 1, :], 2.0)
            with pl.incore():
                out[row : row + 1, :] = scaled
        return out

    x = floats(16, 64)
    ids = numbers(*np.random.default_rng(0).permutation(16))
    np.testing.assert_array_equal(execute(program, x, ids, empty(16, 64)), 2 * x)


def test_automatic_regions():
    @pl.jit
    def program(x: T, out: pl.Out[T]):
        with pl.auto_incore(split=pl.SplitMode.UP_DOWN):
            for i in pl.parallel(0, 16, 1, chunk=4):
                out[i : i + 1, :] = pl.mul(x[i : i + 1, :], 2.0)
        return out

    x = floats(16, 64)
    np.testing.assert_array_equal(execute(program, x, empty(16, 64)), 2 * x)
    assert "task.auto split(up_down)" in text(program, x, empty(16, 64))


def test_task_ids_arrays_and_claims():
    @pl.jit
    def program(x: T, out: pl.Out[T]):
        tids = pl.array.create(2 * 2, pl.TASK_ID)
        middle = pl.create_tensor([16, 64], dtype=pl.FP32, manual_dep=True)
        last = None
        for i in pl.range(4):
            with pl.at(level=pl.Level.CORE_GROUP, name_hint="produce", deps=[last]) as tid:
                middle[i * 4 : i * 4 + 4, :] = pl.mul(x[i * 4 : i * 4 + 4, :], 2.0)
            tids[i] = tid
            last = tid
        with pl.at(level=pl.Level.CORE_GROUP, name_hint="consume", deps=[tids],
                   no_dep_args=[middle],
                   optimizations=[pl.split(pl.SplitMode.LEFT_RIGHT)]):  # fmt: skip
            out[:, :] = middle
        with pl.at(level=pl.Level.CORE_GROUP, name_hint="again",
                   deps=[tids[i] for i in range(2)] + [None]):  # fmt: skip
            out[0:1, :] = x[0:1, :]
        return out

    x = floats(16, 64)
    expected = 2 * x
    expected[0] = x[0]
    np.testing.assert_array_equal(execute(program, x, empty(16, 64)), expected)
    traced = text(program, x, empty(16, 64))
    assert "manual_dep" in traced
    assert "split(left_right)" in traced
    assert "!task.id, !task.id)" in traced
    assert "no_dep(" in traced
    assert ": tensor<4x!task.id>)" in traced


def test_arrays_of_numbers():
    @pl.jit
    def program(out: pl.Out[ONE]):
        counts = pl.array.create(4, pl.INT32)
        for i in pl.range(8):
            counts[i % 4] = counts[i % 4] + 1
        out[0, 0] = counts[3]
        return out

    assert execute(program, integer()).item() == 2


def test_checks_are_emitted_once_and_only_where_proof_fails():
    @pl.jit
    def program(x: T, ids: IDS, out: pl.Out[T]):
        for b in pl.range(16):
            row = pl.cast(pl.read(ids, [b]), pl.INDEX)
            if row >= 0:
                if row < 16:
                    out[row : row + 1, :] = x[row : row + 1, :]
        for b in pl.range(16):
            row = pl.cast(pl.read(ids, [b]), pl.INDEX)
            out[row : row + 1, :] = pl.mul(x[row : row + 1, :], 2.0)
        return out

    x, ids = floats(16, 64), numbers(*range(16))
    np.testing.assert_array_equal(execute(program, x, ids, empty(16, 64)), 2 * x)
    assert text(program, x, ids, empty(16, 64)).count("tile.check in_bounds") == 1


def test_dynamic_steps_are_checked():
    @pl.jit
    def program(ids: IDS, out: pl.Out[ONE]):
        total = 0
        for i in pl.range(0, 10, pl.cast(pl.read(ids, [0]), pl.INDEX)):
            total = total + i
        out[0, 0] = pl.cast(total, pl.INT32)
        return out

    assert execute(program, numbers(3, *[0] * 15), integer()).item() == 18
    assert "tile.check positive" in text(program, numbers(*range(16)), integer())


def test_dynamic_dimensions():
    ROWS = pl.dynamic("ROWS")

    @pl.jit
    def program(x: pl.Tensor[[ROWS, 64], pl.FP32], out: pl.Out[pl.Tensor[[ROWS, 64], pl.FP32]]):
        for i in pl.parallel(pl.tensor.dim(x, 0)):
            out[i : i + 1, :] = pl.mul(x[i : i + 1, :], 2.0)
        return out

    x = floats(7, 64)
    np.testing.assert_array_equal(execute(program, x, empty(7, 64)), 2 * x)
    traced = text(program, x, empty(7, 64))
    assert "tensor<?x64xf32>" in traced
    assert "tile.check" not in traced


def test_typed_numbers_and_extremes():
    @pl.jit
    def program(ids: IDS, out: pl.Out[ONE]):
        total = pl.const(0, pl.INT32)
        for i in pl.range(16):
            total = pl.max(total, pl.read(ids, [i]) - pl.const(1, pl.INT32))
        out[0, 0] = total
        return out

    assert execute(program, numbers(*range(16)), integer()).item() == 14


def test_printing_while_compiling(capsys):
    @pl.jit
    def program(x: T, out: pl.Out[T]):
        pl.static_print("width", x.shape[1], x)
        out[:, :] = x
        return out

    program.trace()
    line = program.source.tree.lineno + 1
    assert capsys.readouterr().out == f"{__file__}:{line}: width 64 a tensor [16, 64] FP32\n"


def test_extents_computed_in_a_scope_are_read_anew_outside():
    @pl.jit
    def program(n: pl.Scalar[pl.INT32], out: pl.Out[T]):
        rows = pl.max(pl.cast(n, pl.INDEX), 1)
        with pl.incore():
            more = pl.create_tensor([rows + 1, 64], dtype=pl.FP32)
            for i in pl.range(rows + 1):
                more[i : i + 1, :] = pl.full([1, 64], dtype=pl.FP32, value=3.0)
        with pl.incore():
            out[:, :] = pl.full([16, 64], dtype=pl.FP32, value=0.0)
            for i in pl.range(pl.tensor.dim(more, 0)):
                out[i : i + 1, :] = more[i : i + 1, :]
        return out

    result = execute(program, 4, empty(16, 64))
    assert (result[:5] == 3).all()
    assert (result[5:] == 0).all()


def test_extents_that_change_around_a_loop_stop_the_program():
    @pl.jit
    def program(n: pl.Scalar[pl.INT32], out: pl.Out[T]):
        rows = pl.max(pl.cast(n, pl.INDEX), 1)
        scratch = pl.create_tensor([rows, 64], dtype=pl.FP32)
        for _ in pl.range(2):
            scratch[0:1, :] = pl.full([1, 64], dtype=pl.FP32, value=3.0)
            out[0:1, :] = scratch[0:1, :]
            scratch = pl.create_tensor([rows + 1, 64], dtype=pl.FP32)
        return out

    assert "tile.check equal" in text(program, 4, empty(16, 64))
    with pytest.raises(CheckError):
        execute(program, 4, empty(16, 64))
