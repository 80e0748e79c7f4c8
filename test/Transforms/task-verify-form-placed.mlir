// RUN: tile-opt %s --split-input-file --verify-diagnostics --task-verify-form=form=placed
// RUN: not tile-opt %s --split-input-file --task-verify-form=form=lowered 2>&1 | FileCheck %s

// CHECK: error: task-verify-form expects form traced, fused, graph or placed, but got 'lowered'

// A kernel of other operations than a core's.
// expected-error @+1 {{form 'placed' (F11) expects every kernel to be a core program, but got 'task.kernel'}}
task.kernel @f11_scalar core_group split(automatic) (in %x: memref<16xf32>) {
  %c0 = arith.constant 0 : index
  task.return
}
task.accesses @f11_scalar_accesses of @f11_scalar (in %x: memref<16xf32>) {
  task.return
}
