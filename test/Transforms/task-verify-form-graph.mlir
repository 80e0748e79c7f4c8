// RUN: tile-opt %s --split-input-file --verify-diagnostics --task-verify-form=form=graph

// A tensor outside kernels.
// expected-error @+1 {{form 'graph' (F8) expects memory, without tensors, outside kernels, but got 'task.entry'}}
task.entry @f8_tensor(in %x: tensor<16xf32>) {
  task.return
}

// -----

// A scope that nobody has outlined.
task.entry @f7_scope() {
  // expected-error @+1 {{form 'graph' (F7) expects no scope and no request, but got 'task.scope'}}
  %id = task.scope "left" core_group {
    task.yield
  }
  task.return
}

// -----

// A condition that chooses between memories.
task.entry @f9_chosen_memory(in %c: i1, in %x: memref<16xf32>, in %y: memref<16xf32>) {
  // expected-error @+1 {{form 'graph' (F9) expects loops and conditions outside kernels to carry scalars and task ids, but got 'scf.if'}}
  %m = scf.if %c -> (memref<16xf32>) {
    scf.yield %x : memref<16xf32>
  } else {
    scf.yield %y : memref<16xf32>
  }
  task.return
}

// -----

// A kernel that declares nothing.
// expected-error @+1 {{form 'graph' (F10) expects exactly one region program per kernel, but got 'task.kernel'}}
task.kernel @f10_undeclared core_group split(automatic) (in %x: memref<16xf32>) {
  task.return
}
