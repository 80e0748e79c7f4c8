// RUN: tile-opt %s --split-input-file --verify-diagnostics --task-outline-scopes --task-bufferize-orchestration | FileCheck %s

// Updates in a parallel loop happen in the argument's own memory.
// CHECK-LABEL: task.entry @updates_in_place(out %arg0: memref<16x128xf32>)
task.entry @updates_in_place(out %z: tensor<16x128xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  // CHECK: task.parallel %[[I:.*]] = %{{.*}} to %{{.*}} step %{{[^ ]*}} {
  // CHECK-NEXT: task.submit @fill ins(%[[I]] : index) outs(%arg0 : memref<16x128xf32>)
  // CHECK-NEXT: task.yield
  // CHECK: task.return{{$}}
  %r = task.parallel %i = %c0 to %c16 step %c1 iter_args(%a = %z) -> (tensor<16x128xf32>) {
    %s, %id = task.scope "fill" core_group -> (tensor<16x128xf32>) {
      %f0 = arith.constant 0.0 : f32
      %t = tile.full %f0() : f32 -> tensor<1x128xf32>
      %u = tensor.insert_slice %t into %a[%i, 0] [1, 128] [1, 1] : tensor<1x128xf32> into tensor<16x128xf32>
      task.yield %u : tensor<16x128xf32>
    }
    task.yield %s : tensor<16x128xf32>
  }
  task.return %r : tensor<16x128xf32>
}

// -----

// Fresh tensors are allocated, scalars read by the program wait for their writers, and arrays of
// task ids live on the host.
// CHECK-LABEL: task.entry @allocates_and_reads
task.entry @allocates_and_reads(in %x: tensor<16xi32>) {
  %c0 = arith.constant 0 : index
  // CHECK-DAG: %[[IDS:.*]] = memref.alloca() {{.*}}: memref<4x!task.id>
  // CHECK-DAG: %[[T:.*]] = task.alloc() manual_dep : memref<16xi32>
  %none = task.none
  %ids = tensor.splat %none : tensor<4x!task.id>
  %t = tile.empty() manual_dep : tensor<16xi32>
  // CHECK: %[[ID:.*]] = task.submit @abs ins(%arg0 : memref<16xi32>) outs(%[[T]] : memref<16xi32>)
  %r, %id = task.scope "abs" core_group -> (tensor<16xi32>) {
    %e = tile.abs %x : tensor<16xi32>
    %u = tensor.insert_slice %e into %t[0] [16] [1] : tensor<16xi32> into tensor<16xi32>
    task.yield %u : tensor<16xi32>
  }
  // CHECK: memref.store %[[ID]], %[[IDS]]
  %ids1 = tensor.insert %id into %ids[%c0] : tensor<4x!task.id>
  // CHECK: %[[N:.*]] = task.read %[[T]]
  %n = tensor.extract %r[%c0] : tensor<16xi32>
  // CHECK: task.submit @mul ins(%[[T]], %[[N]] : memref<16xi32>, i32) outs(%{{.*}} : memref<16xi32>) deps(%[[IDS]] : memref<4x!task.id>)
  %s, %id2 = task.scope "mul" core_group deps(%ids1 : tensor<4x!task.id>) -> (tensor<16xi32>) {
    %e = tile.mul %r, %n : tensor<16xi32>, i32
    task.yield %e : tensor<16xi32>
  }
  task.return
}

// -----

