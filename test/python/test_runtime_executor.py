"""Images written by hand in C, loaded and run from Python."""

import _thread
import shutil
import signal
import subprocess
import threading
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from tilework.errors import ArgumentError, ImageError, TaskError
from tilework.runtime import Dependence, Rectangle, load_image

ABI = Path(__file__).parents[2] / "lib" / "Image"

# out[i, :] = scale * x[i, :], one task per row; optionally fails or hangs at a row.
SOURCE = r"""
#include "ImageAbi.h"
#include <string.h>
static void row_run(tw_host *h, const int64_t *s) {
  const float *x = (const float *)s[0] + s[1];
  float *out = (float *)s[6] + s[7], scale;
  int32_t bits = (int32_t)s[13];
  memcpy(&scale, &bits, 4);
  if (s[12] == s[14]) { int64_t v[] = {s[12]}; h->fail(h, 0, v); }
  if (s[14] == -2 - s[12]) *(volatile int *)64 = 1;
  for (int64_t j = 0; j < s[3]; ++j)
    out[s[12] * s[10] + j] = scale * x[s[12] * s[4] + j];
}
static void row_accesses(tw_host *h, const int64_t *s) {
  int64_t offsets[] = {s[12], 0}, sizes[] = {1, s[3]};
  h->access(h, 0, 1, offsets, sizes);
  h->access(h, 1, 2, offsets, sizes);
}
static const tw_arg row_args[] = {{1, TW_F32, 2, 0, 1, 0, "x"}, {1, TW_F32, 2, 6, 2, 0, "out"},
                                  {0, TW_INDEX, 0, 12, 0, 0, "row"},
                                  {0, TW_F32, 0, 13, 0, 0, "scale"},
                                  {0, TW_INDEX, 0, 14, 0, 0, "bad"}};
static void main_run(tw_host *h, const int64_t *s) {
  int64_t t[15];
  memcpy(t, s, 12 * 8);
  t[13] = s[12]; t[14] = s[13];
  for (int64_t i = 0; i < s[2]; ++i) { t[12] = i; h->submit(h, 0, t, 0, 0, 0); }
}
static const tw_arg main_args[] = {{1, TW_F32, 2, 0, 1, 0, "x"}, {1, TW_F32, 2, 6, 2, 0, "out"},
                                   {0, TW_F32, 0, 12, 0, 0, "scale"},
                                   {0, TW_INDEX, 0, 13, 0, 0, "bad"}};
static void forever_run(tw_host *h, const int64_t *s) {
  int64_t t[15];
  memcpy(t, s, 12 * 8);
  t[12] = 0; t[13] = 0; t[14] = -1;
  for (;;) h->submit(h, 0, t, 0, 0, 0);
}
static const tw_kernel kernels[] = {
    {"row", "model.py:4:9", row_run, row_accesses, row_args, 5, 15}};
static const tw_check checks[] = {{"row expects something else than {0}", "model.py:5:13", 1, 0}};
static const tw_entry entries[] = {{"scale_rows", "model.py:1:1", main_run, main_args, 4, 14},
                                   {"forever", "model.py:9:1", forever_run, main_args, 2, 12}};
const tw_image tilework_image = {TW_IMAGE_MAGIC, TW_IMAGE_VERSION + BUMP, "a2a3", "test",
                                 kernels, checks, entries, 0, 1, 1, 2, 0};
"""


def compile_image(directory, name, source=SOURCE, bump=0):
    path = directory / f"{name}.so"
    command = [shutil.which("cc"), "-shared", "-fPIC", "-O1", f"-I{ABI}", f"-DBUMP={bump}", "-w"]
    subprocess.run([*command, "-xc", "-", "-o", str(path)], input=source.encode(), check=True)
    return path


@pytest.fixture(scope="module")
def image(tmp_path_factory):
    return load_image(compile_image(tmp_path_factory.mktemp("image"), "rows"))


def test_the_image_describes_itself(image):
    assert image.target == "a2a3"
    assert list(image.entries) == ["scale_rows", "forever"]
    assert [a["name"] for a in image.kernels["row"]["arguments"]][:2] == ["x", "out"]


@pytest.mark.parametrize("threads", [None, 1, 2, 4])
def test_tensors_are_used_in_place(image, threads):
    x, out = torch.randn(50, 24)[::2, 3:19], torch.zeros(25, 16)
    image.run("scale_rows", [x, out, 2.5, -1], threads=threads, order_seed=threads)
    assert torch.equal(out, x * 2.5)


