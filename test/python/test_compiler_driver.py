"""The driver: the cache, the options, and what is left behind when a pass fails."""

import multiprocessing
import re
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tilework
import tilework.language as pl
from tilework.compiler import images, run
from tilework.compiler.context import make_context
from tilework.compiler.jit import compile_afresh
from tilework.compiler.lowering import lower
from tilework.dialects import _tilework
from tilework.errors import CompilerError, LanguageError
from tilework_mlir import ir

TOOLS = Path(sys.executable).parent


@pl.jit
def double(x: pl.Tensor, out: pl.Out[pl.Tensor]):
    with pl.at(level=pl.Level.CORE_GROUP, name_hint="twice"):
        out[:, :] = pl.add(x[:, :], x[:, :])
    return out


def arrays(rows=4):
    return np.arange(rows * 16, dtype=np.float32).reshape(rows, 16), np.zeros(
        (rows, 16), np.float32
    )


@pytest.fixture
def cache(tmp_path):
    return images.ImageCache(tmp_path / "images")


def made(cache, key="key", rows=4):
    return compile_afresh(lambda: double.trace(*arrays(rows)), key, cache)


def test_an_image_is_made_once(cache):
    first, second = made(cache), made(cache)
    assert (first.from_cache, second.from_cache) == (False, True)
    assert first.path == second.path
    assert set(first.stages) == {"trace", "fused", "graph", "native", "image"}


def test_another_key_is_another_image(cache):
    assert made(cache, "one").path != made(cache, "two").path


def test_each_shape_is_a_specialisation():
    for rows in (4, 5):
        x, out = arrays(rows)
        assert np.array_equal(double(x, out), x + x)
    assert double.compile(*arrays(4)).path != double.compile(*arrays(5)).path


def test_the_cached_image_gives_the_same_result(cache):
    for _ in range(2):
        x, out = arrays()
        made(cache).run([x, out])
        assert np.array_equal(out, x + x)


def test_a_damaged_image_is_made_again(cache):
    made(cache).path.write_bytes(b"damaged")
    again = made(cache)
    assert not again.from_cache
    x, out = arrays()
    again.run([x, out])
    assert np.array_equal(out, x + x)


def test_a_damaged_note_is_made_again(cache):
    made(cache).path.with_suffix(".json").write_text("{")
    assert not made(cache).from_cache
    assert made(cache).from_cache


def _make_in_process(folder):
    compiled = made(images.ImageCache(Path(folder)))
    x, out = arrays()
    compiled.run([x, out])
    return bool(np.array_equal(out, x + x))


def test_processes_may_make_the_same_image_at_once(tmp_path):
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        assert all(pool.map(_make_in_process, [str(tmp_path)] * 6))
    assert len(list(tmp_path.rglob("*.so"))) == 1
    assert not list(tmp_path.rglob("making-*"))


def test_the_compiler_is_named_by_the_library_that_is_loaded():
    (library,) = {
        line.split()[-1] for line in Path("/proc/self/maps").open() if "libTilework.so" in line
    }
    notes = subprocess.run(["readelf", "-n", library], capture_output=True, text=True, check=True)
    assert f"Build ID: {_tilework.library_id()}\n" in notes.stdout


def test_a_missing_linker_is_one_sentence(cache, monkeypatch):
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(CompilerError, match="expects the linker 'ld' on PATH, but got none"):
        made(cache)


def test_the_cache_folder_can_be_chosen(monkeypatch, tmp_path):
    monkeypatch.setenv("TILEWORK_CACHE_DIR", str(tmp_path))
    assert images.cache_folder() == tmp_path


def test_options_hold_inside_only():
    x, out = arrays()
    with tilework.options(trace=True, threads=1):
        with tilework.options(order_seed=3) as inner:
            assert (inner.trace, inner.threads, inner.order_seed) == (True, 1, 3)
        double(x, out)
        assert [task.kernel for task in double.last_run.result.tasks] == ["twice"]
    double(x, out)
    assert not double.last_run.result.tasks


