// RUN: tile-opt -core-insert-flags %s | FileCheck %s

task.kernel @tile core_group split(automatic)
    (inout %x: memref<8x16xf32>, in %n: index, in %p: i1) { task.return }

// A flag in each of nine branches, and eight events: they take turns. The guard is taken by the
// branch that is reached next, before it sets its flag, and passed on when that has been awaited.
// CHECK-LABEL: core.group @guards
core.group @guards of @tile (%x: memref<8x16xf32>, %n: index, %p: i1) {
  core.vector_program lanes(1) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %b0 = core.buffer at 0 : memref<8x16xf32, #core.space<ub>>
    %b1 = core.buffer at 512 : memref<8x16xf32, #core.space<ub>>
    %b2 = core.buffer at 1024 : memref<8x16xf32, #core.space<ub>>
    %b3 = core.buffer at 1536 : memref<8x16xf32, #core.space<ub>>
    %b4 = core.buffer at 2048 : memref<8x16xf32, #core.space<ub>>
    %b5 = core.buffer at 2560 : memref<8x16xf32, #core.space<ub>>
    %b6 = core.buffer at 3072 : memref<8x16xf32, #core.space<ub>>
    %b7 = core.buffer at 3584 : memref<8x16xf32, #core.space<ub>>
    %b8 = core.buffer at 4096 : memref<8x16xf32, #core.space<ub>>
    // CHECK: core.set_flag v -> mte2 event 0
    // CHECK: scf.for
    scf.for %i = %c0 to %n step %c1 {
      // CHECK: scf.if
      // CHECK-NEXT: core.wait_flag v -> mte2 event [[R:[1-7]]]
      // CHECK-NEXT: core.dma_load
      // CHECK-NEXT: core.wait_flag v -> mte2 event 0
      // CHECK-NEXT: core.set_flag mte2 -> v event 0
      // CHECK-NEXT: core.wait_flag mte2 -> v event 0
      // CHECK-NEXT: core.set_flag v -> mte2 event 0
      // CHECK-NEXT: core.vector_unary
      // CHECK-NEXT: core.set_flag v -> mte2 event [[R]]
      scf.if %p {
        core.dma_load %x[] [] to %b0 : memref<8x16xf32> to memref<8x16xf32, #core.space<ub>>
        core.vector_unary exp %b0 to %b0 : memref<8x16xf32, #core.space<ub>> to memref<8x16xf32, #core.space<ub>>
      }
      scf.if %p {
        core.dma_load %x[] [] to %b1 : memref<8x16xf32> to memref<8x16xf32, #core.space<ub>>
        core.vector_unary exp %b1 to %b1 : memref<8x16xf32, #core.space<ub>> to memref<8x16xf32, #core.space<ub>>
      }
      scf.if %p {
        core.dma_load %x[] [] to %b2 : memref<8x16xf32> to memref<8x16xf32, #core.space<ub>>
        core.vector_unary exp %b2 to %b2 : memref<8x16xf32, #core.space<ub>> to memref<8x16xf32, #core.space<ub>>
      }
      scf.if %p {
        core.dma_load %x[] [] to %b3 : memref<8x16xf32> to memref<8x16xf32, #core.space<ub>>
        core.vector_unary exp %b3 to %b3 : memref<8x16xf32, #core.space<ub>> to memref<8x16xf32, #core.space<ub>>
      }
      scf.if %p {
        core.dma_load %x[] [] to %b4 : memref<8x16xf32> to memref<8x16xf32, #core.space<ub>>
        core.vector_unary exp %b4 to %b4 : memref<8x16xf32, #core.space<ub>> to memref<8x16xf32, #core.space<ub>>
      }
      scf.if %p {
        core.dma_load %x[] [] to %b5 : memref<8x16xf32> to memref<8x16xf32, #core.space<ub>>
        core.vector_unary exp %b5 to %b5 : memref<8x16xf32, #core.space<ub>> to memref<8x16xf32, #core.space<ub>>
      }
      scf.if %p {
        core.dma_load %x[] [] to %b6 : memref<8x16xf32> to memref<8x16xf32, #core.space<ub>>
        core.vector_unary exp %b6 to %b6 : memref<8x16xf32, #core.space<ub>> to memref<8x16xf32, #core.space<ub>>
      }
      scf.if %p {
        core.dma_load %x[] [] to %b7 : memref<8x16xf32> to memref<8x16xf32, #core.space<ub>>
        core.vector_unary exp %b7 to %b7 : memref<8x16xf32, #core.space<ub>> to memref<8x16xf32, #core.space<ub>>
      }
      scf.if %p {
        core.dma_load %x[] [] to %b8 : memref<8x16xf32> to memref<8x16xf32, #core.space<ub>>
        core.vector_unary exp %b8 to %b8 : memref<8x16xf32, #core.space<ub>> to memref<8x16xf32, #core.space<ub>>
      }
      // CHECK-COUNT-8: core.set_flag mte2 -> v event 0
      // CHECK-NOT: {{core.set_flag mte2|barrier}}
    }
  }
}
