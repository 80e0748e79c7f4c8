// RUN: tile-opt %s --pass-pipeline='builtin.module(core.group(core-pipeline-loops))' | FileCheck %s

task.kernel @work core_group split(automatic) (in %n: index, in %x: memref<16x128xbf16>, out %y: memref<16x128xbf16>) {
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
