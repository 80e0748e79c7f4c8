// RUN: tile-opt %s -split-input-file -verify-diagnostics --tile-convert-to-core --canonicalize | FileCheck %s

// A sum of products stays in L0C over the whole loop, started by its first product; the zeros are
// not written. Operands pass through L1 in pieces of which two fit L0A and L0B.
// CHECK-LABEL: core.group @linear_placed of @linear
// CHECK-DAG: %[[C:.*]] = core.buffer : memref<16x256xf32, #core.space<l0c>>
// CHECK-DAG: %[[X:.*]] = core.buffer : memref<16x128xbf16, #core.space<l1>>
// CHECK-DAG: %[[W:.*]] = core.buffer : memref<128x256xbf16, #core.space<l1>>
// CHECK-DAG: %[[L:.*]] = core.buffer : memref<16x64xbf16, #core.space<l0a>>
// CHECK-DAG: %[[R:.*]] = core.buffer : memref<64x256xbf16, #core.space<l0b>>
// CHECK-NOT: core.vector_fill
// CHECK: tile.pipeline %[[K:.*]] = %c0 to %c5120 step %c128 stages(2) {
// CHECK: %[[FIRST:.*]] = arith.cmpi eq, %[[K]], %c0
// CHECK: core.dma_load %{{.*}}[] [] to %[[X]]
// CHECK: core.dma_load %{{.*}}[] [] to %[[W]]
// CHECK: tile.pipeline %[[P:.*]] = %c0 to %c128 step %c64 stages(2) {
// CHECK: %[[STARTS:.*]] = arith.andi %{{.*}}, %[[FIRST]]
// CHECK: %[[PIECE:.*]] = memref.subview %[[X]][0, %[[P]]] [16, 64]
// CHECK: core.move %[[PIECE]] to %[[L]]
// CHECK: %[[PIECE:.*]] = memref.subview %[[W]][%[[P]], 0] [64, 256]
// CHECK: core.move %[[PIECE]] to %[[R]]
// CHECK: core.mmad %[[L]], %[[R]] into %[[C]] init(%[[STARTS]])
// CHECK: core.fixpipe %[[C]] to %{{.*}}[] []
task.kernel @linear core_group split(automatic) (in %x: memref<16x5120xbf16>, in %w: memref<5120x256xbf16>, out %y: memref<16x256xf32>) {
  %0 = bufferization.to_tensor %x restrict : memref<16x5120xbf16> to tensor<16x5120xbf16>
  %1 = bufferization.to_tensor %w restrict : memref<5120x256xbf16> to tensor<5120x256xbf16>
  %2 = bufferization.to_tensor %y restrict writable : memref<16x256xf32> to tensor<16x256xf32>
  %zero = arith.constant 0.0 : f32
  %c0 = arith.constant 0 : index
  %c128 = arith.constant 128 : index
  %c5120 = arith.constant 5120 : index
  %f = tile.full %zero() : f32 -> tensor<16x256xf32>
  %r = tile.pipeline %k = %c0 to %c5120 step %c128 stages(2) iter_args(%acc = %f) -> (tensor<16x256xf32>) {
    %a = tensor.extract_slice %0[0, %k] [16, 128] [1, 1] : tensor<16x5120xbf16> to tensor<16x128xbf16>
    %b = tensor.extract_slice %1[%k, 0] [128, 256] [1, 1] : tensor<5120x256xbf16> to tensor<128x256xbf16>
    %p = tile.matmul %a, %b acc(%acc : tensor<16x256xf32>) : tensor<16x128xbf16>, tensor<128x256xbf16> -> tensor<16x256xf32>
    tile.yield %p : tensor<16x256xf32>
  }
  %o = tensor.insert_slice %r into %2[0, 0] [16, 256] [1, 1] : tensor<16x256xf32> into tensor<16x256xf32>
  bufferization.materialize_in_destination %o in restrict writable %y : (tensor<16x256xf32>, memref<16x256xf32>) -> ()
  task.return
}

// -----

