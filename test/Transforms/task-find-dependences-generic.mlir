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

// Who is after the loop takes all ids there are, by one join; of a place that is written again and
// again the last, as does the next iteration.
// CHECK-LABEL: task.entry @knows_what_is_in_it
// CHECK: %[[TRIPS:.*]] = arith.maxsi
// CHECK: %[[PLACES:.*]] = arith.addi %[[TRIPS]], %c1
// CHECK: %[[IDS:.*]] = memref.alloc(%[[PLACES]]) : memref<?x!task.id>
// CHECK: scf.for %[[AT:.*]] = %c0 to %[[PLACES]] step %c1
// CHECK-NEXT: memref.store %{{.*}}, %[[IDS]][%[[AT]]]
// CHECK: scf.for %[[I:.*]] =
// CHECK-NEXT: %[[ID:.*]] = task.submit @write {{.*}} static([2])
// CHECK-NEXT: memref.store %[[ID]], %[[IDS]][%[[I]]]
// CHECK: %[[JOIN:.*]] = task.join(%[[IDS]] : memref<?x!task.id>) known(1)
// CHECK: task.submit @read {{.*}} deps(%[[JOIN]] : !task.id) known(1) static([0, 3])
task.entry @knows_what_is_in_it(in %n: index, out %z: memref<1xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %y = task.alloc(%n) : memref<?x32xf32>
  scf.for %i = %c0 to %n step %c1 {
    %t = task.submit @write ins(%i, %c1 : index, index) outs(%y : memref<?x32xf32>)
  }
  // REMARK: [[@LINE+1]]:{{.*}} takes the ids of 'write' of all iterations{{$}}
  %u = task.submit @read ins(%y, %c0, %n : memref<?x32xf32>, index, index) outs(%z : memref<1xf32>)
  task.return
}
// CHECK-LABEL: task.entry @knows_the_next_iteration
// CHECK: %[[LAST:.*]] = memref.alloca() : memref<1x!task.id>
// CHECK: scf.while
// CHECK: %[[BEFORE:.*]] = memref.load %[[LAST]][%c0]
// CHECK: %[[ID:.*]] = task.submit @write {{.*}} deps(%[[BEFORE]] : !task.id) known(1) static([2])
// CHECK: %[[OWN:.*]] = task.submit @read {{.*}} deps(%[[ID]] : !task.id) known(1) static([0, 3])
// CHECK: memref.store %[[OWN]], %[[LAST]][%c0]
task.entry @knows_the_next_iteration(in %n: index, out %z: memref<1xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %y = task.alloc(%c1) : memref<?x32xf32>
  %last = scf.while (%left = %n) : (index) -> index {
    %goes = arith.cmpi sgt, %left, %c0 : index
    scf.condition(%goes) %left : index
  } do {
  ^body(%left: index):
    // REMARK: [[@LINE+1]]:{{.*}} takes the last id of 'read' of any iteration{{$}}
    %t = task.submit @write ins(%c0, %c1 : index, index) outs(%y : memref<?x32xf32>)
    %u = task.submit @read ins(%y, %c0, %c1 : memref<?x32xf32>, index, index) outs(%z : memref<1xf32>)
    %next = arith.subi %left, %c1 : index
    scf.yield %next : index
  }
  task.return
}

// Iterations that meet at some distance, in one loop and from loop to loop: places before the first
// and after the last stay empty, of which the second loop may have more.
// CHECK-LABEL: task.entry @knows_neighbours
// CHECK: %[[TRIPS:.*]] = arith.maxsi %{{.*}}, %c0
// CHECK: %[[IDS:.*]] = memref.alloc(%{{.*}}) : memref<?x!task.id>
// CHECK: scf.for %[[I:.*]] = %c0 to %[[N:.*]] step %c1
// CHECK: %[[BEFORE:.*]] = memref.load %[[IDS]]
// CHECK: task.submit @write {{.*}} deps(%[[BEFORE]] : !task.id) known(1) static([2])
// CHECK: scf.for %[[J:.*]] = %c0 to %[[M:.*]] step %c1
// CHECK: %[[FIRST:.*]] = arith.addi %[[J]], %c-1
// CHECK: %[[START:.*]] = arith.minsi %[[FIRST]], %[[TRIPS]]
// CHECK: %[[AT:.*]] = arith.addi %[[START]], %c1
// CHECK: %[[NEAR:.*]] = memref.subview %[[IDS]][%[[AT]]] [3] [1]
// CHECK: task.submit @read {{.*}} deps(%[[NEAR]] : {{.*}}) known(1) static([0, 3])
task.entry @knows_neighbours(in %n: index, in %m: index, out %y: memref<?x32xf32>, out %z: memref<1xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  scf.for %i = %c0 to %n step %c1 {
    // REMARK: [[@LINE+1]]:{{.*}} takes the ids of 'write' at distance -1{{$}}
    %t = task.submit @write ins(%i, %c2 : index, index) outs(%y : memref<?x32xf32>)
  }
  scf.for %j = %c0 to %m step %c1 {
    // REMARK: [[@LINE+1]]:{{.*}} takes the ids of 'write' from -1 + 1 * trip0 on, 3
    %u = task.submit @read ins(%y, %j, %c2 : memref<?x32xf32>, index, index) outs(%z : memref<1xf32>)
  }
  task.return
}

