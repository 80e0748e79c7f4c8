// RUN: tile-opt %s --pass-pipeline='builtin.module(core.group(core-elide-transfers,canonicalize))' | FileCheck %s

task.kernel @work core_group split(automatic) (in %n: index, in %x: memref<16x128xbf16>, inout %y: memref<16x128xbf16>) {
  task.return
}

// The second load of one place, and the second move of what it brought, are there already.
// CHECK-LABEL: core.group @moves_once
// CHECK-COUNT-1: core.dma_load
// CHECK-NOT: core.dma_load
// CHECK: core.move %{{.*}} to %[[A:[0-9]+]] :
// CHECK-NOT: core.move
// CHECK: core.mmad %[[A]],
// CHECK-NOT: core.move
// CHECK: core.mmad %[[A]],
core.group @moves_once of @work (%n: index, %x: memref<16x128xbf16>, %y: memref<16x128xbf16>) {
  core.cube_program {
    %a1 = core.buffer : memref<16x128xbf16, #core.space<l1>>
    %a2 = core.buffer : memref<16x128xbf16, #core.space<l1>>
    %l1 = core.buffer : memref<16x128xbf16, #core.space<l0a>>
    %l2 = core.buffer : memref<16x128xbf16, #core.space<l0a>>
    %r = core.buffer : memref<128x16xbf16, #core.space<l0b>>
    %c = core.buffer : memref<16x16xf32, #core.space<l0c>>
    core.dma_load %x[] [] to %a1 : memref<16x128xbf16> to memref<16x128xbf16, #core.space<l1>>
    core.move %a1 to %l1 : memref<16x128xbf16, #core.space<l1>> to memref<16x128xbf16, #core.space<l0a>>
    core.mmad %l1, %r into %c : memref<16x128xbf16, #core.space<l0a>>, memref<128x16xbf16, #core.space<l0b>> into memref<16x16xf32, #core.space<l0c>>
    core.dma_load %x[] [] to %a2 : memref<16x128xbf16> to memref<16x128xbf16, #core.space<l1>>
    core.move %a2 to %l2 : memref<16x128xbf16, #core.space<l1>> to memref<16x128xbf16, #core.space<l0a>>
    core.mmad %l2, %r into %c : memref<16x128xbf16, #core.space<l0a>>, memref<128x16xbf16, #core.space<l0b>> into memref<16x16xf32, #core.space<l0c>>
  }
}

// What is stored to in between, what something else writes, and another part are moved again.
// CHECK-LABEL: core.group @moves_again
// CHECK-COUNT-6: core.dma_load
core.group @moves_again of @work (%n: index, %x: memref<16x128xbf16>, %y: memref<16x128xbf16>) {
  core.vector_program lanes(1) {
    %c0 = arith.constant 0 : index
    %zero = arith.constant 0.0 : bf16
    %a = core.buffer : memref<16x128xbf16, #core.space<ub>>
    %b = core.buffer : memref<16x128xbf16, #core.space<ub>>
    %c = core.buffer : memref<16x128xbf16, #core.space<ub>>
    %d = core.buffer : memref<16x128xbf16, #core.space<ub>>
    %e = core.buffer : memref<8x128xbf16, #core.space<ub>>
    %f = core.buffer : memref<8x128xbf16, #core.space<ub>>
    core.dma_load %y[] [] to %a : memref<16x128xbf16> to memref<16x128xbf16, #core.space<ub>>
    core.dma_store %a to %y[] [] : memref<16x128xbf16, #core.space<ub>> to memref<16x128xbf16>
    core.dma_load %y[] [] to %b : memref<16x128xbf16> to memref<16x128xbf16, #core.space<ub>>
    core.dma_store %b to %y[] [] : memref<16x128xbf16, #core.space<ub>> to memref<16x128xbf16>
    core.dma_load %x[] [] to %c : memref<16x128xbf16> to memref<16x128xbf16, #core.space<ub>>
    core.vector_unary neg %c to %c : memref<16x128xbf16, #core.space<ub>> to memref<16x128xbf16, #core.space<ub>>
    core.dma_load %x[] [] to %d : memref<16x128xbf16> to memref<16x128xbf16, #core.space<ub>>
    core.vector_binary add %c, %d to %c : memref<16x128xbf16, #core.space<ub>>, memref<16x128xbf16, #core.space<ub>> to memref<16x128xbf16, #core.space<ub>>
    core.dma_load %x[%c0, %c0] [] to %e : memref<16x128xbf16> to memref<8x128xbf16, #core.space<ub>>
    core.dma_load %x[%n, %c0] [] to %f : memref<16x128xbf16> to memref<8x128xbf16, #core.space<ub>>
    core.vector_binary add %e, %f to %e : memref<8x128xbf16, #core.space<ub>>, memref<8x128xbf16, #core.space<ub>> to memref<8x128xbf16, #core.space<ub>>
    core.dma_store %c to %y[] [] : memref<16x128xbf16, #core.space<ub>> to memref<16x128xbf16>
    core.dma_store %e to %y[] [] : memref<8x128xbf16, #core.space<ub>> to memref<16x128xbf16>
  }
}