// An operand's piece is moved in the loop that changes it, and stays for the loops inside.
// CHECK-LABEL: core.group @keeps_a_piece_placed
// CHECK: tile.pipeline %[[K:.*]] = %c0 to %c96 step %c48 stages(2) {
// CHECK: %[[FIRST:.*]] = arith.cmpi eq, %[[K]], %c0
// CHECK: core.move %{{.*}} to %[[L:.*]] : {{.*}} to memref<16x48xbf16, #core.space<l0a>>
// CHECK: tile.pipeline %[[N:.*]] = %c0 to %c1280 step %c320 stages(2) {
// CHECK-NOT: #core.space<l0a>> to
// CHECK: core.move %{{.*}} to %[[R:.*]] : {{.*}} to memref<48x320xbf16, #core.space<l0b>>
// CHECK: core.mmad %[[L]], %[[R]] into %{{.*}} init(%[[FIRST]])
task.kernel @keeps_a_piece core_group split(automatic) (in %x: memref<16x96xbf16>, in %w: memref<96x1280xbf16>, out %y: memref<16x1280xf32>) {
  %0 = bufferization.to_tensor %x restrict : memref<16x96xbf16> to tensor<16x96xbf16>
  %1 = bufferization.to_tensor %w restrict : memref<96x1280xbf16> to tensor<96x1280xbf16>
  %a = tensor.extract_slice %0[0, 0] [16, 96] [1, 1] : tensor<16x96xbf16> to tensor<16x96xbf16>
  %b = tensor.extract_slice %1[0, 0] [96, 1280] [1, 1] : tensor<96x1280xbf16> to tensor<96x1280xbf16>
  %s = tile.matmul %a, %b : tensor<16x96xbf16>, tensor<96x1280xbf16> -> tensor<16x1280xf32>
  bufferization.materialize_in_destination %s in restrict writable %y : (tensor<16x1280xf32>, memref<16x1280xf32>) -> ()
  task.return
}

// -----

// A loop that may not run leaves zeros: the accumulator is cleared before it.
// CHECK-LABEL: core.group @may_not_run_placed
// CHECK: core.mmad {{.*}} init(%true) [%{{.*}}, %c0{{.*}}, %{{.*}}]
// CHECK: scf.for
// CHECK: core.mmad
// CHECK-NOT: init
// CHECK: core.fixpipe
task.kernel @may_not_run core_group split(automatic) (in %n: index, in %x: memref<16x16xbf16>, out %y: memref<16x16xf32>) {
  %0 = bufferization.to_tensor %x restrict : memref<16x16xbf16> to tensor<16x16xbf16>
  %zero = arith.constant 0.0 : f32
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %f = tile.full %zero() : f32 -> tensor<16x16xf32>
  %r = scf.for %k = %c0 to %n step %c1 iter_args(%acc = %f) -> (tensor<16x16xf32>) {
    %a = tensor.extract_slice %0[0, 0] [16, 16] [1, 1] : tensor<16x16xbf16> to tensor<16x16xbf16>
    %p = tile.matmul %a, %a acc(%acc : tensor<16x16xf32>) : tensor<16x16xbf16>, tensor<16x16xbf16> -> tensor<16x16xf32>
    scf.yield %p : tensor<16x16xf32>
  }
  bufferization.materialize_in_destination %r in restrict writable %y : (tensor<16x16xf32>, memref<16x16xf32>) -> ()
  task.return
}

// -----

// What the vector cores need of a product, and the cube of theirs, passes through channels. A
// rounding on the way out of L0C is the fixpipe's.
// CHECK-LABEL: core.group @crosses_units_placed
// CHECK-DAG: %[[OUT:.*]] = core.channel : <16x16xf32, slots = 2, to_vector, none>
// CHECK-DAG: %[[BACK:.*]] = core.channel : <16x16xbf16, slots = 2, to_cube, none>
// CHECK: core.mmad {{.*}} into %[[S:.*]] init
// CHECK: core.push %[[S]] to %[[OUT]]
// CHECK: core.pop %[[OUT]] to %[[U:.*]] :
// CHECK: core.release %[[OUT]]
// CHECK: core.vector_unary exp %[[U]] to %[[E:.*]] :
// CHECK: core.vector_cast rint %[[E]] to %[[B:.*]] :
// CHECK: core.push %[[B]] to %[[BACK]]
// CHECK: core.pop %[[BACK]] to %[[P:.*]] :
// CHECK: core.move %[[P]] to
// CHECK: core.mmad
// CHECK: core.fixpipe %{{.*}} to %{{.*}} : memref<16x16xf32, #core.space<l0c>> to memref<16x16xbf16>
task.kernel @crosses_units core_group split(automatic) (in %x: memref<16x16xbf16>, out %y: memref<16x16xbf16>) {
  %0 = bufferization.to_tensor %x restrict : memref<16x16xbf16> to tensor<16x16xbf16>
  %a = tensor.extract_slice %0[0, 0] [16, 16] [1, 1] : tensor<16x16xbf16> to tensor<16x16xbf16>
  %s = tile.matmul %a, %a : tensor<16x16xbf16>, tensor<16x16xbf16> -> tensor<16x16xf32>
  %e = tile.exp %s : tensor<16x16xf32>
  %b = tile.cast rint %e : tensor<16x16xf32> to tensor<16x16xbf16>
  %p = tile.matmul %b, %a : tensor<16x16xbf16>, tensor<16x16xbf16> -> tensor<16x16xf32>
  %r = tile.cast rint %p : tensor<16x16xf32> to tensor<16x16xbf16>
  bufferization.materialize_in_destination %r in restrict writable %y : (tensor<16x16xbf16>, memref<16x16xbf16>) -> ()
  task.return
}

