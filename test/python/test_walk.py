"""The streams that native walks emit, read field by field."""

import ml_dtypes
import numpy as np
import pytest
from walk_harness import CUBE, VECTOR_0, VECTOR_1, load_walk, make_image

MATMUL = """
task.kernel @linear core_group split(automatic) (in %x: memref<16x256xbf16>, in %w: memref<256x128xbf16>, out %y: memref<16x128xf32>) {
  task.return
}
core.group @linear_placed of @linear (%x: memref<16x256xbf16>, %w: memref<256x128xbf16>, %y: memref<16x128xf32>) {
  %ch = core.channel at 0 : !core.channel<16x128xf32, slots = 2, to_vector, up_down>
  core.cube_program {
    %c0 = arith.constant 0 : index
    %c128 = arith.constant 128 : index
    %c256 = arith.constant 256 : index
    %xb = core.buffer at 0 slots(2) : memref<2x16x128xbf16, #core.space<l1>>
    %wb = core.buffer at 8192 : memref<128x128xbf16, #core.space<l1>>
    %a = core.buffer at 0 : memref<16x128xbf16, #core.space<l0a>>
    %b = core.buffer at 32 : memref<128x128xbf16, #core.space<l0b>>
    %c = core.buffer at 0 : memref<16x128xf32, #core.space<l0c>>
    scf.for %k = %c0 to %c256 step %c128 {
      %t = core.turn %k from %c0 step %c128 of 2
      %xs = core.slot %xb[%t] : memref<2x16x128xbf16, #core.space<l1>>
      core.dma_load %x[%c0, %k] [] to %xs : memref<16x256xbf16> to memref<16x128xbf16, strided<[128, 1], offset: ?>, #core.space<l1>>
      core.dma_load %w[%k, %c0] [] to %wb : memref<256x128xbf16> to memref<128x128xbf16, #core.space<l1>>
      core.set_flag mte2 -> mte1 event 2 + %t
      core.wait_flag mte2 -> mte1 event 2 + %t
      core.move %xs to %a : memref<16x128xbf16, strided<[128, 1], offset: ?>, #core.space<l1>> to memref<16x128xbf16, #core.space<l0a>>
      core.move %wb to %b transpose : memref<128x128xbf16, #core.space<l1>> to memref<128x128xbf16, #core.space<l0b>>
      %first = arith.cmpi eq, %k, %c0 : index
      core.mmad %a, %b into %c init(%first) : memref<16x128xbf16, #core.space<l0a>>, memref<128x128xbf16, #core.space<l0b>> into memref<16x128xf32, #core.space<l0c>>
    }
    core.push %c to %ch : memref<16x128xf32, #core.space<l0c>> to !core.channel<16x128xf32, slots = 2, to_vector, up_down>
  }
  core.vector_program lanes(2) {
    %c0 = arith.constant 0 : index
    %f = arith.constant 2.0 : f32
    %l = core.lane
    %row = affine.apply affine_map<(d0) -> (d0 * 8)>(%l)
    %u = core.buffer at 64 : memref<8x128xf32, #core.space<ub>>
    core.pop %ch to %u : !core.channel<16x128xf32, slots = 2, to_vector, up_down> to memref<8x128xf32, #core.space<ub>>
    core.release %ch : !core.channel<16x128xf32, slots = 2, to_vector, up_down>
    core.barrier
    core.vector_binary mul %u, %f to %u : memref<8x128xf32, #core.space<ub>>, f32 to memref<8x128xf32, #core.space<ub>>
    core.barrier v
    %s = memref.subview %u[4, 0] [4, 128] [1, 1] : memref<8x128xf32, #core.space<ub>> to memref<4x128xf32, strided<[128, 1], offset: 512>, #core.space<ub>>
    core.dma_store %s to %y[%row, %c0] [] : memref<4x128xf32, strided<[128, 1], offset: 512>, #core.space<ub>> to memref<16x128xf32>
  }
}
"""  # noqa: E501

GM, L1, L0A, L0B, L0C, UB = range(6)
MTE1, MTE2, MTE3, FIXP, M, V, S = range(7)
BF16, F32, INDEX = 10, 11, 12


@pytest.fixture(scope="module")
def matmul(tmp_path_factory):
    return load_walk(make_image(MATMUL, tmp_path_factory.mktemp("walk") / "matmul.so"))


@pytest.fixture(scope="module")
def arrays():
    x, w = np.zeros((16, 256), ml_dtypes.bfloat16), np.zeros((256, 128), ml_dtypes.bfloat16)
    return x, w, np.zeros((16, 128), np.float32)


def region(record, position):
    """Space, type, base, sizes and strides of a region."""
    it = record["regions"][position]
    rank = it["rank"]
    return (*(int(it[name]) for name in ("space", "type", "base")),
            it["sizes"][:rank].tolist(), it["strides"][:rank].tolist())  # fmt: skip


def test_the_walk_describes_its_group(matmul):
    assert (matmul.walk.has_cube, matmul.walk.lanes) == (1, 2)
    assert matmul.channels() == [(16, 128, F32, 2, 0, 1, 0, 8192, 0)]
    assert matmul.walk.ring_bytes == 2 * 8192


def test_a_unit_walks_its_program_in_order(matmul, arrays):
    iteration = [(0, MTE2), (0, MTE2), (14, MTE2), (15, MTE1), (3, MTE1), (3, MTE1), (4, M)]
    cube = matmul.stream(CUBE, *arrays)
    assert [(it["opcode"], it["pipe"]) for it in cube] == [*iteration * 2, (19, FIXP)]
    vector = [(20, MTE2), (21, MTE2), (18, S), (6, V), (18, V), (1, MTE3)]
    for unit in (VECTOR_0, VECTOR_1):
        stream = matmul.stream(unit, *arrays)
        assert [(it["opcode"], it["pipe"]) for it in stream] == vector


