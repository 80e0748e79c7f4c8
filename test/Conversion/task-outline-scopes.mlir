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

// -----

// A loop that ends with another tensor than it starts from does not update the first; nor does a
// condition that may end with another.
// CHECK-LABEL: task.entry @ends_with_another
// CHECK: %[[A:.*]] = tile.empty() : tensor<16xf32>
// CHECK: task.submit @loop ins(%{{.*}}) outs(%[[A]] : tensor<16xf32>)
// CHECK: %[[B:.*]] = tile.empty() : tensor<16xf32>
// CHECK: task.submit @condition ins(%{{.*}}) outs(%[[B]] : tensor<16xf32>)
// CHECK: %[[C:.*]] = tile.empty() : tensor<16xf32>
// CHECK: task.submit @while ins(%{{.*}}) outs(%[[C]] : tensor<16xf32>)
task.entry @ends_with_another(in %c: i1, in %n: index, inout %x: tensor<16xf32>, in %y: tensor<16xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %r, %id = task.scope "loop" core_group -> (tensor<16xf32>) {
    %l = scf.for %i = %c0 to %n step %c1 iter_args(%a = %x) -> (tensor<16xf32>) {
      scf.yield %y : tensor<16xf32>
    }
    task.yield %l : tensor<16xf32>
  }
  %s, %id2 = task.scope "condition" core_group -> (tensor<16xf32>) {
    %b = scf.if %c -> (tensor<16xf32>) {
      scf.yield %x : tensor<16xf32>
    } else {
      scf.yield %y : tensor<16xf32>
    }
    task.yield %b : tensor<16xf32>
  }
  %t, %id3 = task.scope "while" core_group -> (tensor<16xf32>) {
    %w:2 = scf.while (%a = %x, %k = %n) : (tensor<16xf32>, index) -> (tensor<16xf32>, index) {
      %more = arith.cmpi sgt, %k, %c0 : index
      scf.condition(%more) %a, %k : tensor<16xf32>, index
    } do {
    ^bb0(%a: tensor<16xf32>, %k: index):
      %less = arith.subi %k, %c1 : index
      scf.yield %y, %less : tensor<16xf32>, index
    }
    task.yield %w#0 : tensor<16xf32>
  }
  task.return %x : tensor<16xf32>
}

// -----

// A loop with a condition updates what it carries.
// CHECK-LABEL: task.entry @updates_in_while
// CHECK: task.submit @while ins(%{{.*}} : index) outs(%arg1 : tensor<16xf32>)
// CHECK: task.kernel @while core_group split(automatic) (in %{{.*}}: index, out
task.entry @updates_in_while(in %n: index, out %x: tensor<16xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %f0 = arith.constant 0.0 : f32
  %t, %id = task.scope "while" core_group -> (tensor<16xf32>) {
    %w:2 = scf.while (%a = %x, %k = %n) : (tensor<16xf32>, index) -> (tensor<16xf32>, index) {
      %more = arith.cmpi sgt, %k, %c0 : index
      scf.condition(%more) %a, %k : tensor<16xf32>, index
    } do {
    ^bb0(%a: tensor<16xf32>, %k: index):
      %z = tile.full %f0() : f32 -> tensor<1xf32>
      %u = tensor.insert_slice %z into %a[%k] [1] [1] : tensor<1xf32> into tensor<16xf32>
      %less = arith.subi %k, %c1 : index
      scf.yield %u, %less : tensor<16xf32>, index
    }
    task.yield %w#0 : tensor<16xf32>
  }
  task.return %t : tensor<16xf32>
}

// -----

