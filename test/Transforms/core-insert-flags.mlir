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
    // CHECK-NOT: {{_flag|barrier}}
    // CHECK: }
  }
}

// -----

task.kernel @tile core_group split(automatic)
    (inout %x: memref<8x16xf32>, inout %y: memref<8x16xf32>, in %n: index, in %p: i1) { task.return }

// A value loaded, changed in place and stored: that the store follows the load is implied.
// CHECK-LABEL: core.group @in_place
core.group @in_place of @tile (%x: memref<8x16xf32>, %y: memref<8x16xf32>, %n: index, %p: i1) {
  core.vector_program lanes(1) {
    %b = core.buffer at 0 : memref<8x16xf32, #core.space<ub>>
    // CHECK-NOT: mte2 -> mte3
    // CHECK: core.set_flag mte2 -> v event 0
    // CHECK: core.wait_flag mte2 -> v event 0
    // CHECK: core.set_flag v -> mte3 event 0
    // CHECK: core.wait_flag v -> mte3 event 0
    // CHECK-NOT: flag
    // CHECK: core.dma_store
    core.dma_load %x[] [] to %b : memref<8x16xf32> to memref<8x16xf32, #core.space<ub>>
    core.vector_unary exp %b to %b
        : memref<8x16xf32, #core.space<ub>> to memref<8x16xf32, #core.space<ub>>
    core.vector_unary neg %b to %b
        : memref<8x16xf32, #core.space<ub>> to memref<8x16xf32, #core.space<ub>>
    core.dma_store %b to %y[] [] : memref<8x16xf32, #core.space<ub>> to memref<8x16xf32>
  }
}

// -----

task.kernel @tile core_group split(automatic)
    (inout %x: memref<8x16xf32>, inout %y: memref<8x16xf32>, in %n: index, in %p: i1) { task.return }

// Buffers that share bytes: the second load waits until the first value has been read. A load of
// other bytes does not.
// CHECK-LABEL: core.group @shared_address
core.group @shared_address of @tile
    (%x: memref<8x16xf32>, %y: memref<8x16xf32>, %n: index, %p: i1) {
  core.vector_program lanes(1) {
    %a = core.buffer at 0 : memref<8x16xf32, #core.space<ub>>
    %b = core.buffer at 480 : memref<8x16xf32, #core.space<ub>>
    %c = core.buffer at 1024 : memref<8x16xf32, #core.space<ub>>
    // CHECK: core.vector_unary
    // CHECK-NEXT: core.set_flag v -> mte2 event 0
    // CHECK-NEXT: core.dma_load
    // CHECK-NEXT: core.wait_flag v -> mte2 event 0
    // CHECK-NEXT: core.dma_load
    // CHECK-NOT: {{_flag|barrier}}
    // CHECK: }
    core.vector_unary exp %a to %a
        : memref<8x16xf32, #core.space<ub>> to memref<8x16xf32, #core.space<ub>>
    core.dma_load %x[] [] to %c : memref<8x16xf32> to memref<8x16xf32, #core.space<ub>>
    core.dma_load %x[] [] to %b : memref<8x16xf32> to memref<8x16xf32, #core.space<ub>>
  }
}

// -----

task.kernel @tile core_group split(automatic)
    (inout %x: memref<8x16xf32>, inout %y: memref<8x16xf32>, in %n: index, in %p: i1) { task.return }

// What was stored to global memory is loaded again; another argument is other memory.
// CHECK-LABEL: core.group @global_memory
core.group @global_memory of @tile
    (%x: memref<8x16xf32>, %y: memref<8x16xf32>, %n: index, %p: i1) {
  core.vector_program lanes(1) {
    %a = core.buffer at 0 : memref<8x16xf32, #core.space<ub>>
    %b = core.buffer at 512 : memref<8x16xf32, #core.space<ub>>
    %c = core.buffer at 1024 : memref<8x16xf32, #core.space<ub>>
    // CHECK: core.dma_store
    // CHECK-NEXT: core.set_flag mte3 -> mte2 event 0
    // CHECK-NEXT: core.dma_load %[[Y:.*]][] [] to
    // CHECK-NEXT: core.wait_flag mte3 -> mte2 event 0
    // CHECK-NEXT: core.dma_load
    // CHECK-NOT: {{_flag|barrier}}
    // CHECK: }
    core.dma_store %a to %x[] [] : memref<8x16xf32, #core.space<ub>> to memref<8x16xf32>
    core.dma_load %y[] [] to %b : memref<8x16xf32> to memref<8x16xf32, #core.space<ub>>
    core.dma_load %x[] [] to %c : memref<8x16xf32> to memref<8x16xf32, #core.space<ub>>
  }
}

