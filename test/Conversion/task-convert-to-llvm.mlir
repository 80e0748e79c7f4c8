// RUN: tile-opt %s -split-input-file -task-convert-to-llvm | FileCheck %s

// The table names what the runtime may call, and how arguments lie in slots.

// CHECK-DAG: llvm.func @scale(%{{.*}}: !llvm.ptr, %{{.*}}: !llvm.ptr)
// CHECK-DAG: llvm.func @scale_accesses(%{{.*}}: !llvm.ptr, %{{.*}}: !llvm.ptr)
// CHECK-DAG: llvm.func @main(%{{.*}}: !llvm.ptr, %{{.*}}: !llvm.ptr)
// CHECK-DAG: llvm.mlir.global internal constant @tilework_kernels()
// CHECK-DAG: llvm.mlir.global internal constant @tilework_entries()
// CHECK: llvm.mlir.global external constant @tilework_image()
module {
  task.kernel @scale core_group split(automatic) (in %x: memref<16x128xf32>, in %n: index, out %y: memref<16x128xf32>) {
    task.return
  }
  task.accesses @scale_accesses of @scale (in %x: memref<16x128xf32>, in %n: index, out %y: memref<16x128xf32>) {
    task.return
  }
  task.entry @main(in %x: memref<16x128xf32>, out %y: memref<16x128xf32>) {
    %c0 = arith.constant 0 : index
    %t = task.submit @scale ins(%x, %c0 : memref<16x128xf32>, index) outs(%y : memref<16x128xf32>)
    task.return
  }
}

// -----

// A memref takes a pointer, an offset, its sizes and its strides; a scalar one slot.

// CHECK-LABEL: llvm.func @k(
// CHECK-SAME: %[[HOST:[a-z0-9]+]]: !llvm.ptr, %[[SLOTS:[a-z0-9]+]]: !llvm.ptr
// CHECK: llvm.getelementptr %[[SLOTS]][0]
// CHECK: llvm.getelementptr %[[SLOTS]][5]
// CHECK: llvm.getelementptr %[[SLOTS]][6]
// CHECK-NOT: llvm.getelementptr %[[SLOTS]][7]
// CHECK: llvm.return
task.kernel @k core_group split(automatic) (in %x: memref<4x4xf32>, in %n: index) {
  task.return
}

// -----

// What is read of a tile is told as it stands in a slot.

// CHECK-LABEL: llvm.func @observed(
// CHECK-SAME: %[[HOST:[a-z0-9]+]]: !llvm.ptr
// CHECK: %[[NUMBER:.*]] = llvm.mlir.constant(3 : i32) : i32
// CHECK: %[[VALUE:.*]] = llvm.load %{{.*}} : !llvm.ptr -> i64
// CHECK: llvm.getelementptr %[[HOST]][8]
// CHECK: llvm.call %{{.*}}(%[[HOST]], %[[NUMBER]], %[[VALUE]])
task.kernel @observed core_group split(automatic) (in %v: f32) {
  task.observe 3 %v : f32
  task.return
}

// -----

// A check calls the service `fail` where it does not hold, with the values it saw; the table says
// where it stands in the source.

// CHECK-LABEL: llvm.func @checked(
// CHECK-SAME: %[[HOST:[a-z0-9]+]]: !llvm.ptr
// CHECK: %[[BEFORE:.*]] = arith.cmpi slt
// CHECK: %[[INVERTED:.*]] = arith.cmpi slt
// CHECK: %[[BEYOND:.*]] = arith.cmpi sgt
// CHECK: %[[OUTSIDE:.*]] = arith.ori %[[BEFORE]], %[[INVERTED]]
// CHECK: %[[VIOLATED:.*]] = arith.ori %[[OUTSIDE]], %[[BEYOND]]
// CHECK: scf.if %[[VIOLATED]]
// CHECK: llvm.getelementptr %[[HOST]][6]
// CHECK: llvm.call
// CHECK: llvm.mlir.global {{.*}}("slice expects {{.*}}{2} elements of dimension 1{{.*}}{0} + {1}
// CHECK: llvm.mlir.global {{.*}}("pick.py:12:5\00")
task.kernel @checked core_group split(automatic) (in %n: index) {
  %c16 = arith.constant 16 : index
  tile.check in_bounds(%n, %c16, %c16) dim(1) loc("pick.py":12:5)
  task.return
}