// A destination is read, so inout, wherever its elements go: into another tensor, in the body of a
// loop with a condition, after a loop, or under the name that it has in the next iteration. Asking
// for an extent reads nothing.
// CHECK-LABEL: task.entry @finds_reads
// CHECK: task.kernel @inserts {{.*}} (inout %{{.*}}: memref<16xf32>, out
// CHECK: task.kernel @in_body {{.*}}, inout %{{.*}}: memref<16xf32>, out
// CHECK: task.kernel @after_loop {{.*}} (inout %{{.*}}: memref<16xf32>, out
// CHECK: task.kernel @next_name {{.*}}, inout %{{.*}}: memref<16xf32>, out
// CHECK: task.kernel @next_name_while {{.*}}, inout %{{.*}}: memref<16xf32>, out
// CHECK: task.kernel @asks {{.*}} (out
task.entry @finds_reads(in %n: index, inout %x: tensor<16xf32>, out %o: tensor<32xf32>, out %p: tensor<?xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %f0 = arith.constant 0.0 : f32
  %x1, %o1, %id1 = task.scope "inserts" core_group -> (tensor<16xf32>, tensor<32xf32>) {
    %z = tile.full %f0() : f32 -> tensor<1xf32>
    %u = tensor.insert_slice %x into %o[0] [16] [1] : tensor<16xf32> into tensor<32xf32>
    %v = tensor.insert_slice %z into %x[0] [1] [1] : tensor<1xf32> into tensor<16xf32>
    task.yield %v, %u : tensor<16xf32>, tensor<32xf32>
  }
  %x2, %o2, %id2 = task.scope "in_body" core_group -> (tensor<16xf32>, tensor<32xf32>) {
    %w:3 = scf.while (%a = %x1, %b = %o1, %k = %n) : (tensor<16xf32>, tensor<32xf32>, index) -> (tensor<16xf32>, tensor<32xf32>, index) {
      %more = arith.cmpi sgt, %k, %c0 : index
      scf.condition(%more) %a, %b, %k : tensor<16xf32>, tensor<32xf32>, index
    } do {
    ^bb0(%a: tensor<16xf32>, %b: tensor<32xf32>, %k: index):
      %s = tensor.extract_slice %a[%k] [1] [1] : tensor<16xf32> to tensor<1xf32>
      %u = tensor.insert_slice %s into %b[%k] [1] [1] : tensor<1xf32> into tensor<32xf32>
      %less = arith.subi %k, %c1 : index
      scf.yield %a, %u, %less : tensor<16xf32>, tensor<32xf32>, index
    }
    task.yield %w#0, %w#1 : tensor<16xf32>, tensor<32xf32>
  }
  %x3, %o3, %id3 = task.scope "after_loop" core_group -> (tensor<16xf32>, tensor<32xf32>) {
    %z = tile.full %f0() : f32 -> tensor<1xf32>
    %l = scf.for %i = %c0 to %c1 step %c1 iter_args(%a = %x2) -> (tensor<16xf32>) {
      %u = tensor.insert_slice %z into %a[%i] [1] [1] : tensor<1xf32> into tensor<16xf32>
      scf.yield %u : tensor<16xf32>
    }
    %s = tensor.extract_slice %l[4] [1] [1] : tensor<16xf32> to tensor<1xf32>
    %v = tensor.insert_slice %s into %o2[0] [1] [1] : tensor<1xf32> into tensor<32xf32>
    task.yield %l, %v : tensor<16xf32>, tensor<32xf32>
  }
  %x4, %o4, %id4 = task.scope "next_name" core_group -> (tensor<16xf32>, tensor<32xf32>) {
    %z = tile.full %f0() : f32 -> tensor<1xf32>
    %other = tile.full %f0() : f32 -> tensor<16xf32>
    %l:3 = scf.for %i = %c0 to %n step %c1 iter_args(%a = %x3, %b = %other, %c = %o3) -> (tensor<16xf32>, tensor<16xf32>, tensor<32xf32>) {
      %s = tensor.extract_slice %b[%i] [1] [1] : tensor<16xf32> to tensor<1xf32>
      %u = tensor.insert_slice %s into %c[%i] [1] [1] : tensor<1xf32> into tensor<32xf32>
      scf.yield %b, %a, %u : tensor<16xf32>, tensor<16xf32>, tensor<32xf32>
    }
    %v = tensor.insert_slice %z into %x3[0] [1] [1] : tensor<1xf32> into tensor<16xf32>
    task.yield %v, %l#2 : tensor<16xf32>, tensor<32xf32>
  }
  %x5, %o5, %id5 = task.scope "next_name_while" core_group -> (tensor<16xf32>, tensor<32xf32>) {
    %z = tile.full %f0() : f32 -> tensor<1xf32>
    %other = tile.full %f0() : f32 -> tensor<16xf32>
    %w:4 = scf.while (%a = %x4, %b = %other, %c = %o4, %k = %n) : (tensor<16xf32>, tensor<16xf32>, tensor<32xf32>, index) -> (tensor<16xf32>, tensor<16xf32>, tensor<32xf32>, index) {
      %more = arith.cmpi sgt, %k, %c0 : index
      scf.condition(%more) %a, %b, %c, %k : tensor<16xf32>, tensor<16xf32>, tensor<32xf32>, index
    } do {
    ^bb0(%a: tensor<16xf32>, %b: tensor<16xf32>, %c: tensor<32xf32>, %k: index):
      %s = tensor.extract_slice %b[%k] [1] [1] : tensor<16xf32> to tensor<1xf32>
      %u = tensor.insert_slice %s into %c[%k] [1] [1] : tensor<1xf32> into tensor<32xf32>
      %less = arith.subi %k, %c1 : index
      scf.yield %b, %a, %u, %less : tensor<16xf32>, tensor<16xf32>, tensor<32xf32>, index
    }
    %v = tensor.insert_slice %z into %x4[0] [1] [1] : tensor<1xf32> into tensor<16xf32>
    task.yield %v, %w#2 : tensor<16xf32>, tensor<32xf32>
  }
  %p1, %id6 = task.scope "asks" core_group -> (tensor<?xf32>) {
    %z = tile.full %f0() : f32 -> tensor<1xf32>
    %d = tensor.dim %p, %c0 : tensor<?xf32>
    %last = arith.subi %d, %c1 : index
    %v = tensor.insert_slice %z into %p[%last] [1] [1] : tensor<1xf32> into tensor<?xf32>
    task.yield %v : tensor<?xf32>
  }
  task.return %x5, %o5, %p1 : tensor<16xf32>, tensor<32xf32>, tensor<?xf32>
}