// Further apart than the limit they are the runtime's.
// CHECK-LABEL: task.entry @knows_those_far_away
// CHECK: %[[BEFORE:.*]] = memref.load
// CHECK: task.submit @read {{.*}} deps(%[[BEFORE]] : !task.id) known(1) static([0, 3])
// CHECK-LABEL: task.entry @leaves_those_too_far_away
// CHECK-NOT: static([{{[02]}}
// CHECK: task.return
task.entry @knows_those_far_away(in %n: index, out %y: memref<?x32xf32>, out %z: memref<1xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c60 = arith.constant 60 : index
  scf.for %i = %c0 to %n step %c1 {
    %far = arith.addi %i, %c60 : index
    %t = task.submit @write ins(%far, %c1 : index, index) outs(%y : memref<?x32xf32>)
    // REMARK: [[@LINE+1]]:{{.*}} takes the ids of 'write' at distance -60{{$}}
    %u = task.submit @read ins(%y, %i, %c1 : memref<?x32xf32>, index, index) outs(%z : memref<1xf32>)
  }
  task.return
}
task.entry @leaves_those_too_far_away(in %n: index, out %y: memref<?x32xf32>, out %z: memref<1xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c65 = arith.constant 65 : index
  scf.for %i = %c0 to %n step %c1 {
    %far = arith.addi %i, %c65 : index
    %t = task.submit @write ins(%far, %c1 : index, index) outs(%y : memref<?x32xf32>)
    %u = task.submit @read ins(%y, %i, %c1 : memref<?x32xf32>, index, index) outs(%z : memref<1xf32>)
  }
  task.return
}

// In a loop that nobody counts, iterations beside each other cannot be named; the last one stands
// for them, whatever other loops have.
// CHECK-LABEL: task.entry @knows_the_last_beside_neighbours
// CHECK: scf.while
// CHECK: task.submit @write {{.*}} deps(%{{.*}} : !task.id) known(1) static([2])
task.entry @knows_the_last_beside_neighbours(in %n: index, out %y: memref<?x32xf32>, out %x: memref<?x32xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  scf.for %i = %c0 to %n step %c1 {
    %t = task.submit @write ins(%i, %c2 : index, index) outs(%x : memref<?x32xf32>)
  }
  %last = scf.while (%left = %n) : (index) -> index {
    %goes = arith.cmpi sgt, %left, %c0 : index
    scf.condition(%goes) %left : index
  } do {
  ^body(%left: index):
    // REMARK: [[@LINE+1]]:{{.*}} takes the last id of 'write' of any iteration{{$}}
    %t = task.submit @write ins(%c0, %c1 : index, index) outs(%y : memref<?x32xf32>)
    %next = arith.subi %left, %c1 : index
    scf.yield %next : index
  }
  task.return
}

