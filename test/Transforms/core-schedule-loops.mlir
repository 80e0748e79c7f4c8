// RUN: tile-opt %s --pass-pipeline='builtin.module(core.group(core-schedule-loops{most-stages=2}))' | FileCheck %s
// RUN: tile-opt %s --pass-pipeline='builtin.module(core.group(core-schedule-loops{dump=1 most-stages=2}))' -o /dev/null 2>&1 | FileCheck %s --check-prefix=DUMP

task.kernel @work core_group split(automatic) (in %n: index, in %x: memref<1024x128xbf16>, in %w: memref<1024x128xbf16>, out %y: memref<1024x128xf32>) {
  task.return
}

// The second product waits for the vector unit: it is put off, with all that depends on it, and
// the tile that both parts of the vector's work use is handed on by a copy. Each part asks whether
// it has an iteration.
// DUMP: remark: takes 2 stages
// CHECK-LABEL: core.group @there_and_back
// CHECK: %[[END:.*]] = arith.addi %arg0, %c16
// CHECK: scf.for %[[T:.*]] = %c0 to %[[END]] step %c16 {
// CHECK:   %[[FIRST:.*]] = arith.cmpi slt, %[[T]], %arg0
// CHECK:   scf.if %[[FIRST]] {
// CHECK:     core.push
// CHECK:     core.vector_unary exp %{{.*}} to %[[MADE:[0-9]+]] :
// CHECK:     core.push
// CHECK:   }
// CHECK:   %[[BEFORE:.*]] = arith.subi %[[T]], %c16
// CHECK:   %[[SECOND:.*]] = arith.cmpi sge, %[[BEFORE]], %c0
// CHECK:   scf.if %[[SECOND]] {
// CHECK:     core.pop
// CHECK:     core.push
// CHECK:     core.pop
// CHECK:     core.vector_binary mul %{{.*}}, %[[COPY:[0-9]+]] to
// CHECK:     core.dma_store %{{.*}} to %arg3[%{{.*}}, %c0]
// CHECK:   }
// CHECK:   scf.if
// CHECK-NEXT:     core.move %[[MADE]] to %[[COPY]] :
// CHECK:   }
// CHECK-NOT: core.push
core.group @there_and_back of @work (%n: index, %x: memref<1024x128xbf16>, %w: memref<1024x128xbf16>, %y: memref<1024x128xf32>) {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %yes = arith.constant true
  %a = core.buffer : memref<16x128xbf16, #core.space<l1>>
  %la = core.buffer : memref<16x128xbf16, #core.space<l0a>>
  %ra = core.buffer : memref<128x128xbf16, #core.space<l0b>>
  %ca = core.buffer : memref<16x128xf32, #core.space<l0c>>
  %there = core.channel : !core.channel<16x128xf32, slots = 2, to_vector, none>
  %t = core.buffer : memref<16x128xf32, #core.space<ub>>
  %m = core.buffer : memref<16x1xf32, #core.space<ub>>
  %s = core.buffer : memref<16x1xf32, #core.space<ub>>
  %p = core.buffer : memref<16x128xbf16, #core.space<ub>>
  %back = core.channel : !core.channel<16x128xbf16, slots = 2, to_cube, none>
  %b = core.buffer : memref<16x128xbf16, #core.space<l1>>
  %lb = core.buffer : memref<16x128xbf16, #core.space<l0a>>
  %cb = core.buffer : memref<16x128xf32, #core.space<l0c>>
  %again = core.channel : !core.channel<16x128xf32, slots = 2, to_vector, none>
  %u = core.buffer : memref<16x128xf32, #core.space<ub>>
  %v = core.buffer : memref<16x128xf32, #core.space<ub>>
  scf.for %i = %c0 to %n step %c16 {
    core.dma_load %x[%i, %c0] [] to %a : memref<1024x128xbf16> to memref<16x128xbf16, #core.space<l1>>
    core.move %a to %la : memref<16x128xbf16, #core.space<l1>> to memref<16x128xbf16, #core.space<l0a>>
    core.mmad %la, %ra into %ca init(%yes) : memref<16x128xbf16, #core.space<l0a>>, memref<128x128xbf16, #core.space<l0b>> into memref<16x128xf32, #core.space<l0c>>
    core.push %ca to %there : memref<16x128xf32, #core.space<l0c>> to !core.channel<16x128xf32, slots = 2, to_vector, none>
    core.pop %there to %t : !core.channel<16x128xf32, slots = 2, to_vector, none> to memref<16x128xf32, #core.space<ub>>
    core.release %there : !core.channel<16x128xf32, slots = 2, to_vector, none>
    core.vector_reduce max %t dim(1) to %m : memref<16x128xf32, #core.space<ub>> to memref<16x1xf32, #core.space<ub>>
    core.vector_unary exp %m to %s : memref<16x1xf32, #core.space<ub>> to memref<16x1xf32, #core.space<ub>>
    core.vector_cast rint %t to %p : memref<16x128xf32, #core.space<ub>> to memref<16x128xbf16, #core.space<ub>>
    core.push %p to %back : memref<16x128xbf16, #core.space<ub>> to !core.channel<16x128xbf16, slots = 2, to_cube, none>
    core.pop %back to %b : !core.channel<16x128xbf16, slots = 2, to_cube, none> to memref<16x128xbf16, #core.space<l1>>
    core.release %back : !core.channel<16x128xbf16, slots = 2, to_cube, none>
    core.move %b to %lb : memref<16x128xbf16, #core.space<l1>> to memref<16x128xbf16, #core.space<l0a>>
    core.mmad %lb, %ra into %cb init(%yes) : memref<16x128xbf16, #core.space<l0a>>, memref<128x128xbf16, #core.space<l0b>> into memref<16x128xf32, #core.space<l0c>>
    core.push %cb to %again : memref<16x128xf32, #core.space<l0c>> to !core.channel<16x128xf32, slots = 2, to_vector, none>
    core.pop %again to %u : !core.channel<16x128xf32, slots = 2, to_vector, none> to memref<16x128xf32, #core.space<ub>>
    core.release %again : !core.channel<16x128xf32, slots = 2, to_vector, none>
    core.vector_binary mul %u, %s to %v : memref<16x128xf32, #core.space<ub>>, memref<16x1xf32, #core.space<ub>> to memref<16x128xf32, #core.space<ub>>
    core.dma_store %v to %y[%i, %c0] [] : memref<16x128xf32, #core.space<ub>> to memref<1024x128xf32>
  }
}

