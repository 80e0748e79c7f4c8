// RUN: tile-opt %s --pass-pipeline='builtin.module(task.kernel(tile-resolve-dims))' | FileCheck %s

// A tail keeps its width through products and loops.

// CHECK-LABEL: task.kernel @tail
// CHECK-SAME: in %[[WIDTH:[a-z0-9]+]]: index, out
// CHECK-NOT: tensor.dim
// CHECK: tensor.insert_slice %{{.*}} into %{{.*}}[0, 0] [16, %[[WIDTH]]] [1, 1]
task.kernel @tail core_group split(automatic) (in %w_memory: memref<192x1000xbf16>, in %x_memory: memref<16x192xbf16>, in %width: index, out %out_memory: memref<16x1000xf32>) {
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  %c192 = arith.constant 192 : index
  %w = bufferization.to_tensor %w_memory restrict : memref<192x1000xbf16> to tensor<192x1000xbf16>
  %x = bufferization.to_tensor %x_memory restrict : memref<16x192xbf16> to tensor<16x192xbf16>
  %out = bufferization.to_tensor %out_memory restrict writable : memref<16x1000xf32> to tensor<16x1000xf32>
  %w_tile = tensor.extract_slice %w[0, 0] [64, %width] [1, 1] : tensor<192x1000xbf16> to tensor<64x?xbf16, #tile.capacity<64x256>>
  %x_tile = tensor.extract_slice %x[0, 0] [16, 64] [1, 1] : tensor<16x192xbf16> to tensor<16x64xbf16>
  %first = tile.matmul %x_tile, %w_tile : tensor<16x64xbf16>, tensor<64x?xbf16, #tile.capacity<64x256>> -> tensor<16x?xf32, #tile.capacity<16x256>>
  %sum = tile.pipeline %k = %c64 to %c192 step %c64 stages(2) iter_args(%acc = %first) -> (tensor<16x?xf32, #tile.capacity<16x256>>) {
    %inner = tensor.extract_slice %w[%k, 0] [64, %width] [1, 1] : tensor<192x1000xbf16> to tensor<64x?xbf16, #tile.capacity<64x256>>
    %next = tile.matmul %x_tile, %inner acc(%acc : tensor<16x?xf32, #tile.capacity<16x256>>) : tensor<16x64xbf16>, tensor<64x?xbf16, #tile.capacity<64x256>> -> tensor<16x?xf32, #tile.capacity<16x256>>
    tile.yield %next : tensor<16x?xf32, #tile.capacity<16x256>>
  }
  %dim = tensor.dim %sum, %c1 : tensor<16x?xf32, #tile.capacity<16x256>>
  %updated = tensor.insert_slice %sum into %out[0, 0] [16, %dim] [1, 1] : tensor<16x?xf32, #tile.capacity<16x256>> into tensor<16x1000xf32>
  bufferization.materialize_in_destination %updated in restrict writable %out_memory : (tensor<16x1000xf32>, memref<16x1000xf32>) -> ()
  task.return
}

// What differs by the way through a branch is asked for where it is needed.

// CHECK-LABEL: task.kernel @branch
// CHECK: %[[DIM:[a-z0-9]+]] = tensor.dim
// CHECK: tensor.insert_slice %{{.*}} into %{{.*}}[0] [%[[DIM]]] [1]
task.kernel @branch core_group split(automatic) (in %x_memory: memref<100xf32>, in %one: index, in %other: index, in %which: i1, out %out_memory: memref<100xf32>) {
  %c0 = arith.constant 0 : index
  %x = bufferization.to_tensor %x_memory restrict : memref<100xf32> to tensor<100xf32>
  %out = bufferization.to_tensor %out_memory restrict writable : memref<100xf32> to tensor<100xf32>
  %part = scf.if %which -> tensor<?xf32, #tile.capacity<100>> {
    %a = tensor.extract_slice %x[0] [%one] [1] : tensor<100xf32> to tensor<?xf32, #tile.capacity<100>>
    scf.yield %a : tensor<?xf32, #tile.capacity<100>>
  } else {
    %b = tensor.extract_slice %x[0] [%other] [1] : tensor<100xf32> to tensor<?xf32, #tile.capacity<100>>
    scf.yield %b : tensor<?xf32, #tile.capacity<100>>
  }
  %dim = tensor.dim %part, %c0 : tensor<?xf32, #tile.capacity<100>>
  %updated = tensor.insert_slice %part into %out[0] [%dim] [1] : tensor<?xf32, #tile.capacity<100>> into tensor<100xf32>
  bufferization.materialize_in_destination %updated in restrict writable %out_memory : (tensor<100xf32>, memref<100xf32>) -> ()
  task.return
}
