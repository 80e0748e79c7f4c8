// RUN: tile-opt %s -tilework-lower-kernels -tilework-lower-to-llvm | FileCheck %s

// What is left is the LLVM dialect: functions of the image ABI and the table that names them.

// CHECK-NOT: task.
// CHECK-NOT: tile.check
// CHECK-NOT: memref<
// CHECK-DAG: llvm.func @program(%{{.*}}: !llvm.ptr, %{{.*}}: !llvm.ptr)
// CHECK-DAG: llvm.func @scale(%{{.*}}: !llvm.ptr, %{{.*}}: !llvm.ptr)
// CHECK-DAG: llvm.fmul {{.*}} : vector<16xf32>
// CHECK: llvm.mlir.global external constant @tilework_image()
// CHECK-NOT: builtin.unrealized_conversion_cast
task.entry @program(in %x: memref<16x64xf32>, out %y: memref<16x64xf32>) {
  %id = task.submit @scale ins(%x : memref<16x64xf32>) outs(%y : memref<16x64xf32>)
  task.return
}
task.kernel @scale core_group split(automatic) (in %x: memref<16x64xf32>, out %y: memref<16x64xf32>) {
  %f = arith.constant 2.0 : f32
  %a = bufferization.to_tensor %x restrict : memref<16x64xf32> to tensor<16x64xf32>
  %m = tile.mul %a, %f : tensor<16x64xf32>, f32
  bufferization.materialize_in_destination %m in restrict writable %y : (tensor<16x64xf32>, memref<16x64xf32>) -> ()
  task.return
}
