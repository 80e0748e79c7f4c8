// RUN: tile-opt %s --split-input-file --verify-diagnostics \
// RUN:   --pass-pipeline='builtin.module(task.entry(task-release-tensors))' | FileCheck %s

task.kernel @next core_group split(automatic) (in %x: memref<8xf32>, out %y: memref<8xf32>) {
  task.return
}

// Behind the last task that is given it; what nobody is given goes at once.
// CHECK-LABEL: task.entry @releases_behind_the_last_use
task.entry @releases_behind_the_last_use(in %x: memref<8xf32>, out %y: memref<8xf32>) {
  // CHECK-NEXT: %[[UNUSED:.*]] = task.alloc()
  // CHECK-NEXT: task.release %[[UNUSED]] : memref<8xf32>
  // CHECK-NEXT: %[[T:.*]] = task.alloc()
  // CHECK-NEXT: task.submit @next ins(%{{.*}}) outs(%[[T]] :
  // CHECK-NEXT: task.submit @next ins(%[[T]] :
  // CHECK-NEXT: task.release %[[T]] : memref<8xf32>
  // CHECK-NEXT: task.submit
  // CHECK-NEXT: task.return
  %unused = task.alloc() : memref<8xf32>
  %t = task.alloc() : memref<8xf32>
  %a = task.submit @next ins(%x : memref<8xf32>) outs(%t : memref<8xf32>)
  %b = task.submit @next ins(%t : memref<8xf32>) outs(%y : memref<8xf32>)
  %c = task.submit @next ins(%x : memref<8xf32>) outs(%y : memref<8xf32>)
  task.return
}

// A view is a use, and so is what the orchestration reads of it.
// CHECK-LABEL: task.entry @follows_views
task.entry @follows_views(in %x: memref<8xf32>, inout %i: memref<8xindex>) {
  // CHECK: %[[T:.*]] = task.alloc()
  // CHECK: task.read
  // CHECK-NEXT: task.release %[[T]] : memref<16xf32>
  // CHECK-NEXT: task.return
  %t = task.alloc() : memref<16xf32>
  %v = memref.subview %t[8] [8] [1] : memref<16xf32> to memref<8xf32, strided<[1], offset: 8>>
  %c = memref.cast %v : memref<8xf32, strided<[1], offset: 8>> to memref<8xf32, strided<[1], offset: ?>>
  %c0 = arith.constant 0 : index
  %r = task.read %c[%c0] : memref<8xf32, strided<[1], offset: ?>>
  task.return
}

// Each iteration's own; what lies outside of the loop lives as long as the loop.
// CHECK-LABEL: task.entry @releases_in_each_iteration
task.entry @releases_in_each_iteration(in %x: memref<8xf32>, out %y: memref<8xf32>, in %n: index) {
  // CHECK: %[[OUTSIDE:.*]] = task.alloc()
  // CHECK: task.parallel
  // CHECK-NEXT: %[[OWN:.*]] = task.alloc()
  // CHECK-NEXT: task.submit
  // CHECK-NEXT: task.submit
  // CHECK-NEXT: task.release %[[OWN]]
  // CHECK-NEXT: task.yield
  // CHECK-NEXT: }
  // CHECK-NEXT: task.release %[[OUTSIDE]]
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %outside = task.alloc() : memref<8xf32>
  task.parallel %i = %c0 to %n step %c1 {
    %own = task.alloc() : memref<8xf32>
    %a = task.submit @next ins(%outside : memref<8xf32>) outs(%own : memref<8xf32>)
    %b = task.submit @next ins(%own : memref<8xf32>) outs(%y : memref<8xf32>)
    task.yield
  }
  task.return
}

