"""Every refusal shows the author's line, a caret, what was expected and got, and the repair."""

# ruff: noqa: B007, E731, F821, F841 - what the programs leave unused is not their point
import subprocess
import sys

import pytest
import tilework.language as pl
from language_harness import caret, only, refused
from tilework.errors import LanguageError

T = pl.Tensor[[16, 64], pl.FP32]
B = pl.Tensor[[16, 64], pl.BF16]
IDS = pl.Tensor[[16], pl.INT32]


def expect(diagnostic, under, message, hint=""):
    assert caret(diagnostic) == under
    assert message in diagnostic.message
    assert hint in diagnostic.hint
    assert diagnostic.file == __file__


def test_all_errors_of_a_function_are_reported_at_once():
    @pl.jit
    def program(x: T, y: B, out: pl.Out[T]):
        a = pl.add(x, y)
        b = pl.exp(undefined)
        for i in pl.range(4):
            c = pl.mull(x, 2.0)
            out[i, :] = pl.add(a, c)
        with pl.at(level=3):
            out[0:1, 0:100] = x[0:1, :]
        out[:, :] = b
        return out

    found = refused(program)
    first = program.source.tree.lineno + 1
    assert [d.line - first for d in found] == [0, 1, 3, 5, 6]
    assert [caret(d) for d in found] == ["y", "undefined", "pl.mull", "3", "out[0:1, 0:100]"]


def test_an_error_shows_line_caret_and_hint():
    @pl.jit
    def program(x: T, y: B, out: pl.Out[T]):
        out[:, :] = pl.add(x, y)
        return out

    with pytest.raises(LanguageError) as caught:
        program.trace()
    line = program.source.tree.lineno + 1
    assert str(caught.value) == "\n".join([
        "1 error in 'program'",
        "",
        f"{__file__}:{line}:31: "
        "expects 'rhs' to have the element type of 'lhs', FP32, but got BF16",
        f"{line:5} |         out[:, :] = pl.add(x, y)",
        "      |                               ^",
        "      hint: write pl.cast(value, pl.FP32)",
    ])  # fmt: skip


def test_undefined_name():
    @pl.jit
    def program(x: T, out: pl.Out[T]):
        doubled = pl.add(x, x)
        out[:, :] = pl.add(double, x)
        return out

    expect(only(program), "double", "expects a defined name, but got 'double'",
           "did you mean 'doubled'?")  # fmt: skip


def test_unknown_construct():
    @pl.jit
    def program(x: T, out: pl.Out[T]):
        out[:, :] = pl.recipe(x)
        return out

    expect(only(program), "pl.recipe", "expects 'pl' to have 'recipe'", "did you mean 'recip'?")


def test_shape_mismatch_shows_both_shapes():
    @pl.jit
    def program(x: T, out: pl.Out[T]):
        out[:, :] = pl.add(x, pl.row_sum(x))
        return out

    expect(only(program), "pl.row_sum(x)",
           "expects 'rhs' to have shape [16, 64] to go with 'lhs', but got [16, 1]",
           "pl.row_expand_add")  # fmt: skip


def test_matmul_shapes():
    @pl.jit
    def program(x: T, out: pl.Out[T]):
        out[:, :] = pl.matmul(x, x)
        return out

    expect(only(program), "x", "expects dim 1 of 'lhs' to equal dim 0 of 'rhs', "
           "but got shapes [16, 64] and [16, 64]")  # fmt: skip


def test_truth_values_are_no_numbers():
    @pl.jit
    def program(m: pl.Tensor[[16, 64], pl.BOOL], out: pl.Out[T]):
        a = pl.neg(m)
        b = m + m
        c = pl.div(m, m)
        d = pl.maximums(m, True)
        e = pl.row_expand_mul(m, m[:, 0:1])
        f = pl.row_sum(m)
        g = pl.shl(m, m)
        h = pl.not_(pl.xor(m, pl.and_(m, pl.ors(m, True))))
        return out

    found = refused(program)
    assert len(found) == 7, "\n".join(map(str, found))
    for diagnostic in found[:6]:
        assert "to have a type of numbers, but got BOOL" in diagnostic.message
        assert "pl.cast(value, pl.INT32)" in diagnostic.hint
    assert "to have an integer type, but got BOOL" in found[6].message


