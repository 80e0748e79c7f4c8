// RUN: tile-opt %s -split-input-file -verify-diagnostics --core-place-buffers | FileCheck %s

task.kernel @work core_group split(automatic) (in %n: index, in %x: memref<64x64xf32>, out %y: memref<64x64xf32>) {
  task.return
}

// The first and the third tile are never live together. What a loop hands on lives for all of it.
// CHECK-LABEL: core.group @shares
// CHECK: core.buffer at 0 : memref<64x64xf32, #core.space<ub>>
// CHECK: core.buffer at 16384 : memref<64x64xf32, #core.space<ub>>
// CHECK: core.buffer at 0 : memref<64x64xf32, #core.space<ub>>
// CHECK: core.buffer at 32768 : memref<64x64xf32, #core.space<ub>>
// CHECK-NOT: core.buffer
core.group @shares of @work (%n: index, %x: memref<64x64xf32>, %y: memref<64x64xf32>) {
  core.vector_program lanes(1) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %a = core.buffer : memref<64x64xf32, #core.space<ub>>
    %b = core.buffer : memref<64x64xf32, #core.space<ub>>
    %c = core.buffer : memref<64x64xf32, #core.space<ub>>
    %s = core.buffer : memref<64x64xf32, #core.space<ub>>
    %unused = core.buffer : memref<64x64xf32, #core.space<ub>>
    core.dma_load %x[] [] to %s : memref<64x64xf32> to memref<64x64xf32, #core.space<ub>>
    scf.for %i = %c0 to %n step %c1 {
      core.dma_load %x[] [] to %a : memref<64x64xf32> to memref<64x64xf32, #core.space<ub>>
      core.vector_unary exp %a to %b : memref<64x64xf32, #core.space<ub>> to memref<64x64xf32, #core.space<ub>>
      core.vector_binary add %s, %b to %s : memref<64x64xf32, #core.space<ub>>, memref<64x64xf32, #core.space<ub>> to memref<64x64xf32, #core.space<ub>>
      core.vector_unary exp %b to %c : memref<64x64xf32, #core.space<ub>> to memref<64x64xf32, #core.space<ub>>
      core.dma_store %c to %y[] [] : memref<64x64xf32, #core.space<ub>> to memref<64x64xf32>
    }
  }
}

// -----

task.kernel @work core_group split(automatic) (in %x: memref<256x128xf32>) {
  task.return
}

core.group @does_not_fit of @work (%x: memref<256x128xf32>) {
  // expected-error @+1 {{expects the tiles that are live together to fit the 188416 bytes of ub, but they need 262144; smaller tiles or fewer stages would fit}}
  core.vector_program lanes(1) {
    // expected-note @unknown {{scores takes 131072 bytes}}
    %a = core.buffer : memref<256x128xf32, #core.space<ub>> loc("scores")
    // expected-note @unknown {{weights takes 131072 bytes}}
    %b = core.buffer : memref<256x128xf32, #core.space<ub>> loc("weights")
    core.dma_load %x[] [] to %a : memref<256x128xf32> to memref<256x128xf32, #core.space<ub>>
    core.vector_unary exp %a to %b : memref<256x128xf32, #core.space<ub>> to memref<256x128xf32, #core.space<ub>>
  }
}
