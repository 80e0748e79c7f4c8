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
  // expected-error @+1 {{expects the tiles that are live together to fit the 188416 bytes of ub, but they need 262144; with 1/2 of their size they would need 131072: choose a smaller chunk}}
  core.vector_program lanes(1) {
    // expected-note @unknown {{scores takes 131072 bytes}}
    %a = core.buffer : memref<256x128xf32, #core.space<ub>> loc("scores")
    // expected-note @unknown {{weights takes 131072 bytes}}
    %b = core.buffer : memref<256x128xf32, #core.space<ub>> loc("weights")
    core.dma_load %x[] [] to %a : memref<256x128xf32> to memref<256x128xf32, #core.space<ub>>
    core.dma_load %x[] [] to %b : memref<256x128xf32> to memref<256x128xf32, #core.space<ub>>
    core.vector_binary add %a, %b to %b : memref<256x128xf32, #core.space<ub>>, memref<256x128xf32, #core.space<ub>> to memref<256x128xf32, #core.space<ub>>
  }
}

// -----

task.kernel @work core_group split(automatic) (in %x: memref<256x128xf32>, out %y: memref<256x128xf32>) {
  task.return
}

// A tile that is read again cannot be replaced.
core.group @is_needed_later of @work (%x: memref<256x128xf32>, %y: memref<256x128xf32>) {
  // expected-error @+1 {{to fit the 188416 bytes of ub, but they need 262144; with 1/2 of their size they would need 131072: choose a smaller chunk}}
  core.vector_program lanes(1) {
    // expected-note @unknown {{kept takes 131072 bytes}}
    %a = core.buffer : memref<256x128xf32, #core.space<ub>> loc("kept")
    // expected-note @unknown {{made takes 131072 bytes}}
    %b = core.buffer : memref<256x128xf32, #core.space<ub>> loc("made")
    core.dma_load %x[] [] to %a : memref<256x128xf32> to memref<256x128xf32, #core.space<ub>>
    core.vector_unary exp %a to %b : memref<256x128xf32, #core.space<ub>> to memref<256x128xf32, #core.space<ub>>
    core.dma_store %b to %y[] [] : memref<256x128xf32, #core.space<ub>> to memref<256x128xf32>
    core.dma_store %a to %y[] [] : memref<256x128xf32, #core.space<ub>> to memref<256x128xf32>
  }
}

// -----

task.kernel @work core_group split(automatic) (in %x: memref<256x128xf32>) {
  task.return
}

core.group @does_not_fit_in_slots of @work (%x: memref<256x128xf32>) {
  // expected-error @+1 {{to fit the 188416 bytes of ub, but they need 262144; with 2 slots each they would need 131072: ask for fewer stages}}
  core.vector_program lanes(1) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c8 = arith.constant 8 : index
    // expected-note @unknown {{scores takes 262144 bytes in 4 slots}}
    %a = core.buffer slots(4) : memref<4x128x128xf32, #core.space<ub>> loc("scores")
    scf.for %i = %c0 to %c8 step %c1 {
      %t = core.turn %i from %c0 step %c1 of 4
      %s = core.slot %a[%t] : memref<4x128x128xf32, #core.space<ub>>
      core.dma_load %x[%i, %c0] [] to %s : memref<256x128xf32> to memref<128x128xf32, strided<[128, 1], offset: ?>, #core.space<ub>>
    }
  }
}

// -----

task.kernel @work core_group split(automatic) (in %x: memref<256x128xf32>, out %y: memref<256x128xf32>) {
  task.return
}

// Where there is no room otherwise, what is computed element by element replaces what it is computed
// of, if nobody reads that any more.
// CHECK-LABEL: core.group @in_place
// CHECK: core.buffer at 0 :
// CHECK: core.buffer at 0 :
// CHECK: core.buffer at 131072 :
core.group @in_place of @work (%x: memref<256x128xf32>, %y: memref<256x128xf32>) {
  core.vector_program lanes(1) {
    %a = core.buffer : memref<256x128xf32, #core.space<ub>>
    %b = core.buffer : memref<256x128xf32, #core.space<ub>>
    %c = core.buffer : memref<256x1xf32, #core.space<ub>>
    core.dma_load %x[] [] to %a : memref<256x128xf32> to memref<256x128xf32, #core.space<ub>>
    core.vector_reduce max %a dim(1) to %c : memref<256x128xf32, #core.space<ub>> to memref<256x1xf32, #core.space<ub>>
    core.vector_binary sub %a, %c to %b : memref<256x128xf32, #core.space<ub>>, memref<256x1xf32, #core.space<ub>> to memref<256x128xf32, #core.space<ub>>
    core.dma_store %b to %y[] [] : memref<256x128xf32, #core.space<ub>> to memref<256x128xf32>
  }
}

