// RUN: tile-opt %s --split-input-file --task-materialize-accesses --canonicalize --cse | FileCheck %s

// Which rectangle each way to touch a global tensor declares.

// A view that is only narrowed declares what it is narrowed to: offsets add up, and a dropped unit
// dimension does not shift the others.
// CHECK-LABEL: task.accesses @narrows_accesses
// CHECK-NOT: task.access
// CHECK: %[[AT:.*]] = arith.addi %arg1, %c16
// CHECK: task.access in %arg0[%arg1, %c3, %[[AT]]] [%c1, %c2, %c8] :
// CHECK-NOT: task.access
// CHECK: task.access out %arg2[%c0, %c0] [%c2, %c8] :
// CHECK-NOT: task.access
task.kernel @narrows core_group split(automatic) (in %x: memref<4x16x64xf32>, in %i: index, out %y: memref<2x8xf32>) {
  %tx = bufferization.to_tensor %x restrict : memref<4x16x64xf32> to tensor<4x16x64xf32>
  %a = tensor.extract_slice %tx[%i, 0, %i] [1, 16, 32] [1, 1, 1] : tensor<4x16x64xf32> to tensor<16x32xf32>
  %b = tensor.extract_slice %a[3, 16] [2, 8] [1, 1] : tensor<16x32xf32> to tensor<2x8xf32>
  bufferization.materialize_in_destination %b in restrict writable %y : (tensor<2x8xf32>, memref<2x8xf32>) -> ()
  task.return
}

// -----

// Where the start of a view is not known at submission, neither is the start of what it is narrowed
// to; the other dimensions stay exact.
// CHECK-LABEL: task.accesses @stays_wide_accesses
// CHECK: task.access in %arg1[%c0, %c8] [%c32, %c4] approximate :
task.kernel @stays_wide core_group split(automatic) (in %d: memref<1xindex>, in %x: memref<32x32xf32>, out %y: memref<2x4xf32>) {
  %c0 = arith.constant 0 : index
  %td = bufferization.to_tensor %d restrict : memref<1xindex> to tensor<1xindex>
  %tx = bufferization.to_tensor %x restrict : memref<32x32xf32> to tensor<32x32xf32>
  %row = tensor.extract %td[%c0] : tensor<1xindex>
  %a = tensor.extract_slice %tx[%row, 8] [8, 8] [1, 1] : tensor<32x32xf32> to tensor<8x8xf32>
  %b = tensor.extract_slice %a[2, 0] [2, 4] [1, 1] : tensor<8x8xf32> to tensor<2x4xf32>
  bufferization.materialize_in_destination %b in restrict writable %y : (tensor<2x4xf32>, memref<2x4xf32>) -> ()
  task.return
}

// -----

// An operation on all of a tensor, and a copy of it, read all of it; asking for an extent reads
// nothing. Extents that the call knows are its own.
// CHECK-LABEL: task.accesses @takes_all_accesses
// CHECK-NOT: task.access in %arg3
// CHECK: %[[ROWS:.*]] = memref.dim %arg0, %c0
// CHECK-NEXT: task.access in %arg0[%c0] [%[[ROWS]]] :
// CHECK: task.access in %arg1[%c0] [%c8] :
// CHECK: task.access out %arg2[%c0] [%c8] :
// CHECK-NOT: task.access
task.kernel @takes_all core_group split(automatic) (in %x: memref<?xf32>, in %z: memref<8xf32>, out %y: memref<8xf32>, in %w: memref<?xf32>) {
  %c0 = arith.constant 0 : index
  %tx = bufferization.to_tensor %x restrict : memref<?xf32> to tensor<?xf32>
  %tz = bufferization.to_tensor %z restrict : memref<8xf32> to tensor<8xf32>
  %tw = bufferization.to_tensor %w restrict : memref<?xf32> to tensor<?xf32>
  %n = tensor.dim %tw, %c0 : tensor<?xf32>
  tile.check positive(%n)
  %e = tile.exp %tx : tensor<?xf32>
  bufferization.materialize_in_destination %tz in restrict writable %y : (tensor<8xf32>, memref<8xf32>) -> ()
  task.return
}

// -----

// Updating a tensor that the task may only read makes a copy, so reads all of it.
// CHECK-LABEL: task.accesses @copies_read_only_accesses
// CHECK-NOT: task.access out %arg0
// CHECK: task.access in %arg0[%c0] [%c16] :
// CHECK-NEXT: task.access out %arg1[%c0] [%c16] :
// CHECK-NEXT: task.return
task.kernel @copies_read_only core_group split(automatic) (in %x: memref<16xf32>, out %y: memref<16xf32>) {
  %f0 = arith.constant 0.0 : f32
  %tx = bufferization.to_tensor %x restrict : memref<16xf32> to tensor<16xf32>
  %z = tile.full %f0() : f32 -> tensor<4xf32>
  %u = tensor.insert_slice %z into %tx[4] [4] [1] : tensor<4xf32> into tensor<16xf32>
  %e = tile.exp %u : tensor<16xf32>
  bufferization.materialize_in_destination %e in restrict writable %y : (tensor<16xf32>, memref<16xf32>) -> ()
  task.return
}

// -----

// An atomic update reads and writes its slice, or all of the tensor where the slice's extents are
// known in the task only.
// CHECK-LABEL: task.accesses @adds_accesses
// CHECK: task.access inout %arg1[%arg2, %c0] [%c4, %c16] :
// CHECK: task.access inout %arg1[%c0, %c0] [%c16, %c16] approximate :
task.kernel @adds core_group split(automatic) (in %x: memref<4x16xf32>, inout %y: memref<16x16xf32>, in %i: index) {
  %c0 = arith.constant 0 : index
  %tx = bufferization.to_tensor %x restrict : memref<4x16xf32> to tensor<4x16xf32>
  %a = tensor.extract_slice %tx[0, 0] [4, 16] [1, 1] : tensor<4x16xf32> to tensor<4x16xf32>
  task.atomic_update add %a into %y[%i, %c0] : tensor<4x16xf32>, memref<16x16xf32>
  %b = tensor.extract_slice %tx[0, 0] [%i, 16] [1, 1] : tensor<4x16xf32> to tensor<?x16xf32, #tile.capacity<4x16>>
  task.atomic_update add %b into %y[%c0, %c0] : tensor<?x16xf32, #tile.capacity<4x16>>, memref<16x16xf32>
  task.return
}
