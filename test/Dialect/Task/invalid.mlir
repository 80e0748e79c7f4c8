// RUN: tile-opt %s -verify-diagnostics -split-input-file
// Each case breaks one numbered constraint of one operation.

// expected-error @below {{'task.entry' op (C1) expects one direction per argument, but got 2 for 1}}
"task.entry"() <{sym_name = "entry_c1", function_type = (memref<4xf32>) -> (), directions = array<i32: 1, 2>}> ({
^bb0(%x: memref<4xf32>):
  task.return
}) : () -> ()

// -----

// expected-error @below {{'task.entry' op (C2) expects scalars to be 'in', but got 'out' for argument 0}}
"task.entry"() <{sym_name = "entry_c2", function_type = (index) -> (), directions = array<i32: 2>}> ({
^bb0(%x: index):
  task.return
}) : () -> ()

// -----

// expected-error @below {{'task.kernel' op (C1) expects one direction per argument, but got 2 for 1}}
"task.kernel"() <{sym_name = "kernel_c1", function_type = (memref<4xf32>) -> (), directions = array<i32: 1, 2>, level = 0 : i32, split = 0 : i32}> ({
^bb0(%x: memref<4xf32>):
  task.return
}) : () -> ()

// -----

// expected-error @below {{'task.kernel' op (C2) expects scalars to be 'in', but got 'out' for argument 0}}
"task.kernel"() <{sym_name = "kernel_c2", function_type = (index) -> (), directions = array<i32: 2>, level = 0 : i32, split = 0 : i32}> ({
^bb0(%x: index):
  task.return
}) : () -> ()

// -----

// expected-error @below {{'task.accesses' op (C1) expects one direction per argument, but got 2 for 1}}
"task.accesses"() <{sym_name = "accesses_c1", function_type = (memref<4xf32>) -> (), directions = array<i32: 1, 2>, kernel = @linear}> ({
^bb0(%x: memref<4xf32>):
  task.return
}) : () -> ()

// -----

// expected-error @below {{'task.accesses' op (C2) expects scalars to be 'in', but got 'out' for argument 0}}
"task.accesses"() <{sym_name = "accesses_c2", function_type = (index) -> (), directions = array<i32: 2>, kernel = @linear}> ({
^bb0(%x: index):
  task.return
}) : () -> ()

// -----

// expected-error @below {{'task.entry' op (C3) expects results 'tensor<4xf32>', but got}}
"task.entry"() <{sym_name = "entry_c3", function_type = (tensor<4xf32>) -> (), directions = array<i32: 2>}> ({
^bb0(%x: tensor<4xf32>):
  task.return
}) : () -> ()

// -----

// expected-error @below {{'task.kernel' op (C3) expects results , but got 'index'}}
"task.kernel"() <{sym_name = "kernel_c3", function_type = (index) -> index, directions = array<i32: 1>, level = 0 : i32, split = 0 : i32}> ({
^bb0(%x: index):
  task.return %x : index
}) : () -> ()

// -----

// expected-error @below {{'task.accesses' op (C3) expects results , but got 'index'}}
"task.accesses"() <{sym_name = "accesses_c3", function_type = (index) -> index, directions = array<i32: 1>, kernel = @linear}> ({
^bb0(%x: index):
  task.return %x : index
}) : () -> ()

// -----

task.kernel @linear core_group split(automatic) (in %x: memref<4xf32>, out %y: memref<4xf32>) {
  task.return
}
// expected-error @below {{'task.accesses' op (C4) expects 'kernel' to name a kernel with the same arguments, but got @linear}}
task.accesses @accesses_c4 of @linear (in %x: memref<4xf32>) {
  task.return
}

// -----

// expected-error @below {{'task.accesses' op (C4) expects 'kernel' to name a kernel with the same arguments, but got @nowhere}}
task.accesses @accesses_c4_no_kernel of @nowhere (in %x: memref<4xf32>) {
  task.return
}

