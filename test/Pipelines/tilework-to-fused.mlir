// RUN: tile-opt %s -tilework-to-fused | FileCheck %s

// A request becomes one task per chunk, and a chunk a sequential loop inside its task.

// CHECK-LABEL: task.entry @requested
// CHECK-NOT: task.auto
// CHECK: task.parallel
// CHECK-NOT: chunk
// CHECK: task.scope
// CHECK: scf.for
// CHECK: tile.exp
// CHECK: task.yield
task.entry @requested(in %x: tensor<10x64xf32>, out %y: tensor<10x64xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c10 = arith.constant 10 : index
  %r = task.auto -> (tensor<10x64xf32>) {
    %p = task.parallel %i = %c0 to %c10 step %c1 chunk(4) iter_args(%o = %y) -> (tensor<10x64xf32>) {
      %row = tensor.extract_slice %x[%i, 0] [1, 64] [1, 1] : tensor<10x64xf32> to tensor<1x64xf32>
      %e = tile.exp %row : tensor<1x64xf32>
      %n = tensor.insert_slice %e into %o[%i, 0] [1, 64] [1, 1] : tensor<1x64xf32> into tensor<10x64xf32>
      task.yield %n : tensor<10x64xf32>
    }
    task.yield %p : tensor<10x64xf32>
  }
  task.return %r : tensor<10x64xf32>
}
