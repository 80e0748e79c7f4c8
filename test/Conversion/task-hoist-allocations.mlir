// RUN: tile-opt %s -split-input-file -verify-diagnostics -pass-pipeline='builtin.module(task.kernel(task-hoist-allocations))' | FileCheck %s

// A buffer is claimed once per task, not once per iteration.

// CHECK-LABEL: task.kernel @hoists_out_of_a_loop
// CHECK: memref.alloc() : memref<16x16xf32>
// CHECK: scf.for
// CHECK-NOT: memref.alloc
task.kernel @hoists_out_of_a_loop core_group split(automatic) (in %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %f = arith.constant 0.0 : f32
  scf.for %i = %c0 to %n step %c1 {
    %t = memref.alloc() : memref<16x16xf32>
    memref.store %f, %t[%c0, %c0] : memref<16x16xf32>
  }
  task.return
}

// -----

// What is as large as a run says has storage for the largest, found through branches and loops.

// CHECK-LABEL: task.kernel @views_storage_for_the_largest
// CHECK-COUNT-3: memref.alloc() : memref<192xi8>
// CHECK-NOT: memref.alloc
// CHECK-COUNT-3: memref.view {{.*}} : memref<192xi8> to memref<4x?xf32>
// CHECK-NOT: memref.alloc
task.kernel @views_storage_for_the_largest core_group split(automatic) (in %n: index, in %x: memref<4x16xf32>, in %k: i1) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %m = affine.min affine_map<()[s0] -> (s0, 12)>()[%n]
  %a = memref.alloc(%m) : memref<4x?xf32>
  %v = memref.subview %x[0, 0] [4, %m] [1, 1] : memref<4x16xf32> to memref<4x?xf32, strided<[16, 1]>>
  %w = scf.while (%c = %v) : (memref<4x?xf32, strided<[16, 1]>>) -> memref<4x?xf32, strided<[16, 1]>> {
    scf.condition(%k) %c : memref<4x?xf32, strided<[16, 1]>>
  } do {
  ^bb0(%c: memref<4x?xf32, strided<[16, 1]>>):
    scf.yield %c : memref<4x?xf32, strided<[16, 1]>>
  }
  scf.for %i = %c0 to %n step %c1 {
    %d = memref.dim %w, %c1 : memref<4x?xf32, strided<[16, 1]>>
    %b = memref.alloc(%d) : memref<4x?xf32>
    %o = scf.if %k -> memref<4x?xf32> {
      scf.yield %b : memref<4x?xf32>
    } else {
      scf.yield %a : memref<4x?xf32>
    }
    %e = memref.dim %o, %c1 : memref<4x?xf32>
    %f = memref.alloc(%e) : memref<4x?xf32>
  }
  task.return
}

// -----

// Storage on the chip has a size known before the task runs.

task.kernel @refuses_a_dynamic_size core_group split(automatic) (in %n: index) {
  // expected-error @+1 {{expects a tile whose extents only the run knows to be a slice with `valid_shape`, or computed from one, but got 'memref<?xf32>'}}
  %t = memref.alloc(%n) : memref<?xf32>
  task.return
}
