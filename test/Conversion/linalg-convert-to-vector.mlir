// RUN: tile-opt %s -pass-pipeline='builtin.module(task.kernel(linalg-convert-to-vector,canonicalize,cse))' | FileCheck %s

#id = affine_map<(d0, d1) -> (d0, d1)>
#row = affine_map<(d0, d1) -> (d0, 0)>
#swap = affine_map<(d0, d1) -> (d1, d0)>
#mk = affine_map<(d0, d1, d2) -> (d0, d2)>
#kn = affine_map<(d0, d1, d2) -> (d2, d1)>
#mn = affine_map<(d0, d1, d2) -> (d0, d1)>

// The tail of a row is masked; a repeated column is one broadcast per row.
// CHECK-LABEL: task.kernel @masks_the_tail
// CHECK: scf.for
// CHECK: memref.load
// CHECK: vector.load
// CHECK: vector.store
// CHECK: vector.maskedload
// CHECK: vector.maskedstore
task.kernel @masks_the_tail core_group split(automatic) (in %x: memref<4x20xf32>, in %c: memref<4x1xf32>, out %y: memref<4x20xf32>) {
  linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x, %c : memref<4x20xf32>, memref<4x1xf32>) outs(%y : memref<4x20xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %s = arith.mulf %a, %b : f32
    linalg.yield %s : f32
  }
  task.return
}

// A block of the result stays in registers over k; the product is one fused operation; the next
// line of each row is asked for ahead.
// CHECK-LABEL: task.kernel @keeps_the_block_in_registers
// CHECK: scf.for {{.*}} iter_args
// CHECK: memref.prefetch {{.*}}, read, locality<2>, data : memref<32x16xf32>
// CHECK-COUNT-4: math.fma
// CHECK-NOT: math.fma
task.kernel @keeps_the_block_in_registers core_group split(automatic) (in %x: memref<4x32xf32>, in %w: memref<32x16xf32>, inout %y: memref<4x16xf32>) {
  linalg.generic {indexing_maps = [#mk, #kn, #mn], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %w : memref<4x32xf32>, memref<32x16xf32>) outs(%y : memref<4x16xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %s = math.fma %a, %b, %o : f32
    linalg.yield %s : f32
  }
  task.return
}

// A row is summed in 64 lanes that fold 32, 16, 8, 4, 2, 1.
// CHECK-LABEL: task.kernel @folds_64_lanes
// CHECK: scf.for {{.*}} iter_args({{.*}}) -> (vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>)
// CHECK: vector.shuffle {{.*}} [8, 9, 10, 11, 12, 13, 14, 15]
// CHECK: vector.shuffle {{.*}} [4, 5, 6, 7]
// CHECK: vector.shuffle {{.*}} [2, 3]
// CHECK: vector.shuffle {{.*}} [1]
task.kernel @folds_64_lanes core_group split(automatic) (in %x: memref<4x128xf32>, inout %y: memref<4x1xf32>) {
  linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]}
      ins(%x : memref<4x128xf32>) outs(%y : memref<4x1xf32>) {
  ^bb0(%a: f32, %o: f32):
    %s = arith.addf %o, %a : f32
    linalg.yield %s : f32
  }
  task.return
}

// What no vector form fits becomes loops of scalars.
// CHECK-LABEL: task.kernel @transposes_by_element
// CHECK: scf.for
// CHECK: scf.for
// CHECK: memref.load
// CHECK: memref.store
// CHECK-NOT: vector
task.kernel @transposes_by_element core_group split(automatic) (in %x: memref<4x20xf32>, out %y: memref<20x4xf32>) {
  linalg.generic {indexing_maps = [#swap, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x : memref<4x20xf32>) outs(%y : memref<20x4xf32>) {
  ^bb0(%a: f32, %o: f32):
    linalg.yield %a : f32
  }
  task.return
}