// Two fresh tensors stay two, even when they were one operation.
// CHECK-LABEL: task.entry @separates_empty
task.entry @separates_empty(in %x: tensor<16xf32>) {
  // CHECK-DAG: %[[A:.*]] = task.alloc
  // CHECK-DAG: %[[B:.*]] = task.alloc
  // CHECK: outs(%[[A]] :
  // CHECK: outs(%[[B]] :
  // CHECK: ins(%[[A]], %[[B]] :
  %t = tile.empty() : tensor<16xf32>
  %a, %ida = task.scope "a" core_group -> (tensor<16xf32>) {
    %h = tensor.extract_slice %x[0] [8] [1] : tensor<16xf32> to tensor<8xf32>
    %e = tile.exp %h : tensor<8xf32>
    %u = tensor.insert_slice %e into %t[0] [8] [1] : tensor<8xf32> into tensor<16xf32>
    task.yield %u : tensor<16xf32>
  }
  %b, %idb = task.scope "b" core_group -> (tensor<16xf32>) {
    %h = tensor.extract_slice %x[8] [8] [1] : tensor<16xf32> to tensor<8xf32>
    %e = tile.neg %h : tensor<8xf32>
    %u = tensor.insert_slice %e into %t[0] [8] [1] : tensor<8xf32> into tensor<16xf32>
    task.yield %u : tensor<16xf32>
  }
  %c, %idc = task.scope "c" core_group -> (tensor<16xf32>) {
    %s = tile.add %a, %b : tensor<16xf32>, tensor<16xf32>
    task.yield %s : tensor<16xf32>
  }
  task.return
}

// -----

// The contents before an update are used after it: a copy, so refused, with both places.
task.entry @refuses_old_value(inout %x: tensor<16xf32>) {
  // expected-error @+1 {{in place, but its earlier contents are used as well, which needs a copy of the whole tensor}}
  %a, %ida = task.scope "update" core_group -> (tensor<16xf32>) {
    %f0 = arith.constant 0.0 : f32
    %t = tile.full %f0() : f32 -> tensor<4xf32>
    %u = tensor.insert_slice %t into %x[0] [4] [1] : tensor<4xf32> into tensor<16xf32>
    task.yield %u : tensor<16xf32>
  }
  // expected-note @+1 {{the other use is here; move it before the update}}
  %b, %idb = task.scope "read" core_group -> (tensor<16xf32>) {
    %s = tile.exp %x : tensor<16xf32>
    task.yield %s : tensor<16xf32>
  }
  task.return %a : tensor<16xf32>
}

// -----

// An argument's final value is another tensor.
task.entry @refuses_other_result(in %x: tensor<16xf32>, out %o: tensor<16xf32>) {
  // expected-note @+1 {{this one; write into}}
  %a, %ida = task.scope "exp" core_group -> (tensor<16xf32>) {
    %e = tile.exp %x : tensor<16xf32>
    task.yield %e : tensor<16xf32>
  }
  // expected-error @+1 {{to be in its memory, but got another tensor}}
  task.return %a : tensor<16xf32>
}

// -----

// Two arguments that change places do not end in their own memory.
task.entry @refuses_exchange(inout %x: tensor<16xf32> loc("x"), inout %y: tensor<16xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  // expected-note @+1 {{this one; write into 'x' itself}}
  %r:2 = scf.for %i = %c0 to %c4 step %c1 iter_args(%a = %x, %b = %y) -> (tensor<16xf32>, tensor<16xf32>) {
    scf.yield %b, %a : tensor<16xf32>, tensor<16xf32>
  }
  // expected-error @+1 {{expects the final value of 'x' to be in its memory, but got another tensor}}
  task.return %r#0, %r#1 : tensor<16xf32>, tensor<16xf32>
}

// -----

// An argument that the caller only lends for reading.
task.entry @refuses_input_update(in %x: tensor<16xf32> loc("x")) {
  // expected-error @+1 {{expects to update arguments that are 'out' or 'inout', but got 'x', which is 'in'}}
  %a, %ida = task.scope "update" core_group -> (tensor<16xf32>) {
    %f0 = arith.constant 0.0 : f32
    %t = tile.full %f0() : f32 -> tensor<4xf32>
    %u = tensor.insert_slice %t into %x[0] [4] [1] : tensor<4xf32> into tensor<16xf32>
    task.yield %u : tensor<16xf32>
  }
  task.return
}

// -----