// -----

// Padding of a slice is the load's; the valid part alone is read. Tails of K are whatever is valid.
// CHECK-LABEL: core.group @pads_placed
// CHECK: core.dma_load %{{.*}}[] [%[[N:.*]], %c16] to %{{.*}} pad(%{{.*}} : bf16) : memref<?x16xbf16
// CHECK-NOT: core.vector_fill
task.kernel @pads core_group split(automatic) (in %n: index, in %x: memref<32x16xbf16>, out %y: memref<32x32xf32>) {
  %0 = bufferization.to_tensor %x restrict : memref<32x16xbf16> to tensor<32x16xbf16>
  %zero = arith.constant 0.0 : bf16
  %v = tensor.extract_slice %0[0, 0] [%n, 16] [1, 1] : tensor<32x16xbf16> to tensor<?x16xbf16, #tile.capacity<32x16>>
  %a = tile.fillpad %v, %zero : tensor<?x16xbf16, #tile.capacity<32x16>>, bf16
  %s = tile.matmul %a, %a trans_rhs : tensor<32x16xbf16>, tensor<32x16xbf16> -> tensor<32x32xf32>
  bufferization.materialize_in_destination %s in restrict writable %y : (tensor<32x32xf32>, memref<32x32xf32>) -> ()
  task.return
}

// -----

// A carried tile has one buffer: the next tile is computed there where the old one is not read any
// more, and moved there where it is.
// CHECK-LABEL: core.group @carries_placed
// CHECK-DAG: %[[A:.*]] = core.buffer : memref<4x8xf32, #core.space<ub>>
// CHECK: scf.for
// CHECK-NOT: iter_args
// CHECK: core.vector_binary add %[[S:.*]], %{{.*}} to %[[S]] :
// CHECK: core.vector_unary exp %[[T:.*]] to %[[NEXT:.*]] :
// CHECK: core.vector_binary mul %[[T]],
// CHECK: core.move %[[NEXT]] to %[[T]]
task.kernel @carries core_group split(automatic) (in %n: index, in %x: memref<4x8xf32>, out %y: memref<4x8xf32>) {
  %0 = bufferization.to_tensor %x restrict : memref<4x8xf32> to tensor<4x8xf32>
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %v = tensor.extract_slice %0[0, 0] [4, 8] [1, 1] : tensor<4x8xf32> to tensor<4x8xf32>
  %p = tile.neg %v : tensor<4x8xf32>
  %q = tile.exp %v : tensor<4x8xf32>
  %r:2 = scf.for %i = %c0 to %n step %c1 iter_args(%s = %p, %t = %q) -> (tensor<4x8xf32>, tensor<4x8xf32>) {
    %s1 = tile.add %s, %v : tensor<4x8xf32>, tensor<4x8xf32>
    %t1 = tile.exp %t : tensor<4x8xf32>
    %u = tile.mul %t, %t1 : tensor<4x8xf32>, tensor<4x8xf32>
    %s2 = tile.add %s1, %u : tensor<4x8xf32>, tensor<4x8xf32>
    scf.yield %s1, %t1 : tensor<4x8xf32>, tensor<4x8xf32>
  }
  bufferization.materialize_in_destination %r#0 in restrict writable %y : (tensor<4x8xf32>, memref<4x8xf32>) -> ()
  task.return
}

// -----

task.kernel @adds_to_a_computed_tile core_group split(automatic) (in %x: memref<16x16xbf16>, in %c: memref<16x16xf32>, out %y: memref<16x16xf32>) {
  %0 = bufferization.to_tensor %x restrict : memref<16x16xbf16> to tensor<16x16xbf16>
  %1 = bufferization.to_tensor %c restrict : memref<16x16xf32> to tensor<16x16xf32>
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  // expected-error @+1 {{expects an accumulator that starts at zero or with a product, but got a tile that the vector unit makes; multiply without it, and add it to the product}}
  %e = tile.exp %1 : tensor<16x16xf32>
  %r = scf.for %k = %c0 to %c1 step %c1 iter_args(%acc = %e) -> (tensor<16x16xf32>) {
    %p = tile.matmul %0, %0 acc(%acc : tensor<16x16xf32>) : tensor<16x16xbf16>, tensor<16x16xbf16> -> tensor<16x16xf32>
    scf.yield %p : tensor<16x16xf32>
  }
  bufferization.materialize_in_destination %r in restrict writable %y : (tensor<16x16xf32>, memref<16x16xf32>) -> ()
  task.return
}

