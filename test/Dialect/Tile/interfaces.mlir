// Upstream's passes on tile operations, each through the interface it asks for.
// RUN: tile-opt %s -sccp | FileCheck %s --check-prefix=SCCP
// RUN: tile-opt %s -int-range-optimizations | FileCheck %s --check-prefix=RANGE
// RUN: tile-opt %s -canonicalize | FileCheck %s --check-prefix=CANON
// RUN: tile-opt %s -loop-invariant-code-motion | FileCheck %s --check-prefix=LICM
// RUN: tile-opt %s -resolve-ranked-shaped-type-result-dims -canonicalize -cse | FileCheck %s --check-prefix=SHAPE
// RUN: tile-opt %s -pass-pipeline='builtin.module(func.func(affine-simplify-min-max))' | FileCheck %s --check-prefix=BOUND

// A value that no iteration changes is known inside the loop and behind it.
// SCCP-LABEL: @constant_goes_around_a_pipeline
func.func @constant_goes_around_a_pipeline(%lo: index, %hi: index, %st: index) -> index {
  // SCCP: %[[C7:.*]] = arith.constant 7 : index
  // SCCP: return %[[C7]]
  %c7 = arith.constant 7 : index
  %c0 = arith.constant 0 : index
  %r = tile.pipeline %k = %lo to %hi step %st stages(2) iter_args(%c = %c7) -> (index) {
    %n = arith.addi %c, %c0 : index
    tile.yield %n : index
  }
  return %r : index
}

// The bounds say that there is an iteration, so that the initial value does not come out.
// SCCP-LABEL: @constant_bounds_decide_that_the_body_runs
func.func @constant_bounds_decide_that_the_body_runs() -> index {
  // SCCP: %[[C1:.*]] = arith.constant 1 : index
  // SCCP: return %[[C1]]
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %r = tile.pipeline %k = %c0 to %c1 step %c1 stages(2) iter_args(%c = %c0) -> (index) {
    tile.yield %c1 : index
  }
  return %r : index
}

// SCCP-LABEL: @constant_bounds_decide_that_the_body_never_runs
func.func @constant_bounds_decide_that_the_body_never_runs() -> index {
  // SCCP: %[[C0:.*]] = arith.constant 0 : index
  // SCCP: return %[[C0]]
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %r = tile.pipeline %k = %c1 to %c1 step %c1 stages(2) iter_args(%c = %c0) -> (index) {
    tile.yield %c1 : index
  }
  return %r : index
}

// SCCP-LABEL: @what_an_iteration_changes_is_not_constant
func.func @what_an_iteration_changes_is_not_constant(%hi: index) -> index {
  // SCCP: %[[R:.*]] = tile.pipeline
  // SCCP: return %[[R]]
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %r = tile.pipeline %k = %c0 to %hi step %c1 stages(2) iter_args(%c = %c0) -> (index) {
    tile.yield %c1 : index
  }
  return %r : index
}

// RANGE-LABEL: @pipeline_bounds_its_induction_variable
func.func @pipeline_bounds_its_induction_variable() -> (i1, i1) {
  // RANGE-DAG: %[[TRUE:.*]] = arith.constant true
  // RANGE: %[[R:.*]]:2 = tile.pipeline
  // RANGE: arith.cmpi slt
  // RANGE-NOT: arith.cmpi
  // RANGE: tile.yield %[[TRUE]]
  %c0 = arith.constant 0 : index
  %c3 = arith.constant 3 : index
  %c8 = arith.constant 8 : index
  %c9 = arith.constant 9 : index
  %f = arith.constant false
  %r:2 = tile.pipeline %k = %c0 to %c9 step %c3 stages(2) iter_args(%a = %f, %b = %f) -> (i1, i1) {
    %below = arith.cmpi slt, %k, %c9 : index
    %within = arith.cmpi slt, %k, %c3 : index
    tile.yield %below, %within : i1, i1
  }
  return %r#0, %r#1 : i1, i1
}

// CANON-LABEL: @dead_and_unchanged_carried_values_go
func.func @dead_and_unchanged_carried_values_go(%x: tensor<4xf32>, %y: tensor<4xf32>,
    %lo: index, %hi: index, %st: index) -> tensor<4xf32> {
  // CANON: tile.pipeline {{.*}} stages(2) iter_args(%[[C:.*]] = %arg0) -> (tensor<4xf32>)
  // CANON-NEXT: %[[N:.*]] = tile.add %[[C]], %arg1
  // CANON-NEXT: tile.yield %[[N]] : tensor<4xf32>
  %r:3 = tile.pipeline %k = %lo to %hi step %st stages(2) iter_args(%c = %x, %d = %x, %e = %y) -> (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) {
    %n = tile.add %c, %e : tensor<4xf32>, tensor<4xf32>
    tile.yield %n, %x, %e : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
  }
  return %r#0 : tensor<4xf32>
}

