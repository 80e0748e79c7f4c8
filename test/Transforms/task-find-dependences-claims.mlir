// RUN: tile-opt %s --split-input-file --task-find-dependences=tokens=false --remarks-filter=task-find-dependences -o /dev/null 2>&1 | FileCheck %s

// Tiles of one size and distance never meet.
// CHECK: ProvenClaim {{.*}}"proven: iterations of this parallel loop to be independent"
task.kernel @tile core_group split(automatic) (in %n: index, out %y: memref<16x512xf32>) {
  task.return
}
task.accesses @tile_accesses of @tile (in %n: index, out %y: memref<16x512xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  %c128 = arith.constant 128 : index
  %c512 = arith.constant 512 : index
  task.access out %y[%c0, %n] [%c16, %c128] : memref<16x512xf32>
  task.return
}
task.entry @proves_tiles(out %y: memref<16x512xf32> loc("y")) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  %c128 = arith.constant 128 : index
  %c512 = arith.constant 512 : index
  task.parallel %i = %c0 to %c512 step %c128 {
    %t = task.submit @tile ins(%i : index) outs(%y : memref<16x512xf32>)
    task.yield
  }
  task.return
}

// -----

// Quotient and remainder together say where.
// CHECK: ProvenClaim {{.*}}"proven: iterations of this parallel loop to be independent"
task.kernel @row core_group split(automatic) (in %n: index, out %y: memref<16x512xf32>) {
  task.return
}
task.accesses @row_accesses of @row (in %n: index, out %y: memref<16x512xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  %c128 = arith.constant 128 : index
  %c512 = arith.constant 512 : index
  task.access out %y[%n, %c0] [%c1, %c512] : memref<16x512xf32>
  task.return
}
task.entry @proves_digits(out %y: memref<16x512xf32> loc("y")) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  %c128 = arith.constant 128 : index
  %c512 = arith.constant 512 : index
  %c4 = arith.constant 4 : index
  %c2 = arith.constant 2 : index
  task.parallel %i = %c0 to %c16 step %c1 {
    %q = arith.floordivsi %i, %c4 : index
    %f = arith.muli %q, %c4 : index
    %r = arith.subi %i, %f : index
    %m = arith.muli %r, %c4 : index
    %n = arith.addi %m, %q : index
    %t = task.submit @row ins(%n : index) outs(%y : memref<16x512xf32>)
    task.yield
  }
  task.return
}

// -----

// The last tile is as wide as what is left.
// CHECK: ProvenClaim {{.*}}"proven: iterations of this parallel loop to be independent"
task.kernel @tail core_group split(automatic) (in %n: index, out %y: memref<16x512xf32>) {
  task.return
}
task.accesses @tail_accesses of @tail (in %n: index, out %y: memref<16x512xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  %c128 = arith.constant 128 : index
  %c512 = arith.constant 512 : index
  %size = affine.min affine_map<(d0) -> (96, -d0 + 512)>(%n)
  task.access out %y[%c0, %n] [%c16, %size] : memref<16x512xf32>
  task.return
}
task.entry @proves_tails(out %y: memref<16x512xf32> loc("y")) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  %c128 = arith.constant 128 : index
  %c512 = arith.constant 512 : index
  %c96 = arith.constant 96 : index
  task.parallel %i = %c0 to %c512 step %c96 {
    %t = task.submit @tail ins(%i : index) outs(%y : memref<16x512xf32>)
    task.yield
  }
  task.return
}

// -----

