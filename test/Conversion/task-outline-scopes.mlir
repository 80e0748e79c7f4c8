// RUN: tile-opt %s --split-input-file --verify-diagnostics --task-outline-scopes | FileCheck %s

// A tensor that the scope updates is a destination; one it also reads is inout; others are inputs.
// CHECK-LABEL: task.entry @sorts_arguments
// CHECK: %[[R:.*]]:2, %{{.*}} = task.submit @both ins(%{{.*}}, %{{.*}} : tensor<16x128xf32>, index) outs(%{{.*}}, %{{.*}} : tensor<16x128xf32>, tensor<16x128xf32>)
// CHECK: task.return %[[R]]#0, %[[R]]#1
// CHECK: task.kernel @both aiv split(up_down) (in %{{.*}}: memref<16x128xf32>, in %{{.*}}: index, inout %{{.*}}: memref<16x128xf32>, out %[[OUT:.*]]: memref<16x128xf32>)
// CHECK: bufferization.to_tensor %[[OUT]] restrict writable
// CHECK: bufferization.materialize_in_destination %{{.*}} in restrict writable %[[OUT]]
task.entry @sorts_arguments(in %i: index, in %x: tensor<16x128xf32>, inout %y: tensor<16x128xf32>, out %z: tensor<16x128xf32>) {
  %r:2, %id = task.scope "both" aiv split(up_down) -> (tensor<16x128xf32>, tensor<16x128xf32>) {
    %a = tensor.extract_slice %x[%i, 0] [1, 128] [1, 1] : tensor<16x128xf32> to tensor<1x128xf32>
    %b = tensor.extract_slice %y[%i, 0] [1, 128] [1, 1] : tensor<16x128xf32> to tensor<1x128xf32>
    %s = tile.add %a, %b : tensor<1x128xf32>, tensor<1x128xf32>
    %u = tensor.insert_slice %s into %y[%i, 0] [1, 128] [1, 1] : tensor<1x128xf32> into tensor<16x128xf32>
    %v = tensor.insert_slice %s into %z[%i, 0] [1, 128] [1, 1] : tensor<1x128xf32> into tensor<16x128xf32>
    task.yield %u, %v : tensor<16x128xf32>, tensor<16x128xf32>
  }
  task.return %r#0, %r#1 : tensor<16x128xf32>, tensor<16x128xf32>
}

// -----

// A destination is found through loops and conditions.
// CHECK-LABEL: task.entry @traces_destination
// CHECK: task.submit @fill ins(%{{.*}} : i1) outs(%arg1 : tensor<16x128xf32>)
task.entry @traces_destination(in %c: i1, out %z: tensor<16x128xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  %f0 = arith.constant 0.0 : f32
  %r, %id = task.scope "fill" core_group -> (tensor<16x128xf32>) {
    %l = scf.for %i = %c0 to %c16 step %c1 iter_args(%a = %z) -> (tensor<16x128xf32>) {
      %b = scf.if %c -> (tensor<16x128xf32>) {
        %t = tile.full %f0() : f32 -> tensor<1x128xf32>
        %u = tensor.insert_slice %t into %a[%i, 0] [1, 128] [1, 1] : tensor<1x128xf32> into tensor<16x128xf32>
        scf.yield %u : tensor<16x128xf32>
      } else {
        scf.yield %a : tensor<16x128xf32>
      }
      scf.yield %b : tensor<16x128xf32>
    }
    task.yield %l : tensor<16x128xf32>
  }
  task.return %r : tensor<16x128xf32>
}

// -----

// A result made inside gets a tensor outside; ids, claims and equal names are kept apart.
// CHECK-LABEL: task.entry @makes_destination
// CHECK: %[[E:.*]] = tile.empty() : tensor<16xf32>
// CHECK: %[[R:.*]], %[[ID:.*]] = task.submit @exp ins(%arg0 : tensor<16xf32>) outs(%[[E]] : tensor<16xf32>) no_dep([0])
// CHECK: task.submit @exp_0 ins(%[[R]] : tensor<16xf32>) outs(%{{.*}} : tensor<16xf32>) deps(%[[ID]] : !task.id)
task.entry @makes_destination(in %x: tensor<16xf32>) {
  %r, %id = task.scope "exp" core_group no_dep(%x : tensor<16xf32>) -> (tensor<16xf32>) {
    %e = tile.exp %x : tensor<16xf32>
    task.yield %e : tensor<16xf32>
  }
  %s, %id2 = task.scope "exp" core_group deps(%id : !task.id) -> (tensor<16xf32>) {
    %e = tile.exp %r : tensor<16xf32>
    task.yield %e : tensor<16xf32>
  }
  task.return
}

// -----

// A partly valid tile cannot become a global tensor.
task.entry @refuses_partial(in %n: index, in %x: tensor<16xf32>) {
  // expected-error @+1 {{expects a tensor that outlives its scope to have a static, full shape, but got 'tensor<?xf32, #tile.capacity<16>>'}}
  %r, %id = task.scope "part" core_group -> (tensor<?xf32, #tile.capacity<16>>) {
    %s = tensor.extract_slice %x[0] [%n] [1] : tensor<16xf32> to tensor<?xf32, #tile.capacity<16>>
    task.yield %s : tensor<?xf32, #tile.capacity<16>>
  }
  task.return
}

// -----

// A carried tensor that each iteration replaces keeps its memory.
// CHECK-LABEL: task.entry @replaces_carried
// CHECK: scf.for {{.*}} iter_args(%[[A:.*]] = %arg0)
// CHECK: task.submit @exp outs(%[[A]] : tensor<16xf32>)
// CHECK: task.kernel @exp core_group split(automatic) (inout
task.entry @replaces_carried(inout %x: tensor<16xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %r = scf.for %i = %c0 to %c4 step %c1 iter_args(%a = %x) -> (tensor<16xf32>) {
    %s, %id = task.scope "exp" core_group -> (tensor<16xf32>) {
      %e = tile.exp %a : tensor<16xf32>
      task.yield %e : tensor<16xf32>
    }
    scf.yield %s : tensor<16xf32>
  }
  task.return %r : tensor<16xf32>
}

// -----

// What a condition chooses between, or keeps, has one memory.
// CHECK-LABEL: task.entry @chooses_in_place
// CHECK: %[[E:.*]] = tile.empty()
// CHECK: task.submit @exp ins(%{{.*}}) outs(%[[E]] :
// CHECK: task.submit @neg ins(%{{.*}}) outs(%[[E]] :
// CHECK: task.submit @abs outs(%[[R:.*]] :
// CHECK: scf.yield %[[R]] :
task.entry @chooses_in_place(in %c: i1, in %x: tensor<16xf32>) {
  %r = scf.if %c -> (tensor<16xf32>) {
    %s, %id = task.scope "exp" core_group -> (tensor<16xf32>) {
      %e = tile.exp %x : tensor<16xf32>
      task.yield %e : tensor<16xf32>
    }
    scf.yield %s : tensor<16xf32>
  } else {
    %s, %id = task.scope "neg" core_group -> (tensor<16xf32>) {
      %e = tile.neg %x : tensor<16xf32>
      task.yield %e : tensor<16xf32>
    }
    scf.yield %s : tensor<16xf32>
  }
  %t = scf.if %c -> (tensor<16xf32>) {
    %s, %id = task.scope "abs" core_group -> (tensor<16xf32>) {
      %e = tile.abs %r : tensor<16xf32>
      task.yield %e : tensor<16xf32>
    }
    scf.yield %s : tensor<16xf32>
  } else {
    scf.yield %r : tensor<16xf32>
  }
  task.return
}
