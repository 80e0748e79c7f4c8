// RUN: tile-opt %s -split-input-file -verify-diagnostics --core-split-lanes | FileCheck %s

task.kernel @work core_group split(automatic) (in %x: memref<16x?xf32>, out %y: memref<16x64xf32>, out %z: memref<1x64xf32>) {
  task.return
}

// Each lane has eight of the sixteen rows: of the channel, of what it loads and of what it stores. A
// tile of one row is on both, and each lane stores a part of it.
// CHECK-LABEL: core.group @work_placed
// CHECK: %[[CH:.*]] = core.channel : <16x64xf32, slots = 2, to_vector, up_down>
// CHECK: core.push %{{.*}} to %[[CH]] : memref<16x64xf32, #core.space<l0c>>
// CHECK: core.vector_program lanes(2) {
// CHECK: %[[LANE:.*]] = core.lane
// CHECK: %[[A:.*]] = core.buffer : memref<8x64xf32, #core.space<ub>>
// CHECK: %[[S:.*]] = core.buffer : memref<8x1xf32, #core.space<ub>>
// CHECK: %[[R:.*]] = core.buffer : memref<1x64xf32, #core.space<ub>>
// CHECK: core.pop %[[CH]] to %[[A]]
// CHECK: core.dma_load %{{.*}}[] [] to %[[R]]
// CHECK: core.vector_reduce sum %[[A]] dim(1) to %[[S]]
// CHECK: core.vector_binary mul %[[A]], %[[S]] to %[[A]]
// CHECK: core.vector_binary mul %[[A]], %[[R]] to %[[A]]
// CHECK: %[[AT:.*]] = affine.apply #{{.*}}()[%[[LANE]]]
// CHECK: %[[PART:.*]] = memref.subview %{{.*}}[%[[AT]], 0] [8, 64] [1, 1]
// CHECK: core.dma_store %[[A]] to %[[PART]]
// CHECK: %[[HALF:.*]] = memref.subview %[[R]][0, %{{.*}}] [1, 32] [1, 1]
// CHECK: core.dma_store %[[HALF]]
core.group @work_placed of @work (%x: memref<16x?xf32>, %y: memref<16x64xf32>, %z: memref<1x64xf32>) {
  %ch = core.channel : !core.channel<16x64xf32, slots = 2, to_vector, none>
  core.cube_program {
    %c = core.buffer : memref<16x64xf32, #core.space<l0c>>
    core.push %c to %ch : memref<16x64xf32, #core.space<l0c>> to !core.channel<16x64xf32, slots = 2, to_vector, none>
  }
  core.vector_program lanes(1) {
    %a = core.buffer : memref<16x64xf32, #core.space<ub>>
    %s = core.buffer : memref<16x1xf32, #core.space<ub>>
    %r = core.buffer : memref<1x64xf32, #core.space<ub>>
    %row = memref.subview %x[0, 0] [1, 64] [1, 1] : memref<16x?xf32> to memref<1x64xf32, strided<[?, 1]>>
    core.pop %ch to %a : !core.channel<16x64xf32, slots = 2, to_vector, none> to memref<16x64xf32, #core.space<ub>>
    core.release %ch : !core.channel<16x64xf32, slots = 2, to_vector, none>
    core.dma_load %row[] [] to %r : memref<1x64xf32, strided<[?, 1]>> to memref<1x64xf32, #core.space<ub>>
    core.vector_reduce sum %a dim(1) to %s : memref<16x64xf32, #core.space<ub>> to memref<16x1xf32, #core.space<ub>>
    core.vector_binary mul %a, %s to %a : memref<16x64xf32, #core.space<ub>>, memref<16x1xf32, #core.space<ub>> to memref<16x64xf32, #core.space<ub>>
    core.vector_binary mul %a, %r to %a : memref<16x64xf32, #core.space<ub>>, memref<1x64xf32, #core.space<ub>> to memref<16x64xf32, #core.space<ub>>
    core.dma_store %a to %y[] [] : memref<16x64xf32, #core.space<ub>> to memref<16x64xf32>
    core.dma_store %r to %z[] [] : memref<1x64xf32, #core.space<ub>> to memref<1x64xf32>
  }
}

// -----

task.kernel @work core_group split(automatic) (in %x: memref<16x64xf32>, out %y: memref<1x64xf32>) {
  task.return
}

