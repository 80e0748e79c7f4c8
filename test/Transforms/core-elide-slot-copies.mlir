// RUN: tile-opt %s -split-input-file --pass-pipeline='builtin.module(core.group(core-elide-slot-copies))' | FileCheck %s

task.kernel @work core_group split(automatic) (in %n: index, out %y: memref<64x128xf32>) {
  task.return
}

// The tile is used where it arrives: the pop waits for the first use, the release for the last.
// CHECK-LABEL: core.group @stays_in_its_slot
// CHECK: %[[CH:.*]] = core.channel : <16x128xf32, slots = 3, to_vector, up_down, direct>
// CHECK: %[[RING:.*]] = core.buffer slots(3) : memref<3x8x128xf32, #core.space<ub>>
// CHECK: scf.for
// CHECK: core.vector_fill
// CHECK: %[[HEAD:.*]] = core.head %[[CH]]
// CHECK: %[[SLOT:.*]] = core.slot %[[RING]][%[[HEAD]]]
// CHECK: core.pop %[[CH]] to %[[SLOT]]
// CHECK: core.vector_unary exp %[[SLOT]]
// CHECK: scf.if
// CHECK: core.vector_unary neg %[[SLOT]]
// CHECK: }
// CHECK: core.release %[[CH]] of %[[SLOT]]
// CHECK: core.dma_store
core.group @stays_in_its_slot of @work (%n: index, %y: memref<64x128xf32>) {
  %ch = core.channel : !core.channel<16x128xf32, slots = 3, to_vector, up_down, direct>
  core.vector_program lanes(2) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %zero = arith.constant 0.0 : f32
    %a = core.buffer : memref<8x128xf32, #core.space<ub>>
    %b = core.buffer : memref<8x128xf32, #core.space<ub>>
    scf.for %i = %c0 to %n step %c1 {
      core.pop %ch to %a : !core.channel<16x128xf32, slots = 3, to_vector, up_down, direct> to memref<8x128xf32, #core.space<ub>>
      core.release %ch : !core.channel<16x128xf32, slots = 3, to_vector, up_down, direct>
      core.vector_fill %zero to %b : f32 to memref<8x128xf32, #core.space<ub>>
      core.vector_unary exp %a to %b : memref<8x128xf32, #core.space<ub>> to memref<8x128xf32, #core.space<ub>>
      %is_first = arith.cmpi eq, %i, %c0 : index
      scf.if %is_first {
        core.vector_unary neg %a to %b : memref<8x128xf32, #core.space<ub>> to memref<8x128xf32, #core.space<ub>>
      }
      core.dma_store %b to %y[%c0, %c0] [] : memref<8x128xf32, #core.space<ub>> to memref<64x128xf32>
    }
  }
}

// Of an odd number of rows each lane has its own in a slot for the larger part; views before the pop
// move behind the slot. Five columns of bf16 take so many rows that the next slot begins at a block.
// CHECK-LABEL: core.group @leads_its_slot
// CHECK: core.buffer slots(2) : memref<2x16x5xbf16, #core.space<ub>>
// CHECK: %[[SLOT:.*]] = core.slot
// CHECK: %[[TILE:.*]] = memref.subview %[[SLOT]][0, 0] [8, 5] [1, 1]
// CHECK: %[[PART:.*]] = memref.subview %[[TILE]][0, 0] [%{{.*}}, 5] [1, 1]
// CHECK: core.pop %{{.*}} to %[[PART]]
// CHECK: core.vector_unary exp %[[PART]]
// CHECK: core.release %{{.*}} of %[[TILE]]
core.group @leads_its_slot of @work (%n: index, %y: memref<64x128xf32>) {
  %ch = core.channel : !core.channel<15x5xbf16, slots = 2, to_vector, up_down, direct>
  core.vector_program lanes(2) {
    %c8 = arith.constant 8 : index
    %l = core.lane
    %rows = arith.subi %c8, %l : index
    %a = core.buffer : memref<8x5xbf16, #core.space<ub>>
    %b = core.buffer : memref<8x5xbf16, #core.space<ub>>
    %part = memref.subview %a[0, 0] [%rows, 5] [1, 1] : memref<8x5xbf16, #core.space<ub>> to memref<?x5xbf16, strided<[5, 1]>, #core.space<ub>>
    %out = memref.subview %b[0, 0] [%rows, 5] [1, 1] : memref<8x5xbf16, #core.space<ub>> to memref<?x5xbf16, strided<[5, 1]>, #core.space<ub>>
    core.pop %ch to %part : !core.channel<15x5xbf16, slots = 2, to_vector, up_down, direct> to memref<?x5xbf16, strided<[5, 1]>, #core.space<ub>>
    core.release %ch : !core.channel<15x5xbf16, slots = 2, to_vector, up_down, direct>
    core.vector_unary exp %part to %out : memref<?x5xbf16, strided<[5, 1]>, #core.space<ub>> to memref<?x5xbf16, strided<[5, 1]>, #core.space<ub>>
  }
}

