// RUN: tile-opt %s --task-find-dependences --canonicalize --cse | FileCheck %s
// RUN: tile-opt %s --task-find-dependences=dump=true -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK

task.kernel @write core_group split(automatic) (in %i: index, in %rows: index, out %y: memref<?x32xf32>) {
  task.return
}
task.accesses @write_accesses of @write (in %i: index, in %rows: index, out %y: memref<?x32xf32>) {
  %c0 = arith.constant 0 : index
  %c32 = arith.constant 32 : index
  task.access out %y[%i, %c0] [%rows, %c32] : memref<?x32xf32>
  task.return
}
task.kernel @read core_group split(automatic) (in %y: memref<?x32xf32>, in %i: index, in %rows: index, out %z: memref<1xf32>) {
  task.return
}
task.accesses @read_accesses of @read (in %y: memref<?x32xf32>, in %i: index, in %rows: index, out %z: memref<1xf32>) {
  %c0 = arith.constant 0 : index
  %c32 = arith.constant 32 : index
  task.access in %y[%i, %c0] [%rows, %c32] : memref<?x32xf32>
  task.return
}

// Tiles of one iteration lie where it says, the last one of what is left: an id of the iteration.
// CHECK-LABEL: task.entry @knows_one_iteration
// CHECK: scf.for
// CHECK: %[[ID:.*]] = task.submit @write {{.*}} static([2])
// CHECK: task.submit @read {{.*}} deps(%[[ID]] : !task.id) known(1) static([0, 3])
task.entry @knows_one_iteration(out %y: memref<?x32xf32>, out %z: memref<1xf32>) {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %n = memref.dim %y, %c0 : memref<?x32xf32>
  scf.for %i = %c0 to %n step %c16 {
    %rows = affine.min affine_map<(d0)[s0] -> (16, s0 - d0)>(%i)[%n]
    %t = task.submit @write ins(%i, %rows : index, index) outs(%y : memref<?x32xf32>)
    // REMARK: [[@LINE+1]]:{{.*}} takes the ids of 'write' at distance 0{{$}}
    %u = task.submit @read ins(%y, %i, %rows : memref<?x32xf32>, index, index) outs(%z : memref<1xf32>)
  }
  task.return
}

// That there is one row is known, not that there are more.
// CHECK-LABEL: task.entry @knows_where_tiles_begin
// CHECK: %[[ID:.*]] = task.submit @write {{.*}} static([2])
// CHECK: task.submit @read {{.*}} deps(%[[ID]] : !task.id) known(1) static([0, 3])
// CHECK-LABEL: task.entry @knows_not_how_far_they_reach
// CHECK: task.submit @write
// CHECK-NOT: static([{{[02]}}
// CHECK: task.return
task.entry @knows_where_tiles_begin(out %y: memref<?x32xf32>, out %z: memref<1xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  %n = memref.dim %y, %c0 : memref<?x32xf32>
  scf.for %i = %c0 to %n step %c16 {
    %rows = affine.min affine_map<(d0)[s0] -> (16, s0 - d0)>(%i)[%n]
    %t = task.submit @write ins(%i, %rows : index, index) outs(%y : memref<?x32xf32>)
    %u = task.submit @read ins(%y, %i, %c1 : memref<?x32xf32>, index, index) outs(%z : memref<1xf32>)
  }
  task.return
}
task.entry @knows_not_how_far_they_reach(out %y: memref<?x32xf32>, out %z: memref<1xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  %n = memref.dim %y, %c0 : memref<?x32xf32>
  scf.for %i = %c0 to %n step %c16 {
    %rows = affine.min affine_map<(d0)[s0] -> (16, s0 - d0)>(%i)[%n]
    %last = affine.apply affine_map<(d0) -> (d0 + 15)>(%i)
    %t = task.submit @write ins(%i, %rows : index, index) outs(%y : memref<?x32xf32>)
    %u = task.submit @read ins(%y, %last, %c1 : memref<?x32xf32>, index, index) outs(%z : memref<1xf32>)
  }
  task.return
}