// -----

// Tiles live in the core's storage, global tensors in the run's.

// CHECK-LABEL: llvm.func @tiles(
// CHECK-SAME: %[[HOST:[a-z0-9]+]]: !llvm.ptr
// CHECK: llvm.getelementptr %[[HOST]][5]
// CHECK-NOT: memref.alloc
task.kernel @tiles core_group split(automatic) (in %n: index) {
  %t = memref.alloc() : memref<16x16xf32>
  %c0 = arith.constant 0 : index
  %f = arith.constant 0.0 : f32
  memref.store %f, %t[%c0, %n] : memref<16x16xf32>
  task.return
}

// CHECK-LABEL: llvm.func @globals(
// CHECK-SAME: %[[HOST:[a-z0-9]+]]: !llvm.ptr
// CHECK: llvm.getelementptr %[[HOST]][1]
// CHECK-NOT: task.alloc
task.entry @globals(in %n: index) {
  %m = task.alloc() : memref<16x128xf32>
  task.return
}

// The run knows tensors by what it allocated, whatever view of it is named; what it did not
// allocate has no such address.
// CHECK-LABEL: llvm.func @holders(
// CHECK-SAME: %[[HOST:[a-z0-9]+]]: !llvm.ptr
// CHECK: %[[NULL:.*]] = llvm.mlir.zero : !llvm.ptr
// CHECK: llvm.getelementptr %[[HOST]][15]
// CHECK: llvm.getelementptr %[[HOST]][16]
// CHECK-NOT: task.retain
// CHECK-NOT: task.release
task.entry @holders(in %x: memref<16x128xf32>) {
  task.retain %x : memref<16x128xf32>
  task.release %x : memref<16x128xf32>
  task.return
}

// -----

// Ids and arrays of ids are waited for one by one; no task is -1.

// CHECK-LABEL: llvm.func @ids(
// CHECK: llvm.mlir.constant(-1 : i64)
// CHECK-COUNT-2: memref.load {{.*}} : memref<2xi64>
// CHECK: llvm.mlir.constant(3 : i64)
// CHECK: llvm.call
task.entry @ids(in %n: index) {
  %c0 = arith.constant 0 : index
  %none = task.none
  %ids = memref.alloca() : memref<2x!task.id>
  memref.store %none, %ids[%c0] : memref<2x!task.id>
  %j = task.join(%ids, %none : memref<2x!task.id>, !task.id)
  task.return
}

// -----

// As many as only the run knows lie in memory of the run, and are joined where they lie.

// CHECK-LABEL: llvm.func @counted(
// CHECK-SAME: %[[HOST:[a-z0-9]+]]: !llvm.ptr
// CHECK: llvm.getelementptr %[[HOST]][17]
// CHECK: %[[DIM:.*]] = memref.dim
// CHECK: %[[COUNT:.*]] = arith.index_cast %[[DIM]] : index to i64
// CHECK: %[[GIVEN:.*]] = llvm.mlir.constant(0 : i64)
// CHECK: %[[FIRST:.*]] = llvm.inttoptr
// CHECK: llvm.getelementptr %[[HOST]][3]
// CHECK: llvm.call %{{.*}}(%[[HOST]], %[[COUNT]], %[[FIRST]], %[[GIVEN]])
task.entry @counted(in %n: index) {
  %ids = memref.alloc(%n) : memref<?x!task.id>
  %j = task.join(%ids : memref<?x!task.id>) known(1)
  task.return
}

// -----

// The orchestration reads a scalar after the tasks that write it.

// CHECK-LABEL: llvm.func @reads(
// CHECK-SAME: %[[HOST:[a-z0-9]+]]: !llvm.ptr
// CHECK: llvm.getelementptr %[[HOST]][2]
// CHECK: llvm.call
// CHECK: memref.load
task.entry @reads(in %lens: memref<16xi32>) {
  %c3 = arith.constant 3 : index
  %n = task.read %lens[%c3] : memref<16xi32>
  task.return
}

// -----