// -----

// A tensor that is used after its replacement is computed keeps its own memory, in a loop of either
// kind and beside a condition.
// CHECK-LABEL: task.entry @keeps_what_is_used_later
// CHECK: scf.for {{.*}} iter_args(%[[A:.*]] =
// CHECK-NOT: task.submit @exp {{.*}} outs(%[[A]]
// CHECK: scf.while
// CHECK: ^bb0(%[[B:[a-z0-9]+]]: tensor<16xf32>
// CHECK-NOT: task.submit @neg {{.*}} outs(%[[B]]
// CHECK: scf.if
// CHECK-NOT: task.submit @abs {{.*}} outs(%arg1
task.entry @keeps_what_is_used_later(in %n: index, inout %x: tensor<16xf32>, inout %y: tensor<16xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %more = arith.cmpi sgt, %n, %c0 : index
  %r:2 = scf.for %i = %c0 to %n step %c1 iter_args(%a = %x, %b = %y) -> (tensor<16xf32>, tensor<16xf32>) {
    %s, %id = task.scope "exp" core_group -> (tensor<16xf32>) {
      %e = tile.exp %a : tensor<16xf32>
      task.yield %e : tensor<16xf32>
    }
    %t, %id2 = task.scope "old" core_group -> (tensor<16xf32>) {
      %e = tensor.insert_slice %a into %b[0] [16] [1] : tensor<16xf32> into tensor<16xf32>
      task.yield %e : tensor<16xf32>
    }
    scf.yield %s, %t : tensor<16xf32>, tensor<16xf32>
  }
  %w:2 = scf.while (%a = %r#0, %b = %r#1) : (tensor<16xf32>, tensor<16xf32>) -> (tensor<16xf32>, tensor<16xf32>) {
    scf.condition(%more) %a, %b : tensor<16xf32>, tensor<16xf32>
  } do {
  ^bb0(%a: tensor<16xf32>, %b: tensor<16xf32>):
    %s, %id = task.scope "neg" core_group -> (tensor<16xf32>) {
      %e = tile.neg %a : tensor<16xf32>
      task.yield %e : tensor<16xf32>
    }
    %t, %id2 = task.scope "old" core_group -> (tensor<16xf32>) {
      %e = tensor.insert_slice %a into %b[0] [16] [1] : tensor<16xf32> into tensor<16xf32>
      task.yield %e : tensor<16xf32>
    }
    scf.yield %s, %t : tensor<16xf32>, tensor<16xf32>
  }
  %c = scf.if %more -> (tensor<16xf32>) {
    %s, %id = task.scope "abs" core_group -> (tensor<16xf32>) {
      %e = tile.abs %x : tensor<16xf32>
      task.yield %e : tensor<16xf32>
    }
    scf.yield %s : tensor<16xf32>
  } else {
    scf.yield %x : tensor<16xf32>
  }
  %u, %id3 = task.scope "after" core_group -> (tensor<16xf32>) {
    %e = tensor.insert_slice %c into %x[0] [16] [1] : tensor<16xf32> into tensor<16xf32>
    task.yield %e : tensor<16xf32>
  }
  task.return %u, %w#1 : tensor<16xf32>, tensor<16xf32>
}

