// RUN: tile-reduce -reduction-tree='traversal-mode=0 test=%S/Inputs/has-exp.sh' %s | FileCheck %s

// What does not matter to the question goes; candidates that are wrong inside a scope or a loop are
// refused, not followed.

// CHECK: tile.exp
// CHECK-NOT: tile.sin
// CHECK-NOT: @other
task.entry @kept(in %x: tensor<10x64xf32>, out %y: tensor<10x64xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c10 = arith.constant 10 : index
  %p = task.parallel %i = %c0 to %c10 step %c1 iter_args(%o = %y) -> (tensor<10x64xf32>) {
    %r, %id = task.scope "row" core_group -> (tensor<10x64xf32>) {
      %row = tensor.extract_slice %x[%i, 0] [1, 64] [1, 1] : tensor<10x64xf32> to tensor<1x64xf32>
      %s = tile.sin %row : tensor<1x64xf32>
      %e = tile.exp %row : tensor<1x64xf32>
      %n = tensor.insert_slice %e into %o[%i, 0] [1, 64] [1, 1] : tensor<1x64xf32> into tensor<10x64xf32>
      task.yield %n : tensor<10x64xf32>
    }
    task.yield %r : tensor<10x64xf32>
  }
  task.return %p : tensor<10x64xf32>
}

task.entry @other(in %x: tensor<10x64xf32>, out %y: tensor<10x64xf32>) {
  task.return %y : tensor<10x64xf32>
}
