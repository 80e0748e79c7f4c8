// RUN: tile-opt %s | tile-opt | FileCheck %s
// RUN: tile-opt %s --mlir-print-op-generic | tile-opt | FileCheck %s

// CHECK-LABEL: task.entry @scopes(in %{{.*}}: tensor<16x128xf32>, inout %{{.*}}: tensor<16x128xf32>, in %{{.*}}: index, in %{{.*}}: tensor<4xi32>)
task.entry @scopes(in %x: tensor<16x128xf32>, inout %y: tensor<16x128xf32>, in %n: index, in %lens: tensor<4xi32>) {
  // CHECK: %[[T:.*]] = task.none
  %none = task.none
  // CHECK: task.is_valid %[[T]]
  %valid = task.is_valid %none
  // CHECK: task.parallel %{{.*}} = %{{.*}} to %{{.*}} step %{{.*}} chunk(4) iter_args(%[[Y:.*]] = %{{.*}}) -> (tensor<16x128xf32>) {
  %r = task.parallel %i = %n to %n step %n chunk(4) iter_args(%a = %y) -> (tensor<16x128xf32>) {
    // CHECK: %{{.*}}, %{{.*}} = task.scope "add" core_group deps(%[[T]] : !task.id) no_dep(%{{.*}} : tensor<16x128xf32>) split(up_down) -> (tensor<16x128xf32>) {
    %b, %id = task.scope "add" core_group deps(%none : !task.id) no_dep(%x : tensor<16x128xf32>)
        split(up_down) -> (tensor<16x128xf32>) {
      %s = tile.add %x, %a : tensor<16x128xf32>, tensor<16x128xf32>
      // CHECK: task.yield %{{.*}} : tensor<16x128xf32>
      task.yield %s : tensor<16x128xf32>
    }
    // CHECK: %{{.*}} = task.scope "empty" aiv {
    %other = task.scope "empty" aiv {
      task.yield
    }
    task.yield %b : tensor<16x128xf32>
  }
  // CHECK: task.parallel %{{.*}} step %{{.*}} verdict(proven) {
  task.parallel %i = %n to %n step %n verdict(proven) {
    // CHECK: task.scope "last" core_group explicit_only {
    %last = task.scope "last" core_group explicit_only {
      task.yield
    }
    task.yield
  }
  // CHECK: task.assume_distinct %{{.*}} : tensor<4xi32>
  task.assume_distinct %lens : tensor<4xi32>
  // CHECK: task.auto -> (tensor<16x128xf32>) {
  %z = task.auto -> (tensor<16x128xf32>) {
    task.yield %r : tensor<16x128xf32>
  }
  // CHECK: task.return %{{.*}} : tensor<16x128xf32>
  task.return %z : tensor<16x128xf32>
}

// CHECK-LABEL: task.kernel @work core_group split(automatic) (in %{{.*}}: memref<16x128xf32>, in %{{.*}}: index, inout %{{.*}}: memref<16x128xf32>)
task.kernel @work core_group split(automatic)
    (in %x: memref<16x128xf32>, in %n: index, inout %y: memref<16x128xf32>) {
  // CHECK: task.block_index
  %b = task.block_index
  %s = bufferization.to_tensor %x restrict : memref<16x128xf32> to tensor<16x128xf32>
  // CHECK: task.atomic_update add %{{.*}} into %{{.*}}[%{{.*}}, %{{.*}}] : tensor<16x128xf32>, memref<16x128xf32>
  task.atomic_update add %s into %y[%n, %b] : tensor<16x128xf32>, memref<16x128xf32>
  task.return
}

// CHECK-LABEL: task.accesses @work_accesses of @work (in %{{.*}}: memref<16x128xf32>, in %{{.*}}: index, inout %{{.*}}: memref<16x128xf32>)
task.accesses @work_accesses of @work
    (in %x: memref<16x128xf32>, in %n: index, inout %y: memref<16x128xf32>) {
  // CHECK: task.access inout %{{.*}}[%{{.*}}, %{{.*}}] [%{{.*}}, %{{.*}}] : memref<16x128xf32>
  task.access inout %y[%n, %n] [%n, %n] : memref<16x128xf32>
  task.return
}

// CHECK-LABEL: task.entry @submits
task.entry @submits(in %x: memref<16x128xf32>, out %y: memref<16x128xf32>, in %lens: memref<4xi32>, in %i: index) {
  // CHECK: task.alloc() manual_dep : memref<16x128xf32>
  // CHECK: task.alloc(%{{.*}}) : memref<?xf32>
  // CHECK: task.read %{{.*}}[%{{.*}}] : memref<4xi32>
  %m = task.alloc() manual_dep : memref<16x128xf32>
  %d = task.alloc(%i) : memref<?xf32>
  %n = task.read %lens[%i] : memref<4xi32>
  // CHECK: %[[A:.*]] = task.submit @work ins(%{{.*}}, %{{.*}} : memref<16x128xf32>, index) outs(%{{.*}} : memref<16x128xf32>){{$}}
  %a = task.submit @work ins(%x, %i : memref<16x128xf32>, index) outs(%m : memref<16x128xf32>)
  // CHECK: %[[J:.*]] = task.join(%[[A]] : !task.id)
  // CHECK: task.join()
  %j = task.join(%a : !task.id)
  %k = task.join()
  // CHECK: task.submit @work ins({{.*}}) outs({{.*}}) deps(%[[A]], %[[J]] : !task.id, !task.id) no_dep([0, 2])
  %b = task.submit @work ins(%m, %i : memref<16x128xf32>, index) outs(%y : memref<16x128xf32>)
      deps(%a, %j : !task.id, !task.id) no_dep([0, 2])
  // CHECK: task.submit @work {{.*}} explicit_only{{$}}
  %c = task.submit @work ins(%m, %i : memref<16x128xf32>, index) outs(%y : memref<16x128xf32>)
      explicit_only
  // CHECK: task.assume_distinct %{{.*}} ignore(-1) : memref<4xi32>
  task.assume_distinct %lens ignore(-1) : memref<4xi32>
  // CHECK: task.retain %{{.*}} : memref<?xf32>
  // CHECK: task.release %{{.*}} : memref<16x128xf32>
  task.retain %d : memref<?xf32>
  task.release %m : memref<16x128xf32>
  // CHECK: task.return
  task.return
}