// -----

task.kernel @tile core_group split(automatic)
    (inout %x: memref<8x16xf32>, inout %y: memref<8x16xf32>, in %n: index, in %p: i1) { task.return }

// A loop in a loop lends its flags around the outer one, so that outer iterations overlap; they are
// set and taken back also if no iteration runs.
// CHECK-LABEL: core.group @nested
core.group @nested of @tile (%x: memref<8x16xf32>, %y: memref<8x16xf32>, %n: index, %p: i1) {
  core.vector_program lanes(1) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %a = core.buffer at 0 : memref<8x16xf32, #core.space<ub>>
    // CHECK: core.set_flag v -> mte2 event 0
    // CHECK-NEXT: scf.for
    // CHECK-NEXT: scf.for
    // CHECK-NEXT: core.wait_flag v -> mte2 event 0
    // CHECK-NEXT: core.dma_load
    // CHECK-NEXT: core.set_flag mte2 -> v event 0
    // CHECK-NEXT: core.wait_flag mte2 -> v event 0
    // CHECK-NEXT: core.vector_unary
    // CHECK-NEXT: core.set_flag v -> mte2 event 0
    // CHECK-NEXT: }
    // CHECK-NEXT: }
    // CHECK-NEXT: core.wait_flag v -> mte2 event 0
    scf.for %i = %c0 to %n step %c1 {
      scf.for %j = %c0 to %i step %c1 {
        core.dma_load %x[] [] to %a : memref<8x16xf32> to memref<8x16xf32, #core.space<ub>>
        core.vector_unary exp %a to %a
            : memref<8x16xf32, #core.space<ub>> to memref<8x16xf32, #core.space<ub>>
      }
    }
  }
}

// -----

task.kernel @tile core_group split(automatic)
    (inout %x: memref<8x16xf32>, inout %y: memref<8x16xf32>, in %n: index, in %p: i1) { task.return }

// Both ways through a condition leave the flags as they were.
// CHECK-LABEL: core.group @condition
core.group @condition of @tile (%x: memref<8x16xf32>, %y: memref<8x16xf32>, %n: index, %p: i1) {
  core.vector_program lanes(1) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %a = core.buffer at 0 : memref<8x16xf32, #core.space<ub>>
    // CHECK: core.set_flag v -> mte2 event 0
    // CHECK-NEXT: scf.for
    // CHECK-NEXT: core.wait_flag v -> mte2 event 0
    // CHECK-NEXT: scf.if
    // CHECK-NEXT: core.dma_load
    // CHECK-NEXT: }
    // CHECK-NEXT: core.set_flag mte2 -> v event 0
    // CHECK-NEXT: core.wait_flag mte2 -> v event 0
    // CHECK-NEXT: core.vector_unary
    // CHECK-NEXT: core.set_flag v -> mte2 event 0
    // CHECK-NEXT: }
    // CHECK-NEXT: core.wait_flag v -> mte2 event 0
    scf.for %i = %c0 to %n step %c1 {
      scf.if %p {
        core.dma_load %x[] [] to %a : memref<8x16xf32> to memref<8x16xf32, #core.space<ub>>
      }
      core.vector_unary exp %a to %a
          : memref<8x16xf32, #core.space<ub>> to memref<8x16xf32, #core.space<ub>>
    }
  }
}

// -----

task.kernel @tile core_group split(automatic)
    (inout %x: memref<8x16xf32>, inout %y: memref<8x16xf32>, in %n: index, in %p: i1) { task.return }

// A value made before a loop and changed in it: the loads in the loop already follow the store.
// CHECK-LABEL: core.group @around_a_loop
core.group @around_a_loop of @tile
    (%x: memref<8x16xf32>, %y: memref<8x16xf32>, %n: index, %p: i1) {
  core.vector_program lanes(1) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %a = core.buffer at 0 : memref<8x16xf32, #core.space<ub>>
    // CHECK: core.vector_unary
    // CHECK-NEXT: core.set_flag v -> mte2 event 0
    // CHECK-NEXT: scf.for
    // CHECK-NEXT: core.wait_flag v -> mte2 event 0
    // CHECK-NEXT: core.dma_load
    // CHECK-NEXT: core.set_flag mte2 -> v event 0
    // CHECK-NEXT: core.wait_flag mte2 -> v event 0
    // CHECK-NEXT: core.vector_unary
    // CHECK-NEXT: core.set_flag v -> mte2 event 0
    // CHECK-NEXT: }
    // CHECK-NEXT: core.wait_flag v -> mte2 event 0
    // CHECK-NEXT: core.vector_unary
    // CHECK-NOT: {{_flag|barrier}}
    // CHECK: }
    core.vector_unary exp %a to %a
        : memref<8x16xf32, #core.space<ub>> to memref<8x16xf32, #core.space<ub>>
    scf.for %i = %c0 to %n step %c1 {
      core.dma_load %x[] [] to %a : memref<8x16xf32> to memref<8x16xf32, #core.space<ub>>
      core.vector_unary exp %a to %a
          : memref<8x16xf32, #core.space<ub>> to memref<8x16xf32, #core.space<ub>>
    }
    core.vector_unary exp %a to %a
        : memref<8x16xf32, #core.space<ub>> to memref<8x16xf32, #core.space<ub>>
  }
}

