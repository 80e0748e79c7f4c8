// RUN: tile-opt %s --split-input-file --task-materialize-accesses --canonicalize --cse | FileCheck %s
// RUN: tile-opt %s --split-input-file --task-materialize-accesses --remarks-filter=task-materialize-accesses -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK

// Slices that a loop walks contiguously are one rectangle; what is written is declared apart.
// CHECK-LABEL: task.accesses @sums_rows_accesses of @sums_rows
// CHECK-NOT: scf.for
// CHECK: task.access in %arg0[%c0, %c0] [%c16, %c512] :
// CHECK: task.access out %arg2[%c0, %arg1] [%c16, %c1] :
task.kernel @sums_rows core_group split(automatic) (in %x: memref<16x512xf32>, in %n: index, out %y: memref<16x64xf32>) {
  %c0 = arith.constant 0 : index
  %c128 = arith.constant 128 : index
  %c512 = arith.constant 512 : index
  %f0 = arith.constant 0.0 : f32
  %tx = bufferization.to_tensor %x restrict : memref<16x512xf32> to tensor<16x512xf32>
  %ty = bufferization.to_tensor %y restrict writable : memref<16x64xf32> to tensor<16x64xf32>
  %z = tile.full %f0() : f32 -> tensor<16x1xf32>
  %s = tile.pipeline %k = %c0 to %c512 step %c128 stages(2) iter_args(%a = %z) -> (tensor<16x1xf32>) {
    %t = tensor.extract_slice %tx[0, %k] [16, 128] [1, 1] : tensor<16x512xf32> to tensor<16x128xf32>
    %r = tile.reduce sum %t dim(1) : tensor<16x128xf32>
    %b = tile.add %a, %r : tensor<16x1xf32>, tensor<16x1xf32>
    tile.yield %b : tensor<16x1xf32>
  }
  %u = tensor.insert_slice %s into %ty[0, %n] [16, 1] [1, 1] : tensor<16x1xf32> into tensor<16x64xf32>
  bufferization.materialize_in_destination %u in restrict writable %y : (tensor<16x64xf32>, memref<16x64xf32>) -> ()
  task.return
}

// -----

// Rectangles with gaps between them keep their loop.
// CHECK-LABEL: task.accesses @keeps_gaps_accesses
// CHECK: scf.for %[[I:.*]] = %c0 to %c16 step %c4
// CHECK-NEXT: task.access in %arg0[%[[I]]] [%c1] :
task.kernel @keeps_gaps core_group split(automatic) (in %x: memref<16xf32>, out %y: memref<1xf32>) {
  %c0 = arith.constant 0 : index
  %c4 = arith.constant 4 : index
  %c16 = arith.constant 16 : index
  %f0 = arith.constant 0.0 : f32
  %tx = bufferization.to_tensor %x restrict : memref<16xf32> to tensor<16xf32>
  %z = tile.full %f0() : f32 -> tensor<1xf32>
  %s = scf.for %i = %c0 to %c16 step %c4 iter_args(%a = %z) -> (tensor<1xf32>) {
    %t = tensor.extract_slice %tx[%i] [1] [1] : tensor<16xf32> to tensor<1xf32>
    %b = tile.add %a, %t : tensor<1xf32>, tensor<1xf32>
    scf.yield %b : tensor<1xf32>
  }
  bufferization.materialize_in_destination %s in restrict writable %y : (tensor<1xf32>, memref<1xf32>) -> ()
  task.return
}

// -----

// A kernel that walks a page table of the caller declares exactly its pages, and the part of the
// table that it reads as one rectangle.
// CHECK-LABEL: task.accesses @walks_pages_accesses
// CHECK: task.access in %[[TABLE:.*]][%c0] [%{{.*}}] : memref<8xi32>
// CHECK: scf.for %[[J:.*]] = %c0 to %arg2 step %c1
// CHECK: %[[BLOCK:.*]] = memref.load %[[TABLE]][%[[J]]]
// CHECK: %[[PAGE:.*]] = arith.index_cast %[[BLOCK]]
// CHECK: %[[ROW:.*]] = arith.muli %[[PAGE]], %c32
// CHECK: task.access in %arg1[%[[ROW]]] [%c32] :
task.kernel @walks_pages core_group split(automatic) (in %table: memref<8xi32>, in %cache: memref<4096xf32>, in %pages: index, out %y: memref<32xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c32 = arith.constant 32 : index
  %f0 = arith.constant 0.0 : f32
  %tt = bufferization.to_tensor %table restrict : memref<8xi32> to tensor<8xi32>
  %tc = bufferization.to_tensor %cache restrict : memref<4096xf32> to tensor<4096xf32>
  %z = tile.full %f0() : f32 -> tensor<32xf32>
  %s = scf.for %j = %c0 to %pages step %c1 iter_args(%a = %z) -> (tensor<32xf32>) {
    %block = tensor.extract %tt[%j] : tensor<8xi32>
    %page = arith.index_cast %block : i32 to index
    %row = arith.muli %page, %c32 : index
    %t = tensor.extract_slice %tc[%row] [32] [1] : tensor<4096xf32> to tensor<32xf32>
    %b = tile.add %a, %t : tensor<32xf32>, tensor<32xf32>
    scf.yield %b : tensor<32xf32>
  }
  bufferization.materialize_in_destination %s in restrict writable %y : (tensor<32xf32>, memref<32xf32>) -> ()
  task.return
}
task.entry @submits_pages(in %table: memref<8xi32>, in %cache: memref<4096xf32>, in %pages: index, out %y: memref<32xf32>) {
  %id = task.submit @walks_pages ins(%table, %cache, %pages : memref<8xi32>, memref<4096xf32>, index) outs(%y : memref<32xf32>)
  task.return
}