// -----

// A claim on a view is one on the tensor that the kernel is given, and an author who gives all
// dependences by hand says so of the submission.
// CHECK-LABEL: task.entry @keeps_claims
// CHECK: task.submit @add ins(%arg0 : tensor<16xf32>) outs(%{{.*}} : tensor<8xf32>) no_dep([0]) explicit_only
task.entry @keeps_claims(in %x: tensor<16xf32>) {
  %v = tensor.extract_slice %x[8] [8] [1] : tensor<16xf32> to tensor<8xf32>
  %r, %id = task.scope "add" core_group no_dep(%v : tensor<8xf32>) explicit_only -> (tensor<8xf32>) {
    %w = tensor.extract_slice %x[8] [8] [1] : tensor<16xf32> to tensor<8xf32>
    %s = tile.add %w, %w : tensor<8xf32>, tensor<8xf32>
    task.yield %s : tensor<8xf32>
  }
  task.return
}

// -----

// A result takes the place of a carried tensor only where that disturbs nobody: not the caller's
// argument, nor what is used after the loop.
// CHECK-LABEL: task.entry @makes_what_others_still_use
// CHECK: %[[T:.*]], %{{.*}} = task.submit @first
// CHECK: scf.for
// CHECK: tile.empty
// CHECK: task.submit @of_input {{.*}}outs(%{{[0-9]+}} :
// CHECK: scf.for {{.*}} iter_args(%[[H:.*]] = %[[T]])
// CHECK: tile.empty
// CHECK: task.submit @of_used ins(%[[H]] :
// CHECK: task.submit @reads
// CHECK: scf.for {{.*}} iter_args(%[[H:.*]] = %[[T]])
// CHECK-NEXT: task.submit @of_dead outs(%[[H]] :
task.entry @makes_what_others_still_use(in %x: tensor<16xf32>, in %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %t, %ida = task.scope "first" core_group -> (tensor<16xf32>) {
    %e = tile.exp %x : tensor<16xf32>
    task.yield %e : tensor<16xf32>
  }
  %a = scf.for %i = %c0 to %n step %c1 iter_args(%h = %x) -> (tensor<16xf32>) {
    %s, %id = task.scope "of_input" core_group -> (tensor<16xf32>) {
      %e = tile.exp %h : tensor<16xf32>
      task.yield %e : tensor<16xf32>
    }
    scf.yield %s : tensor<16xf32>
  }
  %b = scf.for %i = %c0 to %n step %c1 iter_args(%h = %t) -> (tensor<16xf32>) {
    %s, %id = task.scope "of_used" core_group -> (tensor<16xf32>) {
      %e = tile.exp %h : tensor<16xf32>
      task.yield %e : tensor<16xf32>
    }
    scf.yield %s : tensor<16xf32>
  }
  %r, %idb = task.scope "reads" core_group -> (tensor<16xf32>) {
    %e = tile.add %t, %b : tensor<16xf32>, tensor<16xf32>
    task.yield %e : tensor<16xf32>
  }
  %c = scf.for %i = %c0 to %n step %c1 iter_args(%h = %t) -> (tensor<16xf32>) {
    %s, %id = task.scope "of_dead" core_group -> (tensor<16xf32>) {
      %e = tile.exp %h : tensor<16xf32>
      task.yield %e : tensor<16xf32>
    }
    scf.yield %s : tensor<16xf32>
  }
  task.return
}