def test_accumulator_type():
    @pl.jit
    def program(x: B, out: pl.Out[B]):
        acc = pl.full([16, 16], dtype=pl.BF16, value=0.0)
        acc = pl.matmul_acc(acc, x, x, b_trans=True)
        return out

    expect(only(program), "acc", "expects 'acc' to have the element type FP32, but got BF16")


def test_static_slice_out_of_bounds():
    @pl.jit
    def program(x: T, out: pl.Out[T]):
        out[:, :] = x[:, 32:96]
        return out

    expect(only(program), "x[:, 32:96]",
           "expects 'x[:, 32:96]' to stay within dim 1 of size 64, but got 32:96")  # fmt: skip


@pytest.mark.parametrize("loop", [pl.range, pl.parallel])
def test_a_step_that_does_not_divide_names_both_numbers(loop):
    @pl.jit
    def program(x: pl.Tensor[[16, 100], pl.FP32], out: pl.Out[T]):
        for n in loop(0, 100, 64):
            out[:, :] = x[:, n : n + 64]
        return out

    expect(only(program), "x[:, n : n + 64]",
           "expects 'x[:, n:n + 64]' to stay within dim 1 of size 100, but got 64:128 at n = 64",
           "64 does not divide 100; write pl.slice(x, [16, 64], [0, n], "
           "valid_shape=[16, pl.min(64, 100 - n)])")  # fmt: skip


def test_a_store_that_does_not_divide_names_both_numbers():
    @pl.jit
    def program(x: T, out: pl.Out[pl.Tensor[[16, 100], pl.FP32]]):
        for n in pl.parallel(0, 100, 64, chunk=2):
            out[:, n : n + 64] = x
        return out

    expect(only(program), "out[:, n : n + 64]", "of size 100, but got 64:128 at n = 64",
           "64 does not divide 100; write out = pl.assemble(out, pl.slice(value, [16, 64], [0, 0], "
           "valid_shape=[16, pl.min(64, 100 - n)]), [0, n])")  # fmt: skip


def test_a_slice_guarded_by_a_condition_is_no_error():
    @pl.jit
    def program(x: pl.Tensor[[16, 100], pl.FP32], out: pl.Out[T]):
        for n in pl.range(0, 100, 64):
            if n + 64 <= 100:
                out[:, :] = x[:, n : n + 64]
        return out

    assert "tile.check" not in program.lower()


def test_negative_positions():
    @pl.jit
    def program(x: T, out: pl.Out[T]):
        out[0:1, :] = x[-1, :]
        for i in pl.range(4):
            out[i : i + 1, :] = x[i - 1 : i, :]
        return out

    first, second = refused(program)
    expect(first, "-1", "expects a position counted from the start, but got -1")
    expect(second, "x[i - 1 : i, :]", "within dim 0 of size 16, but got -1:0 at i = 0")


def test_rebinding_an_output():
    @pl.jit
    def program(x: T, out: pl.Out[T]):
        out = pl.add(x, 1.0)
        return out

    expect(only(program), "out", "expects a write into the output 'out', but got a rebinding",
           "write out[:, :] = value or out = pl.assemble(out, value, [0, 0])")  # fmt: skip


def test_returning_anything_but_outputs():
    @pl.jit
    def program(x: T, out: pl.Out[T]):
        out[:, :] = x
        result = pl.add(x, 1.0)
        return out, result

    expect(only(program), "out, result", "expects a program to return its Out and InOut parameters")


def test_a_partly_valid_tile_leaving_its_scope():
    @pl.jit
    def program(x: T, out: pl.Out[T]):
        with pl.incore():
            tile = pl.slice(x, [16, 64], [0, 0], valid_shape=[16, 40])
        with pl.incore():
            out[:, :] = tile
        return out

    expect(only(program), "tile", "expects 'tile' to be full when it leaves its scope",
           "pl.fillpad(tile)")  # fmt: skip


def test_a_scalar_of_a_scope_s_data_leaving_it():
    @pl.jit
    def program(x: T, out: pl.Out[T]):
        with pl.incore():
            largest = pl.read(pl.row_max(x), [0, 0])
        with pl.incore():
            out[:, :] = pl.mul(x, largest)
        return out

    expect(only(program), "largest", "but got a scalar FP32 computed inside it", "pl.write")


