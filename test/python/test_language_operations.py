"""Operations on tensors mean what NumPy says, executed by the reference interpreter."""

import ml_dtypes
import numpy as np
import pytest
import tilework.language as pl
from language_harness import empty, execute, floats, text

T = pl.Tensor[[16, 32], pl.FP32]
R = pl.Tensor[[16, 1], pl.FP32]
C = pl.Tensor[[1, 32], pl.FP32]


def unary(operation):
    @pl.jit
    def program(x: T, out: pl.Out[T]):
        out[:, :] = operation(x)
        return out

    return program


@pytest.mark.parametrize(
    "operation, meaning",
    [
        (pl.exp, np.exp), (pl.sin, np.sin), (pl.cos, np.cos), (pl.neg, np.negative),
        (pl.abs, np.abs), (pl.relu, lambda x: np.maximum(x, 0)), (pl.recip, lambda x: 1 / x),
    ],
)  # fmt: skip
def test_unary(operation, meaning):
    x = floats(16, 32)
    np.testing.assert_allclose(execute(unary(operation), x, empty(16, 32)), meaning(x), rtol=1e-5)


@pytest.mark.parametrize(
    "operation, meaning",
    [(pl.log, np.log), (pl.sqrt, np.sqrt), (pl.rsqrt, lambda x: 1 / np.sqrt(x))],
)
def test_unary_of_positive_numbers(operation, meaning):
    x = np.abs(floats(16, 32)) + 0.1
    np.testing.assert_allclose(execute(unary(operation), x, empty(16, 32)), meaning(x), rtol=1e-5)


@pytest.mark.parametrize(
    "operation, meaning",
    [
        (pl.add, np.add), (pl.sub, np.subtract), (pl.mul, np.multiply), (pl.div, np.divide),
        (pl.maximum, np.maximum), (pl.minimum, np.minimum), (pl.fmod, np.fmod),
    ],
)  # fmt: skip
def test_binary_on_tensors_and_scalars(operation, meaning):
    @pl.jit
    def program(x: T, y: T, both: pl.Out[T], scalar: pl.Out[T]):
        both[:, :] = operation(x, y)
        scalar[:, :] = operation(x, 1.5)
        return both, scalar

    x, y = floats(16, 32), floats(16, 32, seed=1)
    both, scalar = execute(program, x, y, empty(16, 32), empty(16, 32))
    np.testing.assert_allclose(both, meaning(x, y), rtol=1e-6)
    np.testing.assert_allclose(scalar, meaning(x, np.float32(1.5)), rtol=1e-6)


def test_python_operators_are_the_same_operations():
    @pl.jit
    def program(x: T, y: T, out: pl.Out[T]):
        z = x + y * 2.0
        z -= y / 4.0
        out[:, :] = -z
        return out

    x, y = floats(16, 32), floats(16, 32, seed=1)
    np.testing.assert_allclose(
        execute(program, x, y, empty(16, 32)), -(x + y * 2 - y / 4), rtol=1e-6
    )


@pytest.mark.parametrize(
    "name, meaning",
    [
        ("add", np.add), ("sub", np.subtract), ("mul", np.multiply), ("div", np.divide),
        ("max", np.maximum), ("min", np.minimum), ("expdif", lambda a, b: np.exp(a - b)),
    ],
)  # fmt: skip
def test_row_and_column_expansions(name, meaning):
    by_row, by_column = getattr(pl, f"row_expand_{name}"), getattr(pl, f"col_expand_{name}")

    @pl.jit
    def program(x: T, r: R, c: C, rows: pl.Out[T], columns: pl.Out[T]):
        rows[:, :] = by_row(x, r)
        columns[:, :] = by_column(x, c)
        return rows, columns

    x, r, c = floats(16, 32), floats(16, 1, seed=1), floats(1, 32, seed=2)
    rows, columns = execute(program, x, r, c, empty(16, 32), empty(16, 32))
    np.testing.assert_allclose(rows, meaning(x, r), rtol=1e-5)
    np.testing.assert_allclose(columns, meaning(x, c), rtol=1e-5)


@pytest.mark.parametrize("kind", ["sum", "max", "min", "prod"])
def test_reductions(kind):
    by_row, by_column = getattr(pl, f"row_{kind}"), getattr(pl, f"col_{kind}")

    @pl.jit
    def program(x: T, rows: pl.Out[R], columns: pl.Out[C]):
        rows[:, :] = by_row(x)
        columns[:, :] = by_column(x)
        return rows, columns

    x = floats(16, 32)
    rows, columns = execute(program, x, empty(16, 1), empty(1, 32))
    meaning = getattr(np, kind)
    np.testing.assert_allclose(rows, meaning(x, axis=1, keepdims=True), rtol=1e-4)
    np.testing.assert_allclose(columns, meaning(x, axis=0, keepdims=True), rtol=1e-4)


