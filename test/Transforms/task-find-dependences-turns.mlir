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

// What is left of a strip is at most as long as it: its iterations are known one by one, of which
// some may be missing, then none of the strip before remains.
// CHECK-LABEL: task.entry @knows_strips
// CHECK: %[[IDS:.*]] = memref.alloca() : memref<4x!task.id>
// CHECK: scf.for %[[Q:.*]] = %c0 to %{{.*}} step %c4
// CHECK: scf.for %[[AT:.*]] = %c0 to %c4 step %c1
// CHECK-NEXT: memref.store %{{.*}}, %[[IDS]][%[[AT]]]
// CHECK: scf.for %[[I:.*]] = %[[Q]] to
// CHECK: %[[ID:.*]] = task.submit @write {{.*}} static([2])
// CHECK: scf.for %[[J:.*]] = %[[Q]] to
// CHECK: %[[TRIP:.*]] = arith.subi %[[J]], %[[Q]]
// CHECK: %[[DEP:.*]] = memref.load %[[IDS]][%[[TRIP]]]
// CHECK: task.submit @read {{.*}} deps(%[[DEP]] : !task.id) known(1) static([0, 3])
task.entry @knows_strips(in %n: index, out %y: memref<?x32xf32>, out %z: memref<1xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  scf.for %q = %c0 to %n step %c4 {
    %end = affine.min affine_map<(d0)[s0] -> (d0 + 4, s0)>(%q)[%n]
    scf.for %i = %q to %end step %c1 {
      %t = task.submit @write ins(%i, %c1 : index, index) outs(%y : memref<?x32xf32>)
    }
    scf.for %i = %q to %end step %c1 {
      // REMARK: [[@LINE+1]]:{{.*}} takes the ids of 'write' at distance 0 from 0 + 1 * trip1 on, 1
      %u = task.submit @read ins(%y, %i, %c1 : memref<?x32xf32>, index, index) outs(%z : memref<1xf32>)
    }
  }
  task.return
}

// All of a strip is there where there is a later one: through its last iteration the first waits
// for whom that waits for.
// CHECK-LABEL: task.entry @knows_that_strips_are_full
// CHECK: task.submit @write {{.*}} known(2) static([2])
// CHECK: task.return
task.entry @knows_that_strips_are_full(in %n: index, out %z: memref<1xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %y = task.alloc(%c1) : memref<?x32xf32>
  scf.for %q = %c0 to %n step %c2 {
    %end = affine.min affine_map<(d0)[s0] -> (d0 + 2, s0)>(%q)[%n]
    scf.for %i = %q to %end step %c1 {
      // REMARK: [[@LINE+2]]:{{.*}} takes the last id of 'write' of any iteration from 1 on, 1
      // REMARK: [[@LINE+1]]:{{.*}} takes the ids of 'write' at distance 0 at distance -1{{$}}
      %t = task.submit @write ins(%c0, %c1 : index, index) outs(%y : memref<?x32xf32>)
    }
  }
  task.return
}

// Of a loop that may be long any iteration stands for all.
// CHECK-LABEL: task.entry @looks_at_no_long_loops
// CHECK: memref.alloc(%{{.*}}) : memref<?x!task.id>
// CHECK: task.return
task.entry @looks_at_no_long_loops(in %n: index, out %y: memref<?x32xf32>, out %z: memref<1xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c65 = arith.constant 65 : index
  %end = arith.minsi %n, %c65 : index
  scf.for %i = %c0 to %end step %c1 {
    %t = task.submit @write ins(%i, %c1 : index, index) outs(%y : memref<?x32xf32>)
  }
  scf.for %i = %c0 to %end step %c1 {
    // REMARK: [[@LINE+1]]:{{.*}} takes the ids of 'write' from 0 + 1 * trip0 on, 1
    %u = task.submit @read ins(%y, %i, %c1 : memref<?x32xf32>, index, index) outs(%z : memref<1xf32>)
  }
  task.return
}