// -----

!gm = memref<64x64xf32>
!ub = memref<64x64xf32, #core.space<ub>>

task.kernel @work core_group split(automatic) (in %n: index, in %c: i1, in %x: !gm, out %y: !gm) {
  task.return
}

// What an iteration may leave as it was has to last until the next one.
// CHECK-LABEL: core.group @fills_in_a_branch
// CHECK: core.buffer at 0 :
// CHECK: core.buffer at 16384 :
core.group @fills_in_a_branch of @work (%n: index, %c: i1, %x: !gm, %y: !gm) {
  core.vector_program lanes(1) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %a = core.buffer : !ub
    %z = core.buffer : !ub
    scf.for %i = %c0 to %n step %c1 {
      core.dma_load %x[] [] to %z : !gm to !ub
      core.dma_store %z to %y[] [] : !ub to !gm
      scf.if %c {
        core.dma_load %x[] [] to %a : !gm to !ub
      }
      core.dma_store %a to %y[] [] : !ub to !gm
    }
  }
}

// Both branches fill it: nothing lasts.
// CHECK-LABEL: core.group @fills_in_both_branches
// CHECK: core.buffer at 0 :
// CHECK: core.buffer at 0 :
core.group @fills_in_both_branches of @work (%n: index, %c: i1, %x: !gm, %y: !gm) {
  core.vector_program lanes(1) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %a = core.buffer : !ub
    %z = core.buffer : !ub
    scf.for %i = %c0 to %n step %c1 {
      core.dma_load %x[] [] to %z : !gm to !ub
      core.dma_store %z to %y[] [] : !ub to !gm
      scf.if %c {
        core.dma_load %x[] [] to %a : !gm to !ub
      } else {
        core.dma_load %y[] [] to %a : !gm to !ub
      }
      core.dma_store %a to %y[] [] : !ub to !gm
    }
  }
}

// Branches exclude each other; what is used after them passes through both.
// CHECK-LABEL: core.group @branches
// CHECK: core.buffer at 0 :
// CHECK: core.buffer at 16384 :
// CHECK: core.buffer at 16384 :
core.group @branches of @work (%n: index, %c: i1, %x: !gm, %y: !gm) {
  core.vector_program lanes(1) {
    %a = core.buffer : !ub
    %s = core.buffer : !ub
    %t = core.buffer : !ub
    core.dma_load %x[] [] to %a : !gm to !ub
    scf.if %c {
      core.dma_load %x[] [] to %s : !gm to !ub
      core.dma_store %s to %y[] [] : !ub to !gm
    } else {
      core.dma_load %x[] [] to %t : !gm to !ub
      core.dma_store %t to %y[] [] : !ub to !gm
    }
    core.dma_store %a to %y[] [] : !ub to !gm
  }
}

// The inner loop may end before it starts, and leave what an earlier iteration loaded.
// CHECK-LABEL: core.group @zero_trips
// CHECK: core.buffer at 0 :
// CHECK: core.buffer at 16384 :
core.group @zero_trips of @work (%n: index, %c: i1, %x: !gm, %y: !gm) {
  core.vector_program lanes(1) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %a = core.buffer : !ub
    %z = core.buffer : !ub
    scf.for %i = %c0 to %n step %c1 {
      core.dma_load %x[] [] to %z : !gm to !ub
      core.dma_store %z to %y[] [] : !ub to !gm
      scf.for %j = %i to %n step %c1 {
        core.dma_load %x[] [] to %a : !gm to !ub
      }
      core.dma_store %a to %y[] [] : !ub to !gm
    }
  }
}

// Rows of several iterations make one tile.
// CHECK-LABEL: core.group @fills_row_by_row
// CHECK: core.buffer at 0 :
// CHECK: core.buffer at 16384 :
core.group @fills_row_by_row of @work (%n: index, %c: i1, %x: !gm, %y: !gm) {
  core.vector_program lanes(1) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %a = core.buffer : !ub
    %z = core.buffer : !ub
    scf.for %i = %c0 to %n step %c1 {
      core.dma_load %x[] [] to %z : !gm to !ub
      core.dma_store %z to %y[] [] : !ub to !gm
      %row = memref.subview %a[%i, 0] [1, 64] [1, 1] : !ub to memref<1x64xf32, strided<[64, 1], offset: ?>, #core.space<ub>>
      core.dma_load %x[%i, %c0] [] to %row : !gm to memref<1x64xf32, strided<[64, 1], offset: ?>, #core.space<ub>>
    }
    core.dma_store %a to %y[] [] : !ub to !gm
  }
}