// hidden = layer(hidden): the new tensor is handed on, the one before it is released. An array of
// the caller is nobody's to hold.
// CHECK-LABEL: task.entry @hands_on_the_tensor_of_an_iteration
task.entry @hands_on_the_tensor_of_an_iteration(in %x: memref<8xf32>, out %y: memref<8xf32>, in %n: index) {
  // CHECK-NOT: task.retain
  // CHECK: %[[LAST:.*]] = scf.for {{.*}} iter_args(%[[H:.*]] = %{{.*}}) -> (memref<8xf32>) {
  // CHECK-NEXT: %[[T:.*]] = task.alloc()
  // CHECK-NEXT: task.submit
  // CHECK-NEXT: task.release %[[H]] : memref<8xf32>
  // CHECK-NEXT: scf.yield %[[T]]
  // CHECK-NEXT: }
  // CHECK-NEXT: task.submit @next ins(%[[LAST]] :
  // CHECK-NEXT: task.release %[[LAST]]
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %last = scf.for %i = %c0 to %n step %c1 iter_args(%h = %x) -> (memref<8xf32>) {
    %t = task.alloc() : memref<8xf32>
    %a = task.submit @next ins(%h : memref<8xf32>) outs(%t : memref<8xf32>)
    scf.yield %t : memref<8xf32>
  }
  %b = task.submit @next ins(%last : memref<8xf32>) outs(%y : memref<8xf32>)
  task.return
}

// Two buffers take turns: both are handed on, none is retained.
// CHECK-LABEL: task.entry @exchanges
task.entry @exchanges(in %x: memref<8xf32>, out %y: memref<8xf32>, in %n: index) {
  // CHECK: %[[A:.*]] = task.alloc()
  // CHECK-NEXT: %[[B:.*]] = task.alloc()
  // CHECK-NEXT: %[[R:.*]]:2 = scf.for {{.*}} iter_args(%[[P:.*]] = %[[A]], %[[Q:.*]] = %[[B]])
  // CHECK-NEXT: task.submit
  // CHECK-NEXT: scf.yield %[[Q]], %[[P]]
  // CHECK-NEXT: }
  // CHECK-NEXT: task.release %[[R]]#1
  // CHECK-NEXT: task.submit
  // CHECK-NEXT: task.release %[[R]]#0
  // CHECK-NEXT: task.return
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %a = task.alloc() : memref<8xf32>
  %b = task.alloc() : memref<8xf32>
  %r:2 = scf.for %i = %c0 to %n step %c1 iter_args(%p = %a, %q = %b) -> (memref<8xf32>, memref<8xf32>) {
    %t = task.submit @next ins(%p : memref<8xf32>) outs(%q : memref<8xf32>)
    scf.yield %q, %p : memref<8xf32>, memref<8xf32>
  }
  %t = task.submit @next ins(%r#0 : memref<8xf32>) outs(%y : memref<8xf32>)
  task.return
}

// What is used after the loop, by its body, or handed on twice, is retained.
// CHECK-LABEL: task.entry @retains_what_is_used_later
task.entry @retains_what_is_used_later(in %x: memref<8xf32>, out %y: memref<8xf32>, in %n: index) {
  // CHECK: %[[A:.*]] = task.alloc()
  // CHECK-NEXT: task.retain %[[A]]
  // CHECK-NEXT: task.retain %[[A]]
  // CHECK-NEXT: scf.for {{.*}} iter_args(%[[P:.*]] = %[[A]], %[[Q:.*]] = %[[A]])
  // CHECK-NEXT: task.submit
  // CHECK-NEXT: task.retain %[[P]]
  // CHECK-NEXT: task.release %[[Q]]
  // CHECK-NEXT: scf.yield %[[P]], %[[P]]
  // CHECK-NEXT: }
  // CHECK: task.submit @next ins(%[[A]] :
  // CHECK-NEXT: task.release %[[A]]
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %a = task.alloc() : memref<8xf32>
  %r:2 = scf.for %i = %c0 to %n step %c1 iter_args(%p = %a, %q = %a) -> (memref<8xf32>, memref<8xf32>) {
    %t = task.submit @next ins(%q : memref<8xf32>) outs(%a : memref<8xf32>)
    scf.yield %p, %p : memref<8xf32>, memref<8xf32>
  }
  %t = task.submit @next ins(%a : memref<8xf32>) outs(%y : memref<8xf32>)
  task.return
}

// A branch hands on what it allocates, or one more hold of what lies outside.
// CHECK-LABEL: task.entry @chooses
task.entry @chooses(in %x: memref<8xf32>, out %y: memref<8xf32>, in %p: i1) {
  // CHECK: %[[A:.*]] = task.alloc()
  // CHECK-NEXT: %[[R:.*]] = scf.if
  // CHECK-NEXT: %[[T:.*]] = task.alloc()
  // CHECK-NEXT: task.submit
  // CHECK-NEXT: scf.yield %[[T]]
  // CHECK-NEXT: } else {
  // CHECK-NEXT: task.retain %[[A]]
  // CHECK-NEXT: scf.yield %[[A]]
  // CHECK-NEXT: }
  // CHECK-NEXT: task.release %[[A]]
  // CHECK-NEXT: task.submit
  // CHECK-NEXT: task.release %[[R]]
  %a = task.alloc() : memref<8xf32>
  %r = scf.if %p -> (memref<8xf32>) {
    %t = task.alloc() : memref<8xf32>
    %s = task.submit @next ins(%a : memref<8xf32>) outs(%t : memref<8xf32>)
    scf.yield %t : memref<8xf32>
  } else {
    scf.yield %a : memref<8xf32>
  }
  %b = task.submit @next ins(%r : memref<8xf32>) outs(%y : memref<8xf32>)
  task.return
}

// A selection and a view hold nothing: where they are handed on, they are retained before what they
// are made of is released.
// CHECK-LABEL: task.entry @retains_aliases_first
task.entry @retains_aliases_first(in %x: memref<8xf32>, out %y: memref<8xf32>, in %p: i1, in %n: index) {
  // CHECK: scf.for {{.*}} iter_args(%[[H:.*]] = %{{.*}})
  // CHECK-NEXT: %[[T:.*]] = task.alloc()
  // CHECK-NEXT: task.submit
  // CHECK-NEXT: %[[S:.*]] = arith.select %{{.*}}, %[[T]], %[[H]]
  // CHECK-NEXT: task.retain %[[S]]
  // CHECK-NEXT: task.release %[[H]]
  // CHECK-NEXT: task.release %[[T]]
  // CHECK-NEXT: scf.yield %[[S]]
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%h = %x) -> (memref<8xf32>) {
    %t = task.alloc() : memref<8xf32>
    %a = task.submit @next ins(%h : memref<8xf32>) outs(%t : memref<8xf32>)
    %s = arith.select %p, %t, %h : memref<8xf32>
    scf.yield %s : memref<8xf32>
  }
  task.return
}