// What the next iteration needs cannot be put off, and a loop that hands scalars on stays.
// CHECK-LABEL: core.group @keeps_chains
// CHECK: scf.for
// CHECK-NOT: scf.if
// CHECK: core.push
// CHECK-NOT: scf.if
// CHECK: scf.for
// CHECK-NOT: scf.if
// DUMP-NOT: remark
core.group @keeps_chains of @work (%n: index, %x: memref<1024x128xbf16>, %w: memref<1024x128xbf16>, %y: memref<1024x128xf32>) {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %yes = arith.constant true
  %a = core.buffer : memref<16x128xbf16, #core.space<l1>>
  %la = core.buffer : memref<16x128xbf16, #core.space<l0a>>
  %ra = core.buffer : memref<128x128xbf16, #core.space<l0b>>
  %ca = core.buffer : memref<16x128xf32, #core.space<l0c>>
  %there = core.channel : !core.channel<16x128xf32, slots = 2, to_vector, none>
  %t = core.buffer : memref<16x128xf32, #core.space<ub>>
  %p = core.buffer : memref<16x128xbf16, #core.space<ub>>
  %back = core.channel : !core.channel<16x128xbf16, slots = 2, to_cube, none>
  core.dma_load %x[%c0, %c0] [] to %a : memref<1024x128xbf16> to memref<16x128xbf16, #core.space<l1>>
  scf.for %i = %c0 to %n step %c16 {
    core.move %a to %la : memref<16x128xbf16, #core.space<l1>> to memref<16x128xbf16, #core.space<l0a>>
    core.mmad %la, %ra into %ca init(%yes) : memref<16x128xbf16, #core.space<l0a>>, memref<128x128xbf16, #core.space<l0b>> into memref<16x128xf32, #core.space<l0c>>
    core.push %ca to %there : memref<16x128xf32, #core.space<l0c>> to !core.channel<16x128xf32, slots = 2, to_vector, none>
    core.pop %there to %t : !core.channel<16x128xf32, slots = 2, to_vector, none> to memref<16x128xf32, #core.space<ub>>
    core.release %there : !core.channel<16x128xf32, slots = 2, to_vector, none>
    core.vector_cast rint %t to %p : memref<16x128xf32, #core.space<ub>> to memref<16x128xbf16, #core.space<ub>>
    core.push %p to %back : memref<16x128xbf16, #core.space<ub>> to !core.channel<16x128xbf16, slots = 2, to_cube, none>
    core.pop %back to %a : !core.channel<16x128xbf16, slots = 2, to_cube, none> to memref<16x128xbf16, #core.space<l1>>
    core.release %back : !core.channel<16x128xbf16, slots = 2, to_cube, none>
  }
  %row = scf.for %i = %c0 to %n step %c16 iter_args(%at = %c0) -> index {
    core.push %ca to %there : memref<16x128xf32, #core.space<l0c>> to !core.channel<16x128xf32, slots = 2, to_vector, none>
    core.pop %there to %t : !core.channel<16x128xf32, slots = 2, to_vector, none> to memref<16x128xf32, #core.space<ub>>
    core.release %there : !core.channel<16x128xf32, slots = 2, to_vector, none>
    core.vector_cast rint %t to %p : memref<16x128xf32, #core.space<ub>> to memref<16x128xbf16, #core.space<ub>>
    core.push %p to %back : memref<16x128xbf16, #core.space<ub>> to !core.channel<16x128xbf16, slots = 2, to_cube, none>
    core.pop %back to %a : !core.channel<16x128xbf16, slots = 2, to_cube, none> to memref<16x128xbf16, #core.space<l1>>
    core.release %back : !core.channel<16x128xbf16, slots = 2, to_cube, none>
    %next = arith.addi %at, %c16 : index
    scf.yield %next : index
  }
}

