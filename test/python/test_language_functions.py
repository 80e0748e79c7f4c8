"""Functions that call functions: inlined, in-core, methods of program classes, closures."""

import math
from dataclasses import dataclass

import numpy as np
import pytest
import tilework.language as pl
import torch
from language_harness import empty, execute, floats, scopes, text
from tilework.errors import ArgumentError

T = pl.Tensor[[16, 64], pl.FP32]
SCALE = 3.0
TABLE = [1, 2, 4]


@dataclass(frozen=True)
class Config:
    rows: int = 16
    columns: int = 64

    @property
    def half(self):
        return self.columns // 2


@pl.jit.inline
def scaled(x: pl.Tensor, factor):
    y = pl.mul(x, factor)
    return y


@pl.jit.inline
def split_halves(x: pl.Tensor):
    return x[:, 0:32], x[:, 32:64]


@pl.jit.inline
def store_rows(target: pl.Tensor, source: pl.Tensor, first):
    target[first : first + 4, :] = source[first : first + 4, :]
    return target


@pl.jit.inline
def remember(ids, position, tid):
    ids[position] = tid
    return position + 1


@pl.jit.incore
def double(x: T, out: pl.Out[T]):
    y = pl.mul(x, 2.0)
    out = pl.store(y, [0, 0], out)
    return out


def test_inlined_functions_have_their_own_names():
    @pl.jit
    def program(x: T, out: pl.Out[T]):
        y = pl.add(x, 1.0)
        z = scaled(y, SCALE)
        out[:, :] = pl.sub(z, y)
        return out

    x = floats(16, 64)
    np.testing.assert_allclose(
        execute(program, x, empty(16, 64)), (x + 1) * 3 - (x + 1), rtol=1e-5, atol=1e-6
    )


def test_inlined_functions_return_tuples():
    @pl.jit
    def program(x: T, out: pl.Out[pl.Tensor[[16, 32], pl.FP32]]):
        low, high = split_halves(x)
        out[:, :] = pl.add(low, high)
        return out

    x = floats(16, 64)
    np.testing.assert_array_equal(execute(program, x, empty(16, 32)), x[:, :32] + x[:, 32:])


def test_writes_through_a_parameter_are_the_caller_s():
    @pl.jit
    def program(x: T, out: pl.Out[T]):
        for i in pl.range(0, 16, 4):
            store_rows(out, x, i)
        return out

    x = floats(16, 64)
    np.testing.assert_array_equal(execute(program, x, empty(16, 64)), x)


def test_arrays_of_task_ids_pass_through_inlined_functions():
    @pl.jit
    def program(x: T, out: pl.Out[T]):
        ids = pl.array.create(2, pl.TASK_ID)
        with pl.at(level=pl.Level.CORE_GROUP) as tid:
            middle = pl.mul(x, 2.0)
        remember(ids, 0, tid)
        with pl.at(level=pl.Level.CORE_GROUP, deps=[ids]):
            out[:, :] = middle
        return out

    traced = text(program, floats(16, 64), empty(16, 64))
    inserted = traced.index("tensor.insert ")
    assert inserted < traced.index("deps(")


@pytest.mark.parametrize("style", ["statement", "result"])
def test_incore_functions_are_one_task(style):
    @pl.jit
    def program(x: T, out: pl.Out[T]):
        middle = pl.create_tensor([16, 64], dtype=pl.FP32)
        if style == "statement":
            double(x, middle)
            double(middle, out)
        else:
            middle = double(x, middle)
            out = double(middle, out)
        return out

    x = floats(16, 64)
    np.testing.assert_array_equal(execute(program, x, empty(16, 64)), 4 * x)
    assert scopes(program, x, empty(16, 64)) == ["double", "double"]


def build(config):
    ROWS, COLUMNS = config.rows, config.columns

    @pl.program
    class Layer:
        @pl.function(type=pl.FunctionType.Inline)
        def plus(self, x: pl.Tensor, n):
            return pl.add(x, n)

        @pl.function(type=pl.FunctionType.InCore)
        def twice(self, x: pl.Tensor[[ROWS, COLUMNS], pl.FP32], y: pl.Out[pl.Tensor]):
            y[:, :] = pl.mul(self.plus(x, 1.0), 2.0)
            return y

        @pl.function(type=pl.FunctionType.Opaque)
        def main(
            self,
            x: pl.Tensor[[ROWS, COLUMNS], pl.FP32],
            out: pl.Tensor[[ROWS, COLUMNS], pl.FP32],
        ) -> pl.Tensor[[ROWS, COLUMNS], pl.FP32]:
            out = self.twice(x, out)
            return out

    return Layer


