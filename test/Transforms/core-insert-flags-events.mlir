// RUN: tile-opt -core-insert-flags -split-input-file -verify-diagnostics %s | FileCheck %s

task.kernel @tile core_group split(automatic)
    (inout %x: memref<8x16xf32>, inout %y: memref<8x16xf32>, in %n: index, in %p: i1) { task.return }

// Nine flags at a time: two of them become one, set after the second load.
// CHECK-LABEL: core.group @merges
core.group @merges of @tile (%x: memref<8x16xf32>, %y: memref<8x16xf32>, %n: index, %p: i1) {
  core.vector_program lanes(1) {
    %b0 = core.buffer at 0 : memref<8x16xf32, #core.space<ub>>
    %b1 = core.buffer at 512 : memref<8x16xf32, #core.space<ub>>
    %b2 = core.buffer at 1024 : memref<8x16xf32, #core.space<ub>>
    %b3 = core.buffer at 1536 : memref<8x16xf32, #core.space<ub>>
    %b4 = core.buffer at 2048 : memref<8x16xf32, #core.space<ub>>
    %b5 = core.buffer at 2560 : memref<8x16xf32, #core.space<ub>>
    %b6 = core.buffer at 3072 : memref<8x16xf32, #core.space<ub>>
    %b7 = core.buffer at 3584 : memref<8x16xf32, #core.space<ub>>
    %b8 = core.buffer at 4096 : memref<8x16xf32, #core.space<ub>>
    // CHECK-COUNT-8: core.set_flag mte2 -> v
    // CHECK-NOT: set_flag
    // CHECK-COUNT-8: core.wait_flag mte2 -> v
    // CHECK-NOT: wait_flag
    // CHECK: }
    core.dma_load %x[] [] to %b0 : memref<8x16xf32> to memref<8x16xf32, #core.space<ub>>
    core.dma_load %x[] [] to %b1 : memref<8x16xf32> to memref<8x16xf32, #core.space<ub>>
    core.dma_load %x[] [] to %b2 : memref<8x16xf32> to memref<8x16xf32, #core.space<ub>>
    core.dma_load %x[] [] to %b3 : memref<8x16xf32> to memref<8x16xf32, #core.space<ub>>
    core.dma_load %x[] [] to %b4 : memref<8x16xf32> to memref<8x16xf32, #core.space<ub>>
    core.dma_load %x[] [] to %b5 : memref<8x16xf32> to memref<8x16xf32, #core.space<ub>>
    core.dma_load %x[] [] to %b6 : memref<8x16xf32> to memref<8x16xf32, #core.space<ub>>
    core.dma_load %x[] [] to %b7 : memref<8x16xf32> to memref<8x16xf32, #core.space<ub>>
    core.dma_load %x[] [] to %b8 : memref<8x16xf32> to memref<8x16xf32, #core.space<ub>>
    core.vector_unary exp %b0 to %b0 : memref<8x16xf32, #core.space<ub>> to memref<8x16xf32, #core.space<ub>>
    core.vector_unary exp %b1 to %b1 : memref<8x16xf32, #core.space<ub>> to memref<8x16xf32, #core.space<ub>>
    core.vector_unary exp %b2 to %b2 : memref<8x16xf32, #core.space<ub>> to memref<8x16xf32, #core.space<ub>>
    core.vector_unary exp %b3 to %b3 : memref<8x16xf32, #core.space<ub>> to memref<8x16xf32, #core.space<ub>>
    core.vector_unary exp %b4 to %b4 : memref<8x16xf32, #core.space<ub>> to memref<8x16xf32, #core.space<ub>>
    core.vector_unary exp %b5 to %b5 : memref<8x16xf32, #core.space<ub>> to memref<8x16xf32, #core.space<ub>>
    core.vector_unary exp %b6 to %b6 : memref<8x16xf32, #core.space<ub>> to memref<8x16xf32, #core.space<ub>>
    core.vector_unary exp %b7 to %b7 : memref<8x16xf32, #core.space<ub>> to memref<8x16xf32, #core.space<ub>>
    core.vector_unary exp %b8 to %b8 : memref<8x16xf32, #core.space<ub>> to memref<8x16xf32, #core.space<ub>>
  }
}

// -----

task.kernel @tile core_group split(automatic)
    (inout %x: memref<8x16xf32>, inout %y: memref<8x16xf32>, in %n: index, in %p: i1) { task.return }