// -----

task.kernel @tile core_group split(automatic)
    (inout %x: memref<8x16xf32>, inout %y: memref<8x16xf32>, in %n: index, in %p: i1) { task.return }

// The condition of a while loop runs once more than the body: it begins each round, so that the flag
// behind the body is not set when the loop is over.
// CHECK-LABEL: core.group @condition_with_instructions
core.group @condition_with_instructions of @tile
    (%x: memref<8x16xf32>, %y: memref<8x16xf32>, %n: index, %p: i1) {
  core.vector_program lanes(1) {
    %c1 = arith.constant 1 : index
    %a = core.buffer at 0 : memref<8x16xf32, #core.space<ub>>
    // CHECK: core.set_flag v -> mte2 event 0
    // CHECK-NEXT: scf.while
    // CHECK: core.wait_flag v -> mte2 event 0
    // CHECK-NEXT: core.dma_load
    // CHECK-NEXT: core.set_flag mte2 -> v event 0
    // CHECK-NEXT: core.wait_flag mte2 -> v event 0
    // CHECK-NEXT: scf.condition
    // CHECK: core.vector_unary
    // CHECK: core.set_flag v -> mte2 event 0
    // CHECK-NEXT: scf.yield
    // CHECK-NOT: {{_flag|barrier}}
    // CHECK: task.kernel
    %last = scf.while (%i = %n) : (index) -> index {
      %go = arith.cmpi sgt, %i, %c1 : index
      core.dma_load %x[] [] to %a : memref<8x16xf32> to memref<8x16xf32, #core.space<ub>>
      scf.condition(%go) %i : index
    } do {
    ^body(%i: index):
      core.vector_unary exp %a to %a
          : memref<8x16xf32, #core.space<ub>> to memref<8x16xf32, #core.space<ub>>
      %next = arith.subi %i, %c1 : index
      scf.yield %next : index
    }
  }
}

// -----

task.kernel @tile core_group split(automatic)
    (inout %x: memref<64x16xf32>, inout %y: memref<8x16xf32>, in %n: index, in %p: i1) { task.return }

// Rows changed in global memory: the next rows are loaded while these are stored.
// CHECK-LABEL: core.group @rows_in_place
core.group @rows_in_place of @tile
    (%x: memref<64x16xf32>, %y: memref<8x16xf32>, %n: index, %p: i1) {
  core.vector_program lanes(1) {
    %c0 = arith.constant 0 : index
    %c8 = arith.constant 8 : index
    %a = core.buffer at 0 : memref<8x16xf32, #core.space<ub>>
    %b = core.buffer at 512 : memref<8x16xf32, #core.space<ub>>
    // CHECK-NOT: mte3 -> mte2
    // CHECK: core.dma_store
    // CHECK-NOT: mte3 -> mte2
    // CHECK: task.kernel
    scf.for %i = %c0 to %n step %c8 {
      core.dma_load %x[%i, %c0] [] to %a
          : memref<64x16xf32> to memref<8x16xf32, #core.space<ub>>
      core.vector_unary exp %a to %b
          : memref<8x16xf32, #core.space<ub>> to memref<8x16xf32, #core.space<ub>>
      core.dma_store %b to %x[%i, %c0] []
          : memref<8x16xf32, #core.space<ub>> to memref<64x16xf32>
    }
  }
}

// -----

task.kernel @tile core_group split(automatic)
    (inout %x: memref<64x16xf32>, inout %y: memref<8x16xf32>, in %n: index, in %p: i1) { task.return }

