// RUN: tile-opt %s -split-input-file -verify-diagnostics -task-convert-to-llvm | FileCheck %s

// A group becomes a function of the unit that is asked for; each program is one of its branches.

// CHECK-LABEL: llvm.func @scale_placed(
// CHECK-SAME: %[[HOST:[a-z0-9]+]]: !llvm.ptr, %{{[a-z0-9]+}}: !llvm.ptr, %[[UNIT:[a-z0-9]+]]: i32)
// CHECK: %[[RECORD:.*]] = llvm.alloca %{{.*}} x i64
// CHECK: %[[IS_CUBE:.*]] = arith.cmpi eq, %[[UNIT]]
// CHECK: scf.if %[[IS_CUBE]]
// CHECK: llvm.getelementptr %[[HOST]][7]
// CHECK: llvm.call %{{.*}}(%[[HOST]], %[[RECORD]])
// CHECK: %[[IS_VECTOR:.*]] = arith.cmpi ne, %[[UNIT]]
// CHECK: scf.if %[[IS_VECTOR]]
// CHECK: scf.for
// CHECK: llvm.call %{{.*}}(%[[HOST]], %[[RECORD]])
// CHECK-NOT: core.
// The kernel's last field is its walk.
// CHECK-DAG: llvm.mlir.global internal constant @tilework_kernels_0_walk_locations()
// CHECK-DAG: llvm.mlir.addressof @tilework_kernels_0_walk : !llvm.ptr
task.kernel @scale core_group split(automatic) (in %n: index) {
  task.return
}
core.group @scale_placed of @scale (%n: index) {
  core.cube_program {
    core.cross_set fixp event 3
  }
  core.vector_program lanes(2) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    scf.for %i = %c0 to %n step %c1 {
      core.cross_wait mte2 event 3
    }
  }
}

// -----

// A buffer is a memref whose pointer is its address; a slot is a view of it.

// CHECK-LABEL: llvm.func @slots_placed(
// CHECK: %[[ADDRESS:.*]] = llvm.mlir.constant(64 : i64)
// CHECK: llvm.inttoptr %[[ADDRESS]]
// CHECK: memref.subview %{{.*}}[%{{.*}}, 0, 0] [1, 8, 16] [1, 1, 1] : memref<2x8x16xf32> to
task.kernel @slots core_group split(automatic) (in %n: index, in %f: f32) {
  task.return
}
core.group @slots_placed of @slots (%n: index, %f: f32) {
  core.vector_program lanes(1) {
    %b = core.buffer at 64 slots(2) : memref<2x8x16xf32, #core.space<ub>>
    %s = core.slot %b[%n] : memref<2x8x16xf32, #core.space<ub>>
    core.vector_fill %f to %s : f32 to memref<8x16xf32, strided<[16, 1], offset: ?>, #core.space<ub>>
  }
}

// -----

// What native code has read of a tile the walk asks the runtime for, and says in the instruction.

// CHECK-LABEL: llvm.func @reads_placed(
// CHECK-SAME: %[[HOST:[a-z0-9]+]]: !llvm.ptr
// CHECK: llvm.getelementptr %[[HOST]][9]
// CHECK: %[[BITS:.*]] = llvm.call %{{.*}}(%[[HOST]], %{{.*}}, %{{.*}}) : !llvm.ptr, (!llvm.ptr, i32, i32) -> i64
// CHECK: %[[NARROW:.*]] = llvm.load %{{.*}} : !llvm.ptr -> bf16
// CHECK: arith.bitcast %[[NARROW]] : bf16 to i16
// CHECK: llvm.getelementptr %[[HOST]][7]
task.kernel @reads core_group split(automatic) (in %n: index) {
  task.return
}
core.group @reads_placed of @reads (%n: index) {
  core.vector_program lanes(1) {
    %b = core.buffer at 64 : memref<8x16xbf16, #core.space<ub>>
    %s = core.read_scalar 0 %b[%n, %n] : memref<8x16xbf16, #core.space<ub>>
  }
}

// -----

// The runtime is told what the walk itself reads of global memory.

// CHECK-LABEL: llvm.func @follows_placed(
// CHECK-SAME: %[[HOST:[a-z0-9]+]]: !llvm.ptr
// CHECK: arith.index_cast %{{.*}} : index to i64
// CHECK-NEXT: %[[AT:.*]] = llvm.inttoptr
// CHECK-NEXT: %[[BYTES:.*]] = llvm.mlir.constant(4 : i64) : i64
// CHECK: llvm.getelementptr %[[HOST]][10]
// CHECK: llvm.call %{{.*}}(%[[HOST]], %[[AT]], %[[BYTES]], %{{.*}})
// CHECK: memref.load
task.kernel @follows core_group split(automatic) (in %i: index, in %table: memref<4xi32>) {
  task.return
}
core.group @follows_placed of @follows (%i: index, %table: memref<4xi32>) {
  core.vector_program lanes(1) {
    %b = core.buffer at 64 : memref<8x16xi32, #core.space<ub>>
    %s = memref.load %table[%i] : memref<4xi32>
    core.vector_fill %s to %b : i32 to memref<8x16xi32, #core.space<ub>>
  }
}

// -----

// A kernel without a group has no walk.

// CHECK-LABEL: llvm.func @alone(
// CHECK-NOT: _walk
// CHECK: llvm.mlir.global external constant @tilework_image()
task.kernel @alone core_group split(automatic) (in %n: index) {
  task.return
}

// -----

task.kernel @k core_group split(automatic) (in %n: index) {
  task.return
}
core.group @k_placed of @k (%n: index) {
  core.vector_program lanes(1) {
    // expected-error @below {{'core.buffer' op expects an address, but got none; place the buffers first}}
    %b = core.buffer : memref<16x128xf32, #core.space<ub>>
  }
}

// -----

task.kernel @k core_group split(automatic) () {
  task.return
}
core.group @k_placed of @k () {
  // expected-error @below {{'core.channel' op expects an address, but got none; place the channels first}}
  %c = core.channel : !core.channel<16x128xf32, slots = 2, to_vector, up_down>
}

// -----

task.kernel @k core_group split(automatic) (in %n: index) {
  task.return
}
core.group @k_placed of @k (%n: index) {
  // expected-error @below {{'core.barrier' op expects the program of one unit around it, but got 'core.group'; split the units first}}
  core.barrier
}

// -----

task.kernel @k core_group split(automatic) (in %f: f32) {
  task.return
}
core.group @k_placed of @k (%f: f32) {
  core.vector_program lanes(1) {
    %b = core.buffer at 0 : memref<1x1x1x1x2x8xf32, #core.space<ub>>
    // expected-error @below {{'core.vector_fill' op expects buffers of at most 5 dimensions in a stream, but got 'memref<1x1x1x1x2x8xf32, #core.space<ub>>'}}
    core.vector_fill %f to %b : f32 to memref<1x1x1x1x2x8xf32, #core.space<ub>>
  }
}

// -----

task.kernel @k core_group split(automatic) (in %n: index) {
  task.return
}
core.group @k_placed of @k (%n: index) {
}
// expected-error @below {{'core.group' op expects to be the only group of a kernel, but got 'k'}}
core.group @k_again of @k (%n: index) {
}