// Both regions of a loop with a condition hold what they are given; what one of them does not use
// is released where it begins.
// CHECK-LABEL: task.entry @knows_conditions
task.entry @knows_conditions(in %x: memref<8xf32>, out %y: memref<8xf32>, in %links: memref<8xindex>) {
  // CHECK: %[[A:.*]] = task.alloc()
  // CHECK-NEXT: scf.while (%[[H:.*]] = %[[A]], %{{.*}} = %{{.*}})
  // CHECK: scf.condition(%{{.*}}) %[[H]]
  // CHECK: ^bb0(%[[G:.*]]: memref<8xf32>, %{{.*}}: index):
  // CHECK-NEXT: task.release %[[G]]
  // CHECK-NEXT: %[[T:.*]] = task.alloc()
  // CHECK: scf.yield %[[T]]
  // CHECK: task.release
  // CHECK-NEXT: task.return
  %c0 = arith.constant 0 : index
  %a = task.alloc() : memref<8xf32>
  %r:2 = scf.while (%h = %a, %i = %c0) : (memref<8xf32>, index) -> (memref<8xf32>, index) {
    %j = task.read %links[%i] : memref<8xindex>
    %goes = arith.cmpi ne, %j, %c0 : index
    scf.condition(%goes) %h, %j : memref<8xf32>, index
  } do {
  ^bb0(%g: memref<8xf32>, %i: index):
    %t = task.alloc() : memref<8xf32>
    %b = task.submit @next ins(%x : memref<8xf32>) outs(%t : memref<8xf32>)
    scf.yield %t, %i : memref<8xf32>, index
  }
  task.return
}

// Arrays of the orchestration are on its stack.
// CHECK-LABEL: task.entry @leaves_arrays_alone
// CHECK-NOT: task.release
task.entry @leaves_arrays_alone(in %x: memref<8xf32>) {
  %ids = memref.alloca() : memref<4x!task.id>
  task.return
}

// -----

task.entry @counts_once(in %x: memref<8xf32>) {
  %t = task.alloc() : memref<8xf32>
  // expected-error @+1 {{expects a program in which nothing is retained or released yet}}
  task.release %t : memref<8xf32>
  task.return
}

// -----

task.entry @has_structure(in %x: memref<8xf32>) {
  // expected-error @+1 {{expects regions of one block in a program, but got one of 2}}
  scf.execute_region {
    cf.br ^end
  ^end:
    scf.yield
  }
  task.return
}