// Each flag is awaited before the next is set, but the loading pipe does not know: after eight, it
// awaits what has awaited half of them.
// CHECK-LABEL: core.group @runs_ahead
core.group @runs_ahead of @tile (%x: memref<8x16xf32>, %y: memref<8x16xf32>, %n: index, %p: i1) {
  core.vector_program lanes(1) {
    %b0 = core.buffer at 0 : memref<8x16xf32, #core.space<ub>>
    %b1 = core.buffer at 512 : memref<8x16xf32, #core.space<ub>>
    %b2 = core.buffer at 1024 : memref<8x16xf32, #core.space<ub>>
    %b3 = core.buffer at 1536 : memref<8x16xf32, #core.space<ub>>
    %b4 = core.buffer at 2048 : memref<8x16xf32, #core.space<ub>>
    %b5 = core.buffer at 2560 : memref<8x16xf32, #core.space<ub>>
    %b6 = core.buffer at 3072 : memref<8x16xf32, #core.space<ub>>
    %b7 = core.buffer at 3584 : memref<8x16xf32, #core.space<ub>>
    %b8 = core.buffer at 4096 : memref<8x16xf32, #core.space<ub>>
    // CHECK-NOT: core.barrier
    // CHECK: core.wait_flag mte2 -> v event 3{{$}}
    // CHECK-NEXT: core.vector_unary
    // CHECK-NEXT: core.set_flag v -> mte2 event 0{{$}}
    // CHECK: core.wait_flag mte2 -> v event 7{{$}}
    // CHECK-NEXT: core.vector_unary
    // CHECK-NEXT: core.wait_flag v -> mte2 event 0{{$}}
    // CHECK-NEXT: core.dma_load
    // CHECK-NEXT: core.set_flag mte2 -> v event 0{{$}}
    // CHECK-NOT: core.barrier
    // CHECK: }
    core.dma_load %x[] [] to %b0 : memref<8x16xf32> to memref<8x16xf32, #core.space<ub>>
    core.vector_unary exp %b0 to %b0 : memref<8x16xf32, #core.space<ub>> to memref<8x16xf32, #core.space<ub>>
    core.dma_load %x[] [] to %b1 : memref<8x16xf32> to memref<8x16xf32, #core.space<ub>>
    core.vector_unary exp %b1 to %b1 : memref<8x16xf32, #core.space<ub>> to memref<8x16xf32, #core.space<ub>>
    core.dma_load %x[] [] to %b2 : memref<8x16xf32> to memref<8x16xf32, #core.space<ub>>
    core.vector_unary exp %b2 to %b2 : memref<8x16xf32, #core.space<ub>> to memref<8x16xf32, #core.space<ub>>
    core.dma_load %x[] [] to %b3 : memref<8x16xf32> to memref<8x16xf32, #core.space<ub>>
    core.vector_unary exp %b3 to %b3 : memref<8x16xf32, #core.space<ub>> to memref<8x16xf32, #core.space<ub>>
    core.dma_load %x[] [] to %b4 : memref<8x16xf32> to memref<8x16xf32, #core.space<ub>>
    core.vector_unary exp %b4 to %b4 : memref<8x16xf32, #core.space<ub>> to memref<8x16xf32, #core.space<ub>>
    core.dma_load %x[] [] to %b5 : memref<8x16xf32> to memref<8x16xf32, #core.space<ub>>
    core.vector_unary exp %b5 to %b5 : memref<8x16xf32, #core.space<ub>> to memref<8x16xf32, #core.space<ub>>
    core.dma_load %x[] [] to %b6 : memref<8x16xf32> to memref<8x16xf32, #core.space<ub>>
    core.vector_unary exp %b6 to %b6 : memref<8x16xf32, #core.space<ub>> to memref<8x16xf32, #core.space<ub>>
    core.dma_load %x[] [] to %b7 : memref<8x16xf32> to memref<8x16xf32, #core.space<ub>>
    core.vector_unary exp %b7 to %b7 : memref<8x16xf32, #core.space<ub>> to memref<8x16xf32, #core.space<ub>>
    core.dma_load %x[] [] to %b8 : memref<8x16xf32> to memref<8x16xf32, #core.space<ub>>
    core.vector_unary exp %b8 to %b8 : memref<8x16xf32, #core.space<ub>> to memref<8x16xf32, #core.space<ub>>
  }
}

// -----

task.kernel @tile core_group split(automatic)
    (inout %x: memref<8x16xf32>, inout %y: memref<8x16xf32>, in %n: index, in %p: i1) { task.return }

// More slots than events: they share one.
// CHECK-LABEL: core.group @collapses
core.group @collapses of @tile (%x: memref<8x16xf32>, %y: memref<8x16xf32>, %n: index, %p: i1) {
  core.vector_program lanes(1) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %a = core.buffer at 0 slots(9) : memref<9x8x16xf32, #core.space<ub>>
    // CHECK-NOT: core.barrier
    // CHECK: core.set_flag v -> mte2 event 0
    // CHECK-NEXT: scf.for
    // CHECK: core.wait_flag v -> mte2 event 0{{$}}
    // CHECK: core.set_flag mte2 -> v event 0{{$}}
    // CHECK: core.wait_flag mte2 -> v event 0{{$}}
    // CHECK: core.set_flag v -> mte2 event 0{{$}}
    // CHECK-NEXT: }
    // CHECK-NEXT: core.wait_flag v -> mte2 event 0
    scf.for %i = %c0 to %n step %c1 {
      %t = core.turn %i from %c0 step %c1 of 9
      %s = core.slot %a[%t] : memref<9x8x16xf32, #core.space<ub>>
      core.dma_load %x[] [] to %s
          : memref<8x16xf32> to memref<8x16xf32, strided<[16, 1], offset: ?>, #core.space<ub>>
      core.vector_unary exp %s to %s
          : memref<8x16xf32, strided<[16, 1], offset: ?>, #core.space<ub>>
          to memref<8x16xf32, strided<[16, 1], offset: ?>, #core.space<ub>>
    }
  }
}

// -----

task.kernel @tile core_group split(automatic)
    (inout %x: memref<8x16xf32>, inout %y: memref<8x16xf32>, in %n: index, in %p: i1) { task.return }

core.group @unplaced of @tile (%x: memref<8x16xf32>, %y: memref<8x16xf32>, %n: index, %p: i1) {
  core.vector_program lanes(1) {
    // expected-error @+1 {{expects an address, but got none; place buffers first}}
    %a = core.buffer : memref<8x16xf32, #core.space<ub>>
    core.dma_load %x[] [] to %a : memref<8x16xf32> to memref<8x16xf32, #core.space<ub>>
  }
}

// -----

task.kernel @tile core_group split(automatic)
    (inout %x: memref<8x16xf32>, inout %y: memref<8x16xf32>, in %n: index, in %p: i1) { task.return }

core.group @flagged of @tile (%x: memref<8x16xf32>, %y: memref<8x16xf32>, %n: index, %p: i1) {
  core.vector_program lanes(1) {
    // expected-error @+1 {{expects a program without flags}}
    core.set_flag v -> mte2 event 0
  }
}