def test_a_counter_after_its_loop():
    @pl.jit
    def program(x: T, out: pl.Out[T]):
        for i in pl.range(4):
            y = pl.mul(x, 2.0)
        out[i : i + 1, :] = y[0:1, :]
        return out

    line = program.source.tree.lineno + 1
    message = f"expects 'y' to have a value here, but got one only inside the loop at line {line}"
    expect(only(program), "y", message, "give 'y' a value before the loop")


def test_a_name_set_in_one_branch_only():
    @pl.jit
    def program(x: T, ids: IDS, out: pl.Out[T]):
        if pl.read(ids, [0]) > 0:
            y = pl.mul(x, 2.0)
        out[:, :] = y
        return out

    expect(only(program), "y", "expects 'y' to have a value here, but got one in only one branch",
           "before the 'if', or in both branches")  # fmt: skip


def test_different_types_in_two_branches():
    @pl.jit
    def program(x: T, ids: IDS, out: pl.Out[T]):
        if pl.read(ids, [0]) > 0:
            y = x
        else:
            y = pl.row_sum(x)
        out[:, :] = y
        return out

    expect(
        only(program), "y", "but got a tensor [16, 64] FP32 in one branch and a tensor [16, 1] FP32"
    )


def test_a_type_that_changes_around_a_loop():
    @pl.jit
    def program(x: T, out: pl.Out[T]):
        acc = pl.full([16, 64], dtype=pl.FP32, value=0.0)
        for _ in pl.range(4):
            out[:, :] = acc
            acc = pl.row_sum(acc)
        return out

    expect(only(program), "acc", "expects 'acc' to stay a tensor [16, 64] FP32 around the loop")


def test_a_counter_that_changes_type_around_a_loop():
    @pl.jit
    def program(ids: IDS, out: pl.Out[T]):
        total = 0
        for i in pl.range(16):
            total = pl.read(ids, [i])
        out[0, 0] = pl.cast(total, pl.FP32)
        return out

    expect(only(program), "total", "expects 'total' to stay a scalar INDEX",
           "start from pl.const(0, pl.INT32)")  # fmt: skip


def test_scalars_are_not_promoted():
    @pl.jit
    def program(x: T, ids: IDS, out: pl.Out[T]):
        n = pl.read(ids, [0])
        for i in pl.range(4):
            out[n : n + 1, :] = x[0:1, :]
            out[i + n, 0] = 1.0
        out[:, :] = pl.mul(x, n)
        return out

    first, second, third = refused(program)
    expect(first, "n", "expects an INDEX in a subscript, but got a scalar INT32",
           "write pl.cast(n, pl.INDEX)")  # fmt: skip
    expect(second, "i + n", "expects both scalars to have one type, but got INDEX and INT32")
    expect(third, "n", "expects 'rhs' to be a scalar FP32, but got INT32")


def test_wrong_arguments_show_the_signature():
    @pl.jit
    def program(x: T, out: pl.Out[T]):
        out[:, :] = pl.slice(x, [16, 64])
        out[:, :] = pl.cast(x, pl.FP32, "rint", 4)
        out[:, :] = pl.full([16, 64], dtyp=pl.FP32, value=0.0)
        return out

    first, second, third = refused(program)
    expect(first, "pl.slice(x, [16, 64])", "expects pl.slice(input, shape, offset, "
           "valid_shape=None, drop_dims=None, pad_value=None, clamp=False), but got missing a "
           "required argument: 'offset'")  # fmt: skip
    expect(second, 'pl.cast(x, pl.FP32, "rint", 4)', "but got too many positional arguments")
    expect(
        third, "pl.full([16, 64], dtyp=pl.FP32, value=0.0)", "expects pl.full(shape, dtype, value)"
    )


def test_wrong_kinds_of_arguments():
    @pl.jit
    def program(x: T, out: pl.Out[T]):
        a = pl.exp(3.0)
        b = pl.reshape(x, 1024)
        c = pl.cast(x, "bf16")
        d = pl.create_tensor([16, 64], dtype=pl.FP8E5M2)
        e = pl.create_tensor([16, 64.0], dtype=pl.FP32)
        f = pl.full([16, 64], dtype=pl.INT32, value=0.5)
        g = pl.cast(x, pl.INT8, mode="up")
        return out

    messages = [d.message for d in refused(program)]
    assert messages == [
        "expects 'input' to be a tensor, but got 3.0",
        "expects 'shape' to be a list of static extents, but got 1024",
        "expects 'target_type' to be a type of numbers, but got the string 'bf16'",
        "expects 'dtype' to be an element type, but got the element type FP8E5M2",
        "expects 'shape' to be a list of extents, but got a list of 2",
        "expects a whole number for INT32, but got 0.5",
        "expects 'mode' to be one of none, rint, round, floor, ceil, trunc, odd, but got 'up'",
    ]


