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

// Storage on the chip has a size known before the task runs.

task.kernel @refuses_a_dynamic_size core_group split(automatic) (in %n: index) {
  // expected-error @+1 {{expects the buffer of a tile to have a static size, but got 'memref<?xf32>'}}
  %t = memref.alloc(%n) : memref<?xf32>
  task.return
}
