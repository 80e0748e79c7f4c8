// RUN: tile-opt %s --split-input-file --task-materialize-accesses --canonicalize --cse | FileCheck %s

// Rectangles that a loop walks become one where they touch each other; else the loop stays.

// A factor on the left counts as one on the right; the bounds may be known at submission only, and
// a loop that does not run touches nothing.
// CHECK-LABEL: task.accesses @walks_accesses
// CHECK-NOT: scf.for
// CHECK: task.access in %arg0[%c0] [%c32] :
// CHECK: %[[SPAN:.*]] = arith.subi %arg2, %arg1
// CHECK: %[[RUNS:.*]] = arith.cmpi slt, %arg1, %arg2
// CHECK: %[[REST:.*]] = arith.subi %[[SPAN]], %c1
// CHECK: %[[LAST:.*]] = arith.floordivsi %[[REST]], %c3
// CHECK: %[[MORE:.*]] = arith.muli %[[LAST]], %c3
// CHECK: %[[SIZE:.*]] = arith.addi %[[MORE]], %c4
// CHECK: %[[ANY:.*]] = arith.select %[[RUNS]], %[[SIZE]], %c0
// CHECK: task.access in %arg0[%arg1] [%[[ANY]]] :
// CHECK: %[[ALL:.*]] = arith.select %[[RUNS]], %c64, %c0
// CHECK: task.access in %arg0[%c0] [%[[ALL]]] :
// CHECK-NOT: scf.for
task.kernel @walks core_group split(automatic) (in %x: memref<64xf32>, in %low: index, in %high: index, out %y: memref<4xf32>, out %w: memref<64xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %c4 = arith.constant 4 : index
  %c8 = arith.constant 8 : index
  %f0 = arith.constant 0.0 : f32
  %tx = bufferization.to_tensor %x restrict : memref<64xf32> to tensor<64xf32>
  %z = tile.full %f0() : f32 -> tensor<4xf32>
  %all = tile.full %f0() : f32 -> tensor<64xf32>
  %r = scf.for %i = %c0 to %c8 step %c1 iter_args(%a = %z) -> (tensor<4xf32>) {
    %at = arith.muli %c4, %i : index
    %t = tensor.extract_slice %tx[%at] [4] [1] : tensor<64xf32> to tensor<4xf32>
    %b = tile.add %a, %t : tensor<4xf32>, tensor<4xf32>
    scf.yield %b : tensor<4xf32>
  }
  %s:2 = scf.for %i = %low to %high step %c3 iter_args(%a = %r, %c = %all) -> (tensor<4xf32>, tensor<64xf32>) {
    %t = tensor.extract_slice %tx[%i] [4] [1] : tensor<64xf32> to tensor<4xf32>
    %b = tile.add %a, %t : tensor<4xf32>, tensor<4xf32>
    %d = tile.add %c, %tx : tensor<64xf32>, tensor<64xf32>
    scf.yield %b, %d : tensor<4xf32>, tensor<64xf32>
  }
  bufferization.materialize_in_destination %s#0 in restrict writable %y : (tensor<4xf32>, memref<4xf32>) -> ()
  bufferization.materialize_in_destination %s#1 in restrict writable %w : (tensor<64xf32>, memref<64xf32>) -> ()
  task.return
}

// -----

// A loop of no trips touches nothing.
// CHECK-LABEL: task.accesses @never_runs_accesses
// CHECK: task.access in %arg0[%c8] [%c0] :
task.kernel @never_runs core_group split(automatic) (in %x: memref<64xf32>, out %y: memref<4xf32>) {
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %c8 = arith.constant 8 : index
  %f0 = arith.constant 0.0 : f32
  %tx = bufferization.to_tensor %x restrict : memref<64xf32> to tensor<64xf32>
  %z = tile.full %f0() : f32 -> tensor<4xf32>
  %r = scf.for %i = %c8 to %c1 step %c4 iter_args(%a = %z) -> (tensor<4xf32>) {
    %t = tensor.extract_slice %tx[%i] [4] [1] : tensor<64xf32> to tensor<4xf32>
    %b = tile.add %a, %t : tensor<4xf32>, tensor<4xf32>
    scf.yield %b : tensor<4xf32>
  }
  bufferization.materialize_in_destination %r in restrict writable %y : (tensor<4xf32>, memref<4xf32>) -> ()
  task.return
}

// -----

