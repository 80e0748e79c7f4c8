// RUN: tile-opt %s --split-input-file --verify-diagnostics --task-verify-form=form=fused

// A tile operation outside every scope.
task.entry @f5_loose_work(in %x: tensor<16xf32>, out %o: tensor<16xf32>) {
  // expected-error @+1 {{form 'fused' (F5) expects every tile operation and every update of a tensor in a scope, but got 'tile.exp'}}
  %e = tile.exp %x : tensor<16xf32>
  task.return %e : tensor<16xf32>
}

// -----

// A request that nobody has answered.
task.entry @f3_request() {
  // expected-error @+1 {{form 'fused' (F3) expects no request, but got 'task.auto'}}
  task.auto {
    task.yield
  }
  task.return
}

// -----

// A chunk that nobody has split.
task.entry @f4_chunk() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  // expected-error @+1 {{form 'fused' (F4) expects no chunk, but got 'task.parallel'}}
  task.parallel %i = %c0 to %c1 step %c1 chunk(2) {
    task.yield
  }
  task.return
}

// -----

// A partly valid tile that outlives its scope.
task.entry @f6_partial(in %n: index, in %x: tensor<16xf32>) {
  // expected-error @+1 {{form 'fused' (F6) expects what outlives a scope to be a full tensor}}
  %r, %id = task.scope "part" core_group -> (tensor<?xf32, #tile.capacity<16>>) {
    %s = tensor.extract_slice %x[0] [%n] [1] : tensor<16xf32> to tensor<?xf32, #tile.capacity<16>>
    task.yield %s : tensor<?xf32, #tile.capacity<16>>
  }
  task.return
}

// -----

// An operation of another dialect.
task.entry @f1_foreign() {
  // expected-error @+1 {{form 'fused' (F1) expects operations of tile, task, tensor, scf, arith, affine and math, but got 'vector.step'}}
  %v = vector.step : vector<4xindex>
  task.return
}

// -----

// Memory, allocated or taken as an argument.
task.entry @f2_memory(in %n: index) {
  // expected-error @+1 {{form 'fused' (F2) expects values, without memory, kernels and submissions, but got 'task.alloc'}}
  %m = task.alloc(%n) : memref<?xf32>
  task.return
}

// -----

// expected-error @+1 {{form 'fused' (F2) expects values, without memory, kernels and submissions, but got 'task.entry'}}
task.entry @f2_memory_argument(in %x: memref<16xf32>) {
  task.return
}

// -----

// A kernel without arguments.
// expected-error @+1 {{form 'fused' (F2) expects values, without memory, kernels and submissions, but got 'task.kernel'}}
task.kernel @f2_kernel core_group split(automatic) () {
  task.return
}