// What is before the loop is known to all of it, by one join.
// CHECK-LABEL: task.entry @knows_what_is_before
// CHECK: %[[IDS:.*]] = memref.alloca() : memref<4x!task.id>
// CHECK: %[[JOIN:.*]] = task.join(%[[IDS]] : memref<4x!task.id>) known(1)
// CHECK: scf.for
// CHECK: task.submit @read {{.*}} deps(%[[JOIN]] : !task.id) known(1) static([0, 3])
task.entry @knows_what_is_before(in %n: index, out %z: memref<1xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %y = task.alloc(%c4) : memref<?x32xf32>
  scf.for %i = %c0 to %c4 step %c1 {
    %t = task.submit @write ins(%i, %c1 : index, index) outs(%y : memref<?x32xf32>)
  }
  scf.for %i = %c0 to %n step %c1 {
    // REMARK: [[@LINE+1]]:{{.*}} takes the ids of 'write' from 0 on, 4
    %u = task.submit @read ins(%y, %c0, %c4 : memref<?x32xf32>, index, index) outs(%z : memref<1xf32>)
  }
  task.return
}

// What is after it is the runtime's, and so is the next iteration.
// CHECK-LABEL: task.entry @leaves_what_is_after
// CHECK-NOT: static([{{[02]}}
// CHECK-LABEL: task.entry @leaves_the_next_iteration
// CHECK-NOT: static([{{[02]}}
// CHECK: task.return
task.entry @leaves_what_is_after(in %n: index, out %z: memref<1xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %y = task.alloc(%n) : memref<?x32xf32>
  scf.for %i = %c0 to %n step %c1 {
    %t = task.submit @write ins(%i, %c1 : index, index) outs(%y : memref<?x32xf32>)
  }
  %u = task.submit @read ins(%y, %c0, %n : memref<?x32xf32>, index, index) outs(%z : memref<1xf32>)
  task.return
}
task.entry @leaves_the_next_iteration(in %n: index, out %z: memref<1xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %y = task.alloc(%c1) : memref<?x32xf32>
  scf.for %i = %c0 to %n step %c1 {
    %t = task.submit @write ins(%c0, %c1 : index, index) outs(%y : memref<?x32xf32>)
    %u = task.submit @read ins(%y, %c0, %c1 : memref<?x32xf32>, index, index) outs(%z : memref<1xf32>)
  }
  task.return
}

// Ids of another loop within the iteration are kept by that loop only; of a task that a condition
// may leave out, none of the iteration before remains.
// CHECK-LABEL: task.entry @keeps_ids_of_one_iteration
// CHECK: %[[IDS:.*]] = memref.alloca() : memref<2x!task.id>
// CHECK-NOT: scf.for
// CHECK: scf.while
// CHECK: do
// CHECK: %[[NONE:.*]] = task.none
// CHECK: scf.for %[[AT:.*]] = %c0 to %c2 step %c1
// CHECK-NEXT: memref.store %[[NONE]], %[[IDS]][%[[AT]]]
// CHECK: scf.for %[[I:.*]] = %c0 to %c2 step %c1
// CHECK: scf.if
// CHECK-NEXT: %[[ID:.*]] = task.submit @write
// CHECK-NEXT: memref.store %[[ID]], %[[IDS]][%[[I]]]
// CHECK: scf.for %[[J:.*]] = %c0 to %c2 step %c1
// CHECK: %[[DEP:.*]] = memref.load %[[IDS]][%[[J]]]
// CHECK: task.submit @read {{.*}} deps(%[[DEP]] : !task.id) known(1) static([0, 3])
task.entry @keeps_ids_of_one_iteration(in %table: memref<2xi32>, in %n: index, out %z: memref<1xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %last = scf.while (%left = %n) : (index) -> index {
    %goes = arith.cmpi sgt, %left, %c0 : index
    scf.condition(%goes) %left : index
  } do {
  ^body(%left: index):
    %y = task.alloc(%c2) : memref<?x32xf32>
    scf.for %i = %c0 to %c2 step %c1 {
      %entry = task.read %table[%i] : memref<2xi32>
      %some = arith.index_cast %entry : i32 to index
      %goes = arith.cmpi sgt, %some, %left : index
      scf.if %goes {
        %t = task.submit @write ins(%i, %c1 : index, index) outs(%y : memref<?x32xf32>)
      }
    }
    scf.for %i = %c0 to %c2 step %c1 {
      // REMARK: [[@LINE+1]]:{{.*}} takes the ids of 'write' at distance 0 from 0 + 1 * trip1 on, 1
      %u = task.submit @read ins(%y, %i, %c1 : memref<?x32xf32>, index, index) outs(%z : memref<1xf32>)
    }
    %less = arith.subi %left, %c1 : index
    scf.yield %less : index
  }
  task.return
}