// -----

// An element of a tile is filled in place where nobody else reads the tile, one of a global tensor
// is stored.
// CHECK-LABEL: core.group @inserts_placed
// CHECK: core.vector_unary neg %{{.*}} to %[[T:.*]] :
// CHECK: %[[PART:.*]] = memref.subview %[[T]][%{{.*}}, %{{.*}}] [1, 1] [1, 1]
// CHECK: core.vector_fill %{{.*}} to %[[PART]]
// CHECK: core.dma_store %[[T]]
// CHECK: core.vector_fill %{{.*}} to %[[E:.*]] : f32 to memref<1x1xf32, #core.space<ub>>
// CHECK: core.dma_store %[[E]]
task.kernel @inserts core_group split(automatic) (in %i: index, in %v: f32, in %x: memref<4x8xf32>, out %y: memref<4x8xf32>) {
  %0 = bufferization.to_tensor %x restrict : memref<4x8xf32> to tensor<4x8xf32>
  %1 = bufferization.to_tensor %y restrict writable : memref<4x8xf32> to tensor<4x8xf32>
  %n = tile.neg %0 : tensor<4x8xf32>
  %t = tensor.insert %v into %n[%i, %i] : tensor<4x8xf32>
  %s = tensor.insert_slice %t into %1[0, 0] [4, 8] [1, 1] : tensor<4x8xf32> into tensor<4x8xf32>
  %o = tensor.insert %v into %s[%i, %i] : tensor<4x8xf32>
  bufferization.materialize_in_destination %o in restrict writable %y : (tensor<4x8xf32>, memref<4x8xf32>) -> ()
  task.return
}

// -----

// An element of what the task is given is known to the walk; one of a tile is read where the vector
// core has it, and one that has been stored is loaded. Native code says what these are.
// CHECK-LABEL: task.kernel @reads
// CHECK: %[[SECOND:.*]] = tensor.extract
// CHECK-NOT: task.observe
// CHECK: %[[TILE:.*]] = tensor.extract
// CHECK-NEXT: task.observe 0 %[[TILE]] : f32
// CHECK: %[[STORED:.*]] = tensor.extract
// CHECK-NEXT: task.observe 1 %[[STORED]] : f32
// CHECK-LABEL: core.group @reads_placed
// CHECK: %[[E:.*]] = core.buffer : memref<1x1xf32, #core.space<ub>>
// CHECK: memref.load
// CHECK: core.vector_unary exp %{{.*}} to %[[T:.*]] :
// CHECK: core.read_scalar 0 %[[T]][%{{.*}}, %{{.*}}] : memref<4x8xf32, #core.space<ub>>
// CHECK: core.dma_store
// CHECK: core.dma_load %{{.*}}[%[[I:.*]], %[[I]]] [] to %[[E]]
// CHECK: core.read_scalar 1 %[[E]][%c0{{.*}}, %c0{{.*}}] : memref<1x1xf32, #core.space<ub>>
task.kernel @reads core_group split(automatic) (in %i: index, in %x: memref<4x8xf32>, out %y: memref<4x8xf32>) {
  %0 = bufferization.to_tensor %x restrict : memref<4x8xf32> to tensor<4x8xf32>
  %1 = bufferization.to_tensor %y restrict writable : memref<4x8xf32> to tensor<4x8xf32>
  %a = tensor.extract %0[%i, %i] : tensor<4x8xf32>
  %t = tile.exp %0 : tensor<4x8xf32>
  %b = tensor.extract %t[%i, %i] : tensor<4x8xf32>
  %s = tensor.insert_slice %t into %1[0, 0] [4, 8] [1, 1] : tensor<4x8xf32> into tensor<4x8xf32>
  %c = tensor.extract %s[%i, %i] : tensor<4x8xf32>
  %ab = arith.addf %a, %b : f32
  %abc = arith.addf %ab, %c : f32
  %o = tensor.insert %abc into %s[%i, %i] : tensor<4x8xf32>
  bufferization.materialize_in_destination %o in restrict writable %y : (tensor<4x8xf32>, memref<4x8xf32>) -> ()
  task.return
}