def helper(x):
    return x


def test_unknown_functions():
    @pl.jit
    def program(x: T, out: pl.Out[T]):
        out[:, :] = helper(x)
        print(x)
        return out

    first, second = refused(program)
    expect(first, "helper", "expects a construct of the language or an inlined function, but got "
           "'helper'", "decorate it with @pl.jit.inline")  # fmt: skip
    expect(second, "print", "but got 'print'", "pl.static_print")


@pl.jit.inline
def ping(x: pl.Tensor):
    return pong(x)


@pl.jit.inline
def pong(x: pl.Tensor):
    return ping(x)


def test_recursion():
    @pl.jit
    def program(x: T, out: pl.Out[T]):
        out[:, :] = ping(x)
        return out

    expect(only(program), "ping(x)",
           "expects functions without recursion, but got ping -> pong -> ping")  # fmt: skip


def test_return_inside_loops_and_scopes():
    @pl.jit
    def program(x: T, out: pl.Out[T]):
        for _ in pl.range(4):
            return out
        with pl.incore():
            return out
        return out

    first, second = refused(program)
    expect(first, "return out", "expects 'return' at the end of the function")
    expect(second, "return out", "expects 'return' at the end of the function")


def test_results_that_are_dropped():
    @pl.jit
    def program(x: T, out: pl.Out[T]):
        pl.assemble(out, x, [0, 0])
        x + 1.0
        return out

    first, second = refused(program)
    expect(first, "pl.assemble(out, x, [0, 0])", "expects the result of pl.assemble to be used",
           "write out = pl.assemble(...)")  # fmt: skip
    expect(second, "x + 1.0", "expects a statement with an effect, but got 'x + 1.0'")


def test_unsupported_python_is_named():
    @pl.jit
    def program(x: T, out: pl.Out[T]):
        for _ in pl.range(4):
            break
        for i in range(4):
            pass
        try:
            pass
        finally:
            pass
        f = lambda v: v
        assert x
        d = {1: 2}
        while True:
            pass
        with open("f"):
            pass
        del out
        y = [*x]
        z = x[::2]
        return out

    found = refused(program)
    texts = [d.message + " | " + d.hint for d in found]
    expected = [
        "but got break", "write pl.range for a loop of the program", "but got try",
        "but got a lambda",
        "but got assert", "but got a dict", "condition that changes while the loop runs",
        "pl.auto_incore, pl.manual_scope, pl.scope after 'with', but got 'open'",
        "but got del",
        "but got a starred expression", "expects a slice without a step",
    ]  # fmt: skip
    assert len(found) == len(expected), "\n".join(texts)
    for text, part in zip(texts, expected, strict=True):
        assert part in text


def test_later_constructs_are_refused_by_name():
    @pl.jit
    def program(x: T, out: pl.Out[T]):
        for i in pl.spmd(4):
            out[i : i + 1, :] = x[0:1, :]
        y = pl.sort32(x, x)
        z = pl.tile.move(x, pl.MemorySpace.Left)
        pl.system.syncall()
        with pl.at(level=pl.Level.CORE_GROUP, allow_early_resolve=True):
            pass
        out = pl.assemble(out, x, [0, 0], atomic=pl.AtomicType.Add)
        return out

    messages = [d.message for d in refused(program)]
    names = ["pl.spmd", "pl.sort32", "pl.move", "pl.system.syncall",
             "'allow_early_resolve'", "'atomic'"]  # fmt: skip
    assert len(messages) == len(names), "\n".join(messages)
    for message, name in zip(messages, names, strict=True):
        assert name in message


def test_scopes_do_not_nest_and_parallel_stands_outside():
    @pl.jit
    def program(x: T, out: pl.Out[T]):
        with pl.incore():
            with pl.incore():
                out[:, :] = x
            for i in pl.parallel(4):
                out[:, :] = x
        return out

    first, second = refused(program)
    expect(first, "pl.incore()", "expects no region inside the scope it stands in")
    expect(second, "pl.parallel(4)", "expects pl.parallel outside scopes")


