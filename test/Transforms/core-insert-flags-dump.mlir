// RUN: tile-opt -core-insert-flags=dump=true -verify-diagnostics %s

task.kernel @tile core_group split(automatic) (inout %x: memref<8x16xf32>, in %n: index) {
  task.return
}

// Every flag is told where it is awaited, with the place where it is set.
core.group @tells_flags of @tile (%x: memref<8x16xf32>, %n: index) {
  core.vector_program lanes(1) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %a = core.buffer at 0 : memref<8x16xf32, #core.space<ub>>
    scf.for %i = %c0 to %n step %c1 {
      // expected-remark @+2 {{v -> mte2 event 0, returned}}
      // expected-note @+1 {{set after this}}
      core.dma_load %x[] [] to %a : memref<8x16xf32> to memref<8x16xf32, #core.space<ub>>
      // expected-remark @+2 {{mte2 -> v event 0}}
      // expected-note @+1 {{set after this}}
      core.vector_unary exp %a to %a
          : memref<8x16xf32, #core.space<ub>> to memref<8x16xf32, #core.space<ub>>
    }
  }
}