// The note names the nearest use of the old contents: in the same block before deeper ones, and not
// the uses of the new.
task.entry @names_nearest_use(in %c: i1, inout %x: tensor<16xf32>, inout %y: tensor<16xf32>) {
  // expected-error @+1 {{in place, but its earlier contents are used as well}}
  %a, %ida = task.scope "update" core_group -> (tensor<16xf32>) {
    %f0 = arith.constant 0.0 : f32
    %t = tile.full %f0() : f32 -> tensor<4xf32>
    %u = tensor.insert_slice %t into %x[0] [4] [1] : tensor<4xf32> into tensor<16xf32>
    task.yield %u : tensor<16xf32>
  }
  %n, %idn = task.scope "of_the_new" core_group -> (tensor<16xf32>) {
    %s = tile.exp %a : tensor<16xf32>
    task.yield %s : tensor<16xf32>
  }
  // expected-note @+1 {{the other use is here; move it before the update}}
  %b, %idb = task.scope "nearest" core_group -> (tensor<16xf32>) {
    %s = tile.exp %x : tensor<16xf32>
    task.yield %s : tensor<16xf32>
  }
  %d, %idd = task.scope "farther" core_group -> (tensor<16xf32>) {
    %s = tile.abs %x : tensor<16xf32>
    task.yield %s : tensor<16xf32>
  }
  scf.if %c {
    %e, %ide = task.scope "deeper" core_group -> (tensor<16xf32>) {
      %s = tile.neg %x : tensor<16xf32>
      task.yield %s : tensor<16xf32>
    }
  }
  task.return %a, %y : tensor<16xf32>, tensor<16xf32>
}

// -----

// An argument that ends as itself or as another tensor.
task.entry @refuses_choice(in %c: i1, inout %x: tensor<16xf32> loc("x"), in %y: tensor<16xf32>) {
  // expected-note @+1 {{this one; write into 'x' itself}}
  %r = scf.if %c -> (tensor<16xf32>) {
    scf.yield %x : tensor<16xf32>
  } else {
    scf.yield %y : tensor<16xf32>
  }
  // expected-error @+1 {{expects the final value of 'x' to be in its memory, but got another tensor}}
  task.return %r : tensor<16xf32>
}

// -----

// Ids that a join waits for are those from before a later one takes a place among them.
task.entry @refuses_old_ids() {
  %c0 = arith.constant 0 : index
  %none = task.none
  // expected-note @+1 {{comes from here}}
  %ids = tensor.splat %none : tensor<4x!task.id>
  // expected-error @+1 {{in place, but its earlier contents are used as well}}
  %ids1 = tensor.insert %none into %ids[%c0] : tensor<4x!task.id>
  %old = task.join(%ids : tensor<4x!task.id>)
  %new = task.join(%ids1 : tensor<4x!task.id>)
  task.return
}

// -----

// An argument that conditions and loops update ends in its own memory; claims stay with their
// submissions.
// CHECK-LABEL: task.entry @updates_on_every_way
// CHECK-NOT: iter_args
// CHECK-NOT: -> (memref
// CHECK-NOT: memref.copy
// CHECK: task.submit @guarded ins(%{{.*}}) outs(%arg1 : memref<16xf32>) no_dep([0])
// CHECK: task.submit @repeated {{.*}}outs(%arg1 : memref<16xf32>)
// CHECK: task.return
task.entry @updates_on_every_way(in %c: i1, inout %x: tensor<16xf32>, in %y: tensor<16xf32>, in %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %r = scf.if %c -> (tensor<16xf32>) {
    %s, %id = task.scope "guarded" core_group no_dep(%y : tensor<16xf32>) -> (tensor<16xf32>) {
      %e = tensor.extract_slice %y[0] [4] [1] : tensor<16xf32> to tensor<4xf32>
      %u = tensor.insert_slice %e into %x[0] [4] [1] : tensor<4xf32> into tensor<16xf32>
      task.yield %u : tensor<16xf32>
    }
    scf.yield %s : tensor<16xf32>
  } else {
    scf.yield %x : tensor<16xf32>
  }
  %w:2 = scf.while (%a = %r, %k = %n) : (tensor<16xf32>, index) -> (tensor<16xf32>, index) {
    %more = arith.cmpi sgt, %k, %c0 : index
    scf.condition(%more) %a, %k : tensor<16xf32>, index
  } do {
  ^bb0(%a: tensor<16xf32>, %k: index):
    %s, %id = task.scope "repeated" core_group -> (tensor<16xf32>) {
      %e = tile.exp %a : tensor<16xf32>
      task.yield %e : tensor<16xf32>
    }
    %less = arith.subi %k, %c1 : index
    scf.yield %s, %less : tensor<16xf32>, index
  }
  task.return %w#0 : tensor<16xf32>
}