// A tile whose copy would not fit is not handed on.
// CHECK-LABEL: core.group @keeps_what_would_not_fit
// CHECK-NOT: scf.if
core.group @keeps_what_would_not_fit of @work (%n: index, %x: memref<1024x128xbf16>, %w: memref<1024x128xbf16>, %y: memref<1024x128xf32>) {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %yes = arith.constant true
  %a = core.buffer : memref<16x128xbf16, #core.space<l1>>
  %la = core.buffer : memref<16x128xbf16, #core.space<l0a>>
  %ra = core.buffer : memref<128x128xbf16, #core.space<l0b>>
  %ca = core.buffer : memref<16x128xf32, #core.space<l0c>>
  %there = core.channel : !core.channel<16x128xf32, slots = 2, to_vector, none>
  %t = core.buffer : memref<16x128xf32, #core.space<ub>>
  %m = core.buffer : memref<16x1xf32, #core.space<ub>>
  %s = core.buffer : memref<256x128xf32, #core.space<ub>>
  %one = arith.constant 1.0 : f32
  %p = core.buffer : memref<16x128xbf16, #core.space<ub>>
  %back = core.channel : !core.channel<16x128xbf16, slots = 2, to_cube, none>
  %b = core.buffer : memref<16x128xbf16, #core.space<l1>>
  %lb = core.buffer : memref<16x128xbf16, #core.space<l0a>>
  %cb = core.buffer : memref<16x128xf32, #core.space<l0c>>
  %again = core.channel : !core.channel<16x128xf32, slots = 2, to_vector, none>
  %u = core.buffer : memref<16x128xf32, #core.space<ub>>
  %v = core.buffer : memref<16x128xf32, #core.space<ub>>
  scf.for %i = %c0 to %n step %c16 {
    core.dma_load %x[%i, %c0] [] to %a : memref<1024x128xbf16> to memref<16x128xbf16, #core.space<l1>>
    core.move %a to %la : memref<16x128xbf16, #core.space<l1>> to memref<16x128xbf16, #core.space<l0a>>
    core.mmad %la, %ra into %ca init(%yes) : memref<16x128xbf16, #core.space<l0a>>, memref<128x128xbf16, #core.space<l0b>> into memref<16x128xf32, #core.space<l0c>>
    core.push %ca to %there : memref<16x128xf32, #core.space<l0c>> to !core.channel<16x128xf32, slots = 2, to_vector, none>
    core.pop %there to %t : !core.channel<16x128xf32, slots = 2, to_vector, none> to memref<16x128xf32, #core.space<ub>>
    core.release %there : !core.channel<16x128xf32, slots = 2, to_vector, none>
    core.vector_reduce max %t dim(1) to %m : memref<16x128xf32, #core.space<ub>> to memref<16x1xf32, #core.space<ub>>
    core.vector_fill %one to %s : f32 to memref<256x128xf32, #core.space<ub>>
    core.vector_cast rint %t to %p : memref<16x128xf32, #core.space<ub>> to memref<16x128xbf16, #core.space<ub>>
    core.push %p to %back : memref<16x128xbf16, #core.space<ub>> to !core.channel<16x128xbf16, slots = 2, to_cube, none>
    core.pop %back to %b : !core.channel<16x128xbf16, slots = 2, to_cube, none> to memref<16x128xbf16, #core.space<l1>>
    core.release %back : !core.channel<16x128xbf16, slots = 2, to_cube, none>
    core.move %b to %lb : memref<16x128xbf16, #core.space<l1>> to memref<16x128xbf16, #core.space<l0a>>
    core.mmad %lb, %ra into %cb init(%yes) : memref<16x128xbf16, #core.space<l0a>>, memref<128x128xbf16, #core.space<l0b>> into memref<16x128xf32, #core.space<l0c>>
    core.push %cb to %again : memref<16x128xf32, #core.space<l0c>> to !core.channel<16x128xf32, slots = 2, to_vector, none>
    core.pop %again to %u : !core.channel<16x128xf32, slots = 2, to_vector, none> to memref<16x128xf32, #core.space<ub>>
    core.release %again : !core.channel<16x128xf32, slots = 2, to_vector, none>
    %part = memref.subview %s[0, 0] [16, 128] [1, 1] : memref<256x128xf32, #core.space<ub>> to memref<16x128xf32, strided<[128, 1]>, #core.space<ub>>
    core.vector_binary mul %u, %part to %v : memref<16x128xf32, #core.space<ub>>, memref<16x128xf32, strided<[128, 1]>, #core.space<ub>> to memref<16x128xf32, #core.space<ub>>
    core.dma_store %v to %y[%i, %c0] [] : memref<16x128xf32, #core.space<ub>> to memref<1024x128xf32>
  }
}