// Columns where rows are summed over; what cannot be halved keeps one lane, and so does who asks.
// CHECK-LABEL: core.group @by_columns
// CHECK: core.vector_program lanes(2) {
// CHECK: core.buffer : memref<16x32xf32, #core.space<ub>>
// CHECK: core.buffer : memref<1x32xf32, #core.space<ub>>
core.group @by_columns of @work (%x: memref<16x64xf32>, %y: memref<1x64xf32>) {
  core.vector_program lanes(1) {
    %a = core.buffer : memref<16x64xf32, #core.space<ub>>
    %s = core.buffer : memref<1x64xf32, #core.space<ub>>
    core.dma_load %x[] [] to %a : memref<16x64xf32> to memref<16x64xf32, #core.space<ub>>
    core.vector_reduce sum %a dim(0) to %s : memref<16x64xf32, #core.space<ub>> to memref<1x64xf32, #core.space<ub>>
    core.dma_store %s to %y[] [] : memref<1x64xf32, #core.space<ub>> to memref<1x64xf32>
  }
}

// Half of two rows is one row, and still a half.
// CHECK-LABEL: core.group @two_rows
// CHECK: %[[A:.*]] = core.buffer : memref<1x64xf32, #core.space<ub>>
// CHECK: %[[PART:.*]] = memref.subview %{{.*}}[%{{.*}}, 0] [1, 64] [1, 1]
// CHECK: core.dma_load %[[PART]][] [] to %[[A]]
core.group @two_rows of @work (%x: memref<16x64xf32>, %y: memref<1x64xf32>) {
  core.vector_program lanes(1) {
    %a = core.buffer : memref<2x64xf32, #core.space<ub>>
    %rows = memref.subview %x[0, 0] [2, 64] [1, 1] : memref<16x64xf32> to memref<2x64xf32, strided<[64, 1]>>
    core.dma_load %rows[] [] to %a : memref<2x64xf32, strided<[64, 1]>> to memref<2x64xf32, #core.space<ub>>
  }
}

// The columns of a transposed tile are the rows of the other, which are summed over.
// CHECK-LABEL: core.group @transposes
// CHECK: %[[A:.*]] = core.buffer : memref<16x32xf32, #core.space<ub>>
// CHECK: %[[T:.*]] = core.buffer : memref<32x16xf32, #core.space<ub>>
// CHECK: core.vector_transpose %[[A]] to %[[T]]
core.group @transposes of @work (%x: memref<16x64xf32>, %y: memref<1x64xf32>) {
  core.vector_program lanes(1) {
    %a = core.buffer : memref<16x64xf32, #core.space<ub>>
    %t = core.buffer : memref<64x16xf32, #core.space<ub>>
    %s = core.buffer : memref<64x1xf32, #core.space<ub>>
    core.vector_transpose %a to %t : memref<16x64xf32, #core.space<ub>> to memref<64x16xf32, #core.space<ub>>
    core.vector_reduce sum %t dim(1) to %s : memref<64x16xf32, #core.space<ub>> to memref<64x1xf32, #core.space<ub>>
  }
}

task.kernel @one core_group split(none) () {
  task.return
}

// CHECK-LABEL: core.group @asks_for_one
// CHECK: core.vector_program lanes(1) {
core.group @asks_for_one of @one () {
  core.vector_program lanes(1) {
    %a = core.buffer : memref<16x64xf32, #core.space<ub>>
    core.vector_unary exp %a to %a : memref<16x64xf32, #core.space<ub>> to memref<16x64xf32, #core.space<ub>>
  }
}

// -----

task.kernel @rows core_group split(up_down) () {
  task.return
}

// CHECK-LABEL: core.group @sums_of_columns
// CHECK: core.vector_program lanes(1) {
core.group @sums_of_columns of @rows () {
  // expected-warning @+1 {{expects a kernel whose tiles two vector cores can share, since its split is 'up_down', but it reduces across the halves; one vector core does all of it}}
  core.vector_program lanes(1) {
    %a = core.buffer : memref<16x64xf32, #core.space<ub>>
    %s = core.buffer : memref<1x64xf32, #core.space<ub>>
    core.vector_reduce sum %a dim(0) to %s : memref<16x64xf32, #core.space<ub>> to memref<1x64xf32, #core.space<ub>>
  }
}

// -----

task.kernel @work core_group split(automatic) (out %y: memref<16x5120xf32>, out %z: memref<1x1xf32>, in %i: index) {
  task.return
}