// Of places that are taken in turn each is written again and again, by the iterations of a turn that
// are alike: it has a last id of its own.
// CHECK-LABEL: task.entry @knows_places_in_turn
// CHECK: %[[LAST:.*]] = memref.alloca() : memref<2x!task.id>
// CHECK: scf.for %[[Q:.*]] = %c0 to %[[N:.*]] step %c2
// CHECK-NEXT: %[[FULL:.*]] = arith.addi %[[Q]], %c2
// CHECK-NEXT: %[[END:.*]] = arith.minsi %[[FULL]], %[[N]]
// CHECK-NEXT: scf.for %[[I:.*]] = %[[Q]] to %[[END]] step %c1
// CHECK: %[[TRIP:.*]] = arith.subi %[[I]], %[[Q]]
// CHECK: %[[BEFORE:.*]] = memref.load %[[LAST]][%[[TRIP]]]
// CHECK: %[[ID:.*]] = task.submit @write {{.*}} deps(%[[BEFORE]] : !task.id) known(1) static([2])
// CHECK: %[[OWN:.*]] = task.submit @read {{.*}} deps(%[[ID]] : !task.id) known(1) static([0, 3])
// CHECK: memref.store %[[OWN]], %[[LAST]][%[[TRIP]]]
task.entry @knows_places_in_turn(in %n: index, out %z: memref<1xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %y = task.alloc(%c2) : memref<?x32xf32>
  scf.for %i = %c0 to %n step %c1 {
    %p = affine.apply affine_map<(d0) -> (d0 mod 2)>(%i)
    // REMARK: [[@LINE+1]]:{{.*}} takes the last id of 'read' of any iteration from 0 + 1 * trip1 on, 1
    %t = task.submit @write ins(%p, %c1 : index, index) outs(%y : memref<?x32xf32>)
    %u = task.submit @read ins(%y, %p, %c1 : memref<?x32xf32>, index, index) outs(%z : memref<1xf32>)
  }
  task.return
}

// The iteration before is one of the same turn, or of the turn before. What a loop hands on is handed
// on.
// CHECK-LABEL: task.entry @knows_the_place_before
// CHECK: scf.for %{{.*}} = %c1 to %{{.*}} step %c6 iter_args(
// CHECK: scf.for %{{.*}} step %c3 iter_args(
// CHECK: task.submit @write {{.*}} static([2])
// CHECK: task.submit @read {{.*}} static([0, 3])
// CHECK: task.submit @read {{.*}} static([0, 3])
task.entry @knows_the_place_before(in %n: index, out %z: memref<1xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %y = task.alloc(%c3) : memref<?x32xf32>
  %none = task.none
  %last = scf.for %i = %c1 to %n step %c3 iter_args(%before = %none) -> !task.id {
    %p = affine.apply affine_map<(d0) -> (d0 mod 2)>(%i)
    %q = affine.apply affine_map<(d0) -> ((d0 + 1) mod 2)>(%i)
    %t = task.submit @write ins(%p, %c1 : index, index) outs(%y : memref<?x32xf32>)
    // REMARK: [[@LINE+1]]:{{.*}} takes the last id of 'write' of any iteration from 1 + -1 * trip1 on, 1
    %u = task.submit @read ins(%y, %q, %c1 : memref<?x32xf32>, index, index) outs(%z : memref<1xf32>)
    scf.yield %u : !task.id
  }
  %v = task.submit @read ins(%y, %c0, %c1 : memref<?x32xf32>, index, index) outs(%z : memref<1xf32>)
  task.return
}

// As many iterations share a place as the divisor says.
// CHECK-LABEL: task.entry @knows_places_that_iterations_share
// CHECK: step %c4
// CHECK: task.submit @read {{.*}} static([0, 3])
task.entry @knows_places_that_iterations_share(in %n: index, in %m: index, out %z: memref<1xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %y = task.alloc(%n) : memref<?x32xf32>
  scf.for %i = %c0 to %n step %c1 {
    %t = task.submit @write ins(%i, %c1 : index, index) outs(%y : memref<?x32xf32>)
  }
  scf.for %i = %c0 to %m step %c1 {
    %p = affine.apply affine_map<(d0) -> (d0 floordiv 4)>(%i)
    // REMARK: [[@LINE+1]]:{{.*}} takes the ids of 'write' from 0 + 1 * trip0 on, 1
    %u = task.submit @read ins(%y, %p, %c1 : memref<?x32xf32>, index, index) outs(%z : memref<1xf32>)
  }
  task.return
}

// So do conditions: of the tasks that run in every third iteration, it is known in which.
// CHECK-LABEL: task.entry @knows_conditions_in_turn
// CHECK: step %c3
// CHECK: scf.if
// CHECK: task.submit @write {{.*}} static([2])
// CHECK: task.submit @read {{.*}} static([0, 3])
task.entry @knows_conditions_in_turn(in %n: index, out %z: memref<1xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %y = task.alloc(%c1) : memref<?x32xf32>
  scf.for %i = %c0 to %n step %c1 {
    %p = affine.apply affine_map<(d0) -> (d0 mod 3)>(%i)
    %is = arith.cmpi eq, %p, %c0 : index
    scf.if %is {
      %t = task.submit @write ins(%p, %c1 : index, index) outs(%y : memref<?x32xf32>)
    }
    %two = arith.minsi %p, %c1 : index
    %u = task.submit @read ins(%y, %two, %c1 : memref<?x32xf32>, index, index) outs(%z : memref<1xf32>)
  }
  task.return
}

