// Upstream's passes on task operations, each through the interface it asks for.
// RUN: tile-opt %s -sccp | FileCheck %s --check-prefix=SCCP
// RUN: tile-opt %s -int-range-optimizations | FileCheck %s --check-prefix=RANGE
// RUN: tile-opt %s -canonicalize | FileCheck %s --check-prefix=CANON
// RUN: tile-opt %s -loop-invariant-code-motion | FileCheck %s --check-prefix=LICM
// RUN: tile-opt %s -pass-pipeline='builtin.module(func.func(affine-simplify-min-max))' | FileCheck %s --check-prefix=BOUND
// RUN: tile-opt %s -cse -canonicalize | FileCheck %s --check-prefix=EFFECT

// SCCP-LABEL: @constants_leave_regions_that_run_once
func.func @constants_leave_regions_that_run_once() -> (index, index, !task.id) {
  // SCCP: %[[C7:.*]] = arith.constant 7 : index
  // SCCP: %{{.*}}, %[[ID:.*]] = task.scope
  // SCCP: return %[[C7]], %[[C7]], %[[ID]]
  %c7 = arith.constant 7 : index
  %s, %id = task.scope "s" core_group -> (index) {
    task.yield %c7 : index
  }
  %a = task.auto -> (index) {
    task.yield %c7 : index
  }
  return %s, %a, %id : index, index, !task.id
}

// A claim changes nothing: what iterations carry is joined as in any loop.
// SCCP-LABEL: @constant_goes_around_a_parallel_loop
func.func @constant_goes_around_a_parallel_loop(%lo: index, %hi: index, %st: index) -> (index, index) {
  // SCCP: %[[C7:.*]] = arith.constant 7 : index
  // SCCP: %[[R:.*]]:2 = task.parallel
  // SCCP: return %[[C7]], %[[R]]#1
  %c7 = arith.constant 7 : index
  %r:2 = task.parallel %k = %lo to %hi step %st iter_args(%c = %c7, %d = %c7) -> (index, index) {
    %n = arith.addi %d, %k : index
    task.yield %c, %n : index, index
  }
  return %r#0, %r#1 : index, index
}

// RANGE-LABEL: @parallel_loop_bounds_its_induction_variable
func.func @parallel_loop_bounds_its_induction_variable() -> i1 {
  // RANGE-NEXT: %[[FALSE:.*]] = arith.constant false
  // RANGE-NEXT: return %[[FALSE]]
  %c0 = arith.constant 0 : index
  %c3 = arith.constant 3 : index
  %c9 = arith.constant 9 : index
  %f = arith.constant false
  %r = task.parallel %k = %c0 to %c9 step %c3 iter_args(%a = %f) -> (i1) {
    %above = arith.cmpi sge, %k, %c9 : index
    %any = arith.ori %above, %a : i1
    task.yield %any : i1
  }
  return %r : i1
}

// The id comes from no region and stays, used or not.
// CANON-LABEL: @dead_results_of_a_scope_go
func.func @dead_results_of_a_scope_go(%x: tensor<4xf32>) -> tensor<4xf32> {
  // CANON-NEXT: %[[R:.*]], %{{.*}} = task.scope "s" core_group -> (tensor<4xf32>) {
  // CANON-NEXT: %[[E:.*]] = tile.exp %arg0
  // CANON-NEXT: task.yield %[[E]] : tensor<4xf32>
  // CANON: return %[[R]]
  %r:2, %id = task.scope "s" core_group -> (tensor<4xf32>, tensor<4xf32>) {
    %e = tile.exp %x : tensor<4xf32>
    %f = tile.neg %x : tensor<4xf32>
    task.yield %f, %e : tensor<4xf32>, tensor<4xf32>
  }
  return %r#1 : tensor<4xf32>
}

