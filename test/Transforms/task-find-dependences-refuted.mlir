// RUN: tile-opt %s --split-input-file --task-find-dependences=tokens=false -verify-diagnostics

// Tiles wider than their distance meet.
task.kernel @tile core_group split(automatic) (in %n: index, out %y: memref<16x512xf32>) {
  task.return
}
task.accesses @tile_accesses of @tile (in %n: index, out %y: memref<16x512xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  %c128 = arith.constant 128 : index
  %c512 = arith.constant 512 : index
  %c129 = arith.constant 129 : index
  task.access out %y[%c0, %n] [%c16, %c129] : memref<16x512xf32>
  task.return
}
task.entry @refutes_overlapping_tiles(out %y: memref<16x512xf32> loc("y")) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  %c128 = arith.constant 128 : index
  %c512 = arith.constant 512 : index
  %c384 = arith.constant 384 : index
  // expected-error @below {{expects iterations of this parallel loop to be independent, but got two tasks that touch 'y'[0:16, 128:129]}}
  task.parallel %i = %c0 to %c384 step %c128 {
    // expected-note @below {{task 'tile' with iteration 0 writes it}}
    // expected-note @below {{task 'tile' with iteration 1 writes it}}
    %t = task.submit @tile ins(%i : index) outs(%y : memref<16x512xf32>)
    task.yield
  }
  task.return
}

// -----

// An iteration reads what the one before writes, whatever happens around the loop.
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
task.entry @refutes_chains_in_outer_loops(out %y: memref<16x512xf32> loc("y")) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  %c128 = arith.constant 128 : index
  %c512 = arith.constant 512 : index
  scf.for %k = %c0 to %c16 step %c1 {
    // expected-error @below {{expects iterations of this parallel loop to be independent}}
    task.parallel %i = %c1 to %c16 step %c1 {
      %last = arith.subi %i, %c1 : index
      // expected-note @below {{reads it}}
      %t = task.submit @row_of ins(%last : index) outs(%y : memref<16x512xf32>)
      // expected-note @below {{writes it}}
      %u = task.submit @row ins(%i : index) outs(%y : memref<16x512xf32>)
      task.yield
    }
  }
  task.return
}

// -----

// Nothing else joins the tasks.
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
task.entry @refutes_no_dep(out %y: memref<16x512xf32> loc("y")) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  %c128 = arith.constant 128 : index
  %c512 = arith.constant 512 : index
  // expected-note @below {{task 'row' writes it}}
  %t = task.submit @row ins(%c1 : index) outs(%y : memref<16x512xf32>)
  // expected-note @below {{task 'row_of' reads it}}
  // expected-error @below {{expects no dependences of task 'row_of' on 'y', but got two tasks that touch 'y'[1:2, 0:512]}}
  %u = task.submit @row_of ins(%c1 : index) outs(%y : memref<16x512xf32>) no_dep([1])
  task.return
}

// -----

// The tensor's dependences are the author's, who gives none.
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
task.entry @refutes_manual_dep() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  %c128 = arith.constant 128 : index
  %c512 = arith.constant 512 : index
  // expected-error @below {{expects 'deps' for all dependences on this tensor, but got two tasks that touch a tensor[1:2, 0:512]}}
  %y = task.alloc() manual_dep : memref<16x512xf32>
  // expected-note @below {{task 'row' writes it}}
  %t = task.submit @row ins(%c1 : index) outs(%y : memref<16x512xf32>)
  // expected-note @below {{task 'row_of' reads it}}
  %u = task.submit @row_of ins(%c1 : index) outs(%y : memref<16x512xf32>)
  task.return
}