// A view of all of it fills the buffer, one of a part that changes does for itself.
// CHECK-LABEL: core.group @fills_views
// CHECK: core.buffer at 0 :
// CHECK: core.buffer at 0 :
// CHECK: core.buffer at 0 :
core.group @fills_views of @work (%n: index, %c: i1, %x: !gm, %y: !gm) {
  core.vector_program lanes(1) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %a = core.buffer : !ub
    %b = core.buffer : !ub
    %z = core.buffer : !ub
    scf.for %i = %c0 to %n step %c1 {
      core.dma_load %x[] [] to %z : !gm to !ub
      core.dma_store %z to %y[] [] : !ub to !gm
      %flat = memref.collapse_shape %a [[0, 1]] : !ub into memref<4096xf32, #core.space<ub>>
      %v = arith.constant 1.0 : f32
      core.vector_fill %v to %flat : f32 to memref<4096xf32, #core.space<ub>>
      core.dma_store %a to %y[] [] : !ub to !gm
      %part = memref.subview %b[0, 0] [%i, 64] [1, 1] : !ub to memref<?x64xf32, strided<[64, 1]>, #core.space<ub>>
      core.vector_fill %v to %part : f32 to memref<?x64xf32, strided<[64, 1]>, #core.space<ub>>
      core.vector_unary exp %part to %part : memref<?x64xf32, strided<[64, 1]>, #core.space<ub>> to memref<?x64xf32, strided<[64, 1]>, #core.space<ub>>
    }
  }
}

// The condition of the next iteration reads what this one made.
// CHECK-LABEL: core.group @while_loop
// CHECK: core.buffer at 0 :
// CHECK: core.buffer at 16384 :
// CHECK: core.buffer at 16384 :
core.group @while_loop of @work (%n: index, %c: i1, %x: !gm, %y: !gm) {
  core.vector_program lanes(1) {
    %a = core.buffer : !ub
    %b = core.buffer : !ub
    %z = core.buffer : !ub
    core.dma_load %x[] [] to %a : !gm to !ub
    scf.while : () -> () {
      core.vector_unary exp %a to %b : !ub to !ub
      scf.condition(%c)
    } do {
      core.vector_unary exp %b to %a : !ub to !ub
      core.dma_load %x[] [] to %z : !gm to !ub
      core.dma_store %z to %y[] [] : !ub to !gm
      scf.yield
    }
  }
}

// Later iterations fill slots while this one works, wherever in it the slot is touched.
// CHECK-LABEL: core.group @slots
// CHECK: core.buffer at 0 slots(2)
// CHECK: core.buffer at 32768 :
core.group @slots of @work (%n: index, %c: i1, %x: !gm, %y: !gm) {
  core.vector_program lanes(1) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %a = core.buffer slots(2) : memref<2x64x64xf32, #core.space<ub>>
    %z = core.buffer : !ub
    scf.for %i = %c0 to %n step %c1 {
      %t = core.turn %i from %c0 step %c1 of 2
      %s = core.slot %a[%t] : memref<2x64x64xf32, #core.space<ub>>
      core.dma_load %x[] [] to %z : !gm to !ub
      core.dma_store %z to %y[] [] : !ub to !gm
      scf.for %j = %c0 to %n step %c1 {
        core.dma_load %x[] [] to %s : !gm to memref<64x64xf32, strided<[64, 1], offset: ?>, #core.space<ub>>
        core.dma_store %s to %y[] [] : memref<64x64xf32, strided<[64, 1], offset: ?>, #core.space<ub>> to !gm
      }
    }
  }
}

// -----

!gm = memref<16x64xf32>
!l = memref<16x16xf32, #core.space<l0a>>
!r = memref<16x64xf32, #core.space<l0b>>
!acc = memref<16x64xf32, #core.space<l0c>>

task.kernel @work core_group split(automatic) (in %n: index, out %y: !gm) {
  task.return
}