// Wherever the first turn begins, the places of a turn are apart; but not from others.
// CHECK-LABEL: task.entry @knows_turns_from_anywhere
// CHECK: scf.for {{.*}} step %c2
// CHECK: task.submit @write {{.*}} static([2])
// CHECK: task.submit @read {{.*}} static([0, 3])
// CHECK-LABEL: task.entry @leaves_others_than_turns_from_anywhere
// CHECK-NOT: static([{{[02]}}
// CHECK: task.return
task.entry @knows_turns_from_anywhere(in %n: index, in %m: index, out %y: memref<?x32xf32>, out %z: memref<1xf32>) {
  %c1 = arith.constant 1 : index
  scf.for %i = %m to %n step %c1 {
    %p = affine.apply affine_map<(d0) -> (d0 mod 2)>(%i)
    // REMARK: [[@LINE+1]]:{{.*}} takes the last id of 'read' of any iteration from 0 + 1 * trip1 on, 1
    %t = task.submit @write ins(%p, %c1 : index, index) outs(%y : memref<?x32xf32>)
    %u = task.submit @read ins(%y, %p, %c1 : memref<?x32xf32>, index, index) outs(%z : memref<1xf32>)
  }
  task.return
}
task.entry @leaves_others_than_turns_from_anywhere(in %n: index, in %m: index, out %y: memref<?x32xf32>, out %z: memref<1xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  scf.for %i = %m to %n step %c1 {
    %p = affine.apply affine_map<(d0) -> (d0 mod 2)>(%i)
    %t = task.submit @write ins(%p, %c1 : index, index) outs(%y : memref<?x32xf32>)
  }
  %u = task.submit @read ins(%y, %c0, %c1 : memref<?x32xf32>, index, index) outs(%z : memref<1xf32>)
  task.return
}

// Turns of many iterations are the runtime's, and those over what only the run knows.
// CHECK-LABEL: task.entry @leaves_other_turns
// CHECK-NOT: arith.minsi
// CHECK-NOT: static([{{[02]}}
// CHECK: task.return
task.entry @leaves_other_turns(in %n: index, in %m: index, out %y: memref<?x32xf32>, out %z: memref<1xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  scf.for %i = %c0 to %n step %c1 {
    %p = affine.apply affine_map<(d0)[s0] -> ((d0 + s0) mod 2)>(%i)[%m]
    %t = task.submit @write ins(%p, %c1 : index, index) outs(%y : memref<?x32xf32>)
  }
  scf.for %i = %c0 to %n step %c1 {
    %p = affine.apply affine_map<(d0) -> (d0 mod 17)>(%i)
    %u = task.submit @read ins(%y, %p, %c1 : memref<?x32xf32>, index, index) outs(%z : memref<1xf32>)
  }
  task.return
}

// Loops over the same tiles get the same turns, so that they are known as well; iterations of a turn
// of a parallel loop are as parallel. Where there are none for all, as the turns of what is long
// within would be too much, what is known is worth more.
// CHECK-LABEL: task.entry @aligns_loops_over_the_same_tiles
// CHECK: scf.for %[[Q:.*]] = %c0 to %{{.*}} step %c2
// CHECK: task.parallel %{{.*}} = %[[Q]] to %{{.*}} step %c1 verdict(proven)
// CHECK: task.submit @write {{.*}} static([2])
// CHECK: } {task.turns}
// CHECK: scf.for {{.*}} step %c2
// CHECK: task.submit @read {{.*}} static([0, 3])
// CHECK: task.submit @write {{.*}} static([2])
// CHECK-LABEL: task.entry @keeps_what_is_known
// CHECK: task.submit @write {{.*}} static([2])
// CHECK: scf.for %{{.*}} = %c0 to %{{.*}} step %c1
// CHECK-NOT: scf.for
// CHECK: task.submit @read {{.*}} static([0, 3])
// CHECK: task.submit @write
// CHECK-NOT: static
// CHECK: task.return
task.entry @aligns_loops_over_the_same_tiles(in %n: index, out %x: memref<?x32xf32>, out %z: memref<1xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %y = task.alloc(%c2) : memref<?x32xf32>
  task.parallel %i = %c0 to %n step %c1 {
    %t = task.submit @write ins(%i, %c1 : index, index) outs(%x : memref<?x32xf32>)
    task.yield
  }
  scf.for %i = %c0 to %n step %c1 {
    %p = affine.apply affine_map<(d0) -> (d0 mod 2)>(%i)
    // REMARK: [[@LINE+1]]:{{.*}} takes the ids of 'write' from 0 + 1 * trip0 on, 1 from 0 + 1 * trip1 on, 1
    %t = task.submit @read ins(%x, %i, %c1 : memref<?x32xf32>, index, index) outs(%z : memref<1xf32>)
    // REMARK: [[@LINE+1]]:{{.*}} takes the last id of 'write' of any iteration from 0 + 1 * trip1 on, 1
    %u = task.submit @write ins(%p, %c1 : index, index) outs(%y : memref<?x32xf32>)
  }
  task.return
}
task.entry @keeps_what_is_known(in %n: index, in %m: index, out %x: memref<?x32xf32>, out %z: memref<1xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c40 = arith.constant 40 : index
  %y = task.alloc(%c2) : memref<?x32xf32>
  %end = arith.minsi %m, %c40 : index
  scf.for %i = %c0 to %n step %c1 {
    scf.for %j = %c0 to %end step %c1 {
      %t = task.submit @write ins(%i, %c1 : index, index) outs(%x : memref<?x32xf32>)
    }
  }
  scf.for %i = %c0 to %n step %c1 {
    %p = affine.apply affine_map<(d0) -> (d0 mod 2)>(%i)
    %t = task.submit @read ins(%x, %i, %c1 : memref<?x32xf32>, index, index) outs(%z : memref<1xf32>)
    %u = task.submit @write ins(%p, %c1 : index, index) outs(%y : memref<?x32xf32>)
  }
  task.return
}

