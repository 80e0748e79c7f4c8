// RUN: tile-opt %s --pass-pipeline='builtin.module(task.entry(task-split-chunks,canonicalize))' | FileCheck %s

// Ten iterations in chunks of four: three parallel ones, the last of two iterations.
// CHECK-LABEL: task.entry @splits_with_rest
task.entry @splits_with_rest(inout %x: tensor<10xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c10 = arith.constant 10 : index
  // CHECK: task.parallel %[[CHUNK:.*]] = %c0 to %c10 step %c4 iter_args(%[[OUTER:.*]] = %{{.*}})
  // CHECK: %[[END:.*]] = affine.min
  // CHECK: scf.for %{{.*}} = %[[CHUNK]] to %[[END]] step %c1 iter_args(%{{.*}} = %[[OUTER]])
  // CHECK: tensor.extract_slice
  %r = task.parallel %i = %c0 to %c10 step %c1 chunk(4) iter_args(%a = %x) -> (tensor<10xf32>) {
    %s = tensor.extract_slice %a[%i] [1] [1] : tensor<10xf32> to tensor<1xf32>
    %e = tile.exp %s : tensor<1xf32>
    %u = tensor.insert_slice %e into %a[%i] [1] [1] : tensor<1xf32> into tensor<10xf32>
    task.yield %u : tensor<10xf32>
  }
  task.return %r : tensor<10xf32>
}

// A loop without a chunk stays.
// CHECK-LABEL: task.entry @keeps_plain
task.entry @keeps_plain(inout %x: tensor<10xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c10 = arith.constant 10 : index
  // CHECK: task.parallel
  // CHECK-NOT: scf.for
  %r = task.parallel %i = %c0 to %c10 step %c1 iter_args(%a = %x) -> (tensor<10xf32>) {
    %e = tile.exp %a : tensor<10xf32>
    task.yield %e : tensor<10xf32>
  }
  task.return %r : tensor<10xf32>
}
