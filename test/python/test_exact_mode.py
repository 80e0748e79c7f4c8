"""Hand-written placed kernels: native code and instructions give the same bits."""

import ml_dtypes
import numpy as np
import pytest
from tilework import devices
from tilework.errors import TaskError
from tilework.runtime import CORE_MEMORIES, ExactMode, load_image
from walk_harness import make_image

CAPACITY = {name: devices.load("a2a3")[f"capacity.{name}"] for name in CORE_MEMORIES}
SEEDS = range(8)

# One task per 16 rows; what each computes stands in %s.
ADD = """
task.entry @add(in %%x: memref<64x128xf32>, in %%y: memref<64x128xf32>, out %%z: memref<64x128xf32>) {
  %%c0 = arith.constant 0 : index
  %%c16 = arith.constant 16 : index
  %%c64 = arith.constant 64 : index
  scf.for %%i = %%c0 to %%c64 step %%c16 {
    %%id = task.submit @rows ins(%%x, %%y, %%i : memref<64x128xf32>, memref<64x128xf32>, index) outs(%%z : memref<64x128xf32>)
  }
  task.return
}
task.kernel @rows core_group split(automatic) (in %%x: memref<64x128xf32>, in %%y: memref<64x128xf32>, in %%i: index, out %%z: memref<64x128xf32>) {
  %%a = bufferization.to_tensor %%x restrict : memref<64x128xf32> to tensor<64x128xf32>
  %%b = bufferization.to_tensor %%y restrict : memref<64x128xf32> to tensor<64x128xf32>
  %%as = tensor.extract_slice %%a[%%i, 0] [16, 128] [1, 1] : tensor<64x128xf32> to tensor<16x128xf32>
  %%bs = tensor.extract_slice %%b[%%i, 0] [16, 128] [1, 1] : tensor<64x128xf32> to tensor<16x128xf32>
  %%s = tile.add %%as, %%bs : tensor<16x128xf32>, tensor<16x128xf32>
  %%zs = memref.subview %%z[%%i, 0] [16, 128] [1, 1] : memref<64x128xf32> to memref<16x128xf32, strided<[128, 1], offset: ?>>
  bufferization.materialize_in_destination %%s in restrict writable %%zs : (tensor<16x128xf32>, memref<16x128xf32, strided<[128, 1], offset: ?>>) -> ()
  task.return
}
core.group @rows_placed of @rows (%%x: memref<64x128xf32>, %%y: memref<64x128xf32>, %%i: index, %%z: memref<64x128xf32>) {
  core.vector_program lanes(1) {
    %%c0 = arith.constant 0 : index
    %%a = core.buffer at 0 : memref<16x128xf32, #core.space<ub>>
    %%b = core.buffer at 8192 : memref<16x128xf32, #core.space<ub>>
    core.dma_load %%x[%%i, %%c0] [] to %%a : memref<64x128xf32> to memref<16x128xf32, #core.space<ub>>
    core.dma_load %%y[%%i, %%c0] [] to %%b : memref<64x128xf32> to memref<16x128xf32, #core.space<ub>>
    %s
    core.vector_binary add %%a, %%b to %%a : memref<16x128xf32, #core.space<ub>>, memref<16x128xf32, #core.space<ub>> to memref<16x128xf32, #core.space<ub>>
    core.set_flag v -> mte3 event 0
    core.wait_flag v -> mte3 event 0
    core.dma_store %%a to %%z[%%i, %%c0] [] : memref<16x128xf32, #core.space<ub>> to memref<64x128xf32>
  }
}
"""  # noqa: E501
LOADS_ARE_OVER = "core.set_flag mte2 -> v event 0\n core.wait_flag mte2 -> v event 0"


def add_arrays():
    random = np.random.default_rng(0)
    x, y = (random.normal(size=(64, 128)).astype(np.float32) for _ in "xy")
    return x, y, np.full((64, 128), 77, np.float32)


