// RUN: tile-opt %s -split-input-file -verify-diagnostics \
// RUN:   -pass-pipeline='builtin.module(task.kernel(tile-convert-to-linalg,task-bufferize-kernel,cse,canonicalize,task-hoist-allocations))' \
// RUN:   | FileCheck %s

// The result is computed where it is stored.
// CHECK-LABEL: task.kernel @computes_in_destination
// CHECK-NOT: memref.alloc
// CHECK-NOT: memref.copy
// CHECK: memref.subview
// CHECK: linalg.generic
task.kernel @computes_in_destination core_group split(automatic) (in %x: memref<4x8xf32>, out %y: memref<4x16xf32>) {
  %a = bufferization.to_tensor %x restrict : memref<4x8xf32> to tensor<4x8xf32>
  %b = bufferization.to_tensor %y restrict writable : memref<4x16xf32> to tensor<4x16xf32>
  %e = tile.neg %a : tensor<4x8xf32>
  %r = tensor.insert_slice %e into %b[0, 8] [4, 8] [1, 1] : tensor<4x8xf32> into tensor<4x16xf32>
  bufferization.materialize_in_destination %r in restrict writable %y : (tensor<4x16xf32>, memref<4x16xf32>) -> ()
  task.return
}

// -----

// Carried tiles keep their buffers, and all buffers stand at the entry.
// CHECK-LABEL: task.kernel @swaps_by_copying
// CHECK: memref.alloc
// CHECK: scf.for
// CHECK-NOT: iter_args
// CHECK-NOT: memref.alloc
task.kernel @swaps_by_copying core_group split(automatic) (in %n: index, inout %x: memref<4x8xf32>, inout %y: memref<4x8xf32>) {
  %a = bufferization.to_tensor %x restrict writable : memref<4x8xf32> to tensor<4x8xf32>
  %b = bufferization.to_tensor %y restrict writable : memref<4x8xf32> to tensor<4x8xf32>
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %r:2 = scf.for %i = %c0 to %n step %c1 iter_args(%p = %a, %q = %b) -> (tensor<4x8xf32>, tensor<4x8xf32>) {
    %s = tile.add %p, %q : tensor<4x8xf32>, tensor<4x8xf32>
    scf.yield %q, %s : tensor<4x8xf32>, tensor<4x8xf32>
  }
  bufferization.materialize_in_destination %r#0 in restrict writable %x : (tensor<4x8xf32>, memref<4x8xf32>) -> ()
  bufferization.materialize_in_destination %r#1 in restrict writable %y : (tensor<4x8xf32>, memref<4x8xf32>) -> ()
  task.return
}

// -----

// expected-note @+1 {{the global tensor is argument 0}}
task.kernel @reads_before_after_update core_group split(automatic) (inout %x: memref<4x8xf32>, out %y: memref<4x8xf32>) {
  %a = bufferization.to_tensor %x restrict writable : memref<4x8xf32> to tensor<4x8xf32>
  %z = arith.constant 0.0 : f32
  %c = arith.constant 2 : index
  // expected-error @+1 {{expects a global tensor to be updated in place, but its value from before an update is read after it}}
  %u = tensor.insert %z into %a[%c, %c] : tensor<4x8xf32>
  bufferization.materialize_in_destination %u in restrict writable %x : (tensor<4x8xf32>, memref<4x8xf32>) -> ()
  %n = tile.neg %a : tensor<4x8xf32>
  bufferization.materialize_in_destination %n in restrict writable %y : (tensor<4x8xf32>, memref<4x8xf32>) -> ()
  task.return
}

// -----

// A carried tile keeps its buffer where its extents are known at run time only.
// CHECK-LABEL: task.kernel @keeps_extents
// CHECK: scf.for
// CHECK-NOT: iter_args
// CHECK: task.return
task.kernel @keeps_extents core_group split(automatic) (in %n: index, inout %x: memref<4x8xf32>) {
  %a = bufferization.to_tensor %x restrict writable : memref<4x8xf32> to tensor<4x8xf32>
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %v = tensor.extract_slice %a[0, 0] [4, %n] [1, 1] : tensor<4x8xf32> to tensor<4x?xf32, #tile.capacity<4x8>>
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%p = %v) -> (tensor<4x?xf32, #tile.capacity<4x8>>) {
    %s = tile.neg %p : tensor<4x?xf32, #tile.capacity<4x8>>
    scf.yield %s : tensor<4x?xf32, #tile.capacity<4x8>>
  }
  %o = tensor.insert_slice %r into %a[0, 0] [4, %n] [1, 1] : tensor<4x?xf32, #tile.capacity<4x8>> into tensor<4x8xf32>
  bufferization.materialize_in_destination %o in restrict writable %x : (tensor<4x8xf32>, memref<4x8xf32>) -> ()
  task.return
}

// -----

