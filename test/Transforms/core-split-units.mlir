// RUN: tile-opt %s --pass-pipeline='builtin.module(core.group(core-split-units,canonicalize))' | FileCheck %s

task.kernel @work core_group split(automatic) (in %n: index, in %x: memref<16x16xbf16>, out %y: memref<16x16xf32>) {
  task.return
}

// Both programs keep the loop around their ends of the channel, only the vector program its store.
// CHECK-LABEL: core.group @work_placed
// CHECK: %[[CH:.*]] = core.channel
// CHECK: core.cube_program {
// CHECK-DAG: core.buffer : memref<16x16xf32, #core.space<l0c>>
// CHECK-NOT: #core.space<ub>
// CHECK: scf.for
// CHECK: tile.check
// CHECK: core.mmad
// CHECK: core.push %{{.*}} to %[[CH]]
// CHECK-NOT: core.pop
// CHECK: core.vector_program lanes(1) {
// CHECK: core.buffer : memref<16x16xf32, #core.space<ub>>
// CHECK-NOT: l0
// CHECK: scf.for
// CHECK-NOT: tile.check
// CHECK: core.pop %[[CH]]
// CHECK: core.release %[[CH]]
// CHECK-NOT: scf.for
// CHECK: core.dma_store
core.group @work_placed of @work (%n: index, %x: memref<16x16xbf16>, %y: memref<16x16xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %ch = core.channel : !core.channel<16x16xf32, slots = 2, to_vector, none>
  %l = core.buffer : memref<16x16xbf16, #core.space<l0a>>
  %r = core.buffer : memref<16x16xbf16, #core.space<l0b>>
  %c = core.buffer : memref<16x16xf32, #core.space<l0c>>
  %u = core.buffer : memref<16x16xf32, #core.space<ub>>
  scf.for %i = %c0 to %n step %c1 {
    tile.check at_most(%i, %n)
    core.mmad %l, %r into %c : memref<16x16xbf16, #core.space<l0a>>, memref<16x16xbf16, #core.space<l0b>> into memref<16x16xf32, #core.space<l0c>>
    core.push %c to %ch : memref<16x16xf32, #core.space<l0c>> to !core.channel<16x16xf32, slots = 2, to_vector, none>
    core.pop %ch to %u : !core.channel<16x16xf32, slots = 2, to_vector, none> to memref<16x16xf32, #core.space<ub>>
    core.release %ch : !core.channel<16x16xf32, slots = 2, to_vector, none>
  }
  // A loop in which the vector cores have nothing to do.
  scf.for %i = %c0 to %n step %c1 {
    core.mmad %l, %r into %c : memref<16x16xbf16, #core.space<l0a>>, memref<16x16xbf16, #core.space<l0b>> into memref<16x16xf32, #core.space<l0c>>
  }
  core.dma_store %u to %y[] [] : memref<16x16xf32, #core.space<ub>> to memref<16x16xf32>
}

// An element of a tile is read by the vector core, and known to the cube if it is needed there.
// CHECK-LABEL: core.group @reads_placed
// CHECK: core.cube_program {
// CHECK-NOT: core.read_scalar
// CHECK: %[[S:.*]] = core.receive_scalar 0 : f32
// CHECK: %[[IS:.*]] = arith.cmpf ogt, %[[S]]
// CHECK: scf.if %[[IS]]
// CHECK: core.vector_program lanes(1) {
// CHECK-NOT: core.receive_scalar
// CHECK: core.read_scalar 0
// CHECK: core.read_scalar 1
core.group @reads_placed of @work (%n: index, %x: memref<16x16xbf16>, %y: memref<16x16xf32>) {
  %zero = arith.constant 0.0 : f32
  %l = core.buffer : memref<16x16xbf16, #core.space<l0a>>
  %r = core.buffer : memref<16x16xbf16, #core.space<l0b>>
  %c = core.buffer : memref<16x16xf32, #core.space<l0c>>
  %u = core.buffer : memref<16x16xf32, #core.space<ub>>
  %s = core.read_scalar 0 %u[%n, %n] : memref<16x16xf32, #core.space<ub>>
  %isPositive = arith.cmpf ogt, %s, %zero : f32
  scf.if %isPositive {
    core.mmad %l, %r into %c : memref<16x16xbf16, #core.space<l0a>>, memref<16x16xbf16, #core.space<l0b>> into memref<16x16xf32, #core.space<l0c>>
  }
  %t = core.read_scalar 1 %u[%n, %n] : memref<16x16xf32, #core.space<ub>>
  core.vector_fill %t to %u : f32 to memref<16x16xf32, #core.space<ub>>
}