def run_exactly(image, entry, arrays, seed, **options):
    return image.run(entry, arrays, exact=ExactMode(CAPACITY, seed), **options)


@pytest.fixture(scope="module")
def add(tmp_path_factory):
    return load_image(make_image(ADD % LOADS_ARE_OVER, tmp_path_factory.mktemp("add") / "add.so"))


@pytest.mark.parametrize("seed", SEEDS)
def test_every_interleaving_gives_the_bits_of_native_code(add, seed):
    x, y, z = add_arrays()
    result = run_exactly(add, "add", (x, y, z), seed)
    assert result.stats["instructions"] == 4 * 8
    native = np.zeros_like(z)
    assert add.run("add", (x, y, native)).stats["instructions"] == 0
    assert z.tobytes() == native.tobytes() == (x + y).tobytes()


def test_a_missing_flag_is_seen(tmp_path):
    image = load_image(make_image(ADD % "", tmp_path / "late.so"))
    seen = []
    for seed in SEEDS:
        arrays = add_arrays()
        try:
            run_exactly(image, "add", arrays, seed)
        except TaskError as error:
            assert error.task == "rows"
            seen.append(str(error))
        else:
            assert (arrays[2] == arrays[0] + arrays[1]).all()  # loads were early enough
    assert seen and all("dma_store" in each and "undefined" in each for each in seen)


def test_the_checker_finds_it_where_this_interleaving_is_right(tmp_path):
    image = load_image(make_image(ADD % "", tmp_path / "late.so"))
    run_exactly(image, "add", add_arrays(), 0, threads=1)
    for threads in (1, 4):
        with pytest.raises(
            TaskError, match=r"(?s)read-after-write: .*dma_load.*vector_binary"
        ) as it:
            image.run("add", add_arrays(), exact=ExactMode(CAPACITY, checks=True), threads=threads)
        assert it.value.location == "-:29:5"  # the later of the two


def test_streams_that_differ_in_where_they_start_are_checked_once(add):
    stats = add.run("add", add_arrays(), exact=ExactMode(CAPACITY, checks=True), threads=1).stats
    assert (stats["tasks"], stats["checked_streams"]) == (4, 1)


def test_the_same_seed_fails_the_same_way_on_any_number_of_threads(tmp_path):
    image = load_image(make_image(ADD % "", tmp_path / "late.so"))
    reasons = set()
    for threads in (1, 4):
        with pytest.raises(TaskError) as caught:
            run_exactly(image, "add", add_arrays(), 1, threads=threads)
        reasons.add(caught.value.location)
    assert len(reasons) == 1


def test_a_deadlock_is_an_error_of_the_task(tmp_path):
    image = load_image(make_image(ADD % "core.wait_flag mte2 -> v event 3", tmp_path / "hang.so"))
    with pytest.raises(TaskError, match="wait_flag"):
        run_exactly(image, "add", add_arrays(), 0)


def test_a_buffer_beyond_its_memory_is_an_error_of_the_task(add):
    with pytest.raises(
        TaskError, match=r"gm f32\[16x128\]@arg1\+0 -> ub f32\[16x128\]@8192"
    ) as caught:
        add.run("add", add_arrays(), exact=ExactMode({**CAPACITY, "ub": 8192}), threads=1)
    assert caught.value.task == "rows"
    assert ":27:" in caught.value.location  # the second load


def test_a_kernel_that_was_not_placed_is_named(tmp_path):
    text = (ADD % "").partition("core.group")[0]
    image = load_image(make_image(text, tmp_path / "native.so"))
    with pytest.raises(TaskError, match=r"'rows'.*the exact mode expects a placed kernel"):
        run_exactly(image, "add", add_arrays(), 0)