@pl.jit
def named(x: pl.Tensor[[4, 16], pl.FP32], out: pl.Out[pl.Tensor[[4, 16], pl.FP32]]):
    scratch = pl.create_tensor([4, 16], dtype=pl.FP32)
    with pl.at(level=pl.Level.CORE_GROUP, name_hint="named"):
        scratch[:, :] = pl.exp(x[:, :])
    with pl.at(level=pl.Level.CORE_GROUP, name_hint="named"):
        out[:, :] = pl.exp(scratch[:, :])
    return out


def test_a_task_is_called_what_its_author_called_it():
    with tilework.options(trace=True):
        named(*arrays())
    first, second = (task.kernel for task in named.last_run.result.tasks)
    assert first == "named"  # as the entry is
    assert second.startswith("named_")  # another scope of that name


def test_an_unknown_option_is_refused():
    with pytest.raises(TypeError, match="speed"), tilework.options(speed=11):
        pass


def test_verify_compares_with_the_reference():
    x, out = arrays()
    with tilework.options(verify=True):
        double(x, out)
    assert double.last_run.verified


def test_verify_sees_one_wrong_bit(monkeypatch):
    x, out = arrays()
    honest = run.Compiled.run

    def off_by_a_bit(self, arguments, **options):
        result = honest(self, arguments, **options)
        arguments[1].view(np.int32)[2, 3] ^= 1
        return result

    monkeypatch.setattr(run.Compiled, "run", off_by_a_bit)
    with (
        tilework.options(verify=True),
        pytest.raises(
            run.VerificationError,
            match=r"argument 1 of 'double': expects .*\[2, 3\].* after the form graph",
        ),
    ):
        double(x, out)


@pl.jit
def reads_what_it_replaced(
    x: pl.Tensor[[4, 16], pl.FP32], out: pl.Out[pl.Tensor[[4, 16], pl.FP32]]
):
    scratch = pl.create_tensor([4, 16], dtype=pl.FP32)
    with pl.at(level=pl.Level.CORE_GROUP, name_hint="fill"):
        scratch[:, :] = pl.exp(x[:, :])
    before = scratch
    with pl.at(level=pl.Level.CORE_GROUP, name_hint="update"):
        scratch[0:1, :] = pl.neg(x[0:1, :])
    with pl.at(level=pl.Level.CORE_GROUP, name_hint="use"):
        out[:, :] = pl.add(before[:, :], scratch[:, :])
    return out


def test_a_refusal_by_a_pass_shows_both_lines_of_the_author():
    with pytest.raises(LanguageError) as caught:
        reads_what_it_replaced(*arrays())
    refusal, note = caught.value.diagnostics
    assert "needs a copy of the whole tensor" in refusal.message
    assert 'name_hint="update"' in refusal.source_line
    assert note.message.startswith("note: the other use is here")
    assert 'name_hint="use"' in note.source_line
    assert str(caught.value).startswith("1 error")
    assert "task.submit" not in str(caught.value)


COPY_NEEDED = """
task.entry @program(in %x: tensor<4x16xf32>, out %y: tensor<4x16xf32>, out %z: tensor<4x16xf32>) {
  task.return %x, %x : tensor<4x16xf32>, tensor<4x16xf32>
}
"""


def test_a_failed_pass_leaves_a_reproducer(tmp_path):
    module = ir.Module.parse(COPY_NEEDED, make_context())
    with pytest.raises(CompilerError) as caught:
        lower(module, "graph", reproducers=tmp_path)
    shown = re.search(r"to reproduce: tile-opt (.*)", str(caught.value)).group(1)
    command = [TOOLS / "tile-opt", *shlex.split(shown)]
    again = subprocess.run(command, capture_output=True, text=True)
    assert again.returncode != 0
    assert "expects" in again.stderr


def test_an_unknown_form_is_refused():
    with pytest.raises(ValueError, match="a form of traced, fused, graph, placed, native, but got"):
        double.lower(*arrays(), form="molten")
