// RUN: tile-opt %s --split-input-file --verify-diagnostics --task-verify-form=form=placed
// RUN: not tile-opt %s --split-input-file --task-verify-form=form=lowered 2>&1 | FileCheck %s

// CHECK: error: task-verify-form expects form traced, fused, graph or placed, but got 'lowered'

// A kernel that no core group executes.
// expected-error @+1 {{form 'placed' (F11) expects a core group for every kernel, but got 'task.kernel'}}
task.kernel @f11_without_group core_group split(automatic) (in %x: memref<16xf32>) {
  task.return
}
task.accesses @f11_without_group_accesses of @f11_without_group (in %x: memref<16xf32>) {
  task.return
}

// -----

// A buffer that has no place yet.
task.kernel @f12_unplaced core_group split(automatic) (in %x: memref<16xf32>) {
  task.return
}
task.accesses @f12_unplaced_accesses of @f12_unplaced (in %x: memref<16xf32>) {
  task.return
}
core.group @f12_unplaced_placed of @f12_unplaced (%x: memref<16xf32>) {
  core.cube_program {
    // expected-error @+1 {{form 'placed' (F12) expects buffers with addresses and instructions in programs, without pipelined loops, but got 'core.buffer'}}
    %b = core.buffer : memref<16x128xf32, #core.space<l0c>>
  }
}