// -----

task.entry @return_c1(out %y: tensor<4xf32>) {
  // expected-error @below {{'task.return' op (C1) expects operands of types 'tensor<4xf32>', but got}}
  task.return
}

// -----

// expected-error @+1 {{expects 'in', 'out' or 'inout', but got 'through'}}
task.entry @entry_direction(through %y: tensor<4xf32>) {
  task.return
}

// -----

func.func @access_c1(%x: memref<4xf32>, %i: index) {
  // expected-error @below {{'task.access' op (C1) expects 1 offsets and sizes, but got 2 and 1}}
  task.access in %x[%i, %i] [%i] : memref<4xf32>
  return
}

// -----

task.kernel @linear core_group split(automatic) (in %x: memref<4xf32>, out %y: memref<4xf32>) {
  task.return
}
func.func @submit_c1(%x: memref<4xf32>) {
  // expected-error @below {{'task.submit' op (C1) expects 'kernel' to name a kernel of these arguments, but got @linear}}
  %t = task.submit @linear ins(%x : memref<4xf32>)
  return
}

// -----

task.kernel @linear core_group split(automatic) (in %x: memref<4xf32>, out %y: memref<4xf32>) {
  task.return
}
func.func @submit_c1_type(%x: memref<4xf32>, %z: memref<8xf32>) {
  // expected-error @below {{'task.submit' op (C1) expects 'kernel' to name a kernel of these arguments, but got @linear}}
  %t = task.submit @linear ins(%x : memref<4xf32>) outs(%z : memref<8xf32>)
  return
}

// -----

task.kernel @linear core_group split(automatic) (in %x: memref<4xf32>, out %y: memref<4xf32>) {
  task.return
}
func.func @submit_c2_length(%x: memref<4xf32>, %some: memref<?x!task.id>) {
  // expected-error @below {{'task.submit' op (C2) expects an array of unknown length to be joined first, but got 'memref<?x!task.id>'}}
  %t = task.submit @linear ins(%x : memref<4xf32>) outs(%x : memref<4xf32>) deps(%some : memref<?x!task.id>)
  return
}

// -----

task.kernel @linear core_group split(automatic) (in %x: memref<4xf32>, out %y: memref<4xf32>) {
  task.return
}
func.func @submit_c2(%x: memref<4xf32>, %i: index) {
  // expected-error @below {{'task.submit' op (C2) expects 'deps' to be task ids, but got 'index'}}
  %t = task.submit @linear ins(%x : memref<4xf32>) outs(%x : memref<4xf32>) deps(%i : index)
  return
}

// -----

task.kernel @linear core_group split(automatic) (in %x: memref<4xf32>, out %y: memref<4xf32>) {
  task.return
}
func.func @submit_c3(%x: tensor<4xf32>) {
  // expected-error @below {{'task.submit' op (C3) expects results 'tensor<4xf32>', but got 'tensor<8xf32>'}}
  %r, %t = "task.submit"(%x, %x) <{kernel = @linear, operandSegmentSizes = array<i32: 1, 1, 0>}> : (tensor<4xf32>, tensor<4xf32>) -> (tensor<8xf32>, !task.id)
  return
}

// -----

task.kernel @linear core_group split(automatic) (in %x: memref<4xf32>, out %y: memref<4xf32>) {
  task.return
}
func.func @submit_c4(%x: memref<4xf32>) {
  // expected-error @below {{'task.submit' op (C4) expects 'no_dep' to hold positions below 2, but got 2}}
  %t = task.submit @linear ins(%x : memref<4xf32>) outs(%x : memref<4xf32>) no_dep([2])
  return
}

// -----

task.kernel @linear core_group split(automatic) (in %x: memref<4xf32>, out %y: memref<4xf32>) {
  task.return
}
func.func @submit_c5(%x: memref<4xf32>) {
  // expected-error @below {{'task.submit' op (C5) expects 'static' to hold positions below 2, but got -1}}
  %t = task.submit @linear ins(%x : memref<4xf32>) outs(%x : memref<4xf32>) static([-1])
  return
}

