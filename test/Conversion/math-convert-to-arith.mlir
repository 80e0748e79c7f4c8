// RUN: tile-opt %s -pass-pipeline='builtin.module(task.kernel(math-convert-to-arith))' | FileCheck %s

// Vectors and scalars take the same steps.
// CHECK-LABEL: task.kernel @spells_exp
// CHECK-NOT: math.exp
// CHECK-COUNT-9: math.fma {{.*}} : vector<16xf32>
// CHECK: arith.shrsi
// CHECK-COUNT-9: math.fma {{.*}} : f32
task.kernel @spells_exp core_group split(automatic) (inout %x: memref<16xf32>) {
  %c0 = arith.constant 0 : index
  %v = vector.load %x[%c0] : memref<16xf32>, vector<16xf32>
  %e = math.exp %v : vector<16xf32>
  vector.store %e, %x[%c0] : memref<16xf32>, vector<16xf32>
  %s = memref.load %x[%c0] : memref<16xf32>
  %f = math.exp %s : f32
  memref.store %f, %x[%c0] : memref<16xf32>
  task.return
}

// bf16 is rounded with integers, so that denormals survive on hosts that round it natively.
// CHECK-LABEL: task.kernel @rounds_with_integers
// CHECK-NOT: arith.truncf
// CHECK: arith.cmpf uno
// CHECK: arith.trunci {{.*}} : i32 to i16
// CHECK: arith.bitcast {{.*}} : i16 to bf16
task.kernel @rounds_with_integers core_group split(automatic) (in %x: memref<1xf32>, out %y: memref<1xbf16>) {
  %c0 = arith.constant 0 : index
  %s = memref.load %x[%c0] : memref<1xf32>
  %r = arith.truncf %s : f32 to bf16
  memref.store %r, %y[%c0] : memref<1xbf16>
  task.return
}