@pytest.mark.parametrize("kind", ["argmax", "argmin"])
def test_positions_of_extremes(kind):
    by_row, by_column = getattr(pl, f"row_{kind}"), getattr(pl, f"col_{kind}")

    @pl.jit
    def program(
        x: T, rows: pl.Out[pl.Tensor[[16, 1], pl.INT32]],
        columns: pl.Out[pl.Tensor[[1, 32], pl.INT32]],
    ):  # fmt: skip
        rows[:, :] = by_row(x)
        columns[:, :] = by_column(x)
        return rows, columns

    x = floats(16, 32)
    rows, columns = execute(program, x, empty(16, 1, dtype=np.int32), empty(1, 32, dtype=np.int32))
    np.testing.assert_array_equal(rows[:, 0], getattr(np, kind)(x, axis=1))
    np.testing.assert_array_equal(columns[0], getattr(np, kind)(x, axis=0))


def test_integer_operations():
    I = pl.Tensor[[4, 8], pl.INT32]  # noqa: E741

    @pl.jit
    def program(x: I, out: pl.Out[I]):
        y = pl.xors(pl.ors(pl.ands(x, 12), 1), 5)
        out[:, :] = pl.add(pl.shls(y, 2), pl.shrs(pl.not_(x), 1))
        return out

    x = np.arange(32, dtype=np.int32).reshape(4, 8)
    expected = ((((x & 12) | 1) ^ 5) << 2) + (~x >> 1)
    np.testing.assert_array_equal(execute(program, x, empty(4, 8, dtype=np.int32)), expected)


@pytest.mark.parametrize(
    "mode, expected",
    [
        ("rint", [-2, -2, 0, 0, 2, 2]), ("round", [-3, -2, -1, 1, 2, 3]),
        ("floor", [-3, -2, -1, 0, 1, 2]), ("ceil", [-2, -1, 0, 1, 2, 3]),
        ("trunc", [-2, -1, 0, 0, 1, 2]),
    ],
)  # fmt: skip
def test_cast_modes(mode, expected):
    @pl.jit
    def program(x: pl.Tensor[[1, 6], pl.FP32], out: pl.Out[pl.Tensor[[1, 6], pl.INT32]]):
        out[:, :] = pl.cast(x, pl.INT32, mode=mode)
        return out

    x = np.array([[-2.5, -1.5, -0.5, 0.5, 1.5, 2.5]], np.float32)
    assert execute(program, x, empty(1, 6, dtype=np.int32)).tolist() == [expected]


def test_cast_rounds_away_from_zero_by_default():
    @pl.jit
    def program(x: pl.Tensor[[1, 2], pl.FP32], out: pl.Out[pl.Tensor[[1, 2], pl.INT32]]):
        out[:, :] = pl.cast(x, pl.INT32)
        return out

    x = np.array([[0.5, -2.5]], np.float32)
    assert execute(program, x, empty(1, 2, dtype=np.int32)).tolist() == [[1, -3]]


COMPARISONS = ["equal", "not_equal", "less", "less_equal", "greater", "greater_equal"]


@pytest.mark.parametrize("number, name", list(enumerate(COMPARISONS)))
def test_compare_and_select(number, name):
    @pl.jit
    def program(x: T, y: T, out: pl.Out[T], other: pl.Out[T]):
        out[:, :] = pl.sel(pl.cmp(x, y, number), x, y)
        other[:, :] = pl.sels(pl.cmps(x, 0.0, number), x, None, 3.0)
        return out, other

    x = np.round(floats(16, 32))
    y = np.round(floats(16, 32, seed=1))
    out, other = execute(program, x, y, empty(16, 32), empty(16, 32))
    meaning = getattr(np, name)
    np.testing.assert_array_equal(out, np.where(meaning(x, y), x, y))
    np.testing.assert_array_equal(other, np.where(meaning(x, 0), x, 3))


@pytest.mark.parametrize("a_trans, b_trans", [(False, False), (True, False), (False, True)])
def test_matmul(a_trans, b_trans):
    A, B = ([32, 16] if a_trans else [16, 32]), ([64, 32] if b_trans else [32, 64])

    @pl.jit
    def program(
        a: pl.Tensor[A, pl.BF16], b: pl.Tensor[B, pl.BF16],
        out: pl.Out[pl.Tensor[[16, 64], pl.FP32]], rounded: pl.Out[pl.Tensor[[16, 64], pl.BF16]],
    ):  # fmt: skip
        out[:, :] = pl.matmul(a, b, a_trans=a_trans, b_trans=b_trans)
        rounded[:, :] = pl.matmul(a, b, out_dtype=pl.BF16, a_trans=a_trans, b_trans=b_trans)
        return out, rounded

    a, b = (floats(*s, seed=i).astype(ml_dtypes.bfloat16) for i, s in enumerate((A, B)))
    out, rounded = execute(program, a, b, empty(16, 64), empty(16, 64, dtype=ml_dtypes.bfloat16))
    x, y = a.astype(np.float32), b.astype(np.float32)
    expected = (x.T if a_trans else x) @ (y.T if b_trans else y)
    np.testing.assert_allclose(out, expected, rtol=1e-4, atol=1e-4)
    np.testing.assert_array_equal(rounded, out.astype(ml_dtypes.bfloat16))


