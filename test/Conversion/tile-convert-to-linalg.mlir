// RUN: tile-opt %s -split-input-file -verify-diagnostics \
// RUN:   -pass-pipeline='builtin.module(task.kernel(tile-convert-to-linalg))' | FileCheck %s

// A bf16 sum is computed in float32 and rounded once.
// CHECK-LABEL: task.kernel @rounds_once
// CHECK: linalg.generic
// CHECK: %[[A:.*]] = arith.extf {{.*}} : bf16 to f32
// CHECK: %[[B:.*]] = arith.extf {{.*}} : bf16 to f32
// CHECK: %[[S:.*]] = arith.addf %[[A]], %[[B]] : f32
// CHECK: arith.truncf %[[S]] : f32 to bf16
task.kernel @rounds_once core_group split(automatic) (in %x: memref<4x8xbf16>, inout %y: memref<4x8xbf16>) {
  %a = bufferization.to_tensor %x restrict : memref<4x8xbf16> to tensor<4x8xbf16>
  %b = bufferization.to_tensor %y restrict writable : memref<4x8xbf16> to tensor<4x8xbf16>
  %r = tile.add %a, %b : tensor<4x8xbf16>, tensor<4x8xbf16>
  bufferization.materialize_in_destination %r in restrict writable %y : (tensor<4x8xbf16>, memref<4x8xbf16>) -> ()
  task.return
}

// -----

// A product accumulates in place, one fused multiply-add per step.
// CHECK-LABEL: task.kernel @accumulates_in_place
// CHECK: %[[ACC:.*]] = bufferization.to_tensor {{.*}} writable
// CHECK: linalg.generic {{.*}} iterator_types = ["parallel", "parallel", "reduction"]
// CHECK-SAME: outs(%[[ACC]] : tensor<4x8xf32>)
// CHECK: math.fma
task.kernel @accumulates_in_place core_group split(automatic) (in %x: memref<4x16xf32>, in %w: memref<16x8xf32>, inout %y: memref<4x8xf32>) {
  %a = bufferization.to_tensor %x restrict : memref<4x16xf32> to tensor<4x16xf32>
  %b = bufferization.to_tensor %w restrict : memref<16x8xf32> to tensor<16x8xf32>
  %c = bufferization.to_tensor %y restrict writable : memref<4x8xf32> to tensor<4x8xf32>
  %r = tile.matmul %a, %b acc(%c : tensor<4x8xf32>) : tensor<4x16xf32>, tensor<16x8xf32> -> tensor<4x8xf32>
  bufferization.materialize_in_destination %r in restrict writable %y : (tensor<4x8xf32>, memref<4x8xf32>) -> ()
  task.return
}

// -----

// What would trap or be poison is guarded where the operand is not known, and only there.
// CHECK-LABEL: task.kernel @guards_what_is_not_known
// CHECK: linalg.generic
// CHECK: %[[SAFE:.*]] = arith.select
// CHECK: arith.divsi %{{.*}}, %[[SAFE]]
// CHECK: linalg.generic
// CHECK: %[[SMALL:.*]] = arith.select
// CHECK: arith.shli %{{.*}}, %[[SMALL]]
// CHECK: linalg.generic
// CHECK-NOT: arith.select
// CHECK: arith.divsi %{{.*}}, %[[C:.*]] : i32
// CHECK: linalg.generic
// CHECK-NOT: arith.select
// CHECK: arith.shli %{{.*}}, %[[C]] : i32
// CHECK-NOT: arith.select
// CHECK: task.return
task.kernel @guards_what_is_not_known core_group split(automatic) (in %x: memref<4x8xi32>, in %n: i32, inout %y: memref<4x8xi32>) {
  %c3 = arith.constant 3 : i32
  %a = bufferization.to_tensor %x restrict : memref<4x8xi32> to tensor<4x8xi32>
  %r0 = tile.div %a, %n : tensor<4x8xi32>, i32
  %r1 = tile.shl %r0, %n : tensor<4x8xi32>, i32
  %r2 = tile.div %r1, %c3 : tensor<4x8xi32>, i32
  %r3 = tile.shl %r2, %c3 : tensor<4x8xi32>, i32
  bufferization.materialize_in_destination %r3 in restrict writable %y : (tensor<4x8xi32>, memref<4x8xi32>) -> ()
  task.return
}

// -----

// A tile with a dynamic extent is a slice of its whole capacity; the types forget the capacity, the
// extent keeps it as its bound.
// CHECK: #[[BOUND:.*]] = affine_map<()[s0] -> (s0, 64)>
// CHECK-LABEL: task.kernel @stores_in_capacity
// CHECK: %[[EXTENT:.*]] = affine.min #[[BOUND]]()[%{{.*}}]
// CHECK: tensor.extract_slice %{{.*}}[0, 0] [8, %[[EXTENT]]] [1, 1]
// CHECK: %[[BUFFER:.*]] = bufferization.alloc_tensor() : tensor<8x64xf32>
// CHECK: tensor.extract_slice %[[BUFFER]][0, 0] [8, %{{.*}}] [1, 1] : tensor<8x64xf32> to tensor<8x?xf32>
// CHECK: tensor.insert_slice %{{.*}} into %{{.*}}[0, 0] [8, %[[EXTENT]]] [1, 1]
// CHECK-NOT: tile.capacity
task.kernel @stores_in_capacity core_group split(automatic) (in %x: memref<8x64xf32>, in %n: index, inout %y: memref<8x64xf32>) {
  %a = bufferization.to_tensor %x restrict : memref<8x64xf32> to tensor<8x64xf32>
  %b = bufferization.to_tensor %y restrict writable : memref<8x64xf32> to tensor<8x64xf32>
  %v = tensor.extract_slice %a[0, 0] [8, %n] [1, 1] : tensor<8x64xf32> to tensor<8x?xf32, #tile.capacity<8x64>>
  %e = tile.exp %v : tensor<8x?xf32, #tile.capacity<8x64>>
  %r = tensor.insert_slice %e into %b[0, 0] [8, %n] [1, 1] : tensor<8x?xf32, #tile.capacity<8x64>> into tensor<8x64xf32>
  bufferization.materialize_in_destination %r in restrict writable %y : (tensor<8x64xf32>, memref<8x64xf32>) -> ()
  task.return
}

// -----

// A pipelined loop means the sequential one.
// CHECK-LABEL: task.kernel @loops_sequentially
// CHECK: scf.for
// CHECK-NOT: tile.
task.kernel @loops_sequentially core_group split(automatic) (in %n: index, inout %y: memref<8x64xf32>) {
  %b = bufferization.to_tensor %y restrict writable : memref<8x64xf32> to tensor<8x64xf32>
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %r = tile.pipeline %k = %c0 to %n step %c1 stages(2) iter_args(%c = %b) -> (tensor<8x64xf32>) {
    %d = tile.neg %c : tensor<8x64xf32>
    tile.yield %d : tensor<8x64xf32>
  }
  bufferization.materialize_in_destination %r in restrict writable %y : (tensor<8x64xf32>, memref<8x64xf32>) -> ()
  task.return
}

// -----

task.kernel @needs_a_capacity core_group split(automatic) (in %n: index) {
  %v = arith.constant 0.0 : f32
  // expected-error @+1 {{expects a tile in a kernel to have a static capacity, but got 'tensor<8x?xf32>'}}
  %f = tile.full %v(%n) : f32 -> tensor<8x?xf32>
  task.return
}
