// RUN: tile-opt -core-insert-flags -split-input-file %s | FileCheck %s

task.kernel @k core_group split(automatic)
    (inout %x: memref<8x16xf32>, in %n: index, in %p: i1, in %q: i1) { task.return }

// Both branches load to the same place: each takes the flag, whichever of them runs.
// CHECK-LABEL: core.group @baton
core.group @baton of @k (%x: memref<8x16xf32>, %n: index, %p: i1, %q: i1) {
  core.vector_program lanes(1) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %a = core.buffer at 0 : memref<8x16xf32, #core.space<ub>>
    // CHECK: core.set_flag v -> mte2 event [[E:[0-7]]]
    // CHECK-NEXT: scf.for
    scf.for %i = %c0 to %n step %c1 {
      // CHECK-NEXT: scf.if
      // CHECK-NEXT: core.wait_flag v -> mte2 event [[E]]
      // CHECK-NEXT: core.dma_load
      // CHECK: core.vector_unary
      // CHECK-NEXT: core.set_flag v -> mte2 event [[E]]
      // CHECK-NEXT: }
      scf.if %p {
        core.dma_load %x[] [] to %a : memref<8x16xf32> to memref<8x16xf32, #core.space<ub>>
        core.vector_unary exp %a to %a : memref<8x16xf32, #core.space<ub>> to memref<8x16xf32, #core.space<ub>>
      }
      // CHECK-NEXT: scf.if
      // CHECK-NEXT: core.wait_flag v -> mte2 event [[E]]
      // CHECK-NEXT: core.dma_load
      // CHECK: core.vector_unary
      // CHECK-NEXT: core.set_flag v -> mte2 event [[E]]
      // CHECK-NEXT: }
      // CHECK-NEXT: }
      // CHECK-NEXT: core.wait_flag v -> mte2 event [[E]]
      // CHECK-NOT: core.wait_flag
      scf.if %q {
        core.dma_load %x[] [] to %a : memref<8x16xf32> to memref<8x16xf32, #core.space<ub>>
        core.vector_unary exp %a to %a : memref<8x16xf32, #core.space<ub>> to memref<8x16xf32, #core.space<ub>>
      }
    }
  }
}

// -----

task.kernel @k core_group split(automatic)
    (inout %x: memref<8x16xf32>, in %n: index, in %p: i1, in %q: i1) { task.return }

// The branch within a branch takes it, and so does either part of the other.
// CHECK-LABEL: core.group @nested
core.group @nested of @k (%x: memref<8x16xf32>, %n: index, %p: i1, %q: i1) {
  core.vector_program lanes(1) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %a = core.buffer at 0 : memref<8x16xf32, #core.space<ub>>
    // CHECK: core.set_flag v -> mte2 event [[E:[0-7]]]
    // CHECK-NEXT: scf.for
    // CHECK-NEXT: scf.if
    // CHECK-NEXT: scf.if
    scf.for %i = %c0 to %n step %c1 {
      scf.if %p {
        scf.if %q {
          // CHECK-NEXT: core.wait_flag v -> mte2 event [[E]]
          // CHECK-NEXT: core.dma_load
          // CHECK: core.vector_unary
          // CHECK-NEXT: core.set_flag v -> mte2 event [[E]]
          // CHECK-NEXT: }
          // CHECK-NEXT: }
          // CHECK-NEXT: scf.if
          core.dma_load %x[] [] to %a : memref<8x16xf32> to memref<8x16xf32, #core.space<ub>>
          core.vector_unary exp %a to %a : memref<8x16xf32, #core.space<ub>> to memref<8x16xf32, #core.space<ub>>
        }
      }
      scf.if %q {
        // CHECK-NEXT: core.wait_flag v -> mte2 event [[E]]
        // CHECK-NEXT: core.dma_load
        // CHECK: core.vector_unary
        // CHECK-NEXT: core.set_flag v -> mte2 event [[E]]
        // CHECK-NEXT: } else {
        core.dma_load %x[] [] to %a : memref<8x16xf32> to memref<8x16xf32, #core.space<ub>>
        core.vector_unary exp %a to %a : memref<8x16xf32, #core.space<ub>> to memref<8x16xf32, #core.space<ub>>
      } else {
        // CHECK-NEXT: core.wait_flag v -> mte2 event [[E]]
        // CHECK-NEXT: core.dma_load
        // CHECK: core.vector_unary
        // CHECK-NEXT: core.set_flag v -> mte2 event [[E]]
        // CHECK-NEXT: }
        core.dma_load %x[] [] to %a : memref<8x16xf32> to memref<8x16xf32, #core.space<ub>>
        core.vector_unary neg %a to %a : memref<8x16xf32, #core.space<ub>> to memref<8x16xf32, #core.space<ub>>
      }
    }
  }
}

// -----

task.kernel @k core_group split(automatic)
    (inout %x: memref<8x16xf32>, in %n: index, in %p: i1, in %q: i1) { task.return }

// The second branch loads nothing: what it sets would be set twice. So the flags stand around.
// CHECK-LABEL: core.group @one_way
core.group @one_way of @k (%x: memref<8x16xf32>, %n: index, %p: i1, %q: i1) {
  core.vector_program lanes(1) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %a = core.buffer at 0 : memref<8x16xf32, #core.space<ub>>
    // CHECK: scf.for
    // CHECK-NEXT: core.wait_flag v -> mte2 event 0
    // CHECK-NEXT: scf.if
    scf.for %i = %c0 to %n step %c1 {
      scf.if %p {
        core.dma_load %x[] [] to %a : memref<8x16xf32> to memref<8x16xf32, #core.space<ub>>
        core.vector_unary exp %a to %a : memref<8x16xf32, #core.space<ub>> to memref<8x16xf32, #core.space<ub>>
      }
      // CHECK: core.set_flag mte2 -> v event [[E:[1-7]]]
      // CHECK-NEXT: core.wait_flag mte2 -> v event [[E]]
      // CHECK-NEXT: scf.if
      // CHECK: }
      // CHECK-NEXT: core.set_flag v -> mte2 event 0
      scf.if %q {
        core.vector_unary exp %a to %a : memref<8x16xf32, #core.space<ub>> to memref<8x16xf32, #core.space<ub>>
      }
    }
  }
}