def test_loop_arguments():
    @pl.jit
    def program(x: T, out: pl.Out[T]):
        for i in pl.range(0, 4, 0):
            pass
        for i in pl.parallel(4, chunk=0):
            pass
        for i in pl.pipeline(4):
            pass
        for i, j in pl.range(4):
            pass
        for i in pl.unroll(pl.tensor.dim(x, 0), 20, 2.5):
            pass
        return out

    messages = [d.message for d in refused(program)]
    expected = [
        "expects a positive step, but got 0", "expects 'chunk' to be at least 1, but got 0",
        "missing a required argument: 'stage'", "expects one name, or 'i, (a, b)'",
        "expects 'bounds' to be a compile-time whole number, but got 2.5",
    ]  # fmt: skip
    assert len(messages) == len(expected), "\n".join(messages)
    for message, part in zip(messages, expected, strict=True):
        assert part in message


def test_valid_extents_beyond_the_shape():
    @pl.jit
    def program(x: T, out: pl.Out[T]):
        a = pl.slice(x, [16, 32], [0, 0], valid_shape=[16, 40])
        b = pl.reshape(pl.set_validshape(x, 8, 8), [64, 16])
        c = pl.add(x, pl.set_validshape(x, 16, 40))
        return out

    first, second, third = refused(program)
    expect(first, "[16, 40]", "expects valid extents within the shape (32 along dim 1), but got 40")
    expect(second, "pl.set_validshape(x, 8, 8)", "expects a full tensor of static shape",
           "pl.fillpad")  # fmt: skip
    expect(third, "pl.set_validshape(x, 16, 40)", "but got [16, 40]", "pl.fillpad")


def test_static_assertions():
    N = 100

    @pl.jit
    def program(x: T, out: pl.Out[T]):
        pl.static_assert(N % 64 == 0, "N is whole blocks")
        return out

    expect(only(program), "N % 64 == 0", "static assertion failed: N is whole blocks")


def test_constructs_outside_programs():
    with pytest.raises(LanguageError, match="expects to stand inside a traced function") as caught:
        pl.exp(3.0)
    assert caught.value.diagnostics[0].file == __file__


def test_annotations():
    with pytest.raises(LanguageError, match="expects a list of extents and an element type"):
        pl.Tensor[16]
    with pytest.raises(LanguageError, match="expects extents of at least 1, but got 0"):
        pl.Tensor[[0, 4], pl.FP32]
    with pytest.raises(LanguageError, match=r"@pl\.jit\.extern"):
        pl.jit.extern(core_type="aic")


def test_indented_functions_keep_their_columns():
    class Holder:
        if True:

            @pl.jit
            def program(x: T, out: pl.Out[T]):
                out[:, :] = wrong
                return out

    diagnostic = only(Holder.program)
    expect(diagnostic, "wrong", "expects a defined name, but got 'wrong'")
    assert diagnostic.column == 29


def test_tracebacks_of_uncaught_errors_hold_the_author_s_frames_only(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "import tilework.language as pl\n"
        "@pl.jit\n"
        "def program(x: pl.Tensor[[4, 4], pl.FP32], out: pl.Out[pl.Tensor[[4, 4], pl.FP32]]):\n"
        "    out[:, :] = pl.exq(x)\n"
        "    return out\n"
        "def main():\n"
        "    program.trace()\n"
        "main()\n"
    )
    run = subprocess.run([sys.executable, script], capture_output=True, text=True, check=False)
    frames = [line for line in run.stderr.splitlines() if line.startswith("  File")]
    assert len(frames) == 2
    assert all(str(script) in frame for frame in frames)
    assert f"{script}:4:17: expects 'pl' to have 'exq'" in run.stderr


def test_an_annotation_that_is_not_known_is_shown_where_it_stands(tmp_path):
    path = tmp_path / "postponed.py"
    path.write_text(
        "from __future__ import annotations\n"
        "import tilework.language as pl\n"
        "def build(rows):\n"
        "    @pl.jit\n"
        "    def program(x: pl.Tensor[[rows, 16], pl.FP32]):\n"
        "        return x\n"
        "    return program\n"
    )
    names = {}
    exec(compile(path.read_text(), str(path), "exec"), names)
    with pytest.raises(LanguageError) as caught:
        names["build"](4).trace()
    (found,) = caught.value.diagnostics
    assert (found.file, found.line, found.column) == (str(path), 5, 17)
    assert "the annotation of 'x'" in found.message
    assert "from __future__ import annotations" in found.hint