def test_program_classes():
    layer = build(Config())
    x = floats(16, 64)
    traced = layer.trace(x, empty(16, 64))
    assert [(p.name, p.direction) for p in traced.params] == [("x", "in"), ("out", "inout")]
    assert traced.returned == [1]
    np.testing.assert_allclose(execute(layer, x, empty(16, 64)), 2 * (x + 1), rtol=1e-6)


def test_closure_constants_fold_wherever_they_stand():
    config = Config()

    @pl.jit
    def program(x: T, out: pl.Out[T]):
        columns = config.half // len(TABLE[1:]) * 2
        ids = pl.array.create(columns // 8, pl.INT32)
        ids[columns // 8 - 1] = TABLE[2]
        pl.static_assert(columns == 32 and math.sqrt(16) == 4.0, "folds")
        for i in pl.unroll(config.columns // columns):
            out[:, i * columns : (i + 1) * columns] = pl.mul(
                x[:, i * columns : (i + 1) * columns], float(2 ** TABLE[i])
            )
        return out

    x = floats(16, 64)
    expected = x * np.repeat(np.array([2, 4], np.float32), 32)
    np.testing.assert_allclose(execute(program, x, empty(16, 64)), expected, rtol=1e-6)


def test_statically_known_conditions_leave_one_branch():
    flag = False

    @pl.jit
    def program(x: T, out: pl.Out[T]):
        if flag:
            out[:, :] = this_is_never_looked_at(x)  # noqa: F821
        else:
            out[:, :] = x
        return out

    assert "scf.if" not in text(program, floats(16, 64), empty(16, 64))


def test_bare_tensors_take_shape_and_type_from_the_arguments():
    @pl.jit
    def program(x: pl.Tensor, factor, n: pl.Scalar[pl.FP32], out: pl.Out[pl.Tensor]):
        rows, columns = x.shape
        y = pl.create_tensor([rows, columns], dtype=x.dtype)
        y[:, :] = pl.mul(x, factor)
        out[:, :] = pl.mul(y, n)
        return out

    x = floats(4, 8)
    np.testing.assert_allclose(execute(program, x, 2.0, 0.5, empty(4, 8)), x, rtol=1e-6)
    first = program.specialise(x, 2.0, 0.5, empty(4, 8))
    assert first == program.specialise(x + 1, 2.0, 0.25, empty(4, 8))
    assert first != program.specialise(x, 3.0, 0.5, empty(4, 8))
    assert first != program.specialise(floats(8, 8), 2.0, 0.5, empty(8, 8))
    assert len({first, program.specialise(x, 2.0, 1.0, empty(4, 8))}) == 1


def test_torch_tensors_specialise_like_arrays():
    @pl.jit
    def program(x: pl.Tensor, out: pl.Out[pl.Tensor]):
        out[:, :] = x
        return out

    x = torch.zeros(4, 8, dtype=torch.bfloat16)
    (_, key), _ = program.specialise(x, x).parameters
    assert key.shape == (4, 8)
    assert key.dtype == pl.BF16
    assert program.specialise(x.to("meta"), x.to("meta")) == program.specialise(x, x)


@pytest.mark.parametrize(
    "arguments, expected",
    [
        (lambda x: (x,), r"program\(x, out\), but got missing a required argument: 'out'"),
        (lambda x: (x, x, x), "but got too many positional arguments"),
        (lambda x: (x[:4], x),
         r"argument 'x' of program expects shape \[16, 64\], but got \[4, 64\]"),
        (lambda x: (x.astype(np.float64), x),
         "expects an element type of the language, but got float64"),
        (lambda x: (x.astype(np.int32), x), "expects element type FP32, but got INT32"),
        (lambda x: (np.asfortranarray(x), x),
         r"expects a contiguous array, but got strides \[4, 64\]"),
        (lambda x: (1.0, x), "expects a NumPy array or a PyTorch tensor, but got float 1.0"),
        (lambda x: (x, frozen(x)), "argument 'out' of program expects an array it may write"),
    ],
)  # fmt: skip
def test_arguments_are_checked(arguments, expected):
    @pl.jit
    def program(x: T, out: pl.Out[T]):
        out[:, :] = x
        return out

    with pytest.raises(ArgumentError, match=expected):
        program.trace(*arguments(floats(16, 64)))


def frozen(x):
    copy = x.copy()
    copy.flags.writeable = False
    return copy


def test_equal_dynamic_dimensions_must_agree():
    N = pl.dynamic("N")

    @pl.jit
    def program(x: pl.Tensor[[N, 4], pl.FP32], out: pl.Out[pl.Tensor[[N, 4], pl.FP32]]):
        out[:, :] = x
        return out

    with pytest.raises(
        ArgumentError, match="expects N to be 3, as in argument 'x' of program, but got 5"
    ):
        program.trace(floats(3, 4), empty(5, 4))


def make(constant, inner):
    @pl.jit
    def program(x: T, out: pl.Out[T]):
        out[:, :] = inner(x, constant)
        return out

    return program


def test_the_digest_follows_source_and_constants():
    @pl.jit.inline
    def other(x: pl.Tensor, factor):
        return pl.mul(x, factor * 1.0)

    assert make(2.0, scaled).source_digest() == make(2.0, scaled).source_digest()
    assert make(2.0, scaled).source_digest() != make(2.5, scaled).source_digest()
    assert make(2.0, scaled).source_digest() != make(2.0, other).source_digest()


def test_equal_programs_give_equal_text():
    x = floats(16, 64)
    first = make(2.0, scaled).trace(x, empty(16, 64)).module
    again = make(2.0, scaled).trace(x, empty(16, 64)).module
    texts = [m.operation.get_asm(enable_debug_info=True) for m in (first, again)]
    assert texts[0] == texts[1]


def test_locations_name_line_and_column():
    x = floats(16, 64)
    program = make(2.0, scaled)
    traced = program.trace(x, empty(16, 64)).module.operation.get_asm(enable_debug_info=True)
    line = scaled.source.tree.body[0].lineno
    assert f'test_language_functions.py":{line}:9)' in traced
    assert 'loc("x"(' in traced


def test_calling_runs_and_returns_the_arrays_themselves():
    @pl.jit
    def program(x: T, low: pl.Out[T], high: pl.Out[T]):
        with pl.at(level=pl.Level.CORE_GROUP):
            low[:, :] = pl.sub(x, 1.0)
            high[:, :] = pl.add(x, 1.0)
        return high, low

    x, low, high = floats(16, 64), empty(16, 64), empty(16, 64)
    first, second = program(x, low, high)
    assert first is high
    assert second is low
    np.testing.assert_array_equal(high, x + 1)
    np.testing.assert_array_equal(low, x - 1)
    assert program.last_run.tasks == 1


def test_writes_into_an_input_are_said():
    @pl.jit
    def program(x: T, out: pl.Out[T]):
        x[0:1, :] = pl.full([1, 64], dtype=pl.FP32, value=0.0)
        out[:, :] = x
        return out

    x = floats(16, 64)
    with pytest.warns(
        UserWarning, match=r"'x' of program is written.*annotate it pl\.InOut"
    ) as seen:
        result = execute(program, x, empty(16, 64))
    assert seen[0].lineno == program.source.tree.lineno
    assert not result[0].any()


def test_methods_of_program_classes_write_their_parameters():
    @pl.program
    class Cache:
        @pl.function
        def main(self, x: T, cache: T, out: T):
            scratch = x
            x = pl.mul(x, 2.0)
            cache[0:1, :] = x[0:1, :]
            out = pl.assemble(out, pl.add(x, scratch), [0, 0])

    traced = Cache.trace()
    assert [p.direction for p in traced.params] == ["in", "inout", "inout"]
    assert traced.returned == []


def test_decorators_take_auto_scope():
    @pl.jit(auto_scope=True)
    def program(x: T, out: pl.Out[T]):
        out[:, :] = x
        return out

    assert program.lower().count("tensor.insert_slice") == 1