def test_matmul_of_bytes_counts_in_int32():
    @pl.jit
    def program(
        a: pl.Tensor[[16, 32], pl.INT8], b: pl.Tensor[[32, 16], pl.INT8],
        out: pl.Out[pl.Tensor[[16, 16], pl.INT32]],
    ):  # fmt: skip
        out[:, :] = pl.matmul(a, b)
        return out

    random = np.random.default_rng(0)
    a = random.integers(-128, 128, (16, 32), dtype=np.int8)
    b = random.integers(-128, 128, (32, 16), dtype=np.int8)
    expected = a.astype(np.int32) @ b.astype(np.int32)
    np.testing.assert_array_equal(execute(program, a, b, empty(16, 16, dtype=np.int32)), expected)


@pytest.mark.parametrize("start", ["init_cond", "branch"])
def test_accumulation_started_by_condition_is_one_long_product(start):
    @pl.jit
    def program(
        a: pl.Tensor[[16, 64], pl.FP32], b: pl.Tensor[[64, 16], pl.FP32],
        out: pl.Out[pl.Tensor[[16, 16], pl.FP32]],
    ):  # fmt: skip
        acc = pl.full([16, 16], dtype=pl.FP32, value=99.0)
        for k in pl.range(0, 64, 16):
            if start == "init_cond":
                acc = pl.matmul_acc(acc, a[:, k : k + 16], b[k : k + 16, :], init_cond=k == 0)
            else:
                if k == 0:
                    acc = pl.matmul(a[:, k : k + 16], b[k : k + 16, :])
                else:
                    acc = pl.matmul_acc(acc, a[:, k : k + 16], b[k : k + 16, :])
        out[:, :] = acc
        return out

    a, b = floats(16, 64), floats(64, 16, seed=1)
    np.testing.assert_allclose(execute(program, a, b, empty(16, 16)), a @ b, rtol=1e-4, atol=1e-4)


def test_shapes():
    @pl.jit
    def program(x: T, out: pl.Out[pl.Tensor[[32, 32], pl.FP32]]):
        wide = pl.concat(x, pl.full([16, 32], dtype=pl.FP32, value=1.0))
        out[:, :] = pl.transpose(pl.reshape(wide, [32, 32]), 0, 1)
        return out

    x = floats(16, 32)
    expected = np.concatenate([x, np.ones_like(x)], axis=1).reshape(32, 32).T
    np.testing.assert_array_equal(execute(program, x, empty(32, 32)), expected)


def test_broadcasts():
    @pl.jit
    def program(x: T, r: R, c: C, out: pl.Out[T]):
        total = pl.add(pl.row_expand(x, r), pl.col_expand(x, c))
        out[:, :] = pl.add(total, pl.add(pl.expands(x, 2.0), pl.expand_clone(c, x)))
        return out

    x, r, c = floats(16, 32), floats(16, 1, seed=1), floats(1, 32, seed=2)
    expected = r + 2 * c + 2
    np.testing.assert_allclose(execute(program, x, r, c, empty(16, 32)), expected, atol=1e-5)


def test_arange():
    @pl.jit
    def program(out: pl.Out[pl.Tensor[[2, 4], pl.INT32]]):
        out[:, :] = pl.add(pl.arange(3, [2, 4]), pl.tensor.ci(0, [2, 4], dtype=pl.INT32))
        return out

    expected = np.arange(8).reshape(2, 4) * 2 + 3
    np.testing.assert_array_equal(execute(program, empty(2, 4, dtype=np.int32)), expected)


def test_partly_valid_tiles_are_computed_on_their_valid_extents():
    @pl.jit
    def program(
        x: pl.Tensor[[8, 100], pl.FP32], n: pl.Scalar[pl.INT32],
        sums: pl.Out[pl.Tensor[[8, 1], pl.FP32]],
    ):  # fmt: skip
        valid = pl.min(64, pl.cast(n, pl.INDEX))
        tile = pl.slice(x, [8, 64], [0, 0], valid_shape=[8, valid])
        sums[:, :] = pl.row_sum(pl.mul(tile, 2.0))
        return sums

    x = floats(8, 100)
    result = execute(program, x, 40, empty(8, 1))
    np.testing.assert_allclose(result, 2 * x[:, :40].sum(axis=1, keepdims=True), rtol=1e-4)
    assert "tensor<8x?xf32, #tile.capacity<8x64>>" in text(program, x, 40, empty(8, 1))


