// RUN: tile-opt %s --split-input-file --task-find-dependences --canonicalize --cse | FileCheck %s

task.kernel @write core_group split(automatic) (in %n: index, out %y: memref<16x512xf32>) {
  task.return
}
task.accesses @write_accesses of @write (in %n: index, out %y: memref<16x512xf32>) {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %c128 = arith.constant 128 : index
  task.access out %y[%c0, %n] [%c16, %c128] : memref<16x512xf32>
  task.return
}
task.kernel @read core_group split(automatic) (in %y: memref<16x512xf32>, in %n: index, out %z: memref<16x512xf32>) {
  task.return
}
task.accesses @read_accesses of @read (in %y: memref<16x512xf32>, in %n: index, out %z: memref<16x512xf32>) {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %c128 = arith.constant 128 : index
  task.access in %y[%c0, %n] [%c16, %c128] : memref<16x512xf32>
  task.access out %z[%c0, %n] [%c16, %c128] : memref<16x512xf32>
  task.return
}
task.kernel @read_all core_group split(automatic) (in %y: memref<16x512xf32>, in %n: index, out %z: memref<16x512xf32>) {
  task.return
}
task.accesses @read_all_accesses of @read_all (in %y: memref<16x512xf32>, in %n: index, out %z: memref<16x512xf32>) {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %c128 = arith.constant 128 : index
  %c512 = arith.constant 512 : index
  task.access in %y[%c0, %c0] [%c16, %c512] : memref<16x512xf32>
  task.access out %z[%c0, %n] [%c16, %c128] : memref<16x512xf32>
  task.return
}

// An id in sight is passed on.
// CHECK-LABEL: task.entry @passes_ids_on
// CHECK: %[[ID:.*]] = task.submit @write
// CHECK-SAME: static([1])
// CHECK-NEXT: task.submit @read {{.*}} deps(%[[ID]] : !task.id) known(1) static([0, 2])
task.entry @passes_ids_on(out %z: memref<16x512xf32>) {
  %c0 = arith.constant 0 : index
  %y = task.alloc() : memref<16x512xf32>
  %t = task.submit @write ins(%c0 : index) outs(%y : memref<16x512xf32>)
  %u = task.submit @read ins(%y, %c0 : memref<16x512xf32>, index) outs(%z : memref<16x512xf32>)
  task.return
}

// What another loop submits in the same iteration is kept in an array.
// CHECK-LABEL: task.entry @keeps_ids_by_iteration
// CHECK: %[[IDS:.*]] = memref.alloca() : memref<4x!task.id>
// CHECK: %[[ID:.*]] = task.submit @write
// CHECK: %[[I:.*]] = arith.divsi %{{.*}}, %c128
// CHECK: memref.store %[[ID]], %[[IDS]][%[[I]]]
// CHECK: %[[J:.*]] = arith.divsi %{{.*}}, %c128
// CHECK: %[[DEP:.*]] = memref.load %[[IDS]][%[[J]]]
// CHECK: task.submit @read {{.*}} deps(%[[DEP]] : !task.id) known(1) static([0, 2])
task.entry @keeps_ids_by_iteration(out %z: memref<16x512xf32>) {
  %c0 = arith.constant 0 : index
  %c128 = arith.constant 128 : index
  %c512 = arith.constant 512 : index
  %y = task.alloc() : memref<16x512xf32>
  task.parallel %i = %c0 to %c512 step %c128 {
    %t = task.submit @write ins(%i : index) outs(%y : memref<16x512xf32>)
    task.yield
  }
  task.parallel %i = %c0 to %c512 step %c128 {
    %t = task.submit @read ins(%y, %i : memref<16x512xf32>, index) outs(%z : memref<16x512xf32>)
    task.yield
  }
  task.return
}

// Where many wait for many, they wait for one that waits for all.
// CHECK-LABEL: task.entry @joins_all_to_all
// CHECK: %[[IDS:.*]] = memref.alloca() : memref<4x!task.id>
// CHECK: %[[JOIN:.*]] = task.join(%[[IDS]] : memref<4x!task.id>)
// CHECK: task.submit @read_all {{.*}} deps(%[[JOIN]] : !task.id) known(1) static([0, 2])
task.entry @joins_all_to_all(out %z: memref<16x512xf32>) {
  %c0 = arith.constant 0 : index
  %c128 = arith.constant 128 : index
  %c512 = arith.constant 512 : index
  %y = task.alloc() : memref<16x512xf32>
  task.parallel %i = %c0 to %c512 step %c128 {
    %t = task.submit @write ins(%i : index) outs(%y : memref<16x512xf32>)
    task.yield
  }
  task.parallel %i = %c0 to %c512 step %c128 {
    %t = task.submit @read_all ins(%y, %i : memref<16x512xf32>, index) outs(%z : memref<16x512xf32>)
    task.yield
  }
  task.return
}