// Partly valid tiles that swap places are set aside in storage for their capacity.
// CHECK-LABEL: task.kernel @swaps_partly_valid_tiles
// CHECK-COUNT-2: memref.alloc() {{.*}} : memref<128xi8>
// CHECK: scf.for
// CHECK-NOT: iter_args
// CHECK-COUNT-2: memref.view {{.*}} : memref<128xi8> to memref<4x?xf32>
// CHECK: task.return
task.kernel @swaps_partly_valid_tiles core_group split(automatic) (in %n: index, in %x: memref<4x8xf32>, out %y: memref<4x8xf32>) {
  %a = bufferization.to_tensor %x restrict : memref<4x8xf32> to tensor<4x8xf32>
  %b = bufferization.to_tensor %y restrict writable : memref<4x8xf32> to tensor<4x8xf32>
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %v = tensor.extract_slice %a[0, 0] [4, %n] [1, 1] : tensor<4x8xf32> to tensor<4x?xf32, #tile.capacity<4x8>>
  %p = tile.exp %v : tensor<4x?xf32, #tile.capacity<4x8>>
  %q = tile.neg %v : tensor<4x?xf32, #tile.capacity<4x8>>
  %r:2 = scf.for %i = %c0 to %n step %c1 iter_args(%s = %p, %t = %q) -> (tensor<4x?xf32, #tile.capacity<4x8>>, tensor<4x?xf32, #tile.capacity<4x8>>) {
    scf.yield %t, %s : tensor<4x?xf32, #tile.capacity<4x8>>, tensor<4x?xf32, #tile.capacity<4x8>>
  }
  %o = tensor.insert_slice %r#0 into %b[0, 0] [4, %n] [1, 1] : tensor<4x?xf32, #tile.capacity<4x8>> into tensor<4x8xf32>
  bufferization.materialize_in_destination %o in restrict writable %y : (tensor<4x8xf32>, memref<4x8xf32>) -> ()
  task.return
}

// -----

// Tiles that a branch chooses among are set aside in the branch.
// CHECK-LABEL: task.kernel @swaps_on_a_condition
// CHECK: scf.for
// CHECK-NOT: iter_args
// CHECK: scf.if
// CHECK: memref.copy
// CHECK: } else {
// CHECK: memref.copy
// CHECK: task.return
task.kernel @swaps_on_a_condition core_group split(automatic) (in %n: index, in %k: i1, inout %x: memref<4x8xf32>, inout %y: memref<4x8xf32>) {
  %a = bufferization.to_tensor %x restrict writable : memref<4x8xf32> to tensor<4x8xf32>
  %b = bufferization.to_tensor %y restrict writable : memref<4x8xf32> to tensor<4x8xf32>
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %r:2 = scf.for %i = %c0 to %n step %c1 iter_args(%p = %a, %q = %b) -> (tensor<4x8xf32>, tensor<4x8xf32>) {
    %s = arith.select %k, %q, %p : tensor<4x8xf32>
    %t = arith.select %k, %p, %q : tensor<4x8xf32>
    scf.yield %s, %t : tensor<4x8xf32>, tensor<4x8xf32>
  }
  bufferization.materialize_in_destination %r#0 in restrict writable %x : (tensor<4x8xf32>, memref<4x8xf32>) -> ()
  bufferization.materialize_in_destination %r#1 in restrict writable %y : (tensor<4x8xf32>, memref<4x8xf32>) -> ()
  task.return
}

// -----

// One constant that starts two tiles is written twice, not copied.
// CHECK-LABEL: task.kernel @fills_twice
// CHECK-COUNT-2: linalg.fill
// CHECK-NOT: memref.copy
task.kernel @fills_twice core_group split(automatic) (in %w: memref<4x4xf32>, out %x: memref<4x4xf32>, out %y: memref<4x4xf32>) {
  %z = arith.constant 0.0 : f32
  %w0 = bufferization.to_tensor %w restrict : memref<4x4xf32> to tensor<4x4xf32>
  %f = tile.full %z() : f32 -> tensor<4x4xf32>
  %a = tile.matmul %w0, %w0 acc(%f : tensor<4x4xf32>) : tensor<4x4xf32>, tensor<4x4xf32> -> tensor<4x4xf32>
  bufferization.materialize_in_destination %a in restrict writable %x : (tensor<4x4xf32>, memref<4x4xf32>) -> ()
  bufferization.materialize_in_destination %f in restrict writable %y : (tensor<4x4xf32>, memref<4x4xf32>) -> ()
  task.return
}

// -----

// What is read after a result is computed is not where that result is stored, until it is read.
// CHECK-LABEL: task.kernel @reads_what_it_replaces
// CHECK-SAME: out %[[Y:[a-z0-9]+]]: memref<4x8xf32>, inout %[[M:[a-z0-9]+]]: memref<4x8xf32>
// CHECK: %[[NEXT:.*]] = memref.alloc
// CHECK: linalg.generic {{.*}} outs(%[[NEXT]]
// CHECK: linalg.generic {{.*}} ins(%[[M]], %[[NEXT]] {{.*}} outs(%[[Y]]
// CHECK: memref.copy %[[NEXT]], %[[M]]
task.kernel @reads_what_it_replaces core_group split(automatic) (in %x: memref<4x8xf32>, out %y: memref<4x8xf32>, inout %m: memref<4x8xf32>) {
  %a = bufferization.to_tensor %x restrict : memref<4x8xf32> to tensor<4x8xf32>
  %b = bufferization.to_tensor %m restrict writable : memref<4x8xf32> to tensor<4x8xf32>
  %next = tile.maximum %b, %a : tensor<4x8xf32>, tensor<4x8xf32>
  %step = tile.sub %b, %next : tensor<4x8xf32>, tensor<4x8xf32>
  bufferization.materialize_in_destination %step in restrict writable %y : (tensor<4x8xf32>, memref<4x8xf32>) -> ()
  bufferization.materialize_in_destination %next in restrict writable %m : (tensor<4x8xf32>, memref<4x8xf32>) -> ()
  task.return
}