def test_fillpad_writes_beyond_the_valid_extents_only():
    @pl.jit
    def program(x: pl.Tensor[[8, 64], pl.FP32], out: pl.Out[pl.Tensor[[8, 64], pl.FP32]]):
        out[:, :] = pl.fillpad(pl.set_validshape(x, 5, 40), pad_value=-1.5)
        return out

    x = floats(8, 64)
    expected = np.full((8, 64), -1.5, np.float32)
    expected[:5, :40] = x[:5, :40]
    np.testing.assert_array_equal(execute(program, x, empty(8, 64)), expected)


def test_storing_a_partly_valid_tile_writes_the_valid_part():
    @pl.jit
    def program(x: pl.Tensor[[4, 100], pl.FP32], out: pl.Out[pl.Tensor[[4, 100], pl.FP32]]):
        for n in pl.range(0, 100, 64):
            tile = pl.slice(x, [4, 64], [0, n], valid_shape=[4, pl.min(64, 100 - n)])
            out = pl.assemble(out, pl.add(tile, 1.0), [0, n])
        return out

    x = floats(4, 100)
    np.testing.assert_array_equal(execute(program, x, empty(4, 100)), x + 1)
    assert "tile.check" not in text(program, x, empty(4, 100))


def test_slice_spellings():
    @pl.jit
    def program(x: pl.Tensor[[4, 8, 16], pl.FP32], out: pl.Out[pl.Tensor[[8, 16], pl.FP32]]):
        a = pl.slice(x, [1, 8, 16], [2, 0, 0], drop_dims=[0])
        b = x[2]
        c = x[2, :, 0:16]
        d = pl.tile.load(x[2, :, :], [0, 0], [8, 16])
        out = pl.store(pl.add(pl.add(a, b), pl.add(c, d)), [0, 0], out)
        return out

    x = floats(4, 8, 16)
    np.testing.assert_allclose(execute(program, x, empty(8, 16)), 4 * x[2], rtol=1e-6)


def test_elements():
    @pl.jit
    def program(x: pl.Tensor[[4, 8], pl.FP32], out: pl.Out[pl.Tensor[[4, 8], pl.FP32]]):
        out[:, :] = x
        pl.write(out, [0, 1], x[2, 3])
        out[1, 1] = pl.read(x, [3, 3])
        out = pl.tensor.write(out, [2, 2], pl.tensor.read(x, [0, 0]) + 1.0)
        return out

    x = floats(4, 8)
    expected = x.copy()
    expected[0, 1], expected[1, 1], expected[2, 2] = x[2, 3], x[3, 3], x[0, 0] + 1
    np.testing.assert_array_equal(execute(program, x, empty(4, 8)), expected)


@pytest.mark.parametrize(
    "operation, meaning",
    [
        (pl.adds, np.add), (pl.subs, np.subtract), (pl.muls, np.multiply), (pl.divs, np.divide),
        (pl.maximums, np.maximum), (pl.minimums, np.minimum), (pl.fmods, np.fmod),
    ],
)  # fmt: skip
def test_forms_with_a_scalar(operation, meaning):
    @pl.jit
    def program(x: T, s: pl.Scalar[pl.FP32], out: pl.Out[T]):
        tile = pl.create_tile([16, 32], pl.FP32)
        tile = pl.assemble(tile, operation(x, s), [0, 0])
        out[:, :] = tile
        return out

    x = floats(16, 32)
    np.testing.assert_allclose(
        execute(program, x, 0.75, empty(16, 32)), meaning(x, np.float32(0.75)), rtol=1e-6
    )


@pytest.mark.parametrize(
    "operation, meaning",
    [
        (pl.and_, np.bitwise_and), (pl.or_, np.bitwise_or), (pl.xor, np.bitwise_xor),
        (pl.shl, np.left_shift), (pl.shr, np.right_shift),
    ],
)  # fmt: skip
def test_bitwise_operations_on_two_tensors(operation, meaning):
    I = pl.Tensor[[4, 8], pl.INT32]  # noqa: E741

    @pl.jit
    def program(x: I, y: I, out: pl.Out[I]):
        out[:, :] = operation(x, y)
        return out

    x = np.arange(-16, 16, dtype=np.int32).reshape(4, 8)
    y = np.arange(32, dtype=np.int32).reshape(4, 8) % 5
    np.testing.assert_array_equal(
        execute(program, x, y, empty(4, 8, dtype=np.int32)), meaning(x, y)
    )