// Rows that overlap from one iteration to the next are loaded after the store.
// CHECK-LABEL: core.group @overlapping_rows
core.group @overlapping_rows of @tile
    (%x: memref<64x16xf32>, %y: memref<8x16xf32>, %n: index, %p: i1) {
  core.vector_program lanes(1) {
    %c0 = arith.constant 0 : index
    %c4 = arith.constant 4 : index
    %a = core.buffer at 0 : memref<8x16xf32, #core.space<ub>>
    %b = core.buffer at 512 : memref<8x16xf32, #core.space<ub>>
    // CHECK: scf.for
    // CHECK: core.wait_flag mte3 -> mte2
    // CHECK: core.dma_load
    scf.for %i = %c0 to %n step %c4 {
      core.dma_load %x[%i, %c0] [] to %a
          : memref<64x16xf32> to memref<8x16xf32, #core.space<ub>>
      core.vector_unary exp %a to %b
          : memref<8x16xf32, #core.space<ub>> to memref<8x16xf32, #core.space<ub>>
      core.dma_store %b to %x[%i, %c0] []
          : memref<8x16xf32, #core.space<ub>> to memref<64x16xf32>
    }
  }
}

// -----

task.kernel @decides core_group split(automatic) (in %x: memref<16x64xf32>, in %i: index) {
  task.return
}

// Pipe s reads what the load has brought, before the vector pipe writes there.
// CHECK-LABEL: core.group @reads_an_element
core.group @reads_an_element of @decides (%x: memref<16x64xf32>, %i: index) {
  core.vector_program lanes(1) {
    %b = core.buffer at 0 : memref<16x64xf32, #core.space<ub>>
    // CHECK: core.dma_load
    // CHECK-NEXT: core.set_flag mte2 -> s event 0{{$}}
    // CHECK-NEXT: core.wait_flag mte2 -> s event 0{{$}}
    // CHECK-NEXT: core.read_scalar
    // CHECK-NEXT: core.set_flag s -> v event 0{{$}}
    // CHECK-NEXT: core.wait_flag s -> v event 0{{$}}
    // CHECK-NEXT: core.vector_fill
    core.dma_load %x[] [] to %b : memref<16x64xf32> to memref<16x64xf32, #core.space<ub>>
    %s = core.read_scalar 0 %b[%i, %i] : memref<16x64xf32, #core.space<ub>>
    core.vector_fill %s to %b : f32 to memref<16x64xf32, #core.space<ub>>
  }
}

// -----

task.kernel @receives core_group split(automatic) (in %n: index, out %y: memref<8x128xf32>) {
  task.return
}

// What the vector pipe does with a slot of a direct channel it does between the pop and the release.
// Another pipe comes after the pop, and the release after it; as nobody knows which slot it is, so
// does the next pop.
// CHECK-LABEL: core.group @gives_a_slot_back
core.group @gives_a_slot_back of @receives (%n: index, %y: memref<8x128xf32>) {
  %ch = core.channel at 0 : !core.channel<16x128xf32, slots = 2, to_vector, up_down, direct>
  core.vector_program lanes(2) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %ring = core.buffer at 0 slots(2) : memref<2x8x128xf32, #core.space<ub>>
    // CHECK: scf.for
    // CHECK: core.pop
    // CHECK-NEXT: core.vector_unary
    // CHECK-NEXT: core.set_flag v -> mte3 event 0
    // CHECK-NEXT: memref.subview
    // CHECK-NEXT: core.wait_flag v -> mte3 event 0
    // CHECK-NEXT: core.dma_store
    // CHECK-NEXT: core.set_flag mte3 -> v event 0
    // CHECK-NEXT: core.wait_flag mte3 -> v event 0
    // CHECK-NEXT: core.release
    scf.for %i = %c0 to %n step %c1 {
      %h = core.head %ch : !core.channel<16x128xf32, slots = 2, to_vector, up_down, direct>
      %s = core.slot %ring[%h] : memref<2x8x128xf32, #core.space<ub>>
      core.pop %ch to %s : !core.channel<16x128xf32, slots = 2, to_vector, up_down, direct> to memref<8x128xf32, strided<[128, 1], offset: ?>, #core.space<ub>>
      core.vector_unary neg %s to %s : memref<8x128xf32, strided<[128, 1], offset: ?>, #core.space<ub>> to memref<8x128xf32, strided<[128, 1], offset: ?>, #core.space<ub>>
      %half = memref.subview %s[4, 0] [4, 128] [1, 1] : memref<8x128xf32, strided<[128, 1], offset: ?>, #core.space<ub>> to memref<4x128xf32, strided<[128, 1], offset: ?>, #core.space<ub>>
      core.dma_store %half to %y[%c0, %c0] [] : memref<4x128xf32, strided<[128, 1], offset: ?>, #core.space<ub>> to memref<8x128xf32>
      core.release %ch of %s : !core.channel<16x128xf32, slots = 2, to_vector, up_down, direct> of memref<8x128xf32, strided<[128, 1], offset: ?>, #core.space<ub>>
    }
  }
}