// Of five rows lane 0 has three, and in a reshape the elements of these. Both have room for three.
// CHECK-LABEL: core.group @odd_rows
// CHECK: %[[LANE:.*]] = core.lane
// CHECK: %[[A:.*]] = core.buffer : memref<3x128xf32, #core.space<ub>>
// CHECK: %[[F:.*]] = core.buffer : memref<1x384xf32, #core.space<ub>>
// CHECK: %[[ROWS:.*]] = affine.apply #{{.*}}()[%[[LANE]]]
// CHECK: %[[PART:.*]] = memref.subview %[[A]][0, 0] [%[[ROWS]], 128] [1, 1]
// CHECK: core.vector_unary exp %[[PART]] to %[[PART]]
// CHECK: memref.expand_shape %{{.*}} output_shape [1, 384]
// CHECK: core.vector_unary neg %{{.*}} to %{{.*}} : memref<1x?xf32
core.group @odd_rows of @work (%y: memref<16x5120xf32>, %z: memref<1x1xf32>, %i: index) {
  core.vector_program lanes(1) {
    %a = core.buffer : memref<5x128xf32, #core.space<ub>>
    %f = core.buffer : memref<1x640xf32, #core.space<ub>>
    core.vector_unary exp %a to %a : memref<5x128xf32, #core.space<ub>> to memref<5x128xf32, #core.space<ub>>
    %line = memref.collapse_shape %a [[0, 1]] : memref<5x128xf32, #core.space<ub>> into memref<640xf32, #core.space<ub>>
    %flat = memref.expand_shape %line [[0, 1]] output_shape [1, 640] : memref<640xf32, #core.space<ub>> into memref<1x640xf32, #core.space<ub>>
    core.vector_unary neg %flat to %f : memref<1x640xf32, #core.space<ub>> to memref<1x640xf32, #core.space<ub>>
  }
}

// A row that the program chooses is of one lane: the other stores no row. What both have and neither
// can store a part of, lane 0 stores.
// CHECK-LABEL: core.group @one_row_of_a_tile
// CHECK: %[[FIRST:.*]] = arith.cmpi eq
// CHECK: %[[A:.*]] = core.buffer : memref<4x64xf32, #core.space<ub>>
// CHECK: %[[OURS:.*]] = arith.select %[[FIRST]]
// CHECK: memref.subview %[[A]][%{{.*}}, 0] [%{{.*}}, 64] [1, 1]
// CHECK: core.dma_store %{{.*}} : memref<?x64xf32
// CHECK: scf.if %[[FIRST]] {
// CHECK-NEXT: core.dma_store %{{.*}} : memref<1x1xf32
core.group @one_row_of_a_tile of @work (%y: memref<16x5120xf32>, %z: memref<1x1xf32>, %i: index) {
  core.vector_program lanes(1) {
    %a = core.buffer : memref<8x64xf32, #core.space<ub>>
    %b = core.buffer : memref<1x1xf32, #core.space<ub>>
    core.vector_unary exp %a to %a : memref<8x64xf32, #core.space<ub>> to memref<8x64xf32, #core.space<ub>>
    %row = memref.subview %a[%i, 0] [1, 64] [1, 1] : memref<8x64xf32, #core.space<ub>> to memref<1x64xf32, strided<[64, 1], offset: ?>, #core.space<ub>>
    %to = memref.subview %y[3, 0] [1, 64] [1, 1] : memref<16x5120xf32> to memref<1x64xf32, strided<[5120, 1], offset: 15360>>
    core.dma_store %row to %to[] [] : memref<1x64xf32, strided<[64, 1], offset: ?>, #core.space<ub>> to memref<1x64xf32, strided<[5120, 1], offset: 15360>>
    core.dma_store %b to %z[] [] : memref<1x1xf32, #core.space<ub>> to memref<1x1xf32>
  }
}

// -----

task.kernel @work core_group split(automatic) () {
  task.return
}