// So do loops over tiles of different sizes: of the smaller ones those within a larger one are a turn.
// CHECK-LABEL: task.entry @aligns_tiles_of_different_sizes
// CHECK: scf.for %[[Q:.*]] = %c0 to %{{.*}} step %c64
// CHECK: scf.for %{{.*}} = %[[Q]] to %{{.*}} step %c16
// CHECK: task.submit @write {{.*}} static([2])
// CHECK: scf.for {{.*}} step %c64
// CHECK: %[[FOUR:.*]] = memref.subview %{{.*}} [4] [1]
// CHECK: task.submit @read {{.*}} deps(%[[FOUR]] : {{.*}}) known(1) static([0, 3])
// CHECK: scf.for {{.*}} step %c64
// CHECK: task.submit @write {{.*}} known(1) static([2])
task.entry @aligns_tiles_of_different_sizes(in %n: index, out %y: memref<?x32xf32>, out %z: memref<1xf32>) {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %c64 = arith.constant 64 : index
  scf.for %i = %c0 to %n step %c16 {
    %rows = affine.min affine_map<(d0)[s0] -> (16, s0 - d0)>(%i)[%n]
    %t = task.submit @write ins(%i, %rows : index, index) outs(%y : memref<?x32xf32>)
  }
  scf.for %i = %c0 to %n step %c64 {
    %rows = affine.min affine_map<(d0)[s0] -> (64, s0 - d0)>(%i)[%n]
    // REMARK: [[@LINE+1]]:{{.*}} takes the ids of 'write' from 0 + 1 * trip0 on, 1 from 0 on, 4
    %u = task.submit @read ins(%y, %i, %rows : memref<?x32xf32>, index, index) outs(%z : memref<1xf32>)
  }
  scf.for %i = %c0 to %n step %c16 {
    %rows = affine.min affine_map<(d0)[s0] -> (16, s0 - d0)>(%i)[%n]
    // REMARK: [[@LINE+1]]:{{.*}} takes the ids of 'read' from 0 + 1 * trip0 on, 1
    %t = task.submit @write ins(%i, %rows : index, index) outs(%y : memref<?x32xf32>)
  }
  task.return
}

// A join stands before a loop of which no task may run: it finds none of the iteration before the
// first, for which there is room.
// CHECK-LABEL: task.entry @joins_what_nobody_takes
// CHECK: %[[IDS:.*]] = memref.alloca() : memref<15x!task.id>
// CHECK: memref.subview %[[IDS]]
// CHECK: task.join(
// CHECK: scf.for
// CHECK: scf.if
// CHECK: task.submit @read {{.*}} static([0, 3])
task.entry @joins_what_nobody_takes(out %y: memref<?x32xf32>, out %z: memref<1xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %c4 = arith.constant 4 : index
  scf.for %i = %c0 to %c4 step %c1 {
    %first = arith.muli %i, %c3 : index
    scf.for %j = %c0 to %c3 step %c1 {
      %row = arith.addi %first, %j : index
      %t = task.submit @write ins(%row, %c1 : index, index) outs(%y : memref<?x32xf32>)
    }
    %before = arith.subi %first, %c3 : index
    %p = affine.apply affine_map<(d0) -> (d0 mod 3)>(%i)
    %is = arith.cmpi eq, %p, %c1 : index
    scf.for %j = %c0 to %c3 step %c1 {
      scf.if %is {
        // REMARK: [[@LINE+1]]:{{.*}} takes the ids of 'write' at distance -1 from 0 on, 3
        %u = task.submit @read ins(%y, %before, %c3 : memref<?x32xf32>, index, index) outs(%z : memref<1xf32>)
      }
    }
  }
  task.return
}
