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

// So are views of views, and nothing of them stays outside.
// CHECK-LABEL: task.entry @sinks_chain
task.entry @sinks_chain(in %i: index, in %x: tensor<16x?xf32>, out %o: tensor<1x64xf32>) {
  // CHECK-NEXT: task.scope
  // CHECK-NEXT: tensor.cast
  // CHECK-NEXT: tensor.extract_slice {{.*}} to tensor<8x128xf32>
  // CHECK-NEXT: tensor.extract_slice {{.*}} to tensor<1x64xf32>
  %c = tensor.cast %x : tensor<16x?xf32> to tensor<16x128xf32>
  %s = tensor.extract_slice %c[%i, 0] [8, 128] [1, 1] : tensor<16x128xf32> to tensor<8x128xf32>
  %t = tensor.extract_slice %s[%i, 0] [1, 64] [1, 1] : tensor<8x128xf32> to tensor<1x64xf32>
  %r, %id = task.scope "exp" core_group -> (tensor<1x64xf32>) {
    %e = tile.exp %t : tensor<1x64xf32>
    task.yield %e : tensor<1x64xf32>
  }
  task.return %r : tensor<1x64xf32>
}
