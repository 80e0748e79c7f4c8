// RUN: tile-opt -core-insert-flags -split-input-file %s | FileCheck %s

task.kernel @k core_group split(automatic) (inout %x: memref<8x16xf32>, in %n: index) {
  task.return
}

// The loop touches on two pipes what the store reads; the first of them waits, and the second for it.
// CHECK-LABEL: core.group @loop_after_store
core.group @loop_after_store of @k (%x: memref<8x16xf32>, %n: index) {
  core.vector_program lanes(1) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %a = core.buffer at 0 : memref<8x16xf32, #core.space<ub>>
    // CHECK: core.dma_store
    // CHECK-NEXT: core.set_flag mte3 -> mte2 event 0
    // CHECK-NEXT: core.set_flag v -> mte2 event 0
    // CHECK-NEXT: core.wait_flag mte3 -> mte2 event 0
    // CHECK-NEXT: scf.for
    // CHECK-NEXT: core.wait_flag v -> mte2 event 0
    // CHECK-NEXT: core.dma_load
    // CHECK-NEXT: core.set_flag mte2 -> v event 0
    // CHECK-NEXT: core.wait_flag mte2 -> v event 0
    // CHECK-NEXT: core.vector_unary
    // CHECK-NEXT: core.set_flag v -> mte2 event 0
    core.dma_store %a to %x[] [] : memref<8x16xf32, #core.space<ub>> to memref<8x16xf32>
    scf.for %i = %c0 to %n step %c1 {
      core.dma_load %x[] [] to %a : memref<8x16xf32> to memref<8x16xf32, #core.space<ub>>
      core.vector_unary exp %a to %a
          : memref<8x16xf32, #core.space<ub>> to memref<8x16xf32, #core.space<ub>>
    }
  }
}

// -----

task.kernel @k core_group split(automatic) (inout %x: memref<8x16xf32>) { task.return }

// As many slots as iterations: no slot is used again, so nothing is lent.
// CHECK-LABEL: core.group @as_many_slots_as_iterations
core.group @as_many_slots_as_iterations of @k (%x: memref<8x16xf32>) {
  core.vector_program lanes(1) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c2 = arith.constant 2 : index
    %a = core.buffer at 0 slots(2) : memref<2x8x16xf32, #core.space<ub>>
    // CHECK-NOT: core.set_flag v -> mte2
    // CHECK: scf.for
    // CHECK-NOT: core.wait_flag v -> mte2
    // CHECK: core.wait_flag mte2 -> v
    scf.for %i = %c0 to %c2 step %c1 {
      %t = core.turn %i from %c0 step %c1 of 2
      %s = core.slot %a[%t] : memref<2x8x16xf32, #core.space<ub>>
      core.dma_load %x[] [] to %s : memref<8x16xf32>
          to memref<8x16xf32, strided<[16, 1], offset: ?>, #core.space<ub>>
      core.vector_unary exp %s to %s
          : memref<8x16xf32, strided<[16, 1], offset: ?>, #core.space<ub>>
          to memref<8x16xf32, strided<[16, 1], offset: ?>, #core.space<ub>>
    }
  }
}

// -----

task.kernel @k core_group split(automatic) (inout %x: memref<8x16xf32>, in %n: index, in %p: i1) {
  task.return
}

// One branch leaves a store that only mte2 knows to have ended, the other one that only v knows:
// the load at the end has to wait for v alone.
// CHECK-LABEL: core.group @paths_apart
core.group @paths_apart of @k (%x: memref<8x16xf32>, %n: index, %p: i1) {
  core.vector_program lanes(1) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %a = core.buffer at 0 : memref<8x16xf32, #core.space<ub>>
    // CHECK: else
    // CHECK: core.set_flag v -> mte2
    // CHECK-NOT: core.set_flag mte3 -> mte2
    // CHECK: core.dma_load
    scf.if %p {
      scf.for %i = %c0 to %n step %c1 {
        core.dma_load %x[] [] to %a : memref<8x16xf32> to memref<8x16xf32, #core.space<ub>>
        core.dma_store %a to %x[] [] : memref<8x16xf32, #core.space<ub>> to memref<8x16xf32>
      }
    } else {
      core.dma_store %a to %x[] [] : memref<8x16xf32, #core.space<ub>> to memref<8x16xf32>
      core.vector_unary exp %a to %a
          : memref<8x16xf32, #core.space<ub>> to memref<8x16xf32, #core.space<ub>>
    }
    core.dma_load %x[] [] to %a : memref<8x16xf32> to memref<8x16xf32, #core.space<ub>>
  }
}

// -----

task.kernel @k core_group split(automatic) (inout %x: memref<8x16xf32>) { task.return }

// The ring's third slot, which the load writes, is not reached in two iterations.
// CHECK-LABEL: core.group @slot_out_of_reach
core.group @slot_out_of_reach of @k (%x: memref<8x16xf32>) {
  core.vector_program lanes(1) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c2 = arith.constant 2 : index
    %a = core.buffer at 0 slots(3) : memref<3x8x16xf32, #core.space<ub>>
    %b = core.buffer at 1024 : memref<8x16xf32, #core.space<ub>>
    // CHECK-NOT: core.set_flag
    core.dma_load %x[] [] to %b : memref<8x16xf32> to memref<8x16xf32, #core.space<ub>>
    scf.for %i = %c0 to %c2 step %c1 {
      %t = core.turn %i from %c0 step %c1 of 3
      %s = core.slot %a[%t] : memref<3x8x16xf32, #core.space<ub>>
      core.vector_unary exp %s to %s
          : memref<8x16xf32, strided<[16, 1], offset: ?>, #core.space<ub>>
          to memref<8x16xf32, strided<[16, 1], offset: ?>, #core.space<ub>>
    }
  }
}

// -----

task.kernel @k core_group split(automatic) (inout %x: memref<8x16xf32>) { task.return }

// The loads read the first two rows, the store writes the third.
// CHECK-LABEL: core.group @rows_out_of_reach
core.group @rows_out_of_reach of @k (%x: memref<8x16xf32>) {
  core.vector_program lanes(1) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c2 = arith.constant 2 : index
    %a = core.buffer at 0 : memref<1x16xf32, #core.space<ub>>
    %b = core.buffer at 512 : memref<1x16xf32, #core.space<ub>>
    // CHECK-NOT: core.set_flag
    scf.for %i = %c0 to %c2 step %c1 {
      core.dma_load %x[%i, %c0] [] to %a
          : memref<8x16xf32> to memref<1x16xf32, #core.space<ub>>
    }
    core.dma_store %b to %x[%c2, %c0] [] : memref<1x16xf32, #core.space<ub>> to memref<8x16xf32>
  }
}