def test_arrays_are_used_in_place(image):
    x = np.random.default_rng(0).standard_normal((9, 7)).astype("f4")
    out = np.zeros((9, 20), "f4")
    image.run("scale_rows", [x[::-1], out[:, 4:11], 0.5, -1])
    assert np.array_equal(out[:, 4:11], x[::-1] * np.float32(0.5))
    assert not out[:, :4].any() and not out[:, 11:].any()


def test_a_trace_tells_edges_and_rectangles(image):
    x = torch.zeros(4, 8)
    result = image.run("scale_rows", [x, x, 1.0, -1], trace=True)
    assert result.stats["tasks"] == len(result.tasks) == 4
    task = result.tasks[2]
    assert (task.kernel, task.location, task.dependences) == ("row", "model.py:4:9", ())
    assert task.rectangles == (
        Rectangle("x", "read", (2, 0), (1, 8)),
        Rectangle("out", "write", (2, 0), (1, 8)),
    )
    overlapping = torch.zeros(40).as_strided((4, 8), (4, 1))  # each row ends in the next
    result = image.run("scale_rows", [overlapping, torch.zeros(4, 8), 1.0, -1], trace=True)
    assert all(not task.dependences for task in result.tasks)
    result = image.run("scale_rows", [torch.zeros(4, 8), overlapping, 1.0, -1], trace=True)
    assert Dependence(1, ("waw",)) in result.tasks[2].dependences


def test_an_error_names_task_line_and_reason(image):
    x = torch.zeros(8, 8)
    with pytest.raises(TaskError) as raised:
        image.run("scale_rows", [x, x, 1.0, 5])
    assert str(raised.value) == "task 'row' at model.py:5:13: row expects something else than 5"
    assert (raised.value.task, raised.value.location) == ("row", "model.py:5:13")
    with pytest.raises(TaskError, match=r"model\.py:4:9: memory fault at address 0x40$"):
        image.run("scale_rows", [x, x, 1.0, -5])
    image.run("scale_rows", [x, x, 1.0, -1])


def test_arguments_are_checked(image):
    x = torch.zeros(8, 8)
    for args, message in [
        ([x, x, 1.0], "entry 'scale_rows' expects 4 arguments, but got 3"),
        ([x, x.bfloat16(), 1.0, -1], r"argument 'out' expects f32\[\?, \?\], but got bf16\[8, 8\]"),
        ([x[0], x, 1.0, -1], r"argument 'x' expects f32\[\?, \?\], but got f32\[8\]"),
        ([x, x.expand(8, 8)[:1].expand(8, 8), 1.0, -1], "argument 'out' is written"),
        ([x, x, "a", -1], "argument 'scale' expects f32, but got 'a'"),
    ]:
        with pytest.raises(ArgumentError, match=message):
            image.run("scale_rows", args)
    with pytest.raises(KeyError, match="no entry 'main'; there are: scale_rows, forever"):
        image.run("main", [])
    with pytest.raises(ValueError, match="at least 1 thread"):
        image.run("scale_rows", [x, x, 1.0, -1], threads=0)


@pytest.fixture
def interruptible():
    """A shell starts background jobs with the interrupt ignored; here it is Python's own."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_ctrl_c_cancels_the_run(image, interruptible):
    x = torch.zeros(8, 8)
    timer = threading.Timer(0.2, _thread.interrupt_main)
    timer.start()
    start = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        image.run("forever", [x, x], window_tasks=64)
    assert time.monotonic() - start < 5
    timer.join()
    image.run("scale_rows", [x, x, 1.0, -1])


def test_threads_run_at_once(image):
    def work(results, index):
        x, out = torch.full((300, 64), float(index)), torch.zeros(300, 64)
        for _ in range(5):
            image.run("scale_rows", [x, out, 3.0, -1], threads=2)
        results[index] = bool((out == 3.0 * index).all())

    results = {}
    threads = [threading.Thread(target=work, args=(results, i)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == {0: True, 1: True, 2: True, 3: True}


def test_files_that_are_no_images_are_refused(tmp_path):
    with pytest.raises(ImageError, match="there is no such file"):
        load_image(tmp_path / "nothing.so")
    text = tmp_path / "text.so"
    text.write_text("hello")
    with pytest.raises(ImageError, match="cannot be loaded"):
        load_image(text)
    empty = compile_image(tmp_path, "empty", "int x;")
    with pytest.raises(ImageError, match="no symbol 'tilework_image'"):
        load_image(empty)
    other = compile_image(tmp_path, "other", bump=1)
    with pytest.raises(ImageError, match="expects image version 10, but got 11; compile it again"):
        load_image(other)
    wrong = compile_image(tmp_path, "wrong", SOURCE.replace("TW_IMAGE_MAGIC,", "1,"))
    with pytest.raises(ImageError, match="its magic number is wrong"):
        load_image(wrong)
