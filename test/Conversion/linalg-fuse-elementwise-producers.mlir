// RUN: tile-opt %s -pass-pipeline='builtin.module(task.kernel(tile-convert-to-linalg,linalg-fuse-elementwise-producers))' \
// RUN:   | FileCheck %s

// A square that only the row sum reads is computed inside it.
// CHECK-LABEL: task.kernel @fuses_into_reduction
// CHECK-COUNT-1: linalg.generic
// CHECK: arith.mulf
// CHECK-NEXT: arith.addf
// CHECK-NOT: linalg.generic
task.kernel @fuses_into_reduction core_group split(automatic) (in %x: memref<4x8xf32>, out %y: memref<4x1xf32>) {
  %a = bufferization.to_tensor %x restrict : memref<4x8xf32> to tensor<4x8xf32>
  %s = tile.mul %a, %a : tensor<4x8xf32>, tensor<4x8xf32>
  %r = tile.reduce sum %s dim(1) : tensor<4x8xf32>
  bufferization.materialize_in_destination %r in restrict writable %y : (tensor<4x1xf32>, memref<4x1xf32>) -> ()
  task.return
}

// A column that a row expansion repeats is not computed again per element.
// CHECK-LABEL: task.kernel @keeps_column_apart
// CHECK: linalg.generic
// CHECK: math.exp
// CHECK: linalg.generic
// CHECK-NOT: math.exp
task.kernel @keeps_column_apart core_group split(automatic) (in %x: memref<4x8xf32>, in %c: memref<4x1xf32>, out %y: memref<4x8xf32>) {
  %a = bufferization.to_tensor %x restrict : memref<4x8xf32> to tensor<4x8xf32>
  %b = bufferization.to_tensor %c restrict : memref<4x1xf32> to tensor<4x1xf32>
  %e = tile.exp %b : tensor<4x1xf32>
  %r = tile.mul %a, %e : tensor<4x8xf32>, tensor<4x1xf32>
  bufferization.materialize_in_destination %r in restrict writable %y : (tensor<4x8xf32>, memref<4x8xf32>) -> ()
  task.return
}