// What reads up to its own tile takes one id for all iterations so far; what writes these tiles
// again one for all readers from its own on, which are joined when they are all there.
// CHECK-LABEL: task.entry @knows_all_on_one_side
// CHECK: %[[TRIPS:.*]] = arith.maxsi
// CHECK: %[[SO_FAR:.*]] = memref.alloc(%{{.*}}) : memref<?x!task.id>
// CHECK: scf.for %[[I:.*]] = %c0 to %[[N:arg.*]] step %c1 {
// CHECK: %[[BEFORE:.*]] = memref.load %[[SO_FAR]][%[[I]]]
// CHECK: memref.store %[[BEFORE]], %[[SO_FAR]][%[[AT:.*]]] :
// CHECK: %[[ID:.*]] = task.submit @write
// CHECK: %[[KEPT:.*]] = memref.load %[[SO_FAR]][%[[AT]]]
// CHECK: %[[JOIN:.*]] = task.join(%[[KEPT]], %[[ID]] :
// CHECK: memref.store %[[JOIN]], %[[SO_FAR]][%[[AT]]]
// CHECK: %[[FROM:.*]] = memref.alloc(%{{.*}}) : memref<?x!task.id>
// CHECK: scf.for %[[J:.*]] = %c0 to %[[N]] step %c1 {
// CHECK: %[[ALL:.*]] = memref.load %[[SO_FAR]]
// CHECK: %[[READ:.*]] = task.submit @read {{.*}} deps(%[[ALL]] : !task.id) known(1) static([0, 3])
// CHECK: memref.store %[[READ]], %[[FROM]][%[[J]]]
// CHECK: scf.for %[[K:.*]] = %c0 to %[[TRIPS]] step %c1 {
// CHECK: %[[AFTER:.*]] = arith.subi %[[TRIPS]], %[[K]]
// CHECK: %[[LATER:.*]] = memref.load %[[FROM]][%[[AFTER]]]
// CHECK: %[[OWN:.*]] = memref.load %[[FROM]][%[[PLACE:.*]]] :
// CHECK: %[[BOTH:.*]] = task.join(%[[OWN]], %[[LATER]] :
// CHECK: memref.store %[[BOTH]], %[[FROM]][%[[PLACE]]]
// CHECK: scf.for
// CHECK: %[[LEAST:.*]] = arith.maxsi %{{.*}}, %c0
// CHECK: %[[READERS:.*]] = memref.load %[[FROM]][%[[LEAST]]]
// CHECK: task.submit @write {{.*}} deps(%[[READERS]] : !task.id) known(1) static([2])
task.entry @knows_all_on_one_side(in %n: index, out %y: memref<?x32xf32>, out %z: memref<1xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  scf.for %i = %c0 to %n step %c1 {
    %t = task.submit @write ins(%i, %c1 : index, index) outs(%y : memref<?x32xf32>)
  }
  scf.for %j = %c0 to %n step %c1 {
    %end = arith.addi %j, %c1 : index
    // REMARK: [[@LINE+1]]:{{.*}} takes the ids of 'write' up to 0 + 1 * trip0, joined{{$}}
    %u = task.submit @read ins(%y, %c0, %end : memref<?x32xf32>, index, index) outs(%z : memref<1xf32>)
  }
  scf.for %k = %c0 to %n step %c1 {
    // REMARK: [[@LINE+1]]:{{.*}} takes the ids of 'read' from 0 + 1 * trip0 on, joined{{$}}
    %t = task.submit @write ins(%k, %c1 : index, index) outs(%y : memref<?x32xf32>)
  }
  task.return
}

// Likewise where the iterations are known, in one loop, too: one id for many.
// CHECK-LABEL: task.entry @knows_all_before_of_known_loops
// CHECK: %[[SO_FAR:.*]] = memref.alloca() : memref<41x!task.id>
// CHECK: scf.for %[[I:.*]] = %c0 to %c40 step %c1 {
// CHECK: %[[BEFORE:.*]] = memref.load %[[SO_FAR]][%[[I]]]
// CHECK: memref.store %[[BEFORE]], %[[SO_FAR]][%{{.*}}]
// CHECK: task.submit @write {{.*}} static([2])
// CHECK: task.join(
// CHECK: %[[ALL:.*]] = memref.load %[[SO_FAR]]
// CHECK: task.submit @read {{.*}} deps(%[[ALL]] : !task.id) known(1) static([0, 3])
task.entry @knows_all_before_of_known_loops(out %y: memref<?x32xf32>, out %z: memref<1xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c40 = arith.constant 40 : index
  scf.for %i = %c0 to %c40 step %c1 {
    %t = task.submit @write ins(%i, %c1 : index, index) outs(%y : memref<?x32xf32>)
    // REMARK: [[@LINE+1]]:{{.*}} takes the ids of 'write' up to -1 + 1 * trip0, joined{{$}}
    %u = task.submit @read ins(%y, %c0, %i : memref<?x32xf32>, index, index) outs(%z : memref<1xf32>)
  }
  task.return
}

// A join stands before a loop of which no task may run: there is room for none before the first.
// CHECK-LABEL: task.entry @joins_one_side_that_nobody_takes
// CHECK: memref.alloca() : memref<56x!task.id>
// CHECK: task.join(%{{.*}}) known(1)
// CHECK: scf.if
// CHECK: task.submit @read {{.*}} static([0, 3])
task.entry @joins_one_side_that_nobody_takes(out %y: memref<?x32xf32>, out %z: memref<1xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c4 = arith.constant 4 : index
  %c12 = arith.constant 12 : index
  scf.for %i = %c0 to %c12 step %c1 {
    %first = arith.muli %i, %c4 : index
    scf.for %j = %c0 to %c4 step %c1 {
      %row = arith.addi %first, %j : index
      %t = task.submit @write ins(%row, %c1 : index, index) outs(%y : memref<?x32xf32>)
    }
    %end = arith.subi %first, %c4 : index
    %goes = arith.cmpi sge, %i, %c2 : index
    scf.for %k = %c0 to %c4 step %c1 {
      scf.if %goes {
        // REMARK: [[@LINE+1]]:{{.*}} takes the ids of 'write' up to -2 + 1 * trip0, joined from 0 on, 4{{$}}
        %u = task.submit @read ins(%y, %c0, %end : memref<?x32xf32>, index, index) outs(%z : memref<1xf32>)
      }
    }
  }
  task.return
}

