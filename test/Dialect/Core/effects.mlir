// RUN: tile-opt %s -cse -canonicalize | FileCheck %s

// Two equal declarations are two buffers.
// CHECK-LABEL: @keeps_equal_buffers_apart
func.func @keeps_equal_buffers_apart(%x: memref<16xf32>, %y: memref<16xf32>) {
  // CHECK: %[[A:.*]] = core.buffer
  // CHECK: %[[B:.*]] = core.buffer
  // CHECK: core.dma_load %arg0[] [] to %[[A]]
  // CHECK: core.dma_load %arg1[] [] to %[[B]]
  %a = core.buffer : memref<16xf32, #core.space<ub>>
  %b = core.buffer : memref<16xf32, #core.space<ub>>
  core.dma_load %x[] [] to %a : memref<16xf32> to memref<16xf32, #core.space<ub>>
  core.dma_load %y[] [] to %b : memref<16xf32> to memref<16xf32, #core.space<ub>>
  return
}

// A flag that nobody seems to need orders pipes.
// CHECK-LABEL: @keeps_flags
func.func @keeps_flags() {
  // CHECK: core.set_flag
  // CHECK: core.wait_flag
  // CHECK: core.cross_set
  // CHECK: core.barrier
  core.set_flag mte2 -> v event 0
  core.wait_flag mte2 -> v event 0
  core.cross_set mte3 event 0
  core.barrier
  return
}

// CHECK-LABEL: @merges_equal_slots
func.func @merges_equal_slots(%b: memref<2x16xf32, #core.space<ub>>, %i: index, %v: f32) {
  // CHECK: core.slot
  // CHECK-NOT: core.slot
  %s = core.slot %b[%i] : memref<2x16xf32, #core.space<ub>>
  %t = core.slot %b[%i] : memref<2x16xf32, #core.space<ub>>
  core.vector_fill %v to %s : f32 to memref<16xf32, strided<[1], offset: ?>, #core.space<ub>>
  core.vector_fill %v to %t : f32 to memref<16xf32, strided<[1], offset: ?>, #core.space<ub>>
  return
}

// CHECK-LABEL: @drops_a_buffer_without_use
func.func @drops_a_buffer_without_use() {
  // CHECK-NEXT: return
  %a = core.buffer : memref<16xf32, #core.space<ub>>
  return
}
