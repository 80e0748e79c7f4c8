// RUN: tile-opt %s -split-input-file -verify-diagnostics --pass-pipeline='builtin.module(task.kernel(tile-split-products,canonicalize,cse))' | FileCheck %s

// Operands that do not fit l1 are loaded in chunks along K, and the sum stays one chain. The rest of
// K is a product of its own.
// CHECK-LABEL: task.kernel @cuts_k
// CHECK: %[[ZERO:.*]] = tile.full
// CHECK: %[[SUM:.*]] = tile.pipeline %[[K:.*]] = %c0 to %[[MAIN:.*]] step %[[CHUNK:.*]] stages(2) iter_args(%[[ACC:.*]] = %[[ZERO]])
// CHECK: %[[A:.*]] = tensor.extract_slice %{{.*}}[0, %[[K]]] [16, [[C:[0-9]+]]]
// CHECK: %[[B:.*]] = tensor.extract_slice %{{.*}}[%[[K]], 0] {{\[}}[[C]], 256]
// CHECK: tile.matmul %[[A]], %[[B]] acc(%[[ACC]]
// CHECK: tile.matmul %{{.*}}, %{{.*}} acc(%[[SUM]]
task.kernel @cuts_k core_group split(automatic) (in %x: memref<16x5000xbf16>, in %w: memref<5000x256xbf16>, out %y: memref<16x256xf32>) {
  %0 = bufferization.to_tensor %x restrict : memref<16x5000xbf16> to tensor<16x5000xbf16>
  %1 = bufferization.to_tensor %w restrict : memref<5000x256xbf16> to tensor<5000x256xbf16>
  %s = tile.matmul %0, %1 : tensor<16x5000xbf16>, tensor<5000x256xbf16> -> tensor<16x256xf32>
  bufferization.materialize_in_destination %s in restrict writable %y : (tensor<16x256xf32>, memref<16x256xf32>) -> ()
  task.return
}

// -----

// A sum that does not fit l0c: the loop that adds it up is copied into each piece of the result,
// and so is what is done to the result before it is stored.
// CHECK-LABEL: task.kernel @copies_the_loop
// CHECK: tile.pipeline %[[M:.*]] = {{.*}} iter_args(%{{.*}} = %{{.*}}) -> (tensor<256x1024xbf16>)
// CHECK: tile.pipeline %[[N:.*]] = {{.*}} iter_args(%[[OUT:.*]] = %{{.*}}) -> (tensor<256x1024xbf16>)
// CHECK: %[[SUM:.*]] = scf.for %[[K:.*]] = {{.*}} -> (tensor<[[ROWS:[0-9]+]]x[[COLUMNS:[0-9]+]]xf32>)
// CHECK: tile.matmul {{.*}} acc
// CHECK: %[[EXP:.*]] = tile.exp %[[SUM]]
// CHECK: %[[CAST:.*]] = tile.cast rint %[[EXP]]
// CHECK: tensor.insert_slice %[[CAST]] into %[[OUT]][%[[M]], %[[N]]] {{\[}}[[ROWS]], [[COLUMNS]]]
// CHECK-NOT: tensor<256x1024xf32>
// CHECK: task.return
task.kernel @copies_the_loop core_group split(automatic) (in %x: memref<256x512xbf16>, in %w: memref<512x1024xbf16>, out %y: memref<256x1024xbf16>) {
  %0 = bufferization.to_tensor %x restrict : memref<256x512xbf16> to tensor<256x512xbf16>
  %1 = bufferization.to_tensor %w restrict : memref<512x1024xbf16> to tensor<512x1024xbf16>
  %2 = bufferization.to_tensor %y restrict writable : memref<256x1024xbf16> to tensor<256x1024xbf16>
  %zero = arith.constant 0.0 : f32
  %c0 = arith.constant 0 : index
  %c128 = arith.constant 128 : index
  %c512 = arith.constant 512 : index
  %f = tile.full %zero() : f32 -> tensor<256x1024xf32>
  %r = scf.for %k = %c0 to %c512 step %c128 iter_args(%acc = %f) -> (tensor<256x1024xf32>) {
    %a = tensor.extract_slice %0[0, %k] [256, 128] [1, 1] : tensor<256x512xbf16> to tensor<256x128xbf16>
    %b = tensor.extract_slice %1[%k, 0] [128, 1024] [1, 1] : tensor<512x1024xbf16> to tensor<128x1024xbf16>
    %p = tile.matmul %a, %b acc(%acc : tensor<256x1024xf32>) : tensor<256x128xbf16>, tensor<128x1024xbf16> -> tensor<256x1024xf32>
    scf.yield %p : tensor<256x1024xf32>
  }
  %e = tile.exp %r : tensor<256x1024xf32>
  %h = tile.cast rint %e : tensor<256x1024xf32> to tensor<256x1024xbf16>
  %o = tensor.insert_slice %h into %2[0, 0] [256, 1024] [1, 1] : tensor<256x1024xbf16> into tensor<256x1024xbf16>
  bufferization.materialize_in_destination %o in restrict writable %y : (tensor<256x1024xbf16>, memref<256x1024xbf16>) -> ()
  task.return
}

