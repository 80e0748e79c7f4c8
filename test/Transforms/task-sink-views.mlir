// RUN: tile-opt %s --pass-pipeline='builtin.module(task.entry(task-sink-views))' | FileCheck %s

// The scope slices the whole tensor itself.
// CHECK-LABEL: task.entry @sinks_slice
task.entry @sinks_slice(in %i: index, in %x: tensor<16x128xf32>, out %o: tensor<1x128xf32>) {
  // CHECK-NOT: tensor.extract_slice
  // CHECK: task.scope
  // CHECK-NEXT: tensor.extract_slice
  %s = tensor.extract_slice %x[%i, 0] [1, 128] [1, 1] : tensor<16x128xf32> to tensor<1x128xf32>
  %r, %id = task.scope "exp" core_group -> (tensor<1x128xf32>) {
    %e = tile.exp %s : tensor<1x128xf32>
    task.yield %e : tensor<1x128xf32>
  }
  task.return %r : tensor<1x128xf32>
}