// What a loop submits, reads or checks takes room on the stack once, not once per iteration.

// CHECK-LABEL: llvm.func @submits_in_a_loop(
// CHECK-COUNT-2: llvm.alloca
// CHECK: scf.for
// CHECK-NOT: llvm.alloca
// CHECK: llvm.return
task.kernel @work core_group split(automatic) (in %n: index) {
  task.return
}
task.accesses @work_accesses of @work (in %n: index) {
  task.return
}
task.entry @submits_in_a_loop(in %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  scf.for %i = %c0 to %n step %c1 {
    %id = task.submit @work ins(%i : index)
  }
  task.return
}

// -----

// A scalar fills its slot: integers keep their sign, the bits of floats and truth values get zeros.

// CHECK-LABEL: llvm.func @fills_slots(
// CHECK: arith.bitcast %{{.*}} : f32 to i32
// CHECK-NEXT: llvm.zext {{.*}} : i32 to i64
// CHECK: llvm.zext {{.*}} : i1 to i64
// CHECK: llvm.sext {{.*}} : i32 to i64
task.kernel @scalars core_group split(automatic) (in %f: f32, in %b: i1, in %i: i32) {
  task.return
}
task.entry @fills_slots(in %f: f32, in %b: i1, in %i: i32) {
  %id = task.submit @scalars ins(%f, %b, %i : f32, i1, i32)
  task.return
}

// -----

// Recordings are told of loops that submit, wherever they are, and not of others; the table says
// where each stands, its variable, whether it is claimed to be parallel, and what is known of that.

// CHECK-LABEL: llvm.func @marks_loops(
// CHECK-SAME: %[[HOST:[a-z0-9]+]]: !llvm.ptr
// CHECK: llvm.getelementptr %[[HOST]][11]
// CHECK: scf.for
// CHECK: llvm.getelementptr %[[HOST]][12]
// CHECK: %[[ONE:.*]] = llvm.mlir.constant(1 : i32)
// CHECK: llvm.getelementptr %[[HOST]][11]
// CHECK: llvm.call %{{.*}}(%[[HOST]], %[[ONE]], %{{.*}}, %{{.*}})
// CHECK: scf.while
// CHECK: llvm.getelementptr %[[HOST]][12]
// CHECK: scf.condition
// CHECK: llvm.getelementptr %[[HOST]][0]
// CHECK: llvm.getelementptr %[[HOST]][13]
// CHECK: scf.for
// CHECK-NOT: llvm.getelementptr
// CHECK: }
// CHECK: llvm.getelementptr %[[HOST]][13]
// CHECK: llvm.mlir.global {{.*}}("loops.py:3:5\00")
// CHECK: llvm.mlir.global {{.*}}("b\00")
// CHECK: llvm.mlir.global internal constant @tilework_loops()
// CHECK: llvm.mlir.constant(1 : i32)
// CHECK-NEXT: llvm.insertvalue {{.*}}[2]
// CHECK: llvm.mlir.constant(2 : i32)
// CHECK-NEXT: llvm.insertvalue {{.*}}[3]
task.kernel @work core_group split(automatic) (in %n: index) {
  task.return
}
task.accesses @work_accesses of @work (in %n: index) {
  task.return
}
task.entry @marks_loops(in %n: index, in %goes: i1) {
  %c1 = arith.constant 1 : index
  task.parallel %b = %n to %n step %c1 verdict(proven) {
    scf.while : () -> () {
      scf.condition(%goes)
    } do {
      %id = task.submit @work ins(%n : index)
      scf.yield
    }
    scf.for %k = %n to %n step %c1 {
      arith.addi %n, %c1 : index
    }
    task.yield
  } loc(fused<"b">["loops.py":3:5])
  task.return
}

// -----

// A loop over turns and those of its turns are one, of the iterations that its author wrote.