MATMUL = """
task.entry @linear(in %x: memref<16x256xbf16>, in %w: memref<256x128xbf16>, out %y: memref<16x128xbf16>) {
  %id = task.submit @product ins(%x, %w : memref<16x256xbf16>, memref<256x128xbf16>) outs(%y : memref<16x128xbf16>)
  task.return
}
task.kernel @product core_group split(automatic) (in %x: memref<16x256xbf16>, in %w: memref<256x128xbf16>, out %y: memref<16x128xbf16>) {
  %a = bufferization.to_tensor %x restrict : memref<16x256xbf16> to tensor<16x256xbf16>
  %b = bufferization.to_tensor %w restrict : memref<256x128xbf16> to tensor<256x128xbf16>
  %c = tile.matmul %a, %b : tensor<16x256xbf16>, tensor<256x128xbf16> -> tensor<16x128xf32>
  %d = tile.cast rint %c : tensor<16x128xf32> to tensor<16x128xbf16>
  bufferization.materialize_in_destination %d in restrict writable %y : (tensor<16x128xbf16>, memref<16x128xbf16>) -> ()
  task.return
}
core.group @product_placed of @product (%x: memref<16x256xbf16>, %w: memref<256x128xbf16>, %y: memref<16x128xbf16>) {
  core.cube_program {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c128 = arith.constant 128 : index
    %c256 = arith.constant 256 : index
    %xb = core.buffer at 0 slots(2) : memref<2x16x128xbf16, #core.space<l1>>
    %wb = core.buffer at 8192 slots(2) : memref<2x128x128xbf16, #core.space<l1>>
    %a = core.buffer at 0 : memref<16x128xbf16, #core.space<l0a>>
    %b = core.buffer at 0 : memref<128x128xbf16, #core.space<l0b>>
    %c = core.buffer at 0 : memref<16x128xf32, #core.space<l0c>>
    core.set_flag m -> mte1 event 0
    scf.for %k = %c0 to %c256 step %c128 {
      %t = core.turn %k from %c0 step %c128 of 2
      %xs = core.slot %xb[%t] : memref<2x16x128xbf16, #core.space<l1>>
      %ws = core.slot %wb[%t] : memref<2x128x128xbf16, #core.space<l1>>
      core.dma_load %x[%c0, %k] [] to %xs : memref<16x256xbf16> to memref<16x128xbf16, strided<[128, 1], offset: ?>, #core.space<l1>>
      core.dma_load %w[%k, %c0] [] to %ws : memref<256x128xbf16> to memref<128x128xbf16, strided<[128, 1], offset: ?>, #core.space<l1>>
      core.set_flag mte2 -> mte1 event 2 + %t
      core.wait_flag mte2 -> mte1 event 2 + %t
      core.wait_flag m -> mte1 event 0
      core.move %xs to %a : memref<16x128xbf16, strided<[128, 1], offset: ?>, #core.space<l1>> to memref<16x128xbf16, #core.space<l0a>>
      core.move %ws to %b : memref<128x128xbf16, strided<[128, 1], offset: ?>, #core.space<l1>> to memref<128x128xbf16, #core.space<l0b>>
      core.set_flag mte1 -> m event 0
      core.wait_flag mte1 -> m event 0
      %first = arith.cmpi eq, %k, %c0 : index
      core.mmad %a, %b into %c init(%first) : memref<16x128xbf16, #core.space<l0a>>, memref<128x128xbf16, #core.space<l0b>> into memref<16x128xf32, #core.space<l0c>>
      core.set_flag m -> mte1 event 0
    }
    core.wait_flag m -> mte1 event 0
    core.set_flag m -> fixp event 0
    core.wait_flag m -> fixp event 0
    core.fixpipe %c to %y[] [] : memref<16x128xf32, #core.space<l0c>> to memref<16x128xbf16>
  }
}
"""  # noqa: E501