// A gap of one element, a walk backwards, a step that grows, a diagonal and a size that changes: all
// of them keep their loop.
// CHECK-LABEL: task.accesses @keeps_loops_accesses
// CHECK: scf.for %[[A:.*]] = %c0 to %c20 step %c5
// CHECK-NEXT: task.access in %arg0[%[[A]], %c0] [%c4, %c1] :
// CHECK: scf.for %[[I:.*]] = %c0 to %c8 step %c1
// CHECK-DAG: %[[BACK:.*]] = arith.subi %c8, %[[I]]
// CHECK-DAG: task.access in %arg0[%[[BACK]], %c0] [%c4, %c1] :
// CHECK-DAG: %[[SQUARE:.*]] = arith.muli %[[I]], %[[I]]
// CHECK-DAG: %[[GROWS:.*]] = arith.addi %[[SQUARE]], %[[I]]
// CHECK-DAG: task.access in %arg0[%[[GROWS]], %c0] [%c4, %c1] :
// CHECK-DAG: task.access in %arg0[%[[I]], %[[I]]] [%c4, %c1] :
// CHECK-DAG: task.access in %arg0[%c0, %c0] [%[[I]], %c1] :
task.kernel @keeps_loops core_group split(automatic) (in %x: memref<64x64xf32>, out %y: memref<4x1xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c5 = arith.constant 5 : index
  %c8 = arith.constant 8 : index
  %c20 = arith.constant 20 : index
  %f0 = arith.constant 0.0 : f32
  %tx = bufferization.to_tensor %x restrict : memref<64x64xf32> to tensor<64x64xf32>
  %z = tile.full %f0() : f32 -> tensor<4x1xf32>
  %r = scf.for %i = %c0 to %c20 step %c5 iter_args(%a = %z) -> (tensor<4x1xf32>) {
    %t = tensor.extract_slice %tx[%i, 0] [4, 1] [1, 1] : tensor<64x64xf32> to tensor<4x1xf32>
    %b = tile.add %a, %t : tensor<4x1xf32>, tensor<4x1xf32>
    scf.yield %b : tensor<4x1xf32>
  }
  %s = scf.for %i = %c0 to %c8 step %c1 iter_args(%a = %r) -> (tensor<4x1xf32>) {
    %back = arith.subi %c8, %i : index
    %t = tensor.extract_slice %tx[%back, 0] [4, 1] [1, 1] : tensor<64x64xf32> to tensor<4x1xf32>
    %square = arith.muli %i, %i : index
    %grows = arith.addi %square, %i : index
    %u = tensor.extract_slice %tx[%grows, 0] [4, 1] [1, 1] : tensor<64x64xf32> to tensor<4x1xf32>
    %v = tensor.extract_slice %tx[%i, %i] [4, 1] [1, 1] : tensor<64x64xf32> to tensor<4x1xf32>
    %w = tensor.extract_slice %tx[0, 0] [%i, 1] [1, 1] : tensor<64x64xf32> to tensor<?x1xf32, #tile.capacity<8x1>>
    %e = tile.exp %w : tensor<?x1xf32, #tile.capacity<8x1>>
    %b = tile.add %t, %u : tensor<4x1xf32>, tensor<4x1xf32>
    %c = tile.add %b, %v : tensor<4x1xf32>, tensor<4x1xf32>
    %d = tile.add %a, %c : tensor<4x1xf32>, tensor<4x1xf32>
    scf.yield %d : tensor<4x1xf32>
  }
  bufferization.materialize_in_destination %s in restrict writable %y : (tensor<4x1xf32>, memref<4x1xf32>) -> ()
  task.return
}

// -----

// Equal rectangles are declared once; those of other tensors or directions are not equal. A loop
// that is left without any goes.
// CHECK-LABEL: task.accesses @declares_once_accesses
// CHECK-NOT: scf.for
// CHECK: task.access in %arg0[%c0] [%c4] :
// CHECK-NEXT: task.access in %arg1[%c0] [%c4] :
// CHECK-NEXT: task.access inout %arg1[%c0] [%c4] :
// CHECK-NEXT: task.return
task.kernel @declares_once core_group split(automatic) (in %x: memref<4xf32>, inout %y: memref<4xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %tx = bufferization.to_tensor %x restrict : memref<4xf32> to tensor<4xf32>
  %ty = bufferization.to_tensor %y restrict writable : memref<4xf32> to tensor<4xf32>
  %a = tile.add %tx, %ty : tensor<4xf32>, tensor<4xf32>
  %r = scf.for %i = %c0 to %c4 step %c1 iter_args(%b = %a) -> (tensor<4xf32>) {
    %c = tile.add %tx, %b : tensor<4xf32>, tensor<4xf32>
    scf.yield %c : tensor<4xf32>
  }
  task.atomic_update add %r into %y[%c0] : tensor<4xf32>, memref<4xf32>
  task.return
}