// -----

task.kernel @linear core_group split(automatic) (in %x: memref<4xf32>, out %y: memref<4xf32>) {
  task.return
}
func.func @submit_c6(%x: memref<4xf32>, %t: !task.id) {
  // expected-error @below {{'task.submit' op (C6) expects 'known' to be within 0 to 1, but got 2}}
  %u = task.submit @linear ins(%x : memref<4xf32>) outs(%x : memref<4xf32>) deps(%t : !task.id) known(2)
  return
}

// -----

func.func @join_c2(%t: !task.id) {
  // expected-error @below {{'task.join' op (C2) expects 'known' to be within 0 to 1, but got -1}}
  %u = task.join(%t : !task.id) known(-1)
  return
}

// -----

func.func @join_c3(%t: !task.id, %some: memref<?x!task.id>) {
  // expected-error @below {{'task.join' op (C3) expects an array of unknown length to be joined alone, but got 2 operands with 'memref<?x!task.id>'}}
  %u = task.join(%t, %some : !task.id, memref<?x!task.id>)
  return
}

// -----

func.func @join_c1(%x: f32) {
  // expected-error @below {{'task.join' op (C1) expects 'deps' to be task ids, but got 'f32'}}
  %t = task.join(%x : f32)
  return
}

// -----

task.kernel @retain_c1 core_group split(automatic) (in %x: memref<8xf32>) {
  // expected-error @below {{'task.retain' op (C1) expects to stand outside kernels and region programs, but got 'task.kernel' around it}}
  task.retain %x : memref<8xf32>
  task.return
}

// -----

task.kernel @release_c1 core_group split(automatic) (in %x: memref<8xf32>) {
  // expected-error @below {{'task.release' op (C1) expects to stand outside kernels and region programs, but got 'task.kernel' around it}}
  task.release %x : memref<8xf32>
  task.return
}

// -----

func.func @alloc_c1() {
  // expected-error @below {{'task.alloc' op (C1) expects one size per dynamic dimension, but got 0 for 'memref<?xf32>'}}
  %m = task.alloc() : memref<?xf32>
  return
}

// -----

func.func @read_c1(%x: memref<4xf32>) {
  // expected-error @below {{'task.read' op (C1) expects one index per dimension, but got 0 for 'memref<4xf32>'}}
  %v = task.read %x[] : memref<4xf32>
  return
}

// -----

func.func @atomic_update_c1(%s: tensor<4xf32>, %d: memref<4xf32>) {
  // expected-error @below {{'task.atomic_update' op (C1) expects one offset per dimension and equal ranks, but got 0 for 'tensor<4xf32>' and 'memref<4xf32>'}}
  task.atomic_update add %s into %d[] : tensor<4xf32>, memref<4xf32>
  return
}

// -----

func.func @atomic_update_c2(%s: tensor<4xf32>, %d: memref<4xbf16>, %i: index) {
  // expected-error @below {{'task.atomic_update' op (C2) expects 'source' to have the element type of 'destination', but got 'f32' and 'bf16'}}
  task.atomic_update add %s into %d[%i] : tensor<4xf32>, memref<4xbf16>
  return
}

// -----

func.func @scope_c1(%x: tensor<4xf32>) {
  // expected-error @below {{'task.scope' op (C1) expects 'task.yield' of 'tensor<4xf32>', but got}}
  %y, %t = task.scope "s" core_group -> (tensor<4xf32>) {
    task.yield
  }
  return
}

// -----

func.func @scope_c2(%x: tensor<4xf32>) {
  // expected-error @below {{'task.scope' op (C2) expects 'deps' to be task ids, but got 'tensor<4xf32>'}}
  %t = task.scope "s" core_group deps(%x : tensor<4xf32>) {
    task.yield
  }
  return
}

