// RUN: tile-opt %s --tilework-to-fused --tilework-to-graph --tilework-to-placed | FileCheck %s

// The kernel keeps its tensors, for the host; beside it stands what a core group executes.
// CHECK-LABEL: task.kernel @linear
// CHECK: tile.matmul
// CHECK-LABEL: core.group @linear_placed of @linear
// CHECK: core.cube_program {
// CHECK: core.buffer at 0 : memref<16x128xf32, #core.space<l0c>>
// CHECK: core.buffer at 0 slots(2) : memref<2x16x128xbf16, #core.space<l1>>
// CHECK: core.buffer at 8192 slots(2) : memref<2x128x128xbf16, #core.space<l1>>
// CHECK: core.dma_load
// CHECK: core.set_flag mte2 -> mte1
// CHECK: core.wait_flag mte2 -> mte1
// CHECK: core.mmad
// CHECK: core.fixpipe
// CHECK-NOT: core.vector_program
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
