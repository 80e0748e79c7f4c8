// RUN: tile-opt %s --pass-pipeline='builtin.module(task.entry(tile-split-sums))' | FileCheck %s
// RUN: tile-opt %s --pass-pipeline='builtin.module(task.entry(tile-split-sums))' --remarks-filter=tile-split-sums -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK

// REMARK-COUNT-4: remark: [Passed] SplitSum
// REMARK-NOT: SplitSum

// A product that is added to a tile of the vector unit: one of the tile after it.
// CHECK-LABEL: task.entry @adds_to_a_scaled_tile
task.entry @adds_to_a_scaled_tile(in %a: tensor<16x32xbf16>, in %b: tensor<32x16xbf16>, inout %c: tensor<16x16xf32>) {
  %s = arith.constant 2.0 : f32
  %r, %id = task.scope "sum" core_group -> (tensor<16x16xf32>) {
    // CHECK: %[[SCALED:.*]] = tile.mul
    // CHECK: %[[PRODUCT:.*]] = tile.matmul %{{[a-z0-9]+}}, %{{[a-z0-9]+}} :
    // CHECK: %[[SUM:.*]] = tile.add %[[SCALED]], %[[PRODUCT]]
    // CHECK: task.yield %[[SUM]]
    %m = tile.mul %c, %s : tensor<16x16xf32>, f32
    %p = tile.matmul %a, %b acc(%m : tensor<16x16xf32>) : tensor<16x32xbf16>, tensor<32x16xbf16> -> tensor<16x16xf32>
    task.yield %p : tensor<16x16xf32>
  }
  task.return %r : tensor<16x16xf32>
}

// A loop that only adds products starts from zero; the tile is added after it, once.
// CHECK-LABEL: task.entry @adds_after_the_loop
task.entry @adds_after_the_loop(in %a: tensor<16x64xbf16>, in %b: tensor<64x16xbf16>, inout %c: tensor<16x16xf32>) {
  %c0 = arith.constant 0 : index
  %c32 = arith.constant 32 : index
  %c64 = arith.constant 64 : index
  %r, %id = task.scope "sum" core_group -> (tensor<16x16xf32>) {
    // CHECK: %[[ZERO:.*]] = tile.full
    // CHECK: %[[LOOP:.*]] = scf.for {{.*}} iter_args(%[[ACC:.*]] = %[[ZERO]])
    // CHECK: tile.matmul {{.*}} acc(%[[ACC]]
    // CHECK: %[[SUM:.*]] = tile.add %{{[a-z0-9]+}}, %[[LOOP]]
    // CHECK: task.yield %[[SUM]]
    %l = scf.for %k = %c0 to %c64 step %c32 iter_args(%acc = %c) -> (tensor<16x16xf32>) {
      %as = tensor.extract_slice %a[0, %k] [16, 32] [1, 1] : tensor<16x64xbf16> to tensor<16x32xbf16>
      %bs = tensor.extract_slice %b[%k, 0] [32, 16] [1, 1] : tensor<64x16xbf16> to tensor<32x16xbf16>
      %p = tile.matmul %as, %bs acc(%acc : tensor<16x16xf32>) : tensor<16x32xbf16>, tensor<32x16xbf16> -> tensor<16x16xf32>
      scf.yield %p : tensor<16x16xf32>
    }
    task.yield %l : tensor<16x16xf32>
  }
  task.return %r : tensor<16x16xf32>
}

// Online softmax scales the sum in each iteration: so it adds in each.
// CHECK-LABEL: task.entry @adds_in_the_loop
task.entry @adds_in_the_loop(in %a: tensor<16x64xbf16>, in %b: tensor<64x16xbf16>, out %o: tensor<16x16xf32>) {
  %c0 = arith.constant 0 : index
  %c32 = arith.constant 32 : index
  %c64 = arith.constant 64 : index
  %zero = arith.constant 0.0 : f32
  %s = arith.constant 2.0 : f32
  %r, %id = task.scope "sum" core_group -> (tensor<16x16xf32>) {
    // CHECK: scf.for
    // CHECK: %[[SCALED:.*]] = tile.mul
    // CHECK: %[[PRODUCT:.*]] = tile.matmul
    // CHECK-NOT: acc
    // CHECK: %[[SUM:.*]] = tile.add %[[SCALED]], %[[PRODUCT]]
    // CHECK: scf.yield %[[SUM]]
    %start = tile.full %zero() : f32 -> tensor<16x16xf32>
    %l = scf.for %k = %c0 to %c64 step %c32 iter_args(%acc = %start) -> (tensor<16x16xf32>) {
      %as = tensor.extract_slice %a[0, %k] [16, 32] [1, 1] : tensor<16x64xbf16> to tensor<16x32xbf16>
      %bs = tensor.extract_slice %b[%k, 0] [32, 16] [1, 1] : tensor<64x16xbf16> to tensor<32x16xbf16>
      %m = tile.mul %acc, %s : tensor<16x16xf32>, f32
      %p = tile.matmul %as, %bs acc(%m : tensor<16x16xf32>) : tensor<16x32xbf16>, tensor<32x16xbf16> -> tensor<16x16xf32>
      scf.yield %p : tensor<16x16xf32>
    }
    task.yield %l : tensor<16x16xf32>
  }
  task.return %r : tensor<16x16xf32>
}

// A sum of another scope is a global tensor; one of the same scope goes on.
// CHECK-LABEL: task.entry @adds_across_scopes
task.entry @adds_across_scopes(in %a: tensor<16x32xbf16>, in %b: tensor<32x16xbf16>, out %o: tensor<16x16xf32>) {
  %f, %id = task.scope "first" core_group -> (tensor<16x16xf32>) {
    // CHECK: %[[FIRST:.*]] = tile.matmul
    // CHECK: tile.matmul {{.*}} acc(%[[FIRST]]
    %p = tile.matmul %a, %b : tensor<16x32xbf16>, tensor<32x16xbf16> -> tensor<16x16xf32>
    %q = tile.matmul %a, %b acc(%p : tensor<16x16xf32>) : tensor<16x32xbf16>, tensor<32x16xbf16> -> tensor<16x16xf32>
    task.yield %q : tensor<16x16xf32>
  }
  %r, %id2 = task.scope "second" core_group -> (tensor<16x16xf32>) {
    // CHECK: task.scope "second"
    // CHECK-NOT: acc
    // CHECK: tile.add
    %p = tile.matmul %a, %b acc(%f : tensor<16x16xf32>) : tensor<16x32xbf16>, tensor<32x16xbf16> -> tensor<16x16xf32>
    task.yield %p : tensor<16x16xf32>
  }
  task.return %r : tensor<16x16xf32>
}