// A check stops the task: it is not hoisted out of a loop that may not run.
// LICM-LABEL: @invariant_operations_leave_a_pipeline
func.func @invariant_operations_leave_a_pipeline(%x: tensor<4xf32>, %y: tensor<4xf32>,
    %lo: index, %hi: index, %st: index) -> tensor<4xf32> {
  // LICM-NEXT: %[[E:.*]] = tile.exp %arg1
  // LICM-NEXT: tile.pipeline
  // LICM-NEXT: tile.check
  // LICM-NEXT: tile.add %{{.*}}, %[[E]]
  %r = tile.pipeline %k = %lo to %hi step %st stages(2) iter_args(%c = %x) -> (tensor<4xf32>) {
    %e = tile.exp %y : tensor<4xf32>
    tile.check positive(%hi)
    %n = tile.add %c, %e : tensor<4xf32>, tensor<4xf32>
    tile.yield %n : tensor<4xf32>
  }
  return %r : tensor<4xf32>
}

// SHAPE-LABEL: @extents_of_elementwise_results_are_those_of_an_operand
func.func @extents_of_elementwise_results_are_those_of_an_operand(%x: tensor<?x8xf32>, %y: tensor<?x1xf32>, %s: f32) -> index {
  // SHAPE: %[[D:.*]] = tensor.dim %arg0, %c0
  // SHAPE: return %[[D]]
  %c0 = arith.constant 0 : index
  %a = tile.add %x, %y : tensor<?x8xf32>, tensor<?x1xf32>
  %b = tile.mul %a, %s : tensor<?x8xf32>, f32
  %c = tile.cast rint %b : tensor<?x8xf32> to tensor<?x8xbf16>
  %d = tile.neg %c : tensor<?x8xbf16>
  %m = tile.compare lt %d, %d : tensor<?x8xbf16>, tensor<?x8xbf16> -> tensor<?x8xi1>
  %e = tile.select %m, %d, %d : tensor<?x8xi1>, tensor<?x8xbf16>
  %n = tensor.dim %e, %c0 : tensor<?x8xbf16>
  return %n : index
}

// SHAPE-LABEL: @extents_of_products_and_reductions
func.func @extents_of_products_and_reductions(%a: tensor<?x?xf32>, %b: tensor<?x?xf32>) -> (index, index, index, index) {
  // SHAPE-DAG: %[[M:.*]] = tensor.dim %arg0, %c1
  // SHAPE-DAG: %[[N:.*]] = tensor.dim %arg1, %c0
  // SHAPE: return %[[M]], %[[N]], %[[N]], %[[M]]
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %r = tile.matmul %a, %b trans_lhs trans_rhs : tensor<?x?xf32>, tensor<?x?xf32> -> tensor<?x?xf32>
  %s = tile.reduce sum %r dim(0) : tensor<?x?xf32>
  %t = tile.arg_reduce argmax %r dim(1) : tensor<?x?xf32>
  %dm = tensor.dim %r, %c0 : tensor<?x?xf32>
  %dn = tensor.dim %r, %c1 : tensor<?x?xf32>
  %ds = tensor.dim %s, %c1 : tensor<1x?xf32>
  %dt = tensor.dim %t, %c0 : tensor<?x1xi32>
  return %dm, %dn, %ds, %dt : index, index, index, index
}

// SHAPE-LABEL: @extents_of_fresh_tensors_are_their_sizes
func.func @extents_of_fresh_tensors_are_their_sizes(%x: tensor<4x1xf32>, %v: f32, %n: index, %m: index) -> (index, index, index, index) {
  // SHAPE-NEXT: return %arg3, %arg2, %arg3, %arg2
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %e = tile.empty(%n, %m) : tensor<?x?xf32>
  %t = tile.transpose %e [1, 0] : tensor<?x?xf32>
  %f = tile.full %v(%n, %m) : f32 -> tensor<?x?xf32>
  %b = tile.broadcast %x(%n) : tensor<4x1xf32> -> tensor<4x?xf32>
  %d0 = tensor.dim %t, %c0 : tensor<?x?xf32>
  %d1 = tensor.dim %t, %c1 : tensor<?x?xf32>
  %d2 = tensor.dim %f, %c1 : tensor<?x?xf32>
  %d3 = tensor.dim %b, %c1 : tensor<4x?xf32>
  return %d0, %d1, %d2, %d3 : index, index, index, index
}

