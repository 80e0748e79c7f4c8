// RUN: tile-opt %s --split-input-file --task-materialize-accesses --canonicalize --cse | FileCheck %s

// What is known when a task is submitted, and what is declared where it is not.

// A carried scalar is known as long as what it starts from and what it becomes are.
// CHECK-LABEL: task.accesses @carries_offset_accesses
// CHECK: %[[R:.*]] = scf.for {{.*}} iter_args(%[[AT:.*]] = %arg1)
// CHECK-NEXT: task.access in %arg0[%[[AT]]] [%c1] :
// CHECK-NEXT: %[[NEXT:.*]] = arith.muli %[[AT]], %c2
// CHECK-NEXT: scf.yield %[[NEXT]]
// CHECK: task.access in %arg0[%[[R]]] [%c1] :
task.kernel @carries_offset core_group split(automatic) (in %x: memref<64xf32>, in %n: index, out %y: memref<1xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c4 = arith.constant 4 : index
  %tx = bufferization.to_tensor %x restrict : memref<64xf32> to tensor<64xf32>
  %z = tensor.extract_slice %tx[0] [1] [1] : tensor<64xf32> to tensor<1xf32>
  %r:2 = scf.for %i = %c0 to %c4 step %c1 iter_args(%a = %z, %at = %n) -> (tensor<1xf32>, index) {
    %t = tensor.extract_slice %tx[%at] [1] [1] : tensor<64xf32> to tensor<1xf32>
    %b = tile.add %a, %t : tensor<1xf32>, tensor<1xf32>
    %next = arith.muli %at, %c2 : index
    scf.yield %b, %next : tensor<1xf32>, index
  }
  %t = tensor.extract_slice %tx[%r#1] [1] [1] : tensor<64xf32> to tensor<1xf32>
  %b = tile.add %r#0, %t : tensor<1xf32>, tensor<1xf32>
  bufferization.materialize_in_destination %b in restrict writable %y : (tensor<1xf32>, memref<1xf32>) -> ()
  task.return
}

// -----

// One that becomes what a task has written is not, in the loop or after it; nor is one that starts
// from it.
// CHECK-LABEL: task.accesses @follows_links_accesses
// CHECK-NOT: memref.load
// CHECK-NOT: task.access in %arg1[{{.*}}] [%c1]
// CHECK: task.access in %arg1[%c0] [%c64] approximate :
// CHECK-NEXT: task.access in %arg0[%c0] [%c64] approximate :
// CHECK-NEXT: task.access out %arg2
task.kernel @follows_links core_group split(automatic) (in %links: memref<64xindex>, in %x: memref<64xf32>, out %y: memref<1xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %f0 = arith.constant 0.0 : f32
  %tl = bufferization.to_tensor %links restrict : memref<64xindex> to tensor<64xindex>
  %tx = bufferization.to_tensor %x restrict : memref<64xf32> to tensor<64xf32>
  %z = tile.full %f0() : f32 -> tensor<1xf32>
  %r:2 = scf.for %i = %c0 to %c4 step %c1 iter_args(%a = %z, %at = %c1) -> (tensor<1xf32>, index) {
    %t = tensor.extract_slice %tx[%at] [1] [1] : tensor<64xf32> to tensor<1xf32>
    %b = tile.add %a, %t : tensor<1xf32>, tensor<1xf32>
    %next = tensor.extract %tl[%at] : tensor<64xindex>
    scf.yield %b, %next : tensor<1xf32>, index
  }
  %s:2 = scf.for %i = %c0 to %c4 step %c1 iter_args(%a = %r#0, %at = %r#1) -> (tensor<1xf32>, index) {
    %t = tensor.extract_slice %tx[%at] [1] [1] : tensor<64xf32> to tensor<1xf32>
    %b = tile.add %a, %t : tensor<1xf32>, tensor<1xf32>
    scf.yield %b, %at : tensor<1xf32>, index
  }
  bufferization.materialize_in_destination %s#0 in restrict writable %y : (tensor<1xf32>, memref<1xf32>) -> ()
  task.return
}
task.entry @submits_follows_links(in %x: memref<64xf32>, out %y: memref<1xf32>) {
  %links = task.alloc() : memref<64xindex>
  %id = task.submit @follows_links ins(%links, %x : memref<64xindex>, memref<64xf32>) outs(%y : memref<1xf32>)
  task.return
}

// -----

// A loop whose trips are not known declares what any of them touches, and neither checks nor divides
// for an iteration that may not run. What may not run may be out of bounds, so it is cut.
// CHECK-LABEL: task.accesses @loops_unknown_accesses
// CHECK-NOT: scf.for
// CHECK-NOT: tile.check
// CHECK-NOT: arith.divsi
// CHECK: task.access in %arg1[%c0] [%c64] approximate :
// CHECK: %[[SUM:.*]] = arith.addi %arg2, %c4
// CHECK: %[[HIGH:.*]] = arith.maxsi %[[SUM]], %c0
// CHECK: %[[END:.*]] = arith.minsi %[[HIGH]], %c64
// CHECK: %[[LOW:.*]] = arith.maxsi %arg2, %c0
// CHECK: %[[START:.*]] = arith.minsi %[[LOW]], %c64
// CHECK: %[[SIZE:.*]] = arith.subi %[[END]], %[[START]]
// CHECK: task.access in %arg1[%[[START]]] [%[[SIZE]]] approximate :
// CHECK-NEXT: task.access out %arg3
task.kernel @loops_unknown core_group split(automatic) (in %d: memref<1xindex>, in %x: memref<64xf32>, in %n: index, out %y: memref<4xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  %f0 = arith.constant 0.0 : f32
  %td = bufferization.to_tensor %d restrict : memref<1xindex> to tensor<1xindex>
  %tx = bufferization.to_tensor %x restrict : memref<64xf32> to tensor<64xf32>
  %z = tile.full %f0() : f32 -> tensor<4xf32>
  %trips = tensor.extract %td[%c0] : tensor<1xindex>
  %r = scf.for %i = %c0 to %trips step %c1 iter_args(%a = %z) -> (tensor<4xf32>) {
    %s = tensor.extract_slice %tx[%i] [4] [1] : tensor<64xf32> to tensor<4xf32>
    tile.check in_bounds(%n, %c1, %c64)
    %t = tensor.extract_slice %tx[%n] [4] [1] : tensor<64xf32> to tensor<4xf32>
    %part = arith.divsi %c64, %n : index
    %u = tensor.extract_slice %tx[%part] [4] [1] : tensor<64xf32> to tensor<4xf32>
    %b = tile.add %s, %t : tensor<4xf32>, tensor<4xf32>
    %c = tile.add %b, %u : tensor<4xf32>, tensor<4xf32>
    %e = tile.add %a, %c : tensor<4xf32>, tensor<4xf32>
    scf.yield %e : tensor<4xf32>
  }
  bufferization.materialize_in_destination %r in restrict writable %y : (tensor<4xf32>, memref<4xf32>) -> ()
  task.return
}
task.entry @submits_loops_unknown(in %x: memref<64xf32>, in %n: index, out %y: memref<4xf32>) {
  %d = task.alloc() : memref<1xindex>
  %id = task.submit @loops_unknown ins(%d, %x, %n : memref<1xindex>, memref<64xf32>, index) outs(%y : memref<4xf32>)
  task.return
}

// -----

// An extent is known, so an offset made of it is. An element of a view is, where the view's place is.
// CHECK-LABEL: task.accesses @reads_extent_accesses
// CHECK: %[[ROWS:.*]] = memref.dim %arg0, %c0
// CHECK: %[[LAST:.*]] = arith.subi %[[ROWS]], %c4
// CHECK: task.access in %arg0[%[[LAST]]] [%c4] :
// CHECK: task.access in %arg1[%c4] [%c1] :
// CHECK: %[[KNOWN:.*]] = memref.load %arg1[%c4]
// CHECK: task.access in %arg0[%[[KNOWN]]] [%c4] :
// CHECK: task.access in %arg1[%c0] [%c8] approximate :
// CHECK-NOT: memref.load
// CHECK: task.access in %arg0[%c0] [%[[ROWS]]] approximate :
task.kernel @reads_extent core_group split(automatic) (in %x: memref<?xf32>, in %table: memref<8xindex>, in %d: memref<1xindex>, out %y: memref<4xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %tx = bufferization.to_tensor %x restrict : memref<?xf32> to tensor<?xf32>
  %tt = bufferization.to_tensor %table restrict : memref<8xindex> to tensor<8xindex>
  %td = bufferization.to_tensor %d restrict : memref<1xindex> to tensor<1xindex>
  %n = tensor.dim %tx, %c0 : tensor<?xf32>
  %last = arith.subi %n, %c4 : index
  %s = tensor.extract_slice %tx[%last] [4] [1] : tensor<?xf32> to tensor<4xf32>
  %part = tensor.extract_slice %tt[3] [2] [1] : tensor<8xindex> to tensor<2xindex>
  %known = tensor.extract %part[%c1] : tensor<2xindex>
  %t = tensor.extract_slice %tx[%known] [4] [1] : tensor<?xf32> to tensor<4xf32>
  %where = tensor.extract %td[%c0] : tensor<1xindex>
  %other = tensor.extract_slice %tt[%where] [2] [1] : tensor<8xindex> to tensor<2xindex>
  %unknown = tensor.extract %other[%c1] : tensor<2xindex>
  %u = tensor.extract_slice %tx[%unknown] [4] [1] : tensor<?xf32> to tensor<4xf32>
  %a = tile.add %s, %t : tensor<4xf32>, tensor<4xf32>
  %b = tile.add %a, %u : tensor<4xf32>, tensor<4xf32>
  bufferization.materialize_in_destination %b in restrict writable %y : (tensor<4xf32>, memref<4xf32>) -> ()
  task.return
}
task.entry @submits_reads_extent(in %x: memref<?xf32>, in %table: memref<8xindex>, out %y: memref<4xf32>) {
  %d = task.alloc() : memref<1xindex>
  %id = task.submit @reads_extent ins(%x, %table, %d : memref<?xf32>, memref<8xindex>, memref<1xindex>) outs(%y : memref<4xf32>)
  task.return
}

// -----

// A table that the program may write is not known, nor one that is another array in some submission.
// CHECK-LABEL: task.accesses @reads_tables_accesses
// CHECK-NOT: memref.load
// CHECK: task.access in %arg2[%c0] [%c64] approximate :
// CHECK-NOT: memref.load
// CHECK: task.return
task.kernel @reads_tables core_group split(automatic) (in %table: memref<8xindex>, in %other: memref<8xindex>, in %x: memref<64xf32>, out %y: memref<4xf32>) {
  %c0 = arith.constant 0 : index
  %tt = bufferization.to_tensor %table restrict : memref<8xindex> to tensor<8xindex>
  %to = bufferization.to_tensor %other restrict : memref<8xindex> to tensor<8xindex>
  %tx = bufferization.to_tensor %x restrict : memref<64xf32> to tensor<64xf32>
  %a = tensor.extract %tt[%c0] : tensor<8xindex>
  %s = tensor.extract_slice %tx[%a] [4] [1] : tensor<64xf32> to tensor<4xf32>
  %b = tensor.extract %to[%c0] : tensor<8xindex>
  %t = tensor.extract_slice %tx[%b] [4] [1] : tensor<64xf32> to tensor<4xf32>
  %u = tile.add %s, %t : tensor<4xf32>, tensor<4xf32>
  bufferization.materialize_in_destination %u in restrict writable %y : (tensor<4xf32>, memref<4xf32>) -> ()
  task.return
}
task.entry @submits_reads_tables(inout %table: memref<8xindex>, in %other: memref<8xindex>, in %x: memref<64xf32>, out %y: memref<4xf32>) {
  %d = task.alloc() : memref<8xindex>
  %id = task.submit @reads_tables ins(%table, %other, %x : memref<8xindex>, memref<8xindex>, memref<64xf32>) outs(%y : memref<4xf32>)
  %id2 = task.submit @reads_tables ins(%table, %d, %x : memref<8xindex>, memref<8xindex>, memref<64xf32>) outs(%y : memref<4xf32>)
  task.return
}

// -----

// Of tensors that a condition chooses between, the chosen one counts where the condition is known,
// else both.
// CHECK-LABEL: task.accesses @chooses_accesses
// CHECK: scf.if %arg3
// CHECK-NEXT: task.access in %arg0[%c0] [%c16] approximate :
// CHECK-NEXT: } else {
// CHECK-NEXT: task.access in %arg1[%c0] [%c16] approximate :
// CHECK-NEXT: }
// CHECK-NEXT: task.access in %arg2[%c0] [%c1] :
// CHECK-NEXT: task.access in %arg0[%c0] [%c16] approximate :
// CHECK-NEXT: task.access in %arg1[%c0] [%c16] approximate :
// CHECK-NEXT: task.access out %arg4
task.kernel @chooses core_group split(automatic) (in %x: memref<16xf32>, in %z: memref<16xf32>, in %d: memref<1xi1>, in %c: i1, out %y: memref<4xf32>) {
  %c0 = arith.constant 0 : index
  %tx = bufferization.to_tensor %x restrict : memref<16xf32> to tensor<16xf32>
  %tz = bufferization.to_tensor %z restrict : memref<16xf32> to tensor<16xf32>
  %td = bufferization.to_tensor %d restrict : memref<1xi1> to tensor<1xi1>
  %a = scf.if %c -> (tensor<16xf32>) {
    scf.yield %tx : tensor<16xf32>
  } else {
    scf.yield %tz : tensor<16xf32>
  }
  %e = tensor.extract %td[%c0] : tensor<1xi1>
  %b = scf.if %e -> (tensor<16xf32>) {
    scf.yield %tx : tensor<16xf32>
  } else {
    scf.yield %tz : tensor<16xf32>
  }
  %s = tensor.extract_slice %a[0] [4] [1] : tensor<16xf32> to tensor<4xf32>
  %t = tensor.extract_slice %b[4] [4] [1] : tensor<16xf32> to tensor<4xf32>
  %u = tile.add %s, %t : tensor<4xf32>, tensor<4xf32>
  bufferization.materialize_in_destination %u in restrict writable %y : (tensor<4xf32>, memref<4xf32>) -> ()
  task.return
}
task.entry @submits_chooses(in %x: memref<16xf32>, in %z: memref<16xf32>, in %c: i1, out %y: memref<4xf32>) {
  %d = task.alloc() : memref<1xi1>
  %id = task.submit @chooses ins(%x, %z, %d, %c : memref<16xf32>, memref<16xf32>, memref<1xi1>, i1) outs(%y : memref<4xf32>)
  task.return
}

// -----

// Both sides of a condition that is not known count.
// CHECK-LABEL: task.accesses @counts_both_sides_accesses
// CHECK: task.access in %arg1[%c0] [%c4] approximate :
// CHECK: task.access in %arg1[%c8] [%c4] approximate :
task.kernel @counts_both_sides core_group split(automatic) (in %d: memref<1xi1>, in %x: memref<16xf32>, out %y: memref<4xf32>) {
  %c0 = arith.constant 0 : index
  %td = bufferization.to_tensor %d restrict : memref<1xi1> to tensor<1xi1>
  %tx = bufferization.to_tensor %x restrict : memref<16xf32> to tensor<16xf32>
  %e = tensor.extract %td[%c0] : tensor<1xi1>
  %b = scf.if %e -> (tensor<4xf32>) {
    %s = tensor.extract_slice %tx[0] [4] [1] : tensor<16xf32> to tensor<4xf32>
    scf.yield %s : tensor<4xf32>
  } else {
    %s = tensor.extract_slice %tx[8] [4] [1] : tensor<16xf32> to tensor<4xf32>
    scf.yield %s : tensor<4xf32>
  }
  bufferization.materialize_in_destination %b in restrict writable %y : (tensor<4xf32>, memref<4xf32>) -> ()
  task.return
}

// -----

// Tensors that change places in a loop, of either kind, are both touched, as the task may touch them.
// CHECK-LABEL: task.accesses @exchanges_accesses
// CHECK: task.access in %arg0[%c0] [%c16] approximate :
// CHECK: task.access inout %arg1[%c0] [%c16] approximate :
// CHECK-LABEL: task.accesses @exchanges_while_accesses
// CHECK: task.access in %arg0[%c0] [%c16] approximate :
// CHECK: task.access in %arg1[%c0] [%c16] approximate :
task.kernel @exchanges core_group split(automatic) (in %x: memref<16xf32>, inout %z: memref<16xf32>, in %n: index, out %y: memref<4xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %f0 = arith.constant 0.0 : f32
  %tx = bufferization.to_tensor %x restrict : memref<16xf32> to tensor<16xf32>
  %tz = bufferization.to_tensor %z restrict writable : memref<16xf32> to tensor<16xf32>
  %zero = tile.full %f0() : f32 -> tensor<4xf32>
  %r:3 = scf.for %i = %c0 to %n step %c1 iter_args(%a = %tx, %b = %tz, %sum = %zero) -> (tensor<16xf32>, tensor<16xf32>, tensor<4xf32>) {
    %s = tensor.extract_slice %a[0] [4] [1] : tensor<16xf32> to tensor<4xf32>
    %next = tile.add %sum, %s : tensor<4xf32>, tensor<4xf32>
    scf.yield %b, %a, %next : tensor<16xf32>, tensor<16xf32>, tensor<4xf32>
  }
  bufferization.materialize_in_destination %r#2 in restrict writable %y : (tensor<4xf32>, memref<4xf32>) -> ()
  task.return
}
task.kernel @exchanges_while core_group split(automatic) (in %x: memref<16xf32>, in %z: memref<16xf32>, in %n: index, out %y: memref<4xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %f0 = arith.constant 0.0 : f32
  %tx = bufferization.to_tensor %x restrict : memref<16xf32> to tensor<16xf32>
  %tz = bufferization.to_tensor %z restrict : memref<16xf32> to tensor<16xf32>
  %zero = tile.full %f0() : f32 -> tensor<4xf32>
  %r:4 = scf.while (%a = %tx, %b = %tz, %sum = %zero, %k = %n) : (tensor<16xf32>, tensor<16xf32>, tensor<4xf32>, index) -> (tensor<16xf32>, tensor<16xf32>, tensor<4xf32>, index) {
    %more = arith.cmpi sgt, %k, %c0 : index
    scf.condition(%more) %a, %b, %sum, %k : tensor<16xf32>, tensor<16xf32>, tensor<4xf32>, index
  } do {
  ^bb0(%a: tensor<16xf32>, %b: tensor<16xf32>, %sum: tensor<4xf32>, %k: index):
    %s = tensor.extract_slice %a[0] [4] [1] : tensor<16xf32> to tensor<4xf32>
    %next = tile.add %sum, %s : tensor<4xf32>, tensor<4xf32>
    %less = arith.subi %k, %c1 : index
    scf.yield %b, %a, %next, %less : tensor<16xf32>, tensor<16xf32>, tensor<4xf32>, index
  }
  bufferization.materialize_in_destination %r#2 in restrict writable %y : (tensor<4xf32>, memref<4xf32>) -> ()
  task.return
}
