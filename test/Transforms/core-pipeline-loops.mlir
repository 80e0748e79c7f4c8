// RUN: tile-opt %s --pass-pipeline='builtin.module(core.group(core-pipeline-loops))' | FileCheck %s

task.kernel @work core_group split(automatic) (in %n: index, in %x: memref<16x128xbf16>, out %y: memref<16x128xbf16>) {
  task.return
}

task.kernel @big core_group split(automatic) (in %n: index, in %x: memref<1024x128xf32>, out %y: memref<1024x128xf32>) {
  task.return
}

// A loaded tile has a slot per stage, its views follow; the cube's own buffers have two at most.
// What is handed from one iteration to the next stays one buffer.
// CHECK-LABEL: core.group @work_placed
// CHECK: %[[A:.*]] = core.buffer slots(3) : memref<3x16x128xbf16, #core.space<l1>>
// CHECK: %[[L:.*]] = core.buffer slots(2) : memref<2x16x64xbf16, #core.space<l0a>>
// CHECK: %[[C:.*]] = core.buffer : memref<16x64xf32, #core.space<l0c>>
// CHECK: scf.for %[[I:.*]] = %[[LO:.*]] to %{{.*}} step %[[ST:.*]] {
// CHECK-DAG: %[[T3:.*]] = core.turn %[[I]] from %[[LO]] step %[[ST]] of 3
// CHECK-DAG: %[[T2:.*]] = core.turn %[[I]] from %[[LO]] step %[[ST]] of 2
// CHECK-DAG: %[[AS:.*]] = core.slot %[[A]][%[[T3]]]
// CHECK-DAG: %[[LS:.*]] = core.slot %[[L]][%[[T2]]]
// CHECK: core.dma_load %{{.*}} to %[[AS]]
// CHECK: %[[V:.*]] = memref.subview %[[AS]][0, 64] [16, 64] [1, 1] : memref<16x128xbf16, strided<[128, 1], offset: ?>, #core.space<l1>>
// CHECK: core.move %[[V]] to %[[LS]]
// CHECK: core.mmad %[[LS]], %{{.*}} into %[[C]]
// CHECK-NOT: tile.pipeline
core.group @work_placed of @work (%n: index, %x: memref<16x128xbf16>, %y: memref<16x128xbf16>) {
  core.cube_program {
    %c0 = arith.constant 0 : index
    %c128 = arith.constant 128 : index
    %a = core.buffer : memref<16x128xbf16, #core.space<l1>>
    %l = core.buffer : memref<16x64xbf16, #core.space<l0a>>
    %r = core.buffer : memref<64x64xbf16, #core.space<l0b>>
    %c = core.buffer : memref<16x64xf32, #core.space<l0c>>
    tile.pipeline %i = %c0 to %n step %c128 stages(3) {
      core.dma_load %x[] [] to %a : memref<16x128xbf16> to memref<16x128xbf16, #core.space<l1>>
      %v = memref.subview %a[0, 64] [16, 64] [1, 1] : memref<16x128xbf16, #core.space<l1>> to memref<16x64xbf16, strided<[128, 1], offset: 64>, #core.space<l1>>
      core.move %v to %l : memref<16x64xbf16, strided<[128, 1], offset: 64>, #core.space<l1>> to memref<16x64xbf16, #core.space<l0a>>
      %first = arith.cmpi eq, %i, %c0 : index
      core.mmad %l, %r into %c init(%first) : memref<16x64xbf16, #core.space<l0a>>, memref<64x64xbf16, #core.space<l0b>> into memref<16x64xf32, #core.space<l0c>>
      tile.yield
    }
  }
}

// What an iteration may take over from the one before has one place: a tile that a branch or a loop
// without trips need not fill, rows that are filled one by one. A sum that every iteration starts
// anew has a slot per iteration.
// CHECK-LABEL: core.group @handed_on
// CHECK: core.buffer : memref<16x128xbf16, #core.space<l1>>
// CHECK: core.buffer : memref<16x128xbf16, #core.space<l1>>
// CHECK: core.buffer : memref<16x128xbf16, #core.space<l1>>
// CHECK: core.buffer slots(2) : memref<2x16x64xf32, #core.space<l0c>>
// CHECK: core.buffer : memref<16x64xf32, #core.space<l0c>>
// CHECK: scf.for
core.group @handed_on of @work (%n: index, %x: memref<16x128xbf16>, %y: memref<16x128xbf16>) {
  core.cube_program {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c4 = arith.constant 4 : index
    %a = core.buffer : memref<16x128xbf16, #core.space<l1>>
    %b = core.buffer : memref<16x128xbf16, #core.space<l1>>
    %c = core.buffer : memref<16x128xbf16, #core.space<l1>>
    %sum = core.buffer : memref<16x64xf32, #core.space<l0c>>
    %running = core.buffer : memref<16x64xf32, #core.space<l0c>>
    %l = core.buffer : memref<16x128xbf16, #core.space<l0a>>
    %r = core.buffer : memref<128x64xbf16, #core.space<l0b>>
    tile.pipeline %i = %c0 to %n step %c1 stages(2) {
      %isNew = arith.cmpi eq, %i, %c4 : index
      scf.if %isNew {
        core.dma_load %x[] [] to %a : memref<16x128xbf16> to memref<16x128xbf16, #core.space<l1>>
      }
      core.move %a to %l : memref<16x128xbf16, #core.space<l1>> to memref<16x128xbf16, #core.space<l0a>>
      scf.for %j = %i to %c4 step %c1 {
        core.dma_load %x[] [] to %b : memref<16x128xbf16> to memref<16x128xbf16, #core.space<l1>>
      }
      core.move %b to %l : memref<16x128xbf16, #core.space<l1>> to memref<16x128xbf16, #core.space<l0a>>
      %row = memref.subview %c[%i, 0] [1, 128] [1, 1] : memref<16x128xbf16, #core.space<l1>> to memref<1x128xbf16, strided<[128, 1], offset: ?>, #core.space<l1>>
      core.dma_load %x[%i, %c0] [] to %row : memref<16x128xbf16> to memref<1x128xbf16, strided<[128, 1], offset: ?>, #core.space<l1>>
      core.move %c to %l : memref<16x128xbf16, #core.space<l1>> to memref<16x128xbf16, #core.space<l0a>>
      scf.for %k = %c0 to %c4 step %c1 {
        %first = arith.cmpi eq, %k, %c0 : index
        core.mmad %l, %r into %sum init(%first) : memref<16x128xbf16, #core.space<l0a>>, memref<128x64xbf16, #core.space<l0b>> into memref<16x64xf32, #core.space<l0c>>
        %start = arith.cmpi eq, %i, %c0 : index
        %both = arith.andi %first, %start : i1
        core.mmad %l, %r into %running init(%both) : memref<16x128xbf16, #core.space<l0a>>, memref<128x64xbf16, #core.space<l0b>> into memref<16x64xf32, #core.space<l0c>>
      }
      core.fixpipe %sum to %y[] [] : memref<16x64xf32, #core.space<l0c>> to memref<16x128xbf16>
      core.fixpipe %running to %y[] [] : memref<16x64xf32, #core.space<l0c>> to memref<16x128xbf16>
      tile.yield
    }
  }
}