// -----

// What both branches access is accessed in any case.
// CHECK-LABEL: task.accesses @in_any_case_accesses
// CHECK: %[[HOLDS:.*]] = arith.cmpi
// CHECK-DAG: task.access out %arg3[%arg1] [%c4] :
// CHECK-DAG: task.access in %arg0[%c0] [%c4] :
// CHECK: scf.if %[[HOLDS]] {
// CHECK-NEXT: task.access in %arg0[%arg1] [%c4] :
// CHECK-NEXT: } else {
// CHECK-NEXT: task.access in %arg0[%c8] [%c4] :
// CHECK-NEXT: }
// CHECK-NEXT: task.return
task.kernel @in_any_case core_group split(automatic) (in %x: memref<64xf32>, in %i: index, in %n: index, out %y: memref<64xf32>) {
  %c0 = arith.constant 0 : index
  %tx = bufferization.to_tensor %x restrict : memref<64xf32> to tensor<64xf32>
  %holds = arith.cmpi sgt, %n, %c0 : index
  %ty = bufferization.to_tensor %y restrict writable : memref<64xf32> to tensor<64xf32>
  %r = scf.if %holds -> (tensor<64xf32>) {
    %own = tensor.extract_slice %tx[%i] [4] [1] : tensor<64xf32> to tensor<4xf32>
    %first = tensor.extract_slice %tx[0] [4] [1] : tensor<64xf32> to tensor<4xf32>
    %a = tile.add %own, %first : tensor<4xf32>, tensor<4xf32>
    %b = tensor.insert_slice %a into %ty[%i] [4] [1] : tensor<4xf32> into tensor<64xf32>
    scf.yield %b : tensor<64xf32>
  } else {
    %first = tensor.extract_slice %tx[0] [4] [1] : tensor<64xf32> to tensor<4xf32>
    %third = tensor.extract_slice %tx[8] [4] [1] : tensor<64xf32> to tensor<4xf32>
    %a = tile.add %first, %third : tensor<4xf32>, tensor<4xf32>
    %b = tensor.insert_slice %a into %ty[%i] [4] [1] : tensor<4xf32> into tensor<64xf32>
    scf.yield %b : tensor<64xf32>
  }
  bufferization.materialize_in_destination %r in restrict writable %y : (tensor<64xf32>, memref<64xf32>) -> ()
  task.return
}

// -----

// Of what one branch touches at most, both together touch at most that.
// CHECK-LABEL: task.accesses @at_most_in_one_accesses
// CHECK: task.access in %arg1[%c0] [%c64] approximate :
// CHECK: scf.if
// CHECK-NOT: %arg1
// CHECK: task.return
task.kernel @at_most_in_one core_group split(automatic) (in %links: memref<64xindex>, in %x: memref<64xf32>, in %n: index, out %y: memref<64xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %tl = bufferization.to_tensor %links restrict : memref<64xindex> to tensor<64xindex>
  %tx = bufferization.to_tensor %x restrict : memref<64xf32> to tensor<64xf32>
  %holds = arith.cmpi sgt, %n, %c0 : index
  %r = scf.if %holds -> (tensor<1xf32>) {
    %e = tile.exp %tx : tensor<64xf32>
    %t = tensor.extract_slice %e[0] [1] [1] : tensor<64xf32> to tensor<1xf32>
    scf.yield %t : tensor<1xf32>
  } else {
    %at = tensor.extract %tl[%c1] : tensor<64xindex>
    %t = tensor.extract_slice %tx[%at] [1] [1] : tensor<64xf32> to tensor<1xf32>
    %e = tile.exp %t : tensor<1xf32>
    scf.yield %e : tensor<1xf32>
  }
  %ty = bufferization.to_tensor %y restrict writable : memref<64xf32> to tensor<64xf32>
  %b = tensor.insert_slice %r into %ty[0] [1] [1] : tensor<1xf32> into tensor<64xf32>
  bufferization.materialize_in_destination %b in restrict writable %y : (tensor<64xf32>, memref<64xf32>) -> ()
  task.return
}
task.entry @submits_at_most_in_one(in %x: memref<64xf32>, in %n: index, out %y: memref<64xf32>) {
  %links = task.alloc() : memref<64xindex>
  %id = task.submit @at_most_in_one ins(%links, %x, %n : memref<64xindex>, memref<64xf32>, index) outs(%y : memref<64xf32>)
  task.return
}