// A counter that a loop carries tells its iterations, though nobody counts them: ids of the latest
// are kept, and move on before each.
// CHECK-LABEL: task.entry @takes_the_latest
// CHECK: %[[LATEST:.*]] = memref.alloca() : memref<2x!task.id>
// CHECK: scf.while
// CHECK: %[[MOVED:.*]] = memref.load %[[LATEST]][%c1]
// CHECK: memref.store %[[MOVED]], %[[LATEST]][%c0]
// CHECK: memref.store %{{.*}}, %[[LATEST]][%c1]
// CHECK: scf.condition
// CHECK: %[[BEFORE:.*]] = memref.load %[[LATEST]][%c0]
// CHECK: %[[ID:.*]] = task.submit @write {{.*}} deps(%[[BEFORE]] : !task.id) known(1) static([2])
// CHECK: memref.store %[[ID]], %[[LATEST]][%c1]
task.entry @takes_the_latest(in %goes_on: memref<8xi32>, out %y: memref<?x32xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %none = arith.constant 0 : i32
  %last = scf.while (%i = %c0) : (index) -> index {
    %more = task.read %goes_on[%i] : memref<8xi32>
    %goes = arith.cmpi sgt, %more, %none : i32
    scf.condition(%goes) %i : index
  } do {
  ^body(%i: index):
    // REMARK: [[@LINE+1]]:{{.*}} takes the ids of 'write' at distance -1{{$}}
    %t = task.submit @write ins(%i, %c2 : index, index) outs(%y : memref<?x32xf32>)
    %next = arith.addi %i, %c1 : index
    scf.yield %next : index
  }
  task.return
}

// How many there are is known in an iteration of the outer loop: there they are kept. Where nobody
// counts them, one id stands for all so far.
// CHECK-LABEL: task.entry @keeps_ids_where_they_are_counted
// CHECK: scf.for
// CHECK: memref.alloc(
// CHECK: task.submit @write {{.*}} static([2])
// CHECK: task.join(
// CHECK: task.submit @read {{.*}} static([0, 3])
// CHECK-LABEL: task.entry @joins_what_is_not_counted
// CHECK: %[[ALL:.*]] = memref.alloca() : memref<1x!task.id>
// CHECK: scf.while
// CHECK: %[[ID:.*]] = task.submit @write
// CHECK: %[[BEFORE:.*]] = memref.load %[[ALL]][%c0]
// CHECK: %[[JOIN:.*]] = task.join(%[[BEFORE]], %[[ID]] : !task.id, !task.id) known(2)
// CHECK: memref.store %[[JOIN]], %[[ALL]][%c0]
// CHECK: %[[LAST:.*]] = memref.load %[[ALL]][%c0]
// CHECK: task.submit @read {{.*}} deps(%[[LAST]] : !task.id) known(1) static([0, 3])
task.entry @keeps_ids_where_they_are_counted(in %table: memref<4xi32>, out %z: memref<1xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  scf.for %b = %c0 to %c4 step %c1 {
    %length = task.read %table[%b] : memref<4xi32>
    %n = arith.index_cast %length : i32 to index
    %y = task.alloc(%n) : memref<?x32xf32>
    scf.for %i = %c0 to %n step %c1 {
      %t = task.submit @write ins(%i, %c1 : index, index) outs(%y : memref<?x32xf32>)
    }
    %u = task.submit @read ins(%y, %c0, %n : memref<?x32xf32>, index, index) outs(%z : memref<1xf32>)
  }
  task.return
}
task.entry @joins_what_is_not_counted(in %n: index, out %z: memref<1xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %y = task.alloc(%n) : memref<?x32xf32>
  %last = scf.while (%left = %n) : (index) -> index {
    %goes = arith.cmpi sgt, %left, %c0 : index
    scf.condition(%goes) %left : index
  } do {
  ^body(%left: index):
    %next = arith.subi %left, %c1 : index
    %t = task.submit @write ins(%next, %c1 : index, index) outs(%y : memref<?x32xf32>)
    scf.yield %next : index
  }
  // REMARK: [[@LINE+1]]:{{.*}} takes the ids of 'write' of all iterations, joined{{$}}
  %u = task.submit @read ins(%y, %c0, %n : memref<?x32xf32>, index, index) outs(%z : memref<1xf32>)
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
