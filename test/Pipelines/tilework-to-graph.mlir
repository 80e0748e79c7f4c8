// RUN: tile-opt %s --tilework-to-fused --tilework-to-graph | FileCheck %s

// A matmul over column tiles: one submission per tile on whole arrays, and regions that are exact.
// CHECK-LABEL: task.entry @program(in %arg0: memref<16x5120xbf16>, in %arg1: memref<5120x1024xbf16>, out %arg2: memref<16x1024xf32>)
// CHECK: task.parallel %[[N:.*]] = %c0 to %c1024 step %c128 verdict(proven) {
// CHECK-NEXT: task.submit @linear ins(%arg0, %arg1, %[[N]] : memref<16x5120xbf16>, memref<5120x1024xbf16>, index) outs(%arg2 : memref<16x1024xf32>) static([0, 1, 3])
// CHECK-LABEL: task.kernel @linear
// CHECK: tile.pipeline
// CHECK-LABEL: task.accesses @linear_accesses of @linear
// CHECK-NOT: scf.for
// CHECK-DAG: task.access in %arg0[%c0, %c0] [%c16, %c5120] :
// CHECK-DAG: task.access in %arg1[%c0, %arg2] [%c5120, %c128] :
// CHECK-DAG: task.access out %arg3[%c0, %arg2] [%c16, %c128] :
task.entry @program(in %x: tensor<16x5120xbf16>, in %w: tensor<5120x1024xbf16>, out %out: tensor<16x1024xf32>) {
  %c0 = arith.constant 0 : index
  %c128 = arith.constant 128 : index
  %c1024 = arith.constant 1024 : index
  %c5120 = arith.constant 5120 : index
  %f0 = arith.constant 0.0 : f32
  %r = task.parallel %n = %c0 to %c1024 step %c128 iter_args(%o = %out) -> (tensor<16x1024xf32>) {
    %o1, %id = task.scope "linear" core_group -> (tensor<16x1024xf32>) {
      %zero = tile.full %f0() : f32 -> tensor<16x128xf32>
      %acc = tile.pipeline %k = %c0 to %c5120 step %c128 stages(2) iter_args(%c = %zero) -> (tensor<16x128xf32>) {
        %a = tensor.extract_slice %x[0, %k] [16, 128] [1, 1] : tensor<16x5120xbf16> to tensor<16x128xbf16>
        %b = tensor.extract_slice %w[%k, %n] [128, 128] [1, 1] : tensor<5120x1024xbf16> to tensor<128x128xbf16>
        %c1 = tile.matmul %a, %b acc(%c : tensor<16x128xf32>) : tensor<16x128xbf16>, tensor<128x128xbf16> -> tensor<16x128xf32>
        tile.yield %c1 : tensor<16x128xf32>
      }
      %w1 = tensor.insert_slice %acc into %o[0, %n] [16, 128] [1, 1] : tensor<16x128xf32> into tensor<16x1024xf32>
      task.yield %w1 : tensor<16x1024xf32>
    }
    task.yield %o1 : tensor<16x1024xf32>
  }
  task.return %r : tensor<16x1024xf32>
}