// A size that only a run knows bounds the loop.
// CHECK: ProvenClaim {{.*}}"proven: iterations of this parallel loop to be independent"
task.kernel @row core_group split(automatic) (in %n: index, out %y: memref<?x512xf32>) {
  task.return
}
task.accesses @row_accesses of @row (in %n: index, out %y: memref<?x512xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  %c128 = arith.constant 128 : index
  %c512 = arith.constant 512 : index
  task.access out %y[%n, %c0] [%c1, %c512] : memref<?x512xf32>
  task.return
}
task.entry @proves_symbolic_sizes(out %y: memref<?x512xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  %c128 = arith.constant 128 : index
  %c512 = arith.constant 512 : index
  %rows = memref.dim %y, %c0 : memref<?x512xf32>
  task.parallel %i = %c0 to %rows step %c1 {
    %t = task.submit @row ins(%i : index) outs(%y : memref<?x512xf32>)
    task.yield
  }
  task.return
}

// -----

// A tensor of each iteration is another one.
// CHECK: ProvenClaim {{.*}}"proven: iterations of this parallel loop to be independent"
task.kernel @row core_group split(automatic) (in %n: index, out %y: memref<16x512xf32>) {
  task.return
}
task.accesses @row_accesses of @row (in %n: index, out %y: memref<16x512xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  %c128 = arith.constant 128 : index
  %c512 = arith.constant 512 : index
  task.access out %y[%n, %c0] [%c1, %c512] : memref<16x512xf32>
  task.return
}
task.entry @proves_tensors_of_iterations() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  %c128 = arith.constant 128 : index
  %c512 = arith.constant 512 : index
  task.parallel %i = %c0 to %c16 step %c1 {
    %y = task.alloc() : memref<16x512xf32>
    %t = task.submit @row ins(%c0 : index) outs(%y : memref<16x512xf32>)
    task.yield
  }
  task.return
}

// -----

// What one value decides never happens both ways.
// CHECK: ProvenClaim {{.*}}"proven: iterations of this parallel loop to be independent"
task.kernel @row core_group split(automatic) (in %n: index, out %y: memref<16x512xf32>) {
  task.return
}
task.accesses @row_accesses of @row (in %n: index, out %y: memref<16x512xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  %c128 = arith.constant 128 : index
  %c512 = arith.constant 512 : index
  task.access out %y[%n, %c0] [%c1, %c512] : memref<16x512xf32>
  task.return
}
task.kernel @row_of core_group split(automatic) (in %n: index, in %y: memref<16x512xf32>) {
  task.return
}
task.accesses @row_of_accesses of @row_of (in %n: index, in %y: memref<16x512xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  %c128 = arith.constant 128 : index
  %c512 = arith.constant 512 : index
  task.access in %y[%n, %c0] [%c1, %c512] : memref<16x512xf32>
  task.return
}
task.entry @proves_by_conditions(in %lens: memref<16xi32>, out %y: memref<16x512xf32> loc("y")) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  %c128 = arith.constant 128 : index
  %c512 = arith.constant 512 : index
  task.parallel %i = %c0 to %c16 step %c1 {
    %len = task.read %lens[%i] : memref<16xi32>
    %n = arith.index_cast %len : i32 to index
    %some = arith.cmpi sgt, %n, %c0 : index
    scf.if %some {
      %t = task.submit @row ins(%i : index) outs(%y : memref<16x512xf32>)
    } else {
      %u = task.submit @row_of ins(%i : index) outs(%y : memref<16x512xf32>)
    }
    task.yield
  }
  task.return
}

// -----

// Rows from a table are only known when it is.
// CHECK: AssumedClaim {{.*}}"assumed: iterations of this parallel loop to be independent; task 'row' of different iterations may touch the same of 'y', it depends on values of 'slots' that only a run knows"
task.kernel @row core_group split(automatic) (in %n: index, out %y: memref<16x512xf32>) {
  task.return
}
task.accesses @row_accesses of @row (in %n: index, out %y: memref<16x512xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  %c128 = arith.constant 128 : index
  %c512 = arith.constant 512 : index
  task.access out %y[%n, %c0] [%c1, %c512] : memref<16x512xf32>
  task.return
}
task.entry @assumes_rows_of_a_table(in %slots: memref<16xi32> loc("slots"), out %y: memref<16x512xf32> loc("y")) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  %c128 = arith.constant 128 : index
  %c512 = arith.constant 512 : index
  task.parallel %i = %c0 to %c16 step %c1 {
    %s = task.read %slots[%i] : memref<16xi32>
    %n = arith.index_cast %s : i32 to index
    %t = task.submit @row ins(%n : index) outs(%y : memref<16x512xf32>)
    task.yield
  }
  task.return
}