def test_transfers_name_rectangles_of_both_memories(matmul, arrays):
    x, w, y = arrays
    cube = matmul.stream(CUBE, *arrays)
    assert region(cube[7], 0) == (GM, BF16, x.ctypes.data + 256, [16, 128], [256, 1])
    assert region(cube[7], 1) == (L1, BF16, 4096, [16, 128], [128, 1])  # the second slot
    assert region(cube[8], 0) == (GM, BF16, w.ctypes.data + 128 * 256, [128, 128], [128, 1])
    assert region(cube[5], 1) == (L0B, BF16, 32, [128, 128], [128, 1])
    for unit in (VECTOR_0, VECTOR_1):
        store = matmul.stream(unit, *arrays)[-1]
        assert region(store, 0) == (UB, F32, 64 + 4 * 512, [4, 128], [128, 1])
        rows = y.ctypes.data + (unit - VECTOR_0) * 8 * 512  # where the lane's part starts
        assert region(store, 1) == (GM, F32, rows, [4, 128], [128, 1])


def test_flags_take_the_slot_of_their_turn(matmul, arrays):
    cube = matmul.stream(CUBE, *arrays)
    assert [(it["other_pipe"], it["event"]) for it in cube[[2, 3, 9, 10]]] == [
        (MTE1, 2), (MTE2, 2), (MTE1, 3), (MTE2, 3)]  # fmt: skip


def test_operands_that_are_no_buffers_have_fields(matmul, arrays):
    cube, vector = matmul.stream(CUBE, *arrays), matmul.stream(VECTOR_0, *arrays)
    assert cube["flags"][[4, 5]].tolist() == [0, 4]  # transposes
    assert cube["flags"][[6, 13]].tolist() == [8, 0]  # starts, goes on
    assert cube["sizes"][6].tolist() == [16, 128, 128]
    scaled = vector[3]
    assert (scaled["kind"], scaled["flags"], scaled["num_regions"]) == (2, 16, 2)
    assert (scaled["scalar"], scaled["scalar_type"]) == (0x40000000, F32)
    assert vector["kind"][[2, 4]].tolist() == [1, 0]  # all pipes, then one


def test_what_an_instruction_does_not_use_is_zero(matmul, arrays):
    release = matmul.stream(VECTOR_0, *arrays)[1].copy()
    assert matmul.location(release).endswith(":37:5")
    release["location"] = release["opcode"] = release["pipe"] = 0
    assert not any(release.tobytes())


DYNAMIC = """
task.kernel @gather core_group split(automatic) (in %table: memref<4xi32>, in %n: index, in %x: memref<8x4x32xf16>, in %u: ui8) {
  task.return
}
core.group @gather_placed of @gather (%table: memref<4xi32>, %n: index, %x: memref<8x4x32xf16>, %u: ui8) {
  core.vector_program lanes(1) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c32 = arith.constant 32 : index
    %pad = arith.constant -1.5 : f16
    %b = core.buffer at 32 : memref<4x32xf16, #core.space<ub>>
    %m = core.buffer at 512 : memref<4x32xui8, #core.space<ub>>
    scf.for %i = %c0 to %n step %c1 {
      %page = memref.load %table[%i] : memref<4xi32>
      %p = arith.index_cast %page : i32 to index
      core.dma_load %x[%p, %c0, %c0] [%i, %c32] to %b pad(%pad : f16) : memref<8x4x32xf16> to memref<4x32xf16, #core.space<ub>>
      core.dma_load %x[%p, %c0, %c0] [%i, %c32] to %b : memref<8x4x32xf16> to memref<4x32xf16, #core.space<ub>>
      %isOdd = arith.trunci %page : i32 to i1
      scf.if %isOdd {
        core.vector_fill %u to %m : ui8 to memref<4x32xui8, #core.space<ub>>
      }
    }
  }
}
"""  # noqa: E501


def test_control_flow_follows_scalars_in_memory(tmp_path):
    walk = load_walk(make_image(DYNAMIC, tmp_path / "gather.so"))
    table, x = np.array([6, 3, 0, 0], np.int32), np.zeros((8, 4, 32), np.float16)
    stream = walk.stream(VECTOR_0, table, 2, x, 200)
    assert stream["opcode"].tolist() == [0, 0, 0, 0, 11]
    padded, partial, filled = stream[2], stream[3], stream[4]
    page = x.ctypes.data + 3 * 256
    assert region(padded, 0) == region(partial, 0) == (GM, 9, page, [1, 32], [32, 1])
    assert region(padded, 1) == (UB, 9, 32, [4, 32], [32, 1])
    assert region(partial, 1) == (UB, 9, 32, [1, 32], [32, 1])  # the rest stays as it is
    assert (padded["flags"], padded["scalar"], padded["scalar_type"]) == (1, 0xBE00, 9)
    bits = 200 - 256  # sign-extended
    assert (filled["scalar"], filled["scalar_type"], filled["flags"]) == (bits, 5, 16)
    assert region(filled, 0) == (UB, 5, 512, [4, 32], [32, 1])
    assert not len(walk.stream(VECTOR_0, table, 0, x, 200))


def test_a_kernel_that_was_not_placed_has_no_walk(tmp_path):
    text = "task.kernel @k core_group split(automatic) (in %n: index) { task.return }"
    assert load_walk(make_image(text, tmp_path / "k.so")).walk is None