// -----

// Where K is whole, the slice of the outer loop's operand stands outside the inner loop: it is loaded
// once.
// CHECK-LABEL: task.kernel @keeps_an_operand
// CHECK: tile.pipeline %[[N:.*]] = %c0 to %c2048
// CHECK: %[[STAYS:.*]] = tensor.extract_slice %{{.*}}[0, %[[N]]] [64, [[COLUMNS:[0-9]+]]]
// CHECK: tile.pipeline %[[M:.*]] = %c0 to %c256
// CHECK: %[[A:.*]] = tensor.extract_slice %{{.*}}[%[[M]], 0]
// CHECK: tile.matmul %[[A]], %[[STAYS]] :
task.kernel @keeps_an_operand core_group split(automatic) (in %x: memref<256x64xbf16>, in %w: memref<64x2048xbf16>, out %y: memref<256x2048xf32>) {
  %0 = bufferization.to_tensor %x restrict : memref<256x64xbf16> to tensor<256x64xbf16>
  %1 = bufferization.to_tensor %w restrict : memref<64x2048xbf16> to tensor<64x2048xbf16>
  %s = tile.matmul %0, %1 : tensor<256x64xbf16>, tensor<64x2048xbf16> -> tensor<256x2048xf32>
  bufferization.materialize_in_destination %s in restrict writable %y : (tensor<256x2048xf32>, memref<256x2048xf32>) -> ()
  task.return
}

// -----

// A result that others need whole is put together in ub, if it fits.
// CHECK-LABEL: task.kernel @assembles
// CHECK: %[[EMPTY:.*]] = tile.empty() : tensor<40x1024xf32>
// CHECK: %[[WHOLE:.*]] = tile.pipeline {{.*}} iter_args(%{{.*}} = %[[EMPTY]]) -> (tensor<40x1024xf32>)
// CHECK: tensor.insert_slice
// CHECK: tile.reduce sum %[[WHOLE]]
task.kernel @assembles core_group split(automatic) (in %x: memref<40x64xbf16>, in %w: memref<64x1024xbf16>, out %y: memref<40x1xf32>) {
  %0 = bufferization.to_tensor %x restrict : memref<40x64xbf16> to tensor<40x64xbf16>
  %1 = bufferization.to_tensor %w restrict : memref<64x1024xbf16> to tensor<64x1024xbf16>
  %s = tile.matmul %0, %1 : tensor<40x64xbf16>, tensor<64x1024xbf16> -> tensor<40x1024xf32>
  %r = tile.reduce sum %s dim(1) : tensor<40x1024xf32>
  bufferization.materialize_in_destination %r in restrict writable %y : (tensor<40x1xf32>, memref<40x1xf32>) -> ()
  task.return
}

// -----

// What fits stays as it is.
// CHECK-LABEL: task.kernel @keeps
// CHECK-NOT: tile.pipeline
// CHECK: tile.matmul %{{.*}} : tensor<64x128xbf16>, tensor<128x512xbf16> -> tensor<64x512xf32>
task.kernel @keeps core_group split(automatic) (in %x: memref<64x128xbf16>, in %w: memref<128x512xbf16>, out %y: memref<64x512xf32>) {
  %0 = bufferization.to_tensor %x restrict : memref<64x128xbf16> to tensor<64x128xbf16>
  %1 = bufferization.to_tensor %w restrict : memref<128x512xbf16> to tensor<128x512xbf16>
  %s = tile.matmul %0, %1 : tensor<64x128xbf16>, tensor<128x512xbf16> -> tensor<64x512xf32>
  bufferization.materialize_in_destination %s in restrict writable %y : (tensor<64x512xf32>, memref<64x512xf32>) -> ()
  task.return
}

// -----

// A whole result that fits neither l0c nor ub is refused.
task.kernel @refuses core_group split(automatic) (in %x: memref<256x64xbf16>, in %w: memref<64x1024xbf16>, out %y: memref<256x1xf32>) {
  %0 = bufferization.to_tensor %x restrict : memref<256x64xbf16> to tensor<256x64xbf16>
  %1 = bufferization.to_tensor %w restrict : memref<64x1024xbf16> to tensor<64x1024xbf16>
  // expected-error @+1 {{expects a product that fits the 131072 bytes of l0c or is stored element by element to global memory that its operands do not come from, but got one of 256x1024 that others need whole; a smaller tile would fit}}
  %s = tile.matmul %0, %1 : tensor<256x64xbf16>, tensor<64x1024xbf16> -> tensor<256x1024xf32>
  %r = tile.reduce sum %s dim(1) : tensor<256x1024xf32>
  bufferization.materialize_in_destination %r in restrict writable %y : (tensor<256x1xf32>, memref<256x1xf32>) -> ()
  task.return
}