// -----

// Rows of pages are as distinct as the slots that they come from.
// CHECK: ProvenClaim {{.*}}"proven: iterations of this parallel loop to be independent"
task.kernel @cache_row core_group split(automatic) (in %n: index, out %y: memref<4096x64xf32>) {
  task.return
}
task.accesses @cache_row_accesses of @cache_row (in %n: index, out %y: memref<4096x64xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  %c128 = arith.constant 128 : index
  %c512 = arith.constant 512 : index
  %c8 = arith.constant 8 : index
  %c64 = arith.constant 64 : index
  %page = arith.floordivsi %n, %c16 : index
  %first = arith.muli %page, %c16 : index
  %offset = arith.subi %n, %first : index
  scf.for %h = %c0 to %c8 step %c1 {
    %a = arith.muli %page, %c8 : index
    %b = arith.addi %a, %h : index
    %c = arith.muli %b, %c16 : index
    %row = arith.addi %c, %offset : index
    task.access out %y[%row, %c0] [%c1, %c64] : memref<4096x64xf32>
  }
  task.return
}
task.entry @proves_pages_of_distinct_slots(in %slots: memref<16xi32> loc("slots"), out %y: memref<4096x64xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  %c128 = arith.constant 128 : index
  %c512 = arith.constant 512 : index
  task.assume_distinct %slots : memref<16xi32>
  task.parallel %i = %c0 to %c16 step %c1 {
    %s = task.read %slots[%i] : memref<16xi32>
    %n = arith.index_cast %s : i32 to index
    %t = task.submit @cache_row ins(%n : index) outs(%y : memref<4096x64xf32>)
    task.yield
  }
  task.return
}

// -----

// Of a value that may come twice nothing is known, unless a condition excludes it.
// CHECK: AssumedClaim {{.*}}"assumed: iterations of this parallel loop to be independent; 
task.kernel @cache_row core_group split(automatic) (in %n: index, out %y: memref<4096x64xf32>) {
  task.return
}
task.accesses @cache_row_accesses of @cache_row (in %n: index, out %y: memref<4096x64xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  %c128 = arith.constant 128 : index
  %c512 = arith.constant 512 : index
  %c8 = arith.constant 8 : index
  %c64 = arith.constant 64 : index
  %page = arith.floordivsi %n, %c16 : index
  %first = arith.muli %page, %c16 : index
  %offset = arith.subi %n, %first : index
  scf.for %h = %c0 to %c8 step %c1 {
    %a = arith.muli %page, %c8 : index
    %b = arith.addi %a, %h : index
    %c = arith.muli %b, %c16 : index
    %row = arith.addi %c, %offset : index
    task.access out %y[%row, %c0] [%c1, %c64] : memref<4096x64xf32>
  }
  task.return
}
task.entry @assumes_values_that_are_ignored(in %slots: memref<16xi32> loc("slots"), out %y: memref<4096x64xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  %c128 = arith.constant 128 : index
  %c512 = arith.constant 512 : index
  task.assume_distinct %slots ignore(-1) : memref<16xi32>
  task.parallel %i = %c0 to %c16 step %c1 {
    %s = task.read %slots[%i] : memref<16xi32>
    %n = arith.index_cast %s : i32 to index
    %t = task.submit @cache_row ins(%n : index) outs(%y : memref<4096x64xf32>)
    task.yield
  }
  task.return
}

// -----