// BOUND-LABEL: @induction_variable_is_below_the_upper_bound
func.func @induction_variable_is_below_the_upper_bound(%hi: index, %st: index) {
  // BOUND: tile.pipeline %[[K:.*]] =
  // BOUND-NEXT: %[[M:.*]] = affine.min
  // BOUND-NEXT: tile.check in_bounds(%[[K]], %[[M]], %arg0)
  %c0 = arith.constant 0 : index
  tile.pipeline %k = %c0 to %hi step %st stages(2) {
    %below = affine.min affine_map<(d0)[s0] -> (d0, s0)>(%k)[%hi]
    %unknown = affine.min affine_map<(d0)[s0] -> (d0, s0 - 2)>(%k)[%hi]
    tile.check in_bounds(%below, %unknown, %hi)
    tile.yield
  }
  return
}

// BOUND-LABEL: @extents_stay_around_a_pipeline
func.func @extents_stay_around_a_pipeline(%x: tensor<?x8xf32>, %hi: index, %st: index) -> index {
  // BOUND: %[[D:.*]] = tensor.dim %arg0
  // BOUND: return %[[D]]
  %c0 = arith.constant 0 : index
  %r = tile.pipeline %k = %c0 to %hi step %st stages(2) iter_args(%c = %x) -> (tensor<?x8xf32>) {
    %e = tile.exp %c : tensor<?x8xf32>
    tile.yield %e : tensor<?x8xf32>
  }
  %n = tensor.dim %x, %c0 : tensor<?x8xf32>
  %m = tensor.dim %r, %c0 : tensor<?x8xf32>
  %min = affine.min affine_map<()[s0, s1] -> (s0, s1 + 1)>()[%n, %m]
  return %min : index
}

// A size that iterations exchange is not the initial one.
// BOUND-LABEL: @exchanged_extents_are_unknown
func.func @exchanged_extents_are_unknown(%x: tensor<?x8xf32>, %y: tensor<?x8xf32>, %hi: index, %st: index) -> index {
  // BOUND: %[[M:.*]] = affine.min
  // BOUND: return %[[M]]
  %c0 = arith.constant 0 : index
  %r:2 = tile.pipeline %k = %c0 to %hi step %st stages(2) iter_args(%c = %x, %d = %y) -> (tensor<?x8xf32>, tensor<?x8xf32>) {
    tile.yield %d, %c : tensor<?x8xf32>, tensor<?x8xf32>
  }
  %n = tensor.dim %x, %c0 : tensor<?x8xf32>
  %m = tensor.dim %r#0, %c0 : tensor<?x8xf32>
  %min = affine.min affine_map<()[s0, s1] -> (s0, s1 + 1)>()[%n, %m]
  return %min : index
}

// BOUND-LABEL: @extents_stay_within_their_capacity
func.func @extents_stay_within_their_capacity(%n: index) -> (index, index) {
  // BOUND: %[[D:.*]] = tensor.dim
  // BOUND-NEXT: %[[M:.*]] = affine.min
  // BOUND: return %[[D]], %[[M]]
  %c0 = arith.constant 0 : index
  %e = tile.empty(%n) : tensor<8x?xf32, #tile.capacity<8x64>>
  %t = tile.transpose %e [1, 0] : tensor<8x?xf32, #tile.capacity<8x64>>
  %d = tensor.dim %t, %c0 : tensor<?x8xf32, #tile.capacity<64x8>>
  %m = affine.min affine_map<()[s0] -> (s0, 64)>()[%d]
  %k = affine.min affine_map<()[s0] -> (s0, 63)>()[%d]
  return %m, %k : index, index
}

// BOUND-LABEL: @bounds_of_products_and_reductions
func.func @bounds_of_products_and_reductions(%a: tensor<?x16xf32>, %b: tensor<16x?xf32>) -> (index, index) {
  // BOUND-DAG: %[[M:.*]] = tensor.dim %arg0
  // BOUND-DAG: %[[N:.*]] = tensor.dim %arg1
  // BOUND: return %[[M]], %[[N]]
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %r = tile.matmul %a, %b : tensor<?x16xf32>, tensor<16x?xf32> -> tensor<?x?xf32>
  %s = tile.reduce sum %r dim(0) : tensor<?x?xf32>
  %m = tensor.dim %a, %c0 : tensor<?x16xf32>
  %n = tensor.dim %b, %c1 : tensor<16x?xf32>
  %rm = tensor.dim %r, %c0 : tensor<?x?xf32>
  %sn = tensor.dim %s, %c1 : tensor<1x?xf32>
  %min = affine.min affine_map<()[s0, s1] -> (s0, s1 + 1)>()[%m, %rm]
  %min1 = affine.min affine_map<()[s0, s1] -> (s0, s1 + 1)>()[%n, %sn]
  return %min, %min1 : index, index
}
