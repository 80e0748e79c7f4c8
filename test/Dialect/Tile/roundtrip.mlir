// RUN: tile-opt %s | tile-opt | FileCheck %s
// RUN: tile-opt %s --mlir-print-op-generic | tile-opt | FileCheck %s

// CHECK: module attributes {tile.target = #tile.target<"a2a3", "{{0+}}">}
module attributes {tile.target = #tile.target<"a2a3",
    "0000000000000000000000000000000000000000000000000000000000000000">} {

// CHECK-LABEL: @accumulates_in_a_pipelined_loop
func.func @accumulates_in_a_pipelined_loop(%x: tensor<16x5120xbf16>, %w: tensor<5120x128xbf16>)
    -> tensor<16x128xf32> {
  %lo = arith.constant 0 : index
  %hi = arith.constant 5120 : index
  %st = arith.constant 128 : index
  %v = arith.constant 0.0 : f32
  // CHECK: tile.full %{{.*}}() : f32 -> tensor<16x128xf32>
  %zero = tile.full %v() : f32 -> tensor<16x128xf32>
  // CHECK: tile.pipeline %[[K:.*]] = %{{.*}} to %{{.*}} step %{{.*}} stages(2) iter_args(%[[C:.*]] = %{{.*}}) -> (tensor<16x128xf32>) {
  %r = tile.pipeline %k = %lo to %hi step %st stages(2) iter_args(%c = %zero) -> (tensor<16x128xf32>) {
    %a = tensor.extract_slice %x[0, %k] [16, 128] [1, 1] : tensor<16x5120xbf16> to tensor<16x128xbf16>
    %b = tensor.extract_slice %w[%k, 0] [128, 128] [1, 1] : tensor<5120x128xbf16> to tensor<128x128xbf16>
    // CHECK: tile.matmul %{{.*}}, %{{.*}} acc(%[[C]] : tensor<16x128xf32>) trans_rhs : tensor<16x128xbf16>, tensor<128x128xbf16> -> tensor<16x128xf32>
    %p = tile.matmul %a, %b acc(%c : tensor<16x128xf32>) trans_rhs
       : tensor<16x128xbf16>, tensor<128x128xbf16> -> tensor<16x128xf32>
    // CHECK: tile.yield %{{.*}} : tensor<16x128xf32>
    tile.yield %p : tensor<16x128xf32>
  }
  return %r : tensor<16x128xf32>
}

// CHECK-LABEL: @loop_without_carried_values
func.func @loop_without_carried_values(%n: index) {
  // CHECK: tile.pipeline %{{.*}} = %arg0 to %arg0 step %arg0 stages(3) {
  // CHECK-NEXT: tile.yield
  tile.pipeline %k = %n to %n step %n stages(3) {
    tile.yield
  }
  return
}

// CHECK-LABEL: @row_softmax
func.func @row_softmax(%x: tensor<16x?xf32, #tile.capacity<16x128>>)
    -> tensor<16x?xbf16, #tile.capacity<16x128>> {
  // CHECK: tile.reduce max %arg0 dim(1) : tensor<16x?xf32, #tile.capacity<16x128>>
  // CHECK: tile.sub %arg0, %{{.*}} : tensor<16x?xf32, #tile.capacity<16x128>>, tensor<16x1xf32>
  // CHECK: tile.cast rint %{{.*}} : tensor<16x?xf32, #tile.capacity<16x128>> to tensor<16x?xbf16, #tile.capacity<16x128>>
  %m = tile.reduce max %x dim(1) : tensor<16x?xf32, #tile.capacity<16x128>>
  %d = tile.sub %x, %m : tensor<16x?xf32, #tile.capacity<16x128>>, tensor<16x1xf32>
  %e = tile.exp %d : tensor<16x?xf32, #tile.capacity<16x128>>
  %s = tile.reduce sum %e dim(1) : tensor<16x?xf32, #tile.capacity<16x128>>
  %q = tile.div %e, %s : tensor<16x?xf32, #tile.capacity<16x128>>, tensor<16x1xf32>
  %r = tile.cast rint %q : tensor<16x?xf32, #tile.capacity<16x128>> to tensor<16x?xbf16, #tile.capacity<16x128>>
  return %r : tensor<16x?xbf16, #tile.capacity<16x128>>
}

// CHECK-LABEL: @shapes
func.func @shapes(%x: tensor<8x?xf32, #tile.capacity<8x64>>, %v: f32, %n: index) {
  // CHECK: tile.fillpad %arg0, %arg1 : tensor<8x?xf32, #tile.capacity<8x64>>, f32
  // CHECK: tile.transpose %{{.*}} [1, 0] : tensor<8x64xf32>
  // CHECK: tile.empty(%arg2) manual_dep : tensor<8x?xf32, #tile.capacity<8x64>>
  // CHECK: tile.check in_bounds(%arg2, %arg2, %arg2) dim(1)
  // CHECK: tile.check positive(%arg2){{$}}
  %p = tile.fillpad %x, %v : tensor<8x?xf32, #tile.capacity<8x64>>, f32
  %t = tile.transpose %p [1, 0] : tensor<8x64xf32>
  %e = tile.empty(%n) manual_dep : tensor<8x?xf32, #tile.capacity<8x64>>
  tile.check in_bounds(%n, %n, %n) dim(1)
  tile.check positive(%n)
  return
}

}
