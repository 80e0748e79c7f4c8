// RUN: tile-opt %s --pass-pipeline='builtin.module(core.group(core-insert-cross-flags))' | FileCheck %s

task.kernel @work core_group split(automatic) (in %n: index, inout %x: memref<16x16xf32>, in %w: memref<16x16xf32>) {
  task.return
}

// The vector cores load what the cube has stored, and in the next iteration the cube stores again
// what they have loaded. Loads alone need no order, nor do different tensors.
// CHECK-LABEL: core.group @work_placed
// CHECK: scf.for
// CHECK-NEXT: core.dma_load
// CHECK-NEXT: core.cross_set mte2 event 8
// CHECK-NEXT: core.cross_wait fixp event 8
// CHECK-NEXT: core.fixpipe
// CHECK-NEXT: core.dma_load
// CHECK-NEXT: core.cross_set fixp event 0
// CHECK-NEXT: core.cross_wait mte2 event 0
// CHECK-NEXT: core.dma_load
// CHECK-NOT: core.cross
core.group @work_placed of @work (%n: index, %x: memref<16x16xf32>, %w: memref<16x16xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %l = core.buffer : memref<16x16xf32, #core.space<l1>>
  %c = core.buffer : memref<16x16xf32, #core.space<l0c>>
  %u = core.buffer : memref<16x16xf32, #core.space<ub>>
  scf.for %i = %c0 to %n step %c1 {
    core.dma_load %w[] [] to %l : memref<16x16xf32> to memref<16x16xf32, #core.space<l1>>
    core.fixpipe %c to %x[] [] : memref<16x16xf32, #core.space<l0c>> to memref<16x16xf32>
    core.dma_load %w[] [] to %u : memref<16x16xf32> to memref<16x16xf32, #core.space<ub>>
    core.dma_load %x[] [] to %u : memref<16x16xf32> to memref<16x16xf32, #core.space<ub>>
  }
}

// The cube follows the vector core where an element of a tile decides.
// CHECK-LABEL: core.group @reads_placed
// CHECK: core.read_scalar 0
// CHECK-NEXT: core.cross_set s event 8
// CHECK-NEXT: core.cross_wait s event 8
// CHECK: core.read_scalar 1
// CHECK-NEXT: core.cross_set s event 8
// CHECK-NEXT: core.cross_wait s event 8
core.group @reads_placed of @work (%n: index, %x: memref<16x16xf32>, %w: memref<16x16xf32>) {
  %u = core.buffer : memref<16x16xf32, #core.space<ub>>
  %l = core.buffer : memref<16x16xf32, #core.space<l1>>
  %a = core.read_scalar 0 %u[%n, %n] : memref<16x16xf32, #core.space<ub>>
  %b = core.read_scalar 1 %u[%n, %n] : memref<16x16xf32, #core.space<ub>>
  %isLess = arith.cmpf olt, %a, %b : f32
  scf.if %isLess {
    core.dma_load %w[] [] to %l : memref<16x16xf32> to memref<16x16xf32, #core.space<l1>>
  }
}

// Without a cube there is nobody to tell.
// CHECK-LABEL: core.group @reads_alone
// CHECK: core.read_scalar 0
// CHECK-NOT: core.cross
core.group @reads_alone of @work (%n: index, %x: memref<16x16xf32>, %w: memref<16x16xf32>) {
  %u = core.buffer : memref<16x16xf32, #core.space<ub>>
  %a = core.read_scalar 0 %u[%n, %n] : memref<16x16xf32, #core.space<ub>>
}