// -----

// An address from data that a task writes widens the region, and a remark says so.
// CHECK-LABEL: task.accesses @widens_accesses
// CHECK: task.access in %arg0[%c0] [%c1] :
// CHECK: task.access in %arg1[%c0] [%c4096] approximate :
// REMARK: remark: [Missed] WidenedAccess | Category:task-materialize-accesses | Remark="the access region of dim 0 of 'cache' widens
task.kernel @widens core_group split(automatic) (in %where: memref<1xindex> loc("where"), in %cache: memref<4096xf32> loc("cache"), out %y: memref<32xf32>) {
  %c0 = arith.constant 0 : index
  %tw = bufferization.to_tensor %where restrict : memref<1xindex> to tensor<1xindex>
  %tc = bufferization.to_tensor %cache restrict : memref<4096xf32> to tensor<4096xf32>
  %row = tensor.extract %tw[%c0] : tensor<1xindex>
  %t = tensor.extract_slice %tc[%row] [32] [1] : tensor<4096xf32> to tensor<32xf32>
  bufferization.materialize_in_destination %t in restrict writable %y : (tensor<32xf32>, memref<32xf32>) -> ()
  task.return
}
task.entry @submits_widens(in %cache: memref<4096xf32>, out %y: memref<32xf32>) {
  %where = task.alloc() : memref<1xindex>
  %id = task.submit @widens ins(%where, %cache : memref<1xindex>, memref<4096xf32>) outs(%y : memref<32xf32>)
  task.return
}

// -----

// A condition that is known at submission stays one; of an unknown one both branches count.
// CHECK-LABEL: task.accesses @branches_accesses
// CHECK: scf.if %arg1
// CHECK-NEXT: task.access out %arg2[%c0] [%c4] :
// CHECK: }
// CHECK: task.access in %arg0[%c0] [%c1] :
// CHECK: task.access out %arg2[%c8] [%c4] approximate :
task.kernel @branches core_group split(automatic) (in %d: memref<1xi1>, in %c: i1, out %y: memref<16xf32>) {
  %c0 = arith.constant 0 : index
  %f0 = arith.constant 0.0 : f32
  %td = bufferization.to_tensor %d restrict : memref<1xi1> to tensor<1xi1>
  %ty = bufferization.to_tensor %y restrict writable : memref<16xf32> to tensor<16xf32>
  %z = tile.full %f0() : f32 -> tensor<4xf32>
  %a = scf.if %c -> (tensor<16xf32>) {
    %u = tensor.insert_slice %z into %ty[0] [4] [1] : tensor<4xf32> into tensor<16xf32>
    scf.yield %u : tensor<16xf32>
  } else {
    scf.yield %ty : tensor<16xf32>
  }
  %e = tensor.extract %td[%c0] : tensor<1xi1>
  %b = scf.if %e -> (tensor<16xf32>) {
    %u = tensor.insert_slice %z into %a[8] [4] [1] : tensor<4xf32> into tensor<16xf32>
    scf.yield %u : tensor<16xf32>
  } else {
    scf.yield %a : tensor<16xf32>
  }
  bufferization.materialize_in_destination %b in restrict writable %y : (tensor<16xf32>, memref<16xf32>) -> ()
  task.return
}
task.entry @submits_branches(in %c: i1, out %y: memref<16xf32>) {
  %d = task.alloc() : memref<1xi1>
  %id = task.submit @branches ins(%d, %c : memref<1xi1>, i1) outs(%y : memref<16xf32>)
  task.return
}

// -----

// Where it is not known whether a branch runs, the region program neither loads nor checks for it.
// CHECK-LABEL: task.accesses @stays_safe_accesses
// CHECK-NOT: memref.load
// CHECK-NOT: tile.check
// CHECK: task.access in %arg2[%c0] [%c64] approximate :
// CHECK: task.return
task.kernel @stays_safe core_group split(automatic) (in %d: memref<1xi1>, in %table: memref<8xindex>, in %x: memref<64xf32>, in %n: index, out %y: memref<4xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %f0 = arith.constant 0.0 : f32
  %td = bufferization.to_tensor %d restrict : memref<1xi1> to tensor<1xi1>
  %tt = bufferization.to_tensor %table restrict : memref<8xindex> to tensor<8xindex>
  %tx = bufferization.to_tensor %x restrict : memref<64xf32> to tensor<64xf32>
  %e = tensor.extract %td[%c0] : tensor<1xi1>
  %b = scf.if %e -> (tensor<4xf32>) {
    tile.check in_bounds(%n, %c1, %c8)
    %row = tensor.extract %tt[%n] : tensor<8xindex>
    %s = tensor.extract_slice %tx[%row] [4] [1] : tensor<64xf32> to tensor<4xf32>
    scf.yield %s : tensor<4xf32>
  } else {
    %z = tile.full %f0() : f32 -> tensor<4xf32>
    scf.yield %z : tensor<4xf32>
  }
  bufferization.materialize_in_destination %b in restrict writable %y : (tensor<4xf32>, memref<4xf32>) -> ()
  task.return
}
task.entry @submits_stays_safe(in %table: memref<8xindex>, in %x: memref<64xf32>, in %n: index, out %y: memref<4xf32>) {
  %d = task.alloc() : memref<1xi1>
  %id = task.submit @stays_safe ins(%d, %table, %x, %n : memref<1xi1>, memref<8xindex>, memref<64xf32>, index) outs(%y : memref<4xf32>)
  task.return
}
