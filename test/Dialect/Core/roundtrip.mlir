// RUN: tile-opt %s | tile-opt | FileCheck %s
// RUN: tile-opt %s --mlir-print-op-generic | tile-opt | FileCheck %s

// A placed kernel of both units: the product leaves the cube through a channel, each vector core
// takes half of its rows.
task.kernel @linear core_group split(up_down)
    (in %x: memref<16x256xbf16>, in %w: memref<256x128xbf16>, out %y: memref<16x128xf32>) {
  task.return
}

// CHECK-LABEL: core.group @linear_placed of @linear (%{{.*}}: memref<16x256xbf16>, %{{.*}}: memref<256x128xbf16>, %{{.*}}: memref<16x128xf32>)
core.group @linear_placed of @linear
    (%x: memref<16x256xbf16>, %w: memref<256x128xbf16>, %y: memref<16x128xf32>) {
  // CHECK: %[[CH:.*]] = core.channel at 0 : <16x128xf32, slots = 2, to_vector, up_down>
  %ch = core.channel at 0 : !core.channel<16x128xf32, slots = 2, to_vector, up_down>
  // CHECK: core.cube_program {
  core.cube_program {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c2 = arith.constant 2 : index
    %c128 = arith.constant 128 : index
    // CHECK: %[[A:.*]] = core.buffer at 0 slots(2) : memref<2x16x128xbf16, #core.space<l1>>
    %a = core.buffer at 0 slots(2) : memref<2x16x128xbf16, #core.space<l1>>
    %b = core.buffer at 8192 slots(2) : memref<2x128x128xbf16, #core.space<l1>>
    %l = core.buffer at 0 : memref<16x128xbf16, #core.space<l0a>>
    %r = core.buffer at 0 : memref<128x128xbf16, #core.space<l0b>>
    // CHECK: core.buffer : memref<16x128xf32, #core.space<l0c>>
    %acc = core.buffer : memref<16x128xf32, #core.space<l0c>>
    scf.for %i = %c0 to %c2 step %c1 {
      // CHECK: core.slot %[[A]][%{{.*}}] : memref<2x16x128xbf16, #core.space<l1>>
      %as = core.slot %a[%i] : memref<2x16x128xbf16, #core.space<l1>>
      %bs = core.slot %b[%i] : memref<2x128x128xbf16, #core.space<l1>>
      %k = arith.muli %i, %c128 : index
      // CHECK: core.wait_flag mte1 -> mte2 event 0 + %{{.*}}{{$}}
      core.wait_flag mte1 -> mte2 event 0 + %i
      // CHECK: core.dma_load %{{.*}}[%{{.*}}, %{{.*}}] [] to %{{.*}} : memref<16x256xbf16> to memref<16x128xbf16, strided<[128, 1], offset: ?>, #core.space<l1>>
      core.dma_load %x[%c0, %k] [] to %as
          : memref<16x256xbf16> to memref<16x128xbf16, strided<[128, 1], offset: ?>, #core.space<l1>>
      core.dma_load %w[%k, %c0] [] to %bs
          : memref<256x128xbf16> to memref<128x128xbf16, strided<[128, 1], offset: ?>, #core.space<l1>>
      // CHECK: core.set_flag mte2 -> mte1 event 2{{$}}
      core.set_flag mte2 -> mte1 event 2
      core.wait_flag mte2 -> mte1 event 2
      // CHECK: core.move %{{.*}} to %{{.*}} : memref<16x128xbf16, strided<[128, 1], offset: ?>, #core.space<l1>> to memref<16x128xbf16, #core.space<l0a>>
      core.move %as to %l
          : memref<16x128xbf16, strided<[128, 1], offset: ?>, #core.space<l1>> to memref<16x128xbf16, #core.space<l0a>>
      // CHECK: core.move %{{.*}} to %{{.*}} transpose :
      core.move %bs to %r transpose
          : memref<128x128xbf16, strided<[128, 1], offset: ?>, #core.space<l1>> to memref<128x128xbf16, #core.space<l0b>>
      core.set_flag mte1 -> m event 0
      core.wait_flag mte1 -> m event 0
      %first = arith.cmpi eq, %i, %c0 : index
      // CHECK: core.mmad %{{.*}}, %{{.*}} into %{{.*}} init(%{{.*}}) : memref
      core.mmad %l, %r into %acc init(%first)
          : memref<16x128xbf16, #core.space<l0a>>, memref<128x128xbf16, #core.space<l0b>> into memref<16x128xf32, #core.space<l0c>>
      // CHECK: core.mmad %{{.*}}, %{{.*}} into %{{.*}} [%{{.*}}, %{{.*}}, %{{.*}}] : memref
      core.mmad %l, %r into %acc [%k, %k, %k]
          : memref<16x128xbf16, #core.space<l0a>>, memref<128x128xbf16, #core.space<l0b>> into memref<16x128xf32, #core.space<l0c>>
    }
    // CHECK: core.barrier m
    core.barrier m
    // CHECK: core.push %{{.*}} to %[[CH]] : memref<16x128xf32, #core.space<l0c>> to <16x128xf32, slots = 2, to_vector, up_down>
    core.push %acc to %ch : memref<16x128xf32, #core.space<l0c>> to !core.channel<16x128xf32, slots = 2, to_vector, up_down>
    // CHECK: core.fixpipe %{{.*}} to %{{.*}}[] [] atomic(add) : memref<16x128xf32, #core.space<l0c>> to memref<16x128xf32>
    core.fixpipe %acc to %y[] [] atomic(add) : memref<16x128xf32, #core.space<l0c>> to memref<16x128xf32>
    // CHECK: core.cross_set fixp event 3
    core.cross_set fixp event 3
  }
  // CHECK: core.vector_program lanes(2) {
  core.vector_program lanes(2) {
    // CHECK: core.lane
    %lane = core.lane
    %c0 = arith.constant 0 : index
    %c8 = arith.constant 8 : index
    %row = arith.muli %lane, %c8 : index
    %t = core.buffer at 0 : memref<8x128xf32, #core.space<ub>>
    %m = core.buffer at 4096 : memref<8x1xf32, #core.space<ub>>
    // CHECK: core.pop %[[CH]] to %{{.*}} : <16x128xf32, slots = 2, to_vector, up_down> to memref<8x128xf32, #core.space<ub>>
    core.pop %ch to %t : !core.channel<16x128xf32, slots = 2, to_vector, up_down> to memref<8x128xf32, #core.space<ub>>
    // CHECK: core.release %[[CH]] :
    core.release %ch : !core.channel<16x128xf32, slots = 2, to_vector, up_down>
    // CHECK: core.vector_reduce max %{{.*}} dim(1) to %{{.*}} : memref<8x128xf32, #core.space<ub>> to memref<8x1xf32, #core.space<ub>>
    core.vector_reduce max %t dim(1) to %m : memref<8x128xf32, #core.space<ub>> to memref<8x1xf32, #core.space<ub>>
    // CHECK: core.vector_binary sub %{{.*}}, %{{.*}} to %{{.*}} : memref<8x128xf32, #core.space<ub>>, memref<8x1xf32, #core.space<ub>> to memref<8x128xf32, #core.space<ub>>
    core.vector_binary sub %t, %m to %t
        : memref<8x128xf32, #core.space<ub>>, memref<8x1xf32, #core.space<ub>> to memref<8x128xf32, #core.space<ub>>
    // CHECK: core.vector_unary exp
    core.vector_unary exp %t to %t : memref<8x128xf32, #core.space<ub>> to memref<8x128xf32, #core.space<ub>>
    // CHECK: core.dma_store %{{.*}} to %{{.*}}[%{{.*}}, %{{.*}}] [] : memref<8x128xf32, #core.space<ub>> to memref<16x128xf32>
    core.dma_store %t to %y[%row, %c0] [] : memref<8x128xf32, #core.space<ub>> to memref<16x128xf32>
    // CHECK: core.cross_wait mte2 event 3
    core.cross_wait mte2 event 3
    // CHECK: core.barrier{{$}}
    core.barrier
  }
}