// -----

func.func @scope_c3() {
  // expected-error @below {{'task.scope' op (C3) expects no other scope inside, but got one}}
  %t = task.scope "s" core_group {
    %u = task.scope "inner" core_group {
      task.yield
    }
    task.yield
  }
  return
}

// -----

func.func @auto_c1(%x: tensor<4xf32>) {
  // expected-error @below {{'task.auto' op (C1) expects 'task.yield' of 'tensor<4xf32>', but got 'tensor<4xf32>', 'tensor<4xf32>'}}
  %y = task.auto -> (tensor<4xf32>) {
    task.yield %x, %x : tensor<4xf32>, tensor<4xf32>
  }
  return
}

// -----

func.func @scope_without_yield() {
  // expected-error @below {{'task.scope' op region #0 ('body') failed to verify constraint: region with 1 blocks}}
  %t = task.scope "s" core_group {
  }
  return
}

// -----

func.func @parallel_c1(%lo: index, %hi: index, %st: index) {
  // expected-error @below {{'task.parallel' op (C1) expects 'chunk' to be at least 1, but got 0}}
  task.parallel %k = %lo to %hi step %st chunk(0) {
    task.yield
  }
  return
}

// -----

func.func @parallel_c2(%lo: index, %hi: index, %st: index, %z: tensor<4xf32>, %w: tensor<8xf32>) {
  // expected-error @below {{'task.parallel' op (C2) expects the body to take the induction variable and the 1 carried values, but got 'i32', 'tensor<4xf32>'}}
  %r = "task.parallel"(%lo, %hi, %st, %z) ({
  ^bb0(%k: i32, %c: tensor<4xf32>):
    task.yield %c : tensor<4xf32>
  }) : (index, index, index, tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @parallel_c3(%lo: index, %hi: index, %st: index, %z: tensor<4xf32>, %w: tensor<8xf32>) {
  // expected-error @below {{'task.parallel' op (C3) expects 'yield' of 'tensor<4xf32>', but got 'tensor<8xf32>'}}
  %r = task.parallel %k = %lo to %hi step %st iter_args(%c = %z) -> (tensor<4xf32>) {
    task.yield %w : tensor<8xf32>
  }
  return
}

// -----

func.func @parallel_c4(%lo: index, %hi: index) {
  %step = arith.constant -1 : index
  // expected-error @below {{'task.parallel' op (C4) expects a positive step, but got -1}}
  task.parallel %k = %lo to %hi step %step {
    task.yield
  }
  return
}

// -----

func.func @observe_c1(%v: f32) {
  // expected-error @below {{'task.observe' op (C1) expects 'number' to be at least 0, but got -1}}
  task.observe -1 %v : f32
  return
}

// -----

func.func @observe_c2(%v: tensor<4xf32>) {
  // expected-error @below {{'task.observe' op (C2) expects 'value' to be a scalar, but got 'tensor<4xf32>'}}
  task.observe 0 %v : tensor<4xf32>
  return
}

// -----

func.func @assume_distinct_c1(%x: memref<4xf32>) {
  // expected-error @below {{'task.assume_distinct' op (C1) expects one dimension and elements of an integer type, but got 'memref<4xf32>'}}
  task.assume_distinct %x : memref<4xf32>
  return
}

// -----

func.func @assume_distinct_c1_rank(%x: tensor<4x4xi32>) {
  // expected-error @below {{'task.assume_distinct' op (C1) expects one dimension and elements of an integer type, but got 'tensor<4x4xi32>'}}
  task.assume_distinct %x : tensor<4x4xi32>
  return
}

// -----

func.func @assume_distinct_c2(%x: memref<4xi8>) {
  // expected-error @below {{'task.assume_distinct' op (C2) expects 'ignore' to be a value of 'i8', but got 128}}
  task.assume_distinct %x ignore(128) : memref<4xi8>
  return
}