// Excluded, it does no harm.
// CHECK: ProvenClaim {{.*}}"proven: iterations of this parallel loop to be independent"
task.kernel @cache_row core_group split(automatic) (in %n: index, out %y: memref<4096x64xf32>) {
  task.return
}
task.accesses @cache_row_accesses of @cache_row (in %n: index, out %y: memref<4096x64xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  %c128 = arith.constant 128 : index
  %c512 = arith.constant 512 : index
  %c8 = arith.constant 8 : index
  %c64 = arith.constant 64 : index
  %page = arith.floordivsi %n, %c16 : index
  %first = arith.muli %page, %c16 : index
  %offset = arith.subi %n, %first : index
  scf.for %h = %c0 to %c8 step %c1 {
    %a = arith.muli %page, %c8 : index
    %b = arith.addi %a, %h : index
    %c = arith.muli %b, %c16 : index
    %row = arith.addi %c, %offset : index
    task.access out %y[%row, %c0] [%c1, %c64] : memref<4096x64xf32>
  }
  task.return
}
task.entry @proves_where_ignored_values_do_nothing(in %slots: memref<16xi32> loc("slots"), out %y: memref<4096x64xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  %c128 = arith.constant 128 : index
  %c512 = arith.constant 512 : index
  task.assume_distinct %slots ignore(-1) : memref<16xi32>
  task.parallel %i = %c0 to %c16 step %c1 {
    %s = task.read %slots[%i] : memref<16xi32>
    %n = arith.index_cast %s : i32 to index
    %used = arith.cmpi sge, %n, %c0 : index
    scf.if %used {
      %t = task.submit @cache_row ins(%n : index) outs(%y : memref<4096x64xf32>)
    }
    task.yield
  }
  task.return
}

// -----

// A product of two values is opaque.
// CHECK: AssumedClaim {{.*}}"assumed: iterations of this parallel loop to be independent; {{.*}}a value
task.kernel @row core_group split(automatic) (in %n: index, out %y: memref<16x512xf32>) {
  task.return
}
task.accesses @row_accesses of @row (in %n: index, out %y: memref<16x512xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  %c128 = arith.constant 128 : index
  %c512 = arith.constant 512 : index
  task.access out %y[%n, %c0] [%c1, %c512] : memref<16x512xf32>
  task.return
}
task.entry @assumes_products(in %k: index, out %y: memref<16x512xf32> loc("y")) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  %c128 = arith.constant 128 : index
  %c512 = arith.constant 512 : index
  task.parallel %i = %c0 to %c16 step %c1 {
    %n = arith.muli %i, %k : index
    %t = task.submit @row ins(%n : index) outs(%y : memref<16x512xf32>)
    task.yield
  }
  task.return
}

// -----

// What is declared may be more than what is touched.
// CHECK: AssumedClaim {{.*}}"assumed: iterations of this parallel loop to be independent; {{.*}}at most what is declared is touched
task.kernel @all core_group split(automatic) (in %n: index, out %y: memref<16x512xf32>) {
  task.return
}
task.accesses @all_accesses of @all (in %n: index, out %y: memref<16x512xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  %c128 = arith.constant 128 : index
  %c512 = arith.constant 512 : index
  task.access out %y[%c0, %c0] [%c16, %c512] approximate : memref<16x512xf32>
  task.return
}
task.entry @assumes_approximate_accesses(out %y: memref<16x512xf32> loc("y")) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  %c128 = arith.constant 128 : index
  %c512 = arith.constant 512 : index
  task.parallel %i = %c0 to %c16 step %c1 {
    %t = task.submit @all ins(%i : index) outs(%y : memref<16x512xf32>)
    task.yield
  }
  task.return
}

// -----