// An ordinary loop gets slots where they pay: what is loaded, and what is computed to be stored.
// CHECK-LABEL: core.group @plain
// CHECK: core.buffer slots(2) : memref<2x64x128xf32, #core.space<ub>>
// CHECK: core.buffer slots(2) : memref<2x64x128xf32, #core.space<ub>>
// CHECK: scf.for
// CHECK-COUNT-2: core.slot
core.group @plain of @big (%n: index, %x: memref<1024x128xf32>, %y: memref<1024x128xf32>) {
  core.vector_program lanes(1) {
    %c0 = arith.constant 0 : index
    %c64 = arith.constant 64 : index
    %a = core.buffer : memref<64x128xf32, #core.space<ub>>
    %b = core.buffer : memref<64x128xf32, #core.space<ub>>
    scf.for %i = %c0 to %n step %c64 {
      core.dma_load %x[%i, %c0] [] to %a : memref<1024x128xf32> to memref<64x128xf32, #core.space<ub>>
      core.vector_unary exp %a to %b : memref<64x128xf32, #core.space<ub>> to memref<64x128xf32, #core.space<ub>>
      core.dma_store %b to %y[%i, %c0] [] : memref<64x128xf32, #core.space<ub>> to memref<1024x128xf32>
      core.dma_store %b to %y[%c0, %c0] [] : memref<64x128xf32, #core.space<ub>> to memref<1024x128xf32>
    }
  }
}

// One slot of each fits and no more; a loop of one iteration needs none. Slots of a tile that is no
// multiple of a block would not be aligned.
// CHECK-LABEL: core.group @full
// CHECK: core.buffer : memref<128x128xf32, #core.space<ub>>
// CHECK: core.buffer : memref<128x128xf32, #core.space<ub>>
// CHECK: core.buffer : memref<8x128xf32, #core.space<ub>>
// CHECK: core.buffer : memref<4x1xf32, #core.space<ub>>
core.group @full of @big (%n: index, %x: memref<1024x128xf32>, %y: memref<1024x128xf32>) {
  core.vector_program lanes(1) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c128 = arith.constant 128 : index
    %a = core.buffer : memref<128x128xf32, #core.space<ub>>
    %b = core.buffer : memref<128x128xf32, #core.space<ub>>
    %c = core.buffer : memref<8x128xf32, #core.space<ub>>
    %d = core.buffer : memref<4x1xf32, #core.space<ub>>
    scf.for %i = %c0 to %n step %c128 {
      core.dma_load %x[%i, %c0] [] to %a : memref<1024x128xf32> to memref<128x128xf32, #core.space<ub>>
      core.vector_unary exp %a to %b : memref<128x128xf32, #core.space<ub>> to memref<128x128xf32, #core.space<ub>>
      core.dma_store %b to %y[%i, %c0] [] : memref<128x128xf32, #core.space<ub>> to memref<1024x128xf32>
    }
    tile.pipeline %i = %c0 to %n step %c1 stages(2) {
      core.dma_load %x[%i, %c0] [] to %d : memref<1024x128xf32> to memref<4x1xf32, #core.space<ub>>
      core.dma_store %d to %y[%i, %c0] [] : memref<4x1xf32, #core.space<ub>> to memref<1024x128xf32>
      tile.yield
    }
    scf.for %i = %c0 to %c1 step %c1 {
      core.dma_load %x[%i, %c0] [] to %c : memref<1024x128xf32> to memref<8x128xf32, #core.space<ub>>
      core.dma_store %c to %y[%i, %c0] [] : memref<8x128xf32, #core.space<ub>> to memref<1024x128xf32>
    }
  }
}