// The sum of everything is on both lanes, and so is what it is computed of; of the product that the
// cube core gets, each hands over a half.
// CHECK-LABEL: core.group @both_have_it
// CHECK: core.channel : <16x64xbf16, slots = 2, to_cube, up_down>
// CHECK: %[[A:.*]] = core.buffer : memref<16x64xf32, #core.space<ub>>
// CHECK: %[[B:.*]] = core.buffer : memref<8x64xf32, #core.space<ub>>
// CHECK: %[[P:.*]] = core.buffer : memref<8x64xbf16, #core.space<ub>>
// CHECK: core.vector_reduce sum %[[A]] dim(1)
// CHECK: %[[HALF:.*]] = memref.subview %[[A]][%{{.*}}, 0] [8, 64] [1, 1]
// CHECK: core.vector_binary mul %[[HALF]]
// CHECK: core.push %[[P]] to
core.group @both_have_it of @work () {
  %ch = core.channel : !core.channel<16x64xbf16, slots = 2, to_cube, none>
  core.vector_program lanes(1) {
    %a = core.buffer : memref<16x64xf32, #core.space<ub>>
    %r = core.buffer : memref<16x1xf32, #core.space<ub>>
    %s = core.buffer : memref<1x1xf32, #core.space<ub>>
    %b = core.buffer : memref<16x64xf32, #core.space<ub>>
    %p = core.buffer : memref<16x64xbf16, #core.space<ub>>
    core.vector_fill %s to %a : memref<1x1xf32, #core.space<ub>> to memref<16x64xf32, #core.space<ub>>
    core.vector_reduce sum %a dim(1) to %r : memref<16x64xf32, #core.space<ub>> to memref<16x1xf32, #core.space<ub>>
    core.vector_reduce sum %r dim(0) to %s : memref<16x1xf32, #core.space<ub>> to memref<1x1xf32, #core.space<ub>>
    core.vector_binary mul %a, %s to %b : memref<16x64xf32, #core.space<ub>>, memref<1x1xf32, #core.space<ub>> to memref<16x64xf32, #core.space<ub>>
    core.vector_unary exp %b to %b : memref<16x64xf32, #core.space<ub>> to memref<16x64xf32, #core.space<ub>>
    core.vector_cast rint %b to %p : memref<16x64xf32, #core.space<ub>> to memref<16x64xbf16, #core.space<ub>>
    core.push %p to %ch : memref<16x64xbf16, #core.space<ub>> to !core.channel<16x64xbf16, slots = 2, to_cube, none>
  }
}

// A whole tile that the cube core gets, of which lane 1 would have to send a part from the middle of a
// block of ub.
// CHECK-LABEL: core.group @sends_no_part
// CHECK: core.vector_program lanes(1) {
core.group @sends_no_part of @work () {
  %ch = core.channel : !core.channel<3x5xf32, slots = 2, to_cube, none>
  core.vector_program lanes(1) {
    %a = core.buffer : memref<16x64xf32, #core.space<ub>>
    %b = core.buffer : memref<3x5xf32, #core.space<ub>>
    %r = core.buffer : memref<3x1xf32, #core.space<ub>>
    %c = core.buffer : memref<1x5xf32, #core.space<ub>>
    core.vector_unary exp %a to %a : memref<16x64xf32, #core.space<ub>> to memref<16x64xf32, #core.space<ub>>
    core.vector_reduce sum %b dim(1) to %r : memref<3x5xf32, #core.space<ub>> to memref<3x1xf32, #core.space<ub>>
    core.vector_reduce sum %b dim(0) to %c : memref<3x5xf32, #core.space<ub>> to memref<1x5xf32, #core.space<ub>>
    core.push %b to %ch : memref<3x5xf32, #core.space<ub>> to !core.channel<3x5xf32, slots = 2, to_cube, none>
  }
}

// -----

task.kernel @work core_group split(automatic) (in %i: index) {
  task.return
}

// An element of which one lane alone would know.
// CHECK-LABEL: core.group @reads_an_element
// CHECK: core.vector_program lanes(1) {
core.group @reads_an_element of @work (%i: index) {
  core.vector_program lanes(1) {
    %a = core.buffer : memref<16x64xf32, #core.space<ub>>
    %s = core.read_scalar 0 %a[%i, %i] : memref<16x64xf32, #core.space<ub>>
  }
}

// -----

task.kernel @work core_group split(automatic) (in %x: memref<16x64xf32>, inout %y: memref<16x64xf32>) {
  task.return
}

// Each lane would store rows that the other stores as well, and nothing orders the two. By columns
// each lane has its own.
// CHECK-LABEL: core.group @stores_overlap
// CHECK: core.vector_program lanes(2) {
// CHECK: core.buffer : memref<16x32xf32, #core.space<ub>>
core.group @stores_overlap of @work (%x: memref<16x64xf32>, %y: memref<16x64xf32>) {
  core.vector_program lanes(1) {
    %a = core.buffer : memref<16x64xf32, #core.space<ub>>
    %b = core.buffer : memref<8x64xf32, #core.space<ub>>
    core.dma_load %x[] [] to %a : memref<16x64xf32> to memref<16x64xf32, #core.space<ub>>
    core.dma_store %a to %y[] [] : memref<16x64xf32, #core.space<ub>> to memref<16x64xf32>
    %upper = memref.subview %x[0, 0] [8, 64] [1, 1] : memref<16x64xf32> to memref<8x64xf32, strided<[64, 1]>>
    core.dma_load %upper[] [] to %b : memref<8x64xf32, strided<[64, 1]>> to memref<8x64xf32, #core.space<ub>>
    %lower = memref.subview %y[8, 0] [8, 64] [1, 1] : memref<16x64xf32> to memref<8x64xf32, strided<[64, 1], offset: 512>>
    core.dma_store %b to %lower[] [] : memref<8x64xf32, #core.space<ub>> to memref<8x64xf32, strided<[64, 1], offset: 512>>
  }
}