def test_a_product_gives_the_bits_of_native_code(tmp_path):
    image = load_image(make_image(MATMUL, tmp_path / "linear.so"))
    random = np.random.default_rng(0)
    x, w = (random.normal(size=s).astype(ml_dtypes.bfloat16) for s in ((16, 256), (256, 128)))
    native = np.zeros((16, 128), ml_dtypes.bfloat16)
    image.run("linear", (x, w, native))
    for seed in SEEDS:
        y = np.zeros_like(native)
        run_exactly(image, "linear", (x, w, y), seed)
        assert y.tobytes() == native.tobytes()


# The first task writes half of a tensor of the run; the second copies %s rows of it.
UNDEFINED = """
task.entry @two(in %%x: memref<16x64xf32>, out %%y: memref<16x64xf32>) {
  %%t = task.alloc() : memref<16x64xf32>
  %%first = task.submit @half ins(%%x : memref<16x64xf32>) outs(%%t : memref<16x64xf32>)
  %%second = task.submit @copy ins(%%t : memref<16x64xf32>) outs(%%y : memref<16x64xf32>) deps(%%first : !task.id)
  task.return
}
task.kernel @half core_group split(automatic) (in %%x: memref<16x64xf32>, out %%t: memref<16x64xf32>) {
  task.return
}
core.group @half_placed of @half (%%x: memref<16x64xf32>, %%t: memref<16x64xf32>) {
  core.vector_program lanes(1) {
    %%b = core.buffer at 0 : memref<8x64xf32, #core.space<ub>>
    core.dma_load %%x[] [] to %%b : memref<16x64xf32> to memref<8x64xf32, #core.space<ub>>
    core.set_flag mte2 -> mte3 event 0
    core.wait_flag mte2 -> mte3 event 0
    core.dma_store %%b to %%t[] [] : memref<8x64xf32, #core.space<ub>> to memref<16x64xf32>
  }
}
task.kernel @copy core_group split(automatic) (in %%t: memref<16x64xf32>, out %%y: memref<16x64xf32>) {
  task.return
}
core.group @copy_placed of @copy (%%t: memref<16x64xf32>, %%y: memref<16x64xf32>) {
  core.vector_program lanes(1) {
    %%b = core.buffer at 0 : memref<16x64xf32, #core.space<ub>>
    %%rows = arith.constant %d : index
    %%columns = arith.constant 64 : index
    core.dma_load %%t[] [] to %%b : memref<16x64xf32> to memref<16x64xf32, #core.space<ub>>
    core.set_flag mte2 -> mte3 event 0
    core.wait_flag mte2 -> mte3 event 0
    core.dma_store %%b to %%y[] [%%rows, %%columns] : memref<16x64xf32, #core.space<ub>> to memref<16x64xf32>
  }
}
"""  # noqa: E501


def test_undefined_elements_are_followed_from_task_to_task(tmp_path):
    x, y = np.ones((16, 64), np.float32), np.zeros((16, 64), np.float32)
    image = load_image(make_image(UNDEFINED % 8, tmp_path / "eight.so"))
    run_exactly(image, "two", (x, y), 0)
    assert (y[:8] == 1).all() and (y[8:] == 0).all()
    image = load_image(make_image(UNDEFINED % 9, tmp_path / "nine.so"))
    with pytest.raises(TaskError, match="undefined") as caught:
        run_exactly(image, "two", (x, y), 0)
    assert caught.value.task == "copy"


def test_the_orchestration_reads_only_what_was_written(tmp_path):
    text = """
    task.entry @reads(out %y: memref<4xf32>) {
      %t = task.alloc() : memref<4xi32>
      %c0 = arith.constant 0 : index
      %n = task.read %t[%c0] : memref<4xi32>
      task.return
    }
    """
    image = load_image(make_image(text, tmp_path / "reads.so"))
    y = np.zeros(4, np.float32)
    image.run("reads", (y,))  # native code does not look
    with pytest.raises(TaskError, match="expects to read a defined scalar"):
        run_exactly(image, "reads", (y,), 0)