// Ids that a loop carries may keep iterations apart.
// CHECK: AssumedClaim {{.*}}"assumed: iterations of this parallel loop to be independent; {{.*}}other dependences may keep them apart
task.kernel @row core_group split(automatic) (in %n: index, out %y: memref<16x512xf32>) {
  task.return
}
task.accesses @row_accesses of @row (in %n: index, out %y: memref<16x512xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  %c128 = arith.constant 128 : index
  %c512 = arith.constant 512 : index
  task.access out %y[%n, %c0] [%c1, %c512] : memref<16x512xf32>
  task.return
}
task.entry @assumes_explicit_chains(out %y: memref<16x512xf32> loc("y")) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  %c128 = arith.constant 128 : index
  %c512 = arith.constant 512 : index
  %none = task.none
  %last = task.parallel %i = %c0 to %c16 step %c1 iter_args(%before = %none) -> (!task.id) {
    %t = task.submit @row ins(%c0 : index) outs(%y : memref<16x512xf32>) deps(%before : !task.id)
    task.yield %t : !task.id
  }
  task.return
}

// -----

// Nothing else touches what the claim is about.
// CHECK: ProvenClaim {{.*}}"proven: no dependences of task 'row' on 'y'"
task.kernel @row core_group split(automatic) (in %n: index, out %y: memref<16x512xf32>) {
  task.return
}
task.accesses @row_accesses of @row (in %n: index, out %y: memref<16x512xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  %c128 = arith.constant 128 : index
  %c512 = arith.constant 512 : index
  task.access out %y[%n, %c0] [%c1, %c512] : memref<16x512xf32>
  task.return
}
task.entry @proves_no_dep(out %y: memref<16x512xf32> loc("y")) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  %c128 = arith.constant 128 : index
  %c512 = arith.constant 512 : index
  %t = task.submit @row ins(%c0 : index) outs(%y : memref<16x512xf32>)
  %u = task.submit @row ins(%c1 : index) outs(%y : memref<16x512xf32>) no_dep([1])
  task.return
}

// -----

// Another dependence may say what the claim leaves out.
// CHECK: AssumedClaim {{.*}}"assumed: no dependences of task 'row' on 'y'; task 'row' and task 'row' may touch the same of 'y', other dependences
task.kernel @row core_group split(automatic) (in %n: index, out %y: memref<16x512xf32>) {
  task.return
}
task.accesses @row_accesses of @row (in %n: index, out %y: memref<16x512xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  %c128 = arith.constant 128 : index
  %c512 = arith.constant 512 : index
  task.access out %y[%n, %c0] [%c1, %c512] : memref<16x512xf32>
  task.return
}
task.entry @assumes_no_dep(out %y: memref<16x512xf32> loc("y")) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  %c128 = arith.constant 128 : index
  %c512 = arith.constant 512 : index
  %t = task.submit @row ins(%c0 : index) outs(%y : memref<16x512xf32>)
  %u = task.submit @row ins(%c0 : index) outs(%y : memref<16x512xf32>) deps(%t : !task.id) no_dep([1])
  task.return
}

// -----

// What a loop hands on may be of the claimed tensors.
// CHECK: AssumedClaim {{.*}}"assumed: 'deps' for all dependences on 't'; {{.*}} of different iterations may touch the same of {{.*}}, a run chooses the tensor
task.kernel @copy core_group split(automatic) (in %x: memref<16x512xf32>, out %y: memref<16x512xf32>) {
  task.return
}
task.accesses @copy_accesses of @copy (in %x: memref<16x512xf32>, out %y: memref<16x512xf32>) {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %c512 = arith.constant 512 : index
  task.access in %x[%c0, %c0] [%c16, %c512] : memref<16x512xf32>
  task.access out %y[%c0, %c0] [%c16, %c512] : memref<16x512xf32>
  task.return
}
task.entry @assumes_manual_dep_of_chosen(in %x: memref<16x512xf32>, in %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%h = %x) -> (memref<16x512xf32>) {
    %t = task.alloc() manual_dep : memref<16x512xf32> loc("t")
    %u = task.submit @copy ins(%h : memref<16x512xf32>) outs(%t : memref<16x512xf32>)
    scf.yield %t : memref<16x512xf32>
  }
  task.return
}