// Windows of a loop that overlap meet, those side by side do not.
// CHECK-LABEL: core.group @overlapping_windows
// CHECK: core.buffer : memref<8x32xf32, #core.space<ub>>
core.group @overlapping_windows of @work (%x: memref<16x64xf32>, %y: memref<16x64xf32>) {
  core.vector_program lanes(1) {
    %c0 = arith.constant 0 : index
    %c4 = arith.constant 4 : index
    %c9 = arith.constant 9 : index
    %a = core.buffer : memref<8x64xf32, #core.space<ub>>
    scf.for %i = %c0 to %c9 step %c4 {
      %to = memref.subview %y[%i, 0] [8, 64] [1, 1] : memref<16x64xf32> to memref<8x64xf32, strided<[64, 1], offset: ?>>
      core.dma_store %a to %to[] [] : memref<8x64xf32, #core.space<ub>> to memref<8x64xf32, strided<[64, 1], offset: ?>>
    }
  }
}

// CHECK-LABEL: core.group @windows_side_by_side
// CHECK: core.buffer : memref<2x64xf32, #core.space<ub>>
core.group @windows_side_by_side of @work (%x: memref<16x64xf32>, %y: memref<16x64xf32>) {
  core.vector_program lanes(1) {
    %c0 = arith.constant 0 : index
    %c4 = arith.constant 4 : index
    %c16 = arith.constant 16 : index
    %a = core.buffer : memref<4x64xf32, #core.space<ub>>
    scf.for %i = %c0 to %c16 step %c4 {
      %to = memref.subview %y[%i, 0] [4, 64] [1, 1] : memref<16x64xf32> to memref<4x64xf32, strided<[64, 1], offset: ?>>
      core.dma_store %a to %to[] [] : memref<4x64xf32, #core.space<ub>> to memref<4x64xf32, strided<[64, 1], offset: ?>>
    }
  }
}

// So are those of two loops, if an iteration of the outer one goes beyond all of the inner one.
// CHECK-LABEL: core.group @windows_of_two_loops
// CHECK: core.buffer : memref<2x64xf32, #core.space<ub>>
core.group @windows_of_two_loops of @work (%x: memref<16x64xf32>, %y: memref<16x64xf32>) {
  core.vector_program lanes(1) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c2 = arith.constant 2 : index
    %c4 = arith.constant 4 : index
    %a = core.buffer : memref<4x64xf32, #core.space<ub>>
    scf.for %i = %c0 to %c2 step %c1 {
      scf.for %j = %c0 to %c2 step %c1 {
        %k = arith.muli %i, %c2 : index
        %l = arith.addi %k, %j : index
        %m = arith.muli %l, %c4 : index
        %to = memref.subview %y[%m, 0] [4, 64] [1, 1] : memref<16x64xf32> to memref<4x64xf32, strided<[64, 1], offset: ?>>
        core.dma_store %a to %to[] [] : memref<4x64xf32, #core.space<ub>> to memref<4x64xf32, strided<[64, 1], offset: ?>>
      }
    }
  }
}

// CHECK-LABEL: core.group @loops_that_meet
// CHECK: core.buffer : memref<4x32xf32, #core.space<ub>>
core.group @loops_that_meet of @work (%x: memref<16x64xf32>, %y: memref<16x64xf32>) {
  core.vector_program lanes(1) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c2 = arith.constant 2 : index
    %c3 = arith.constant 3 : index
    %c4 = arith.constant 4 : index
    %a = core.buffer : memref<4x64xf32, #core.space<ub>>
    scf.for %i = %c0 to %c2 step %c1 {
      scf.for %j = %c0 to %c3 step %c1 {
        %k = arith.muli %i, %c2 : index
        %l = arith.addi %k, %j : index
        %m = arith.muli %l, %c4 : index
        %to = memref.subview %y[%m, 0] [4, 64] [1, 1] : memref<16x64xf32> to memref<4x64xf32, strided<[64, 1], offset: ?>>
        core.dma_store %a to %to[] [] : memref<4x64xf32, #core.space<ub>> to memref<4x64xf32, strided<[64, 1], offset: ?>>
      }
    }
  }
}