// Who touches all of a tensor meets whoever touches any of it, wherever that is.
// CHECK-LABEL: task.entry @knows_whole_tensors
// CHECK: %[[ID:.*]] = task.submit @write {{.*}} static([2])
// CHECK: task.submit @read {{.*}} deps(%[[ID]] : !task.id) known(1) static([0, 3])
// CHECK-LABEL: task.entry @leaves_tensors_that_may_be_empty
// CHECK-NOT: static([{{[02]}}
// CHECK: task.return
task.entry @knows_whole_tensors(in %n: index, out %z: memref<1xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %y = task.alloc(%n) : memref<?x32xf32>
  %t = task.submit @write ins(%c0, %n : index, index) outs(%y : memref<?x32xf32>)
  scf.for %i = %c0 to %n step %c1 {
    %u = task.submit @read ins(%y, %i, %c1 : memref<?x32xf32>, index, index) outs(%z : memref<1xf32>)
  }
  task.return
}
task.entry @leaves_tensors_that_may_be_empty(in %n: index, out %z: memref<1xf32>) {
  %c0 = arith.constant 0 : index
  %y = task.alloc(%n) : memref<?x32xf32>
  %t = task.submit @write ins(%c0, %n : index, index) outs(%y : memref<?x32xf32>)
  %u = task.submit @read ins(%y, %c0, %n : memref<?x32xf32>, index, index) outs(%z : memref<1xf32>)
  task.return
}

// Of one entry of a table it is known that it is itself, and that others differ if that is promised.
// CHECK-LABEL: task.entry @knows_rows_of_a_table
// CHECK: %[[ID:.*]] = task.submit @write {{.*}} static([2])
// CHECK: task.submit @read {{.*}} deps(%[[ID]] : !task.id) known(1) static([0, 3])
// CHECK-LABEL: task.entry @leaves_rows_that_may_repeat
// CHECK-NOT: static([{{[02]}}
// CHECK: task.return
task.entry @knows_rows_of_a_table(in %table: memref<4xi32>, out %y: memref<?x32xf32>, out %z: memref<1xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  task.assume_distinct %table : memref<4xi32>
  scf.for %i = %c0 to %c4 step %c1 {
    %a = task.read %table[%i] : memref<4xi32>
    %row = arith.index_cast %a : i32 to index
    %t = task.submit @write ins(%row, %c1 : index, index) outs(%y : memref<?x32xf32>)
    %b = task.read %table[%i] : memref<4xi32>
    %again = arith.index_cast %b : i32 to index
    %u = task.submit @read ins(%y, %again, %c1 : memref<?x32xf32>, index, index) outs(%z : memref<1xf32>)
  }
  task.return
}
task.entry @leaves_rows_that_may_repeat(in %table: memref<4xi32>, out %y: memref<?x32xf32>, out %z: memref<1xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  scf.for %i = %c0 to %c4 step %c1 {
    %a = task.read %table[%i] : memref<4xi32>
    %row = arith.index_cast %a : i32 to index
    %t = task.submit @write ins(%row, %c1 : index, index) outs(%y : memref<?x32xf32>)
    %u = task.submit @read ins(%y, %row, %c1 : memref<?x32xf32>, index, index) outs(%z : memref<1xf32>)
  }
  task.return
}
