// RUN: tile-opt %s -tilework-lower-kernels | FileCheck %s

// A kernel on tensors becomes loops of vectors on memory, one for what is computed element by element;
// the submission stays as it was.

// CHECK-LABEL: task.entry @program
// CHECK: task.submit @scale
// CHECK-LABEL: task.kernel @scale
// CHECK-NOT: tensor<
// CHECK-NOT: memref.alloc
// CHECK: vector.load
// CHECK: %[[PRODUCT:.*]] = arith.mulf {{.*}} : vector<16xf32>
// CHECK-NEXT: arith.negf %[[PRODUCT]]
// CHECK-NEXT: vector.store
// CHECK: task.return
task.entry @program(in %x: memref<16x64xf32>, out %y: memref<16x64xf32>) {
  %id = task.submit @scale ins(%x : memref<16x64xf32>) outs(%y : memref<16x64xf32>)
  task.return
}
task.kernel @scale core_group split(automatic) (in %x: memref<16x64xf32>, out %y: memref<16x64xf32>) {
  %f = arith.constant 2.0 : f32
  %a = bufferization.to_tensor %x restrict : memref<16x64xf32> to tensor<16x64xf32>
  %m = tile.mul %a, %f : tensor<16x64xf32>, f32
  %n = tile.neg %m : tensor<16x64xf32>
  bufferization.materialize_in_destination %n in restrict writable %y : (tensor<16x64xf32>, memref<16x64xf32>) -> ()
  task.return
}