// What the vector cores send arrives in l1, whole.
// CHECK-LABEL: core.group @arrives_in_l1
// CHECK: core.buffer slots(2) : memref<2x16x128xbf16, #core.space<l1>>
// CHECK: core.pop
// CHECK: core.move
// CHECK: core.release %{{.*}} of %{{.*}}
core.group @arrives_in_l1 of @work (%n: index, %y: memref<64x128xf32>) {
  %ch = core.channel : !core.channel<16x128xbf16, slots = 2, to_cube, left_right, direct>
  core.cube_program {
    %a = core.buffer : memref<16x128xbf16, #core.space<l1>>
    %l = core.buffer : memref<16x128xbf16, #core.space<l0a>>
    core.pop %ch to %a : !core.channel<16x128xbf16, slots = 2, to_cube, left_right, direct> to memref<16x128xbf16, #core.space<l1>>
    core.release %ch : !core.channel<16x128xbf16, slots = 2, to_cube, left_right, direct>
    core.move %a to %l : memref<16x128xbf16, #core.space<l1>> to memref<16x128xbf16, #core.space<l0a>>
  }
}

// A tile that the next iteration uses as well cannot stay in its slot.
// CHECK-LABEL: core.group @goes_through_gm
// CHECK: core.channel : <16x128xf32, slots = 2, to_vector, none>
// CHECK-NOT: core.head
// CHECK: core.pop
// CHECK-NEXT: core.release %{{.*}} : <16x128xf32, slots = 2, to_vector, none>
core.group @goes_through_gm of @work (%n: index, %y: memref<64x128xf32>) {
  %ch = core.channel : !core.channel<16x128xf32, slots = 2, to_vector, none, direct>
  core.vector_program lanes(1) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %a = core.buffer : memref<16x128xf32, #core.space<ub>>
    scf.for %i = %c0 to %n step %c1 {
      core.dma_store %a to %y[%c0, %c0] [] : memref<16x128xf32, #core.space<ub>> to memref<64x128xf32>
      core.pop %ch to %a : !core.channel<16x128xf32, slots = 2, to_vector, none, direct> to memref<16x128xf32, #core.space<ub>>
      core.release %ch : !core.channel<16x128xf32, slots = 2, to_vector, none, direct>
    }
  }
}

// Three slots of 64 KiB are more than ub has; two channels in turn are decided for one by one.
// CHECK-LABEL: core.group @has_no_room
// CHECK: core.channel : <128x128xf32, slots = 2, to_vector, none, direct>
// CHECK: core.channel : <128x128xf32, slots = 1, to_vector, none>
core.group @has_no_room of @work (%n: index, %y: memref<64x128xf32>) {
  %first = core.channel : !core.channel<128x128xf32, slots = 2, to_vector, none, direct>
  %second = core.channel : !core.channel<128x128xf32, slots = 1, to_vector, none, direct>
  core.vector_program lanes(1) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %a = core.buffer : memref<128x128xf32, #core.space<ub>>
    %b = core.buffer : memref<128x128xf32, #core.space<ub>>
    %d = core.buffer : memref<128x1xf32, #core.space<ub>>
    scf.for %i = %c0 to %n step %c1 {
      core.pop %first to %a : !core.channel<128x128xf32, slots = 2, to_vector, none, direct> to memref<128x128xf32, #core.space<ub>>
      core.release %first : !core.channel<128x128xf32, slots = 2, to_vector, none, direct>
      core.vector_reduce max %a dim(1) to %d : memref<128x128xf32, #core.space<ub>> to memref<128x1xf32, #core.space<ub>>
    }
    scf.for %i = %c0 to %n step %c1 {
      core.pop %second to %b : !core.channel<128x128xf32, slots = 1, to_vector, none, direct> to memref<128x128xf32, #core.space<ub>>
      core.release %second : !core.channel<128x128xf32, slots = 1, to_vector, none, direct>
      core.vector_reduce max %b dim(1) to %d : memref<128x128xf32, #core.space<ub>> to memref<128x1xf32, #core.space<ub>>
    }
  }
}
