// RUN: tile-opt %s --pass-pipeline='builtin.module(core.group(core-hoist-instructions))' | FileCheck %s

task.kernel @work core_group split(automatic) (in %n: index, in %x: memref<16x128xbf16>, inout %y: memref<16x128xbf16>) {
  task.return
}

// An operand that stays leaves both loops; the outer may not run, and then nothing is moved.
// CHECK-LABEL: core.group @hoists_operands
// CHECK: %[[ANY:.*]] = arith.cmpi slt, %c0, %arg0
// CHECK: scf.if %[[ANY]] {
// CHECK-NEXT: core.move %{{.*}} to %{{.*}} : memref<16x128xbf16, #core.space<l1>> to memref<16x128xbf16, #core.space<l0a>>
// CHECK: scf.for
// CHECK: core.dma_load
// CHECK: scf.for
// CHECK-NEXT: core.mmad
core.group @hoists_operands of @work (%n: index, %x: memref<16x128xbf16>, %y: memref<16x128xbf16>) {
  core.cube_program {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c4 = arith.constant 4 : index
    %a = core.buffer : memref<16x128xbf16, #core.space<l1>>
    %b = core.buffer : memref<128x16xbf16, #core.space<l1>>
    %l = core.buffer : memref<16x128xbf16, #core.space<l0a>>
    %r = core.buffer : memref<128x16xbf16, #core.space<l0b>>
    %c = core.buffer : memref<16x16xf32, #core.space<l0c>>
    core.dma_load %x[] [] to %a : memref<16x128xbf16> to memref<16x128xbf16, #core.space<l1>>
    scf.for %i = %c0 to %n step %c1 {
      core.dma_load %x[%i, %c0] [] to %b : memref<16x128xbf16> to memref<128x16xbf16, #core.space<l1>>
      core.move %b to %r : memref<128x16xbf16, #core.space<l1>> to memref<128x16xbf16, #core.space<l0b>>
      scf.for %j = %c0 to %c4 step %c1 {
        core.move %a to %l : memref<16x128xbf16, #core.space<l1>> to memref<16x128xbf16, #core.space<l0a>>
        core.mmad %l, %r into %c : memref<16x128xbf16, #core.space<l0a>>, memref<128x16xbf16, #core.space<l0b>> into memref<16x16xf32, #core.space<l0c>>
      }
    }
  }
}

// What reads a tensor that the loop stores to stays, and so does what fills a buffer that something
// else writes, or that is read before.
// CHECK-LABEL: core.group @keeps_what_changes
// CHECK: scf.for
// CHECK: core.dma_load
// CHECK: core.vector_fill
// CHECK: core.vector_unary
// CHECK: core.vector_fill
// CHECK: core.vector_binary
// CHECK: core.dma_store
core.group @keeps_what_changes of @work (%n: index, %x: memref<16x128xbf16>, %y: memref<16x128xbf16>) {
  core.vector_program lanes(1) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c4 = arith.constant 4 : index
    %zero = arith.constant 0.0 : bf16
    %a = core.buffer : memref<16x128xbf16, #core.space<ub>>
    %b = core.buffer : memref<16x128xbf16, #core.space<ub>>
    %d = core.buffer : memref<16x128xbf16, #core.space<ub>>
    core.vector_fill %zero to %d : bf16 to memref<16x128xbf16, #core.space<ub>>
    scf.for %i = %c0 to %c4 step %c1 {
      core.dma_load %y[] [] to %a : memref<16x128xbf16> to memref<16x128xbf16, #core.space<ub>>
      core.vector_fill %zero to %b : bf16 to memref<16x128xbf16, #core.space<ub>>
      core.vector_unary neg %d to %b : memref<16x128xbf16, #core.space<ub>> to memref<16x128xbf16, #core.space<ub>>
      core.vector_fill %zero to %d : bf16 to memref<16x128xbf16, #core.space<ub>>
      core.vector_binary add %a, %b to %a : memref<16x128xbf16, #core.space<ub>>, memref<16x128xbf16, #core.space<ub>> to memref<16x128xbf16, #core.space<ub>>
      core.dma_store %a to %y[] [] : memref<16x128xbf16, #core.space<ub>> to memref<16x128xbf16>
    }
  }
}

// A buffer that would not fit for the whole loop stays where it is.
// CHECK-LABEL: core.group @keeps_what_would_not_fit
// CHECK: scf.for
// CHECK: core.vector_fill
// CHECK: core.dma_store
core.group @keeps_what_would_not_fit of @work (%n: index, %x: memref<16x128xbf16>, %y: memref<16x128xbf16>) {
  core.vector_program lanes(1) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c4 = arith.constant 4 : index
    %zero = arith.constant 0.0 : bf16
    %a = core.buffer : memref<512x128xbf16, #core.space<ub>>
    %b = core.buffer : memref<512x128xbf16, #core.space<ub>>
    scf.for %i = %c0 to %c4 step %c1 {
      core.vector_fill %zero to %a : bf16 to memref<512x128xbf16, #core.space<ub>>
      core.dma_store %a to %y[] [%c1, %c1] : memref<512x128xbf16, #core.space<ub>> to memref<16x128xbf16>
      core.dma_load %x[%i, %c0] [%c1, %c1] to %b : memref<16x128xbf16> to memref<512x128xbf16, #core.space<ub>>
      core.dma_store %b to %y[] [%c1, %c1] : memref<512x128xbf16, #core.space<ub>> to memref<16x128xbf16>
    }
  }
}