// -----

// What a scope overwrites as a whole it makes anew where the old one is still used.
// CHECK-LABEL: task.entry @makes_what_it_overwrites
// CHECK: scf.for {{.*}} iter_args(%[[H:.*]] = %arg0, %[[T:.*]] = %{{.*}})
// CHECK-NEXT: %[[E:.*]] = tile.empty
// CHECK-NEXT: task.submit @step ins(%[[H]] : tensor<16xf32>) outs(%[[E]] : tensor<16xf32>)
task.entry @makes_what_it_overwrites(in %x: tensor<16xf32>, in %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %t = tile.empty() : tensor<16xf32>
  %r:2 = scf.for %i = %c0 to %n step %c1 iter_args(%h = %x, %u = %t) -> (tensor<16xf32>, tensor<16xf32>) {
    %s, %id = task.scope "step" core_group -> (tensor<16xf32>) {
      %e = tile.exp %h : tensor<16xf32>
      %o = tensor.insert_slice %e into %u[0] [16] [1] : tensor<16xf32> into tensor<16xf32>
      task.yield %o : tensor<16xf32>
    }
    scf.yield %s, %s : tensor<16xf32>, tensor<16xf32>
  }
  task.return
}

// -----

// What a scope computes for nobody is left out, with the tensor that it would be written to.
// CHECK-LABEL: task.entry @computes_for_nobody
// CHECK: task.submit @half ins(%{{.*}} : tensor<16xf32>) outs(%{{.*}} : tensor<16xf32>)
// CHECK: task.kernel @half
// CHECK-NOT: tile.full
// CHECK: task.return
task.entry @computes_for_nobody(in %x: tensor<16xf32>) {
  %t = tile.empty() : tensor<16xf32>
  %u = tile.empty() : tensor<16xf32>
  %r, %id = task.scope "half" core_group -> (tensor<16xf32>) {
    %f0 = arith.constant 0.0 : f32
    %e = tile.exp %x : tensor<16xf32>
    %o = tensor.insert_slice %e into %t[0] [16] [1] : tensor<16xf32> into tensor<16xf32>
    %z = tile.full %f0() : f32 -> tensor<16xf32>
    %p = tensor.insert_slice %z into %u[0] [16] [1] : tensor<16xf32> into tensor<16xf32>
    task.yield %o : tensor<16xf32>
  }
  %s, %idb = task.scope "reads" core_group -> (tensor<16xf32>) {
    %e = tile.exp %r : tensor<16xf32>
    task.yield %e : tensor<16xf32>
  }
  task.return
}