// CANON-LABEL: @dead_results_of_a_request_go
func.func @dead_results_of_a_request_go(%x: tensor<4xf32>) -> tensor<4xf32> {
  // CANON-NEXT: task.auto -> (tensor<4xf32>) {
  // CANON-NEXT: %[[E:.*]] = tile.exp %arg0
  // CANON-NEXT: task.yield %[[E]] : tensor<4xf32>
  %r:2 = task.auto -> (tensor<4xf32>, tensor<4xf32>) {
    %e = tile.exp %x : tensor<4xf32>
    %f = tile.neg %x : tensor<4xf32>
    task.yield %f, %e : tensor<4xf32>, tensor<4xf32>
  }
  return %r#1 : tensor<4xf32>
}

// CANON-LABEL: @dead_and_unchanged_carried_values_go
func.func @dead_and_unchanged_carried_values_go(%x: tensor<4xf32>, %y: tensor<4xf32>,
    %lo: index, %hi: index, %st: index) -> tensor<4xf32> {
  // CANON: task.parallel {{.*}} chunk(4) iter_args(%[[C:.*]] = %arg0) -> (tensor<4xf32>)
  // CANON-NEXT: %[[N:.*]] = tile.add %[[C]], %arg1
  // CANON-NEXT: task.yield %[[N]] : tensor<4xf32>
  %r:3 = task.parallel %k = %lo to %hi step %st chunk(4) iter_args(%c = %x, %d = %x, %e = %y) -> (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) {
    %n = tile.add %c, %e : tensor<4xf32>, tensor<4xf32>
    task.yield %n, %x, %e : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
  }
  return %r#0 : tensor<4xf32>
}

// A read stays where it is: the loop may not run.
// LICM-LABEL: @invariant_operations_leave_a_parallel_loop
func.func @invariant_operations_leave_a_parallel_loop(%x: tensor<4xf32>, %m: memref<4xindex>,
    %hi: index, %st: index) -> tensor<4xf32> {
  // LICM: %[[E:.*]] = tile.exp %arg0
  // LICM-NEXT: task.parallel
  // LICM-NEXT: task.read
  // LICM: tile.add %{{.*}}, %[[E]]
  %c0 = arith.constant 0 : index
  %r = task.parallel %k = %c0 to %hi step %st iter_args(%c = %x) -> (tensor<4xf32>) {
    %e = tile.exp %x : tensor<4xf32>
    %n = task.read %m[%c0] : memref<4xindex>
    tile.check positive(%n)
    %d = tile.add %c, %e : tensor<4xf32>, tensor<4xf32>
    task.yield %d : tensor<4xf32>
  }
  return %r : tensor<4xf32>
}

// BOUND-LABEL: @induction_variable_is_below_the_upper_bound
func.func @induction_variable_is_below_the_upper_bound(%hi: index, %st: index) {
  // BOUND: task.parallel %[[K:.*]] =
  // BOUND-NEXT: %[[M:.*]] = affine.min
  // BOUND-NEXT: tile.check in_bounds(%[[K]], %[[M]], %arg0)
  %c0 = arith.constant 0 : index
  task.parallel %k = %c0 to %hi step %st {
    %below = affine.min affine_map<(d0)[s0] -> (d0, s0)>(%k)[%hi]
    %unknown = affine.min affine_map<(d0)[s0] -> (d0, s0 - 2)>(%k)[%hi]
    tile.check in_bounds(%below, %unknown, %hi)
    task.yield
  }
  return
}