// CHECK-LABEL: llvm.func @marks_turns(
// CHECK-SAME: %[[HOST:[a-z0-9]+]]: !llvm.ptr
// CHECK: %[[STEP:.*]] = arith.index_cast %c3 : index to i64
// CHECK: llvm.getelementptr %[[HOST]][11]
// CHECK: llvm.call %{{.*}}(%[[HOST]], %{{.*}}, %{{.*}}, %[[STEP]])
// CHECK: scf.for %{{.*}} step %c6
// CHECK-NOT: llvm.getelementptr
// CHECK: scf.for %{{.*}} step %c3
// CHECK: llvm.getelementptr %[[HOST]][12]
// CHECK: llvm.getelementptr %[[HOST]][0]
// CHECK-NOT: llvm.getelementptr %[[HOST]][13]
// CHECK: } {task.turns}
// CHECK: llvm.getelementptr %[[HOST]][13]
// CHECK: llvm.mlir.global internal constant @tilework_loops()
// CHECK: llvm.mlir.constant(1 : i32)
// CHECK-NEXT: llvm.insertvalue {{.*}}[2]
task.kernel @work core_group split(automatic) (in %n: index) {
  task.return
}
task.accesses @work_accesses of @work (in %n: index) {
  task.return
}
task.entry @marks_turns(in %n: index) {
  %c0 = arith.constant 0 : index
  %c3 = arith.constant 3 : index
  %c6 = arith.constant 6 : index
  scf.for %q = %c0 to %n step %c6 {
    %full = arith.addi %q, %c6 : index
    %end = arith.minsi %full, %n : index
    task.parallel %i = %q to %end step %c3 verdict(proven) {
      %id = task.submit @work ins(%i : index)
      task.yield
    }
  } {task.turns}
  task.return
}

// -----

// Claims are in the table, and in what is allocated.

// CHECK-LABEL: llvm.func @claims(
// CHECK: %[[FLAGS:.*]] = llvm.mlir.constant(1 : i32)
// CHECK: llvm.getelementptr %{{.*}}[1]
// CHECK: llvm.call %{{.*}}(%{{.*}}, %{{.*}}, %[[FLAGS]])
// CHECK: llvm.mlir.global internal constant @tilework_kernels_0_args()
// CHECK: llvm.mlir.global internal constant @tilework_kernels()
// CHECK: llvm.insertvalue {{.*}}[7]
// CHECK-NEXT: llvm.mlir.constant(1 : i32)
// CHECK-NEXT: llvm.insertvalue {{.*}}[8]
task.kernel @work core_group split(automatic) (out %y: memref<16xf32>) {
  task.return
}
task.accesses @work_accesses of @work (out %y: memref<16xf32>) {
  task.return
}
task.entry @claims(in %n: index) {
  %m = task.alloc() manual_dep : memref<16xf32>
  %id = task.submit @work outs(%m : memref<16xf32>) no_dep([0]) explicit_only
  task.return
}

// -----

// The author's ids come first, and the runtime is told how many they are.

// CHECK-LABEL: llvm.func @given(
// CHECK-SAME: %[[HOST:[a-z0-9]+]]: !llvm.ptr
// CHECK-COUNT-4: llvm.store
// CHECK: %[[ALL:.*]] = llvm.mlir.constant(4 : i64) : i64
// CHECK-NEXT: %[[GIVEN:.*]] = llvm.mlir.constant(3 : i64) : i64
// CHECK: llvm.call %{{.*}}(%[[HOST]], %[[ALL]], %{{.*}}, %[[GIVEN]])
task.entry @given(in %n: index) {
  %none = task.none
  %ids = memref.alloca() : memref<3x!task.id>
  %j = task.join(%ids, %none : memref<3x!task.id>, !task.id) known(1)
  task.return
}

// -----

// Elements that are assumed to differ are looked at by the runtime.

// CHECK-LABEL: llvm.func @distinct(
// CHECK-SAME: %[[HOST:[a-z0-9]+]]: !llvm.ptr
// CHECK: %[[IGNORED:.*]] = llvm.mlir.constant(-1 : i64)
// CHECK: %[[TYPE:.*]] = llvm.mlir.constant(3 : i32)
// CHECK: llvm.getelementptr %[[HOST]][14]
// CHECK: llvm.call %{{.*}}(%[[HOST]], %{{.*}}, %[[TYPE]], %{{.*}}, %{{.*}}, %{{.*}})
task.entry @distinct(in %slots: memref<16xi32>) {
  task.assume_distinct %slots ignore(-1) : memref<16xi32>
  task.return
}