// In a loop around both, what comes next waits for what came before: the array has room for the
// iteration before the first, which stays empty.
// CHECK-LABEL: task.entry @reaches_into_iterations_before
// CHECK: memref.alloca() : memref<4x!task.id>
// CHECK: scf.for
// CHECK: %[[BEFORE:.*]] = memref.load
// CHECK: %[[ID:.*]] = task.submit @write {{.*}} deps(%[[BEFORE]] : !task.id) known(1) static([1])
// CHECK: task.submit @read {{.*}} deps(%[[ID]] : !task.id) known(1) static([0, 2])
task.entry @reaches_into_iterations_before() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %y = task.alloc() : memref<16x512xf32>
  scf.for %i = %c0 to %c3 step %c1 {
    %z = task.alloc() : memref<16x512xf32>
    %t = task.submit @write ins(%c0 : index) outs(%y : memref<16x512xf32>)
    %u = task.submit @read ins(%y, %c0 : memref<16x512xf32>, index) outs(%z : memref<16x512xf32>)
  }
  task.return
}

// A task that a condition may leave out leaves its place empty, and nobody relies on it.
// CHECK-LABEL: task.entry @minds_conditions
// CHECK: %[[IDS:.*]] = memref.alloca() : memref<1x!task.id>
// CHECK: %[[FIRST:.*]] = task.submit @write
// CHECK: scf.if
// CHECK: %[[SECOND:.*]] = task.submit @write {{.*}} deps(%[[FIRST]]
// CHECK: memref.store %[[SECOND]], %[[IDS]]
// CHECK: %[[MAYBE:.*]] = memref.load %[[IDS]]
// CHECK: task.submit @read {{.*}} deps(%[[FIRST]], %[[MAYBE]] : !task.id, !task.id) known(2) static([0, 2])
task.entry @minds_conditions(in %n: index, out %z: memref<16x512xf32>) {
  %c0 = arith.constant 0 : index
  %y = task.alloc() : memref<16x512xf32>
  %t = task.submit @write ins(%c0 : index) outs(%y : memref<16x512xf32>)
  %some = arith.cmpi sgt, %n, %c0 : index
  scf.if %some {
    %u = task.submit @write ins(%c0 : index) outs(%y : memref<16x512xf32>)
  }
  %v = task.submit @read ins(%y, %c0 : memref<16x512xf32>, index) outs(%z : memref<16x512xf32>)
  task.return
}

// What only a run knows stays with it, but nothing else does.
// CHECK-LABEL: task.entry @leaves_the_unknown
// CHECK: task.submit @write ins(%c0 {{.*}} outs(%[[Y:.*]] : memref<16x512xf32>)
// CHECK-NOT: static
// CHECK: task.submit @read {{.*}} static([2])
task.entry @leaves_the_unknown(in %n: index, out %z: memref<16x512xf32>) {
  %c0 = arith.constant 0 : index
  %y = task.alloc() : memref<16x512xf32>
  %t = task.submit @write ins(%c0 : index) outs(%y : memref<16x512xf32>)
  %v = task.submit @read ins(%y, %n : memref<16x512xf32>, index) outs(%z : memref<16x512xf32>)
  task.return
}

// What the orchestration reads is looked up at run time.
// CHECK-LABEL: task.entry @keeps_what_the_orchestration_reads
// CHECK-NOT: static
task.entry @keeps_what_the_orchestration_reads() {
  %c0 = arith.constant 0 : index
  %y = task.alloc() : memref<16x512xf32>
  %t = task.submit @write ins(%c0 : index) outs(%y : memref<16x512xf32>)
  %v = task.read %y[%c0, %c0] : memref<16x512xf32>
  task.return
}

// A tensor that a loop hands on may be the argument or what any iteration before has made: the run
// finds these dependences. Those of another tensor are known as ever.
// CHECK-LABEL: task.entry @leaves_chosen_tensors_to_the_run
// CHECK: task.submit @write {{.*}}outs(%[[W:.*]] :{{.*}} static([1])
// CHECK: scf.for
// CHECK: task.alloc
// CHECK-NEXT: task.submit @read ins(%{{.*}}outs(%{{[^)]*}}){{$}}
// CHECK: task.submit @read ins(%[[W]], {{.*}} static([0])
// CHECK-NEXT: scf.yield
task.entry @leaves_chosen_tensors_to_the_run(in %x: memref<16x512xf32>, in %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %w = task.alloc() : memref<16x512xf32>
  %t = task.submit @write ins(%c0 : index) outs(%w : memref<16x512xf32>)
  %r = scf.for %i = %c0 to %c4 step %c1 iter_args(%h = %x) -> (memref<16x512xf32>) {
    %m = task.alloc() : memref<16x512xf32>
    %u = task.submit @read ins(%h, %c0 : memref<16x512xf32>, index) outs(%m : memref<16x512xf32>)
    %v = task.submit @read ins(%w, %c0 : memref<16x512xf32>, index) outs(%m : memref<16x512xf32>)
    scf.yield %m : memref<16x512xf32>
  }
  task.return
}