// BOUND-LABEL: @extents_leave_regions
func.func @extents_leave_regions(%x: tensor<?x8xf32>, %hi: index, %st: index) -> (index, index, index) {
  // BOUND: %[[N:.*]] = tensor.dim %arg0
  // BOUND: return %[[N]], %[[N]], %[[N]]
  %c0 = arith.constant 0 : index
  %n = tensor.dim %x, %c0 : tensor<?x8xf32>
  %s, %id = task.scope "s" core_group -> (tensor<?x8xf32>) {
    %e = tile.exp %x : tensor<?x8xf32>
    task.yield %e : tensor<?x8xf32>
  }
  %a = task.auto -> (tensor<?x8xf32>) {
    %e = tile.exp %x : tensor<?x8xf32>
    task.yield %e : tensor<?x8xf32>
  }
  %p = task.parallel %k = %c0 to %hi step %st iter_args(%c = %x) -> (tensor<?x8xf32>) {
    %e = tile.exp %c : tensor<?x8xf32>
    task.yield %e : tensor<?x8xf32>
  }
  %ds = tensor.dim %s, %c0 : tensor<?x8xf32>
  %da = tensor.dim %a, %c0 : tensor<?x8xf32>
  %dp = tensor.dim %p, %c0 : tensor<?x8xf32>
  %ms = affine.min affine_map<()[s0, s1] -> (s0, s1 + 1)>()[%n, %ds]
  %ma = affine.min affine_map<()[s0, s1] -> (s0, s1 + 1)>()[%n, %da]
  %mp = affine.min affine_map<()[s0, s1] -> (s0, s1 + 1)>()[%n, %dp]
  return %ms, %ma, %mp : index, index, index
}

// BOUND-LABEL: @index_from_a_scope_is_what_it_yields
func.func @index_from_a_scope_is_what_it_yields(%n: index) -> index {
  // BOUND: return %arg0
  %s, %id = task.scope "s" core_group -> (index) {
    task.yield %n : index
  }
  %m = affine.min affine_map<()[s0, s1] -> (s0, s1 + 1)>()[%n, %s]
  return %m : index
}

task.kernel @copy core_group split(automatic) (in %x: memref<4xf32>, out %y: memref<4xf32>) {
  task.return
}

// EFFECT-LABEL: @reads_are_merged_up_to_a_write
func.func @reads_are_merged_up_to_a_write(%m: memref<4xf32>, %x: memref<4xf32>, %i: index) -> (f32, f32, f32) {
  // EFFECT-NEXT: %[[A:.*]] = task.read %arg0
  // EFFECT-NEXT: task.submit @copy
  // EFFECT-NEXT: %[[B:.*]] = task.read %arg0
  // EFFECT-NEXT: return %[[A]], %[[A]], %[[B]]
  %a = task.read %m[%i] : memref<4xf32>
  %b = task.read %m[%i] : memref<4xf32>
  %id = task.submit @copy ins(%x : memref<4xf32>) outs(%m : memref<4xf32>)
  %c = task.read %m[%i] : memref<4xf32>
  return %a, %b, %c : f32, f32, f32
}

// EFFECT-LABEL: @an_atomic_update_is_a_write
func.func @an_atomic_update_is_a_write(%m: memref<4xf32>, %s: tensor<4xf32>, %i: index) -> (f32, f32) {
  // EFFECT-NEXT: %[[A:.*]] = task.read %arg0
  // EFFECT-NEXT: task.atomic_update
  // EFFECT-NEXT: %[[B:.*]] = task.read %arg0
  // EFFECT-NEXT: return %[[A]], %[[B]]
  %a = task.read %m[%i] : memref<4xf32>
  task.atomic_update add %s into %m[%i] : tensor<4xf32>, memref<4xf32>
  %b = task.read %m[%i] : memref<4xf32>
  return %a, %b : f32, f32
}

// EFFECT-LABEL: @equal_allocations_stay_apart_and_unused_ones_go
func.func @equal_allocations_stay_apart_and_unused_ones_go() -> (memref<4xf32>, memref<4xf32>) {
  // EFFECT-NEXT: %[[A:.*]] = task.alloc
  // EFFECT-NEXT: %[[B:.*]] = task.alloc
  // EFFECT-NEXT: return %[[A]], %[[B]]
  %unused = task.alloc() : memref<4xf32>
  %a = task.alloc() : memref<4xf32>
  %b = task.alloc() : memref<4xf32>
  return %a, %b : memref<4xf32>, memref<4xf32>
}