// -----

// What each iteration makes is the next one's: the loop carries the memory.
// CHECK-LABEL: task.entry @hands_on_what_is_made
// CHECK: %[[R:.*]] = scf.for {{.*}} iter_args(%[[H:.*]] = %arg0) -> (memref<16xf32>) {
// CHECK-NEXT: %[[T:.*]] = task.alloc
// CHECK-NEXT: task.submit @step ins(%[[H]] : memref<16xf32>) outs(%[[T]] : memref<16xf32>)
// CHECK-NEXT: scf.yield %[[T]]
// CHECK: task.submit @last ins(%[[R]] : memref<16xf32>) outs(%arg2 : memref<16xf32>)
task.entry @hands_on_what_is_made(in %x: tensor<16xf32>, in %n: index, out %o: tensor<16xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%h = %x) -> (tensor<16xf32>) {
    %s, %id = task.scope "step" core_group -> (tensor<16xf32>) {
      %e = tile.exp %h : tensor<16xf32>
      task.yield %e : tensor<16xf32>
    }
    scf.yield %s : tensor<16xf32>
  }
  %l, %id = task.scope "last" core_group -> (tensor<16xf32>) {
    %e = tile.neg %r : tensor<16xf32>
    %u = tensor.insert_slice %e into %o[0] [16] [1] : tensor<16xf32> into tensor<16xf32>
    task.yield %u : tensor<16xf32>
  }
  task.return %l : tensor<16xf32>
}

// -----

// Two tensors change places; each iteration updates the one and reads the other.
// CHECK-LABEL: task.entry @exchanges_tensors
// CHECK-DAG: task.submit @first {{.*}}outs(%[[A:.*]] : memref<16xf32>)
// CHECK-DAG: task.submit @second {{.*}}outs(%[[B:.*]] : memref<16xf32>)
// CHECK: %[[R:.*]]:2 = scf.for {{.*}} iter_args(%[[P:.*]] = %[[A]], %[[Q:.*]] = %[[B]])
// CHECK-NEXT: task.submit @step ins(%[[P]] : memref<16xf32>) outs(%[[Q]] : memref<16xf32>)
// CHECK-NEXT: scf.yield %[[Q]], %[[P]]
// CHECK: task.submit @last ins(%[[R]]#0 : memref<16xf32>)
task.entry @exchanges_tensors(in %x: tensor<16xf32>, in %n: index, out %o: tensor<16xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %a0, %ida = task.scope "first" core_group -> (tensor<16xf32>) {
    %e = tile.exp %x : tensor<16xf32>
    task.yield %e : tensor<16xf32>
  }
  %b0, %idb = task.scope "second" core_group -> (tensor<16xf32>) {
    %e = tile.neg %x : tensor<16xf32>
    task.yield %e : tensor<16xf32>
  }
  %r:2 = scf.for %i = %c0 to %n step %c1 iter_args(%a = %a0, %b = %b0) -> (tensor<16xf32>, tensor<16xf32>) {
    %s, %id = task.scope "step" core_group -> (tensor<16xf32>) {
      %e = tensor.extract_slice %a[0] [8] [1] : tensor<16xf32> to tensor<8xf32>
      %u = tensor.insert_slice %e into %b[4] [8] [1] : tensor<8xf32> into tensor<16xf32>
      task.yield %u : tensor<16xf32>
    }
    scf.yield %s, %a : tensor<16xf32>, tensor<16xf32>
  }
  %l, %id = task.scope "last" core_group -> (tensor<16xf32>) {
    %e = tile.neg %r#0 : tensor<16xf32>
    %u = tensor.insert_slice %e into %o[0] [16] [1] : tensor<16xf32> into tensor<16xf32>
    task.yield %u : tensor<16xf32>
  }
  task.return %l : tensor<16xf32>
}

// -----