// A sum that each iteration starts anew is over when it is stored. One that the first iteration
// alone starts, or that a loop without trips may not start at all, is not.
// CHECK-LABEL: core.group @sums
// CHECK: core.buffer at 0 : memref<16x64xf32, #core.space<l0c>>
// CHECK: core.buffer at 0 : memref<16x64xf32, #core.space<l0c>>
// CHECK: core.buffer at 4096 : memref<16x64xf32, #core.space<l0c>>
// CHECK: core.buffer at 8192 : memref<16x64xf32, #core.space<l0c>>
core.group @sums of @work (%n: index, %y: !gm) {
  core.cube_program {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c4 = arith.constant 4 : index
    %l = core.buffer : !l
    %r = core.buffer : !r
    %a = core.buffer : !acc
    %b = core.buffer : !acc
    %once = core.buffer : !acc
    %maybe = core.buffer : !acc
    scf.for %i = %c0 to %n step %c1 {
      %outer = arith.cmpi eq, %i, %c0 : index
      scf.for %k = %c0 to %c4 step %c1 {
        %first = arith.cmpi eq, %k, %c0 : index
        core.mmad %l, %r into %a init(%first) : !l, !r into !acc
      }
      core.fixpipe %a to %y[] [] : !acc to !gm
      scf.for %k = %c0 to %c4 step %c1 {
        %first = arith.cmpi eq, %k, %c0 : index
        core.mmad %l, %r into %b init(%first) : !l, !r into !acc
        %both = arith.andi %first, %outer : i1
        core.mmad %l, %r into %once init(%both) : !l, !r into !acc
      }
      core.fixpipe %b to %y[] [] : !acc to !gm
      scf.for %k = %c0 to %n step %c1 {
        %first = arith.cmpi eq, %k, %c0 : index
        core.mmad %l, %r into %maybe init(%first) : !l, !r into !acc
      }
      core.fixpipe %maybe to %y[] [] : !acc to !gm
    }
    core.fixpipe %once to %y[] [] : !acc to !gm
  }
}

// -----

task.kernel @work core_group split(automatic) (in %x: memref<8x128xf32>, out %y: memref<8x128xf32>) {
  task.return
}

// The sender writes a slot as soon as the program begins, so a tile before the pop lies elsewhere;
// after the release the slot is anybody's. The channel lies where its tiles arrive.
// CHECK-LABEL: core.group @a_ring_of_slots
// CHECK: core.channel at [[RING:[0-9]+]] : <16x128xf32, slots = 1, to_vector, up_down, direct>
// CHECK: core.buffer at [[RING]] slots(1) : memref<1x8x128xf32, #core.space<ub>>
// CHECK: core.buffer at [[BEFORE:[0-9]+]] : memref<8x128xf32, #core.space<ub>>
// CHECK: core.buffer at 0 : memref<8x128xf32, #core.space<ub>>
core.group @a_ring_of_slots of @work (%x: memref<8x128xf32>, %y: memref<8x128xf32>) {
  %ch = core.channel : !core.channel<16x128xf32, slots = 1, to_vector, up_down, direct>
  core.vector_program lanes(2) {
    %ring = core.buffer slots(1) : memref<1x8x128xf32, #core.space<ub>>
    %before = core.buffer : memref<8x128xf32, #core.space<ub>>
    %after = core.buffer : memref<8x128xf32, #core.space<ub>>
    core.dma_load %x[] [] to %before : memref<8x128xf32> to memref<8x128xf32, #core.space<ub>>
    core.dma_store %before to %y[] [] : memref<8x128xf32, #core.space<ub>> to memref<8x128xf32>
    %h = core.head %ch : !core.channel<16x128xf32, slots = 1, to_vector, up_down, direct>
    %s = core.slot %ring[%h] : memref<1x8x128xf32, #core.space<ub>>
    core.pop %ch to %s : !core.channel<16x128xf32, slots = 1, to_vector, up_down, direct> to memref<8x128xf32, strided<[128, 1], offset: ?>, #core.space<ub>>
    core.dma_store %s to %y[] [] : memref<8x128xf32, strided<[128, 1], offset: ?>, #core.space<ub>> to memref<8x128xf32>
    core.release %ch of %s : !core.channel<16x128xf32, slots = 1, to_vector, up_down, direct> of memref<8x128xf32, strided<[128, 1], offset: ?>, #core.space<ub>>
    core.dma_load %x[] [] to %after : memref<8x128xf32> to memref<8x128xf32, #core.space<ub>>
    core.dma_store %after to %y[] [] : memref<8x128xf32, #core.space<ub>> to memref<8x128xf32>
  }
}
