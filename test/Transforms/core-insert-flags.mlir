// RUN: tile-opt -core-insert-flags -split-input-file %s | FileCheck %s

task.kernel @matmul core_group split(automatic)
    (in %x: memref<16x128xbf16>, in %w: memref<128x64xbf16>, out %y: memref<16x64xf32>) {
  task.return
}

// One flag for each value that passes from pipe to pipe; the product waits for the last move only.
// CHECK-LABEL: core.group @straight_line
core.group @straight_line of @matmul
    (%x: memref<16x128xbf16>, %w: memref<128x64xbf16>, %y: memref<16x64xf32>) {
  core.cube_program {
    %a = core.buffer at 0 : memref<16x128xbf16, #core.space<l1>>
    %b = core.buffer at 4096 : memref<128x64xbf16, #core.space<l1>>
    %l = core.buffer at 0 : memref<16x128xbf16, #core.space<l0a>>
    %r = core.buffer at 0 : memref<128x64xbf16, #core.space<l0b>>
    %c = core.buffer at 0 : memref<16x64xf32, #core.space<l0c>>
    // CHECK: core.dma_load %{{.*}}16x128xbf16
    // CHECK-NEXT: core.set_flag mte2 -> mte1 event 0{{$}}
    // CHECK-NEXT: core.dma_load %{{.*}}128x64xbf16
    // CHECK-NEXT: core.set_flag mte2 -> mte1 event 1{{$}}
    // CHECK-NEXT: core.wait_flag mte2 -> mte1 event 0{{$}}
    // CHECK-NEXT: core.move
    // CHECK-NEXT: core.wait_flag mte2 -> mte1 event 1{{$}}
    // CHECK-NEXT: core.move
    // CHECK-NEXT: core.set_flag mte1 -> m event 0{{$}}
    // CHECK-NEXT: core.wait_flag mte1 -> m event 0{{$}}
    // CHECK-NEXT: core.mmad
    // CHECK-NEXT: core.set_flag m -> fixp event 0{{$}}
    // CHECK-NEXT: core.wait_flag m -> fixp event 0{{$}}
    // CHECK-NEXT: core.fixpipe
    // CHECK-NEXT: }
    core.dma_load %x[] [] to %a : memref<16x128xbf16> to memref<16x128xbf16, #core.space<l1>>
    core.dma_load %w[] [] to %b : memref<128x64xbf16> to memref<128x64xbf16, #core.space<l1>>
    core.move %a to %l
        : memref<16x128xbf16, #core.space<l1>> to memref<16x128xbf16, #core.space<l0a>>
    core.move %b to %r
        : memref<128x64xbf16, #core.space<l1>> to memref<128x64xbf16, #core.space<l0b>>
    core.mmad %l, %r into %c : memref<16x128xbf16, #core.space<l0a>>,
        memref<128x64xbf16, #core.space<l0b>> into memref<16x64xf32, #core.space<l0c>>
    core.fixpipe %c to %y[] [] : memref<16x64xf32, #core.space<l0c>> to memref<16x64xf32>
  }
}

// -----

task.kernel @rows core_group split(automatic)
    (in %x: memref<16x1024xf32>, out %y: memref<16x1024xf32>, in %n: index) { task.return }

// Slots in turn: a flag of each slot is lent before the loop and taken back after it, and what the
// load brought needs as many.
// CHECK-LABEL: core.group @double_buffer
core.group @double_buffer of @rows
    (%x: memref<16x1024xf32>, %y: memref<16x1024xf32>, %n: index) {
  core.vector_program lanes(1) {
    %c0 = arith.constant 0 : index
    %c128 = arith.constant 128 : index
    %b = core.buffer at 0 slots(2) : memref<2x16x128xf32, #core.space<ub>>
    %d = core.buffer at 16384 : memref<16x128xf32, #core.space<ub>>
    // CHECK: core.set_flag v -> mte2 event 0{{$}}
    // CHECK-NEXT: core.set_flag v -> mte2 event 1{{$}}
    // CHECK-NEXT: core.set_flag mte3 -> v event 0{{$}}
    // CHECK-NEXT: scf.for %[[I:.*]] =
    scf.for %i = %c0 to %n step %c128 {
      // CHECK-NEXT: %[[T:.*]] = core.turn %[[I]]
      %t = core.turn %i from %c0 step %c128 of 2
      %s = core.slot %b[%t] : memref<2x16x128xf32, #core.space<ub>>
      // CHECK: core.wait_flag v -> mte2 event 0 + %[[T]]
      // CHECK-NEXT: core.dma_load
      // CHECK-NEXT: core.set_flag mte2 -> v event 0 + %[[T]]
      core.dma_load %x[%c0, %i] [] to %s
          : memref<16x1024xf32> to memref<16x128xf32, strided<[128, 1], offset: ?>, #core.space<ub>>
      // CHECK-DAG: core.wait_flag mte3 -> v event 0{{$}}
      // CHECK-DAG: core.wait_flag mte2 -> v event 0 + %[[T]]
      // CHECK: core.vector_unary
      // CHECK-DAG: core.set_flag v -> mte2 event 0 + %[[T]]
      // CHECK-DAG: core.set_flag v -> mte3 event 0{{$}}
      core.vector_unary exp %s to %d
          : memref<16x128xf32, strided<[128, 1], offset: ?>, #core.space<ub>>
          to memref<16x128xf32, #core.space<ub>>
      // CHECK: core.wait_flag v -> mte3 event 0{{$}}
      // CHECK-NEXT: core.dma_store
      // CHECK-NEXT: core.set_flag mte3 -> v event 0{{$}}
      core.dma_store %d to %y[%c0, %i] []
          : memref<16x128xf32, #core.space<ub>> to memref<16x1024xf32>
    }
    // CHECK-NEXT: }
    // CHECK-DAG: core.wait_flag mte3 -> v event 0{{$}}
    // CHECK-DAG: core.wait_flag v -> mte2 event 1{{$}}
    // CHECK-DAG: core.wait_flag v -> mte2 event 0{{$}}
    // CHECK-NOT: core.
    // CHECK: }
  }
}
