// RUN: tile-opt %s -pass-pipeline='builtin.module(task.kernel(linalg-convert-to-vector,canonicalize,cse))' | FileCheck %s

#id = affine_map<(d0, d1) -> (d0, d1)>
#row = affine_map<(d0, d1) -> (d0, 0)>
#sum = affine_map<(d0, d1) -> (d0 + d1)>
#swap = affine_map<(d0, d1) -> (d1, d0)>
#mk = affine_map<(d0, d1, d2) -> (d0, d2)>
#kn = affine_map<(d0, d1, d2) -> (d2, d1)>
#nk = affine_map<(d0, d1, d2) -> (d1, d2)>
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

// A transposed factor is packed into a panel whose depth is whole vectors, as vectors fill it.
// CHECK-LABEL: task.kernel @packs_whole_vectors
// CHECK: memref.alloc() {alignment = 64 : i64} : memref<32x16xf32>
task.kernel @packs_whole_vectors core_group split(automatic) (in %x: memref<4x20xf32>, in %w: memref<16x20xf32>, inout %y: memref<4x16xf32>) {
  linalg.generic {indexing_maps = [#mk, #nk, #mn], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %w : memref<4x20xf32>, memref<16x20xf32>) outs(%y : memref<4x16xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %s = math.fma %a, %b, %o : f32
    linalg.yield %s : f32
  }
  task.return
}

// What does not lie element by element, and what is no product, is not taken for one.
// CHECK-LABEL: task.kernel @multiplies_by_element
// CHECK-NOT: vector
// CHECK-LABEL: task.kernel @squares
// CHECK-NOT: memref.alloc
// CHECK: memref.load
// CHECK: task.return
task.kernel @multiplies_by_element core_group split(automatic) (in %x: memref<4x32xf32>, in %w: memref<32x16xf32>, inout %y: memref<4x16xf32>, in %u: memref<4x32xf32, strided<[64, 2]>>, in %v: memref<32x16xf32, strided<[64, 2]>>, inout %z: memref<4x16xf32, strided<[64, 2]>>) {
  linalg.generic {indexing_maps = [#mk, #kn, #mn], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%u, %w : memref<4x32xf32, strided<[64, 2]>>, memref<32x16xf32>) outs(%y : memref<4x16xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %s = math.fma %a, %b, %o : f32
    linalg.yield %s : f32
  }
  linalg.generic {indexing_maps = [#mk, #kn, #mn], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %v : memref<4x32xf32>, memref<32x16xf32, strided<[64, 2]>>) outs(%y : memref<4x16xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %s = math.fma %a, %b, %o : f32
    linalg.yield %s : f32
  }
  linalg.generic {indexing_maps = [#mk, #kn, #mn], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %w : memref<4x32xf32>, memref<32x16xf32>) outs(%z : memref<4x16xf32, strided<[64, 2]>>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %s = math.fma %a, %b, %o : f32
    linalg.yield %s : f32
  }
  task.return
}
task.kernel @squares core_group split(automatic) (in %x: memref<4x32xf32>, in %w: memref<32x16xf32>, inout %y: memref<4x16xf32>) {
  linalg.generic {indexing_maps = [#mk, #kn, #mn], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %w : memref<4x32xf32>, memref<32x16xf32>) outs(%y : memref<4x16xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %s = math.fma %a, %a, %o : f32
    linalg.yield %s : f32
  }
  task.return
}

// A row of every second element, one of truth values, which are bits in a vector and bytes in memory,
// and one that slides is not taken for a line.
// CHECK-LABEL: task.kernel @steps_over_elements
// CHECK-NOT: vector
// CHECK: task.return
task.kernel @steps_over_elements core_group split(automatic) (in %x: memref<4x20xf32, strided<[40, 2]>>, in %c: memref<4x20xi1>, out %y: memref<4x20xf32>, out %d: memref<4x20xi1>, inout %s: memref<4x1xf32>, in %v: memref<23xf32>) {
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x : memref<4x20xf32, strided<[40, 2]>>) outs(%y : memref<4x20xf32>) {
  ^bb0(%a: f32, %o: f32):
    linalg.yield %a : f32
  }
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%c : memref<4x20xi1>) outs(%d : memref<4x20xi1>) {
  ^bb0(%a: i1, %o: i1):
    linalg.yield %a : i1
  }
  linalg.generic {indexing_maps = [#sum, #id], iterator_types = ["parallel", "parallel"]}
      ins(%v : memref<23xf32>) outs(%y : memref<4x20xf32>) {
  ^bb0(%a: f32, %o: f32):
    linalg.yield %a : f32
  }
  linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]}
      ins(%x : memref<4x20xf32, strided<[40, 2]>>) outs(%s : memref<4x1xf32>) {
  ^bb0(%a: f32, %o: f32):
    %r = arith.addf %o, %a : f32
    linalg.yield %r : f32
  }
  task.return
}

// A body that does more with what it has so far than to add to it is reduced element by element.
// CHECK-LABEL: task.kernel @reduces_by_element
// CHECK-NOT: vector
// CHECK: task.return
task.kernel @reduces_by_element core_group split(automatic) (in %x: memref<4x128xf32>, inout %y: memref<4x1xf32>) {
  linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]}
      ins(%x : memref<4x128xf32>) outs(%y : memref<4x1xf32>) {
  ^bb0(%a: f32, %o: f32):
    %p = arith.mulf %a, %o : f32
    %s = arith.addf %o, %p : f32
    linalg.yield %s : f32
  }
  linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]}
      ins(%x : memref<4x128xf32>) outs(%y : memref<4x1xf32>) {
  ^bb0(%a: f32, %o: f32):
    %s = arith.addf %a, %o : f32
    linalg.yield %s : f32
  }
  task.return
}
