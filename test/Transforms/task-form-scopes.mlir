// RUN: tile-opt %s --split-input-file --verify-diagnostics --pass-pipeline='builtin.module(task.entry(task-form-scopes))' | FileCheck %s

// A run of tile operations becomes one scope; what is used later leaves it.
// CHECK-LABEL: task.entry @joins_a_run
task.entry @joins_a_run(in %x: tensor<16x128xf32>, out %o: tensor<16x128xf32>) {
  // CHECK: %[[R:.*]], %{{.*}} = task.scope "joins_a_run_line{{[0-9]+}}" core_group -> (tensor<16x128xf32>) {
  // CHECK-NEXT: tile.exp
  // CHECK-NEXT: tile.neg
  // CHECK-NEXT: task.yield
  // CHECK: task.return %[[R]]
  %a = tile.exp %x : tensor<16x128xf32>
  %b = tile.neg %a : tensor<16x128xf32>
  task.return %b : tensor<16x128xf32>
}

// -----

// A parallel loop in a request becomes one scope per iteration, split as the request says; its
// loops come along.
// CHECK-LABEL: task.entry @one_per_iteration
task.entry @one_per_iteration(in %x: tensor<16x128xf32>, out %o: tensor<16x128xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %c16 = arith.constant 16 : index
  // CHECK-NOT: task.auto
  // CHECK: task.parallel
  // CHECK-NEXT: task.scope {{.*}} split(up_down)
  // CHECK: scf.for
  // CHECK-NOT: task.scope
  %r = task.auto split(up_down) -> (tensor<16x128xf32>) {
    %p = task.parallel %i = %c0 to %c16 step %c4 iter_args(%a = %o) -> (tensor<16x128xf32>) {
      %end = arith.addi %i, %c4 : index
      %q = scf.for %j = %i to %end step %c1 iter_args(%b = %a) -> (tensor<16x128xf32>) {
        %s = tensor.extract_slice %x[%j, 0] [1, 128] [1, 1] : tensor<16x128xf32> to tensor<1x128xf32>
        %e = tile.exp %s : tensor<1x128xf32>
        %u = tensor.insert_slice %e into %b[%j, 0] [1, 128] [1, 1] : tensor<1x128xf32> into tensor<16x128xf32>
        scf.yield %u : tensor<16x128xf32>
      }
      task.yield %q : tensor<16x128xf32>
    }
    task.yield %p : tensor<16x128xf32>
  }
  task.return %r : tensor<16x128xf32>
}

// -----

// A scalar that the program reads from a task's result comes between two scopes.
// CHECK-LABEL: task.entry @reads_between
task.entry @reads_between(in %x: tensor<16xi32>, out %o: tensor<16xi32>) {
  %c0 = arith.constant 0 : index
  // CHECK: task.scope
  // CHECK: tensor.extract
  // CHECK: task.scope
  %a = tile.abs %x : tensor<16xi32>
  %n = tensor.extract %a[%c0] : tensor<16xi32>
  %b = tile.add %a, %n : tensor<16xi32>, i32
  task.return %b : tensor<16xi32>
}

// -----

// One element written by the program is a task as well.
// CHECK-LABEL: task.entry @wraps_element_writes
task.entry @wraps_element_writes(in %v: f32, inout %x: tensor<16xf32>) {
  %c0 = arith.constant 0 : index
  // CHECK: task.scope
  // CHECK-NEXT: tensor.insert
  %a = tensor.insert %v into %x[%c0] : tensor<16xf32>
  task.return %a : tensor<16xf32>
}

// -----

// A scalar carried out of a task has nowhere to live.
task.entry @keeps_scalars_out(in %n: i32, inout %x: tensor<16xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  // expected-error @+1 {{expects only tensors to leave a task, but got a scalar that the task computes}}
  %r:2 = scf.for %i = %c0 to %c4 step %c1 iter_args(%a = %x, %s = %n) -> (tensor<16xf32>, i32) {
    %e = tile.exp %a : tensor<16xf32>
    %t = arith.addi %s, %n : i32
    scf.yield %e, %t : tensor<16xf32>, i32
  }
  %f = arith.sitofp %r#1 : i32 to f32
  %m = tile.mul %r#0, %f : tensor<16xf32>, f32
  task.return %m : tensor<16xf32>
}

// -----

// A view of what a run computes goes along, so the run is one task.
// CHECK-LABEL: task.entry @takes_views_along
task.entry @takes_views_along(in %x: tensor<16xf32>, out %o: tensor<4xf32>) {
  // CHECK: task.scope
  // CHECK-NEXT: tile.exp
  // CHECK-NEXT: tensor.extract_slice
  // CHECK-NEXT: tile.neg
  // CHECK-NOT: task.scope
  %a = tile.exp %x : tensor<16xf32>
  %s = tensor.extract_slice %a[4] [4] [1] : tensor<16xf32> to tensor<4xf32>
  %b = tile.neg %s : tensor<4xf32>
  task.return %b : tensor<4xf32>
}

// -----

// A parallel loop that computes scalars only is no task.
// CHECK-LABEL: task.entry @leaves_scalars
// CHECK-NOT: task.scope
task.entry @leaves_scalars(in %n: index, in %m: index) {
  %c1 = arith.constant 1 : index
  %r = task.parallel %i = %c1 to %n step %c1 iter_args(%s = %m) -> (index) {
    %t = arith.addi %s, %i : index
    task.yield %t : index
  }
  task.return
}

// -----

// A scalar that a parallel loop carries is computed before the task, with all it needs; a division
// as well, as every iteration divides anyway.
// CHECK-LABEL: task.entry @hoists_scalars
task.entry @hoists_scalars(in %n: index, inout %x: tensor<16xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  // CHECK: task.parallel
  // CHECK-NEXT: arith.divsi
  // CHECK-NEXT: arith.addi
  // CHECK-NEXT: task.scope
  %r:2 = task.parallel %i = %c0 to %c16 step %c1 iter_args(%a = %x, %s = %c1) -> (tensor<16xf32>, index) {
    %q = arith.divsi %s, %n : index
    %f = tile.exp %a : tensor<16xf32>
    %t = arith.addi %q, %i : index
    task.yield %f, %t : tensor<16xf32>, index
  }
  task.return %r#0 : tensor<16xf32>
}

// -----

// Every run in a request is split as the request says; a scope of the author stays as it is.
// CHECK-LABEL: task.entry @keeps_the_split
task.entry @keeps_the_split(inout %x: tensor<16xf32>) {
  // CHECK: task.scope {{.*}} split(up_down)
  // CHECK-NEXT: tile.exp
  // CHECK: task.scope "mine" core_group ->
  // CHECK-NEXT: tile.abs
  // CHECK-NEXT: task.yield
  // CHECK: task.scope {{.*}} split(up_down)
  // CHECK-NEXT: tile.neg
  %r = task.auto split(up_down) -> (tensor<16xf32>) {
    %a = tile.exp %x : tensor<16xf32>
    %b, %id = task.scope "mine" core_group -> (tensor<16xf32>) {
      %c = tile.abs %a : tensor<16xf32>
      task.yield %c : tensor<16xf32>
    }
    %d = tile.neg %b : tensor<16xf32>
    task.yield %d : tensor<16xf32>
  }
  task.return %r : tensor<16xf32>
}
