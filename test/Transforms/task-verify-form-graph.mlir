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

// A condition may choose between tensors, but not between views.
!view = memref<8xf32, strided<[1], offset: ?>>
task.entry @f9_chosen_view(in %c: i1, in %i: index, in %x: memref<16xf32>, in %y: memref<16xf32>) {
  %m = scf.if %c -> (memref<16xf32>) {
    scf.yield %x : memref<16xf32>
  } else {
    scf.yield %y : memref<16xf32>
  }
  %a = memref.subview %x[%i] [8] [1] : memref<16xf32> to !view
  %b = memref.subview %y[%i] [8] [1] : memref<16xf32> to !view
  // expected-error @+1 {{form 'graph' (F9) expects loops and conditions outside kernels to carry scalars, task ids and whole tensors, but got 'scf.if'}}
  %v = scf.if %c -> (!view) {
    scf.yield %a : !view
  } else {
    scf.yield %b : !view
  }
  task.return
}

// -----

// A kernel that declares nothing.
// expected-error @+1 {{form 'graph' (F10) expects exactly one region program per kernel, but got 'task.kernel'}}
task.kernel @f10_undeclared core_group split(automatic) (in %x: memref<16xf32>) {
  task.return
}

// -----

// A kernel that declares what it touches twice.
// expected-error @+1 {{form 'graph' (F10) expects exactly one region program per kernel, but got 'task.kernel'}}
task.kernel @f10_declared_twice core_group split(automatic) (in %x: memref<16xf32>) {
  task.return
}
task.accesses @once of @f10_declared_twice (in %x: memref<16xf32>) {
  task.return
}
task.accesses @twice of @f10_declared_twice (in %x: memref<16xf32>) {
  task.return
}

// -----

// A region program of another kernel.
task.kernel @declared core_group split(automatic) (in %x: memref<16xf32>) {
  task.return
}
task.accesses @f10_of_another of @declared (in %x: memref<16xf32>) {
  task.return
}
// expected-error @+1 {{form 'graph' (F10) expects exactly one region program per kernel, but got 'task.kernel'}}
task.kernel @f10_not_declared core_group split(automatic) (in %x: memref<16xf32>) {
  task.return
}

// -----

// A request that nobody has answered.
task.entry @f7_request() {
  // expected-error @+1 {{form 'graph' (F7) expects no scope and no request, but got 'task.auto'}}
  task.auto {
    task.yield
  }
  task.return
}

// -----

// A parallel loop that carries a view.
!view = memref<8xf32, strided<[1], offset: ?>>
task.entry @f9_carried_view(in %n: index, in %x: memref<16xf32>) {
  %v = memref.subview %x[%n] [8] [1] : memref<16xf32> to !view
  // expected-error @+1 {{form 'graph' (F9) expects loops and conditions outside kernels to carry scalars, task ids and whole tensors, but got 'task.parallel'}}
  %m = task.parallel %i = %n to %n step %n iter_args(%a = %v) -> (!view) {
    task.yield %a : !view
  }
  task.return
}