// After the first exchange both are one tensor, of which one name is updated and the other read.
task.entry @refuses_two_names(in %x: tensor<16xf32>, in %n: index, out %o: tensor<16xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %a0, %ida = task.scope "first" core_group -> (tensor<16xf32>) {
    %e = tile.exp %x : tensor<16xf32>
    task.yield %e : tensor<16xf32>
  }
  %b0, %idb = task.scope "second" core_group -> (tensor<16xf32>) {
    %e = tile.neg %x : tensor<16xf32>
    task.yield %e : tensor<16xf32>
  }
  %r:2 = scf.for %i = %c0 to %n step %c1 iter_args(%a = %a0, %b = %b0) -> (tensor<16xf32>, tensor<16xf32>) {
    // expected-error @+2 {{expects to update a tensor in place, but another tensor may be in the same memory and is used as well, which needs a copy of the whole tensor}}
    // expected-note @+1 {{the other use is here; move it before the update}}
    %s, %id = task.scope "step" core_group -> (tensor<16xf32>) {
      %e = tensor.extract_slice %a[0] [8] [1] : tensor<16xf32> to tensor<8xf32>
      %u = tensor.insert_slice %e into %b[4] [8] [1] : tensor<8xf32> into tensor<16xf32>
      task.yield %u : tensor<16xf32>
    }
    scf.yield %s, %s : tensor<16xf32>, tensor<16xf32>
  }
  %l, %id = task.scope "last" core_group -> (tensor<16xf32>) {
    %e = tile.neg %r#0 : tensor<16xf32>
    %u = tensor.insert_slice %e into %o[0] [16] [1] : tensor<16xf32> into tensor<16xf32>
    task.yield %u : tensor<16xf32>
  }
  task.return %l : tensor<16xf32>
}

// -----

// What a condition chooses may be read; the argument among it may not be written.
task.entry @refuses_chosen_input(in %c: i1, in %x: tensor<16xf32> loc("x"), in %n: index) {
  %t, %ida = task.scope "first" core_group -> (tensor<16xf32>) {
    %e = tile.exp %x : tensor<16xf32>
    task.yield %e : tensor<16xf32>
  }
  %r = scf.if %c -> (tensor<16xf32>) {
    scf.yield %x : tensor<16xf32>
  } else {
    scf.yield %t : tensor<16xf32>
  }
  %s, %idb = task.scope "reads" core_group -> (tensor<16xf32>) {
    %e = tile.exp %r : tensor<16xf32>
    task.yield %e : tensor<16xf32>
  }
  // expected-error @+1 {{expects to update arguments that are 'out' or 'inout', but got 'x', which is 'in'}}
  %u, %idc = task.scope "writes" core_group -> (tensor<16xf32>) {
    %e = tensor.extract_slice %s[0] [8] [1] : tensor<16xf32> to tensor<8xf32>
    %i = tensor.insert_slice %e into %r[4] [8] [1] : tensor<8xf32> into tensor<16xf32>
    task.yield %i : tensor<16xf32>
  }
  task.return
}

// -----

// A view has no memory of its own that a loop could hand on.
task.entry @refuses_carried_view(in %x: tensor<32xf32> loc("x"), in %n: index, out %o: tensor<16xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %v = tensor.extract_slice %x[8] [16] [1] : tensor<32xf32> to tensor<16xf32>
  // expected-error @+1 {{expects every way through to leave a view or an array in one memory, but got another on one of them}}
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%h = %v) -> (tensor<16xf32>) {
    // expected-note @+1 {{this one; write into it instead}}
    %s, %id = task.scope "step" core_group -> (tensor<16xf32>) {
      %e = tile.exp %h : tensor<16xf32>
      task.yield %e : tensor<16xf32>
    }
    scf.yield %s : tensor<16xf32>
  }
  %l, %id = task.scope "last" core_group -> (tensor<16xf32>) {
    %e = tile.neg %r : tensor<16xf32>
    %u = tensor.insert_slice %e into %o[0] [16] [1] : tensor<16xf32> into tensor<16xf32>
    task.yield %u : tensor<16xf32>
  }
  task.return %l : tensor<16xf32>
}
