// RUN: tile-opt %s --pass-pipeline='builtin.module(task.entry(tile-elide-zero-products))' | FileCheck %s

// A never-written tensor times zero is zeros.
// CHECK-LABEL: task.entry @fills_empty
task.entry @fills_empty(out %o: tensor<16x128xf32>) {
  %zero = arith.constant 0.0 : f32
  %t = tile.empty() : tensor<16x128xf32>
  // CHECK: %[[FULL:.*]] = tile.full
  // CHECK-NOT: tile.mul
  // CHECK: task.return %[[FULL]]
  %z = tile.mul %t, %zero : tensor<16x128xf32>, f32
  task.return %z : tensor<16x128xf32>
}

// So is one that is zeroed slice by slice in a loop.
// CHECK-LABEL: task.entry @fills_chunk_by_chunk
task.entry @fills_chunk_by_chunk(out %o: tensor<16x512xf32>) {
  %zero = arith.constant 0.0 : f32
  %c0 = arith.constant 0 : index
  %c128 = arith.constant 128 : index
  %c512 = arith.constant 512 : index
  %t = tile.empty() : tensor<16x512xf32>
  // CHECK: scf.for
  // CHECK: tile.full {{.*}} -> tensor<16x128xf32>
  // CHECK-NOT: tile.mul
  %r = scf.for %c = %c0 to %c512 step %c128 iter_args(%acc = %t) -> (tensor<16x512xf32>) {
    %s = tensor.extract_slice %acc[0, %c] [16, 128] [1, 1] : tensor<16x512xf32> to tensor<16x128xf32>
    %z = tile.mul %s, %zero : tensor<16x128xf32>, f32
    %u = tensor.insert_slice %z into %acc[0, %c] [16, 128] [1, 1] : tensor<16x128xf32> into tensor<16x512xf32>
    scf.yield %u : tensor<16x512xf32>
  }
  task.return %r : tensor<16x512xf32>
}

// A loop that also brings in other values keeps its product.
// CHECK-LABEL: task.entry @keeps_written
task.entry @keeps_written(in %x: tensor<16x128xf32>, out %o: tensor<16x512xf32>) {
  %zero = arith.constant 0.0 : f32
  %c0 = arith.constant 0 : index
  %c128 = arith.constant 128 : index
  %c512 = arith.constant 512 : index
  %t = tile.empty() : tensor<16x512xf32>
  // CHECK: tile.mul
  %r = scf.for %c = %c0 to %c512 step %c128 iter_args(%acc = %t) -> (tensor<16x512xf32>) {
    %s = tensor.extract_slice %acc[0, 0] [16, 128] [1, 1] : tensor<16x512xf32> to tensor<16x128xf32>
    %z = tile.mul %s, %zero : tensor<16x128xf32>, f32
    %y = tile.add %z, %x : tensor<16x128xf32>, tensor<16x128xf32>
    %u = tensor.insert_slice %y into %acc[0, %c] [16, 128] [1, 1] : tensor<16x128xf32> into tensor<16x512xf32>
    scf.yield %u : tensor<16x512xf32>
  }
  task.return %r : tensor<16x512xf32>
}

// A part that no iteration but its own fills holds nothing before that, whatever the others hold.
// CHECK-LABEL: task.entry @fills_what_only_this_iteration_writes
task.entry @fills_what_only_this_iteration_writes(in %x: tensor<16x64xf32>, out %o: tensor<32x512xf32>) {
  %zero = arith.constant 0.0 : f32
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %c16 = arith.constant 16 : index
  %c32 = arith.constant 32 : index
  %c64 = arith.constant 64 : index
  %t = tile.empty() : tensor<32x512xf32>
  // CHECK: task.parallel
  // CHECK: tile.full {{.*}} -> tensor<16x64xf32>
  // CHECK-NOT: tile.mul
  // CHECK: task.return
  %r = scf.for %b = %c0 to %c32 step %c16 iter_args(%rows = %t) -> (tensor<32x512xf32>) {
    %q = task.parallel %n = %c0 to %c8 step %c1 iter_args(%acc = %rows) -> (tensor<32x512xf32>) {
      %at = arith.muli %n, %c64 : index
      %s = tensor.extract_slice %acc[%b, %at] [16, 64] [1, 1] : tensor<32x512xf32> to tensor<16x64xf32>
      %z = tile.mul %s, %zero : tensor<16x64xf32>, f32
      %y = tile.add %z, %x : tensor<16x64xf32>, tensor<16x64xf32>
      %again = arith.muli %n, %c64 : index
      %u = tensor.insert_slice %y into %acc[%b, %again] [16, 64] [1, 1] : tensor<16x64xf32> into tensor<32x512xf32>
      task.yield %u : tensor<32x512xf32>
    }
    scf.yield %q : tensor<32x512xf32>
  }
  task.return %r : tensor<32x512xf32>
}

// Parts that overlap those of other iterations keep their products.
// CHECK-LABEL: task.entry @keeps_overlapping
task.entry @keeps_overlapping(in %x: tensor<16x65xf32>, out %o: tensor<16x576xf32>) {
  %zero = arith.constant 0.0 : f32
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %c64 = arith.constant 64 : index
  %t = tile.empty() : tensor<16x576xf32>
  // CHECK: tile.mul
  %r = task.parallel %n = %c0 to %c8 step %c1 iter_args(%acc = %t) -> (tensor<16x576xf32>) {
    %at = arith.muli %n, %c64 : index
    %s = tensor.extract_slice %acc[0, %at] [16, 65] [1, 1] : tensor<16x576xf32> to tensor<16x65xf32>
    %z = tile.mul %s, %zero : tensor<16x65xf32>, f32
    %y = tile.add %z, %x : tensor<16x65xf32>, tensor<16x65xf32>
    %u = tensor.insert_slice %y into %acc[0, %at] [16, 65] [1, 1] : tensor<16x65xf32> into tensor<16x576xf32>
    task.yield %u : tensor<16x576xf32>
  }
  task.return %r : tensor<16x576xf32>
}

// So do parts of an accumulator that every round of an outer loop fills again.
// CHECK-LABEL: task.entry @keeps_refilled
task.entry @keeps_refilled(in %x: tensor<16x64xf32>, out %o: tensor<16x512xf32>) {
  %zero = arith.constant 0.0 : f32
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %c64 = arith.constant 64 : index
  %t = tile.empty() : tensor<16x512xf32>
  // CHECK: tile.mul
  %r = scf.for %b = %c0 to %c8 step %c1 iter_args(%rows = %t) -> (tensor<16x512xf32>) {
    %q = task.parallel %n = %c0 to %c8 step %c1 iter_args(%acc = %rows) -> (tensor<16x512xf32>) {
      %at = arith.muli %n, %c64 : index
      %s = tensor.extract_slice %acc[0, %at] [16, 64] [1, 1] : tensor<16x512xf32> to tensor<16x64xf32>
      %z = tile.mul %s, %zero : tensor<16x64xf32>, f32
      %y = tile.add %z, %x : tensor<16x64xf32>, tensor<16x64xf32>
      %u = tensor.insert_slice %y into %acc[0, %at] [16, 64] [1, 1] : tensor<16x64xf32> into tensor<16x512xf32>
      task.yield %u : tensor<16x512xf32>
    }
    scf.yield %q : tensor<16x512xf32>
  }
  task.return %r : tensor<16x512xf32>
}

// Integers have one zero; floats have two, and -0.0 leaves a sign.
// CHECK-LABEL: task.entry @knows_zeros
task.entry @knows_zeros(in %n: index, out %o: tensor<8xi32>, out %p: tensor<8xf32>, out %q: tensor<?xf32>) {
  %zero = arith.constant 0 : i32
  %negative = arith.constant -0.0 : f32
  %positive = arith.constant 0.0 : f32
  %zeros = arith.constant dense<0.0> : tensor<8xf32>
  // CHECK: tile.full {{.*}} -> tensor<8xi32>
  %a = tile.empty() : tensor<8xi32>
  %b = tile.mul %a, %zero : tensor<8xi32>, i32
  // CHECK-COUNT-2: tile.mul {{.*}} : tensor<8xf32>
  %c = tile.empty() : tensor<8xf32>
  %d = tile.mul %c, %negative : tensor<8xf32>, f32
  %e = tile.mul %c, %zeros : tensor<8xf32>, tensor<8xf32>
  // CHECK: %[[SIZE:.*]] = tensor.dim
  // CHECK: tile.full %{{.*}}(%[[SIZE]]) {{.*}} -> tensor<?xf32>
  %f = tile.empty(%n) : tensor<?xf32>
  %g = tile.mul %f, %positive : tensor<?xf32>, f32
  // CHECK-NOT: tile.mul
  task.return %b, %e, %g : tensor<8xi32>, tensor<8xf32>, tensor<?xf32>
}

// A fill with anything else, a tensor that holds something else on one way through or around a part,
// and one that a loop starts from, keep their products.
// CHECK-LABEL: task.entry @keeps_other_sources
task.entry @keeps_other_sources(in %v: f32, in %n: i1, in %x: tensor<8xf32>, out %o: tensor<8xf32>) {
  %zero = arith.constant 0.0 : f32
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  // CHECK-COUNT-4: tile.mul
  %a = tile.full %v() : f32 -> tensor<8xf32>
  %b = tile.mul %a, %zero : tensor<8xf32>, f32
  %c = tile.empty() : tensor<8xf32>
  %d = scf.if %n -> (tensor<8xf32>) {
    scf.yield %c : tensor<8xf32>
  } else {
    scf.yield %x : tensor<8xf32>
  }
  %e = tile.mul %d, %zero : tensor<8xf32>, f32
  %f = scf.for %i = %c0 to %c1 step %c1 iter_args(%t = %x) -> (tensor<8xf32>) {
    %z = tile.mul %t, %zero : tensor<8xf32>, f32
    scf.yield %z : tensor<8xf32>
  }
  %part = tile.empty() : tensor<4xf32>
  %g = tensor.insert_slice %part into %x[0] [4] [1] : tensor<4xf32> into tensor<8xf32>
  %h = tile.mul %g, %zero : tensor<8xf32>, f32
  %q = tile.add %b, %h : tensor<8xf32>, tensor<8xf32>
  %r = tile.add %q, %e : tensor<8xf32>, tensor<8xf32>
  %s = tile.add %r, %f : tensor<8xf32>, tensor<8xf32>
  task.return %s : tensor<8xf32>
}

// Parts that overlap are zeros as long as nothing but zeros comes in.
// CHECK-LABEL: task.entry @fills_overlapping_zeros
task.entry @fills_overlapping_zeros(out %o: tensor<512xf32>) {
  %zero = arith.constant 0.0 : f32
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  %c384 = arith.constant 384 : index
  %t = tile.empty() : tensor<512xf32>
  // CHECK: tile.full {{.*}} -> tensor<128xf32>
  // CHECK-NOT: tile.mul
  // CHECK: task.return
  %r = scf.for %c = %c0 to %c384 step %c64 iter_args(%acc = %t) -> (tensor<512xf32>) {
    %s = tensor.extract_slice %acc[%c] [128] [1] : tensor<512xf32> to tensor<128xf32>
    %z = tile.mul %s, %zero : tensor<128xf32>, f32
    %u = tensor.insert_slice %z into %acc[%c] [128] [1] : tensor<128xf32> into tensor<512xf32>
    scf.yield %u : tensor<512xf32>
  }
  task.return %r : tensor<512xf32>
}

// Offsets are sums and products of the loop's variable and of what does not change in the loop.
// CHECK-LABEL: task.entry @adds_offsets
task.entry @adds_offsets(in %base: index, in %x: tensor<64xf32>, out %o: tensor<1024xf32>) {
  %zero = arith.constant 0.0 : f32
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %c32 = arith.constant 32 : index
  %t = tile.empty() : tensor<1024xf32>
  // CHECK: tile.full {{.*}} -> tensor<64xf32>
  // CHECK-NOT: tile.mul
  // CHECK: task.return
  %r = scf.for %n = %c0 to %c8 step %c1 iter_args(%acc = %t) -> (tensor<1024xf32>) {
    %half = arith.muli %n, %c32 : index
    %whole = arith.addi %half, %half : index
    %at = arith.addi %base, %whole : index
    %s = tensor.extract_slice %acc[%at] [64] [1] : tensor<1024xf32> to tensor<64xf32>
    %z = tile.mul %s, %zero : tensor<64xf32>, f32
    %y = tile.add %z, %x : tensor<64xf32>, tensor<64xf32>
    %u = tensor.insert_slice %y into %acc[%at] [64] [1] : tensor<64xf32> into tensor<1024xf32>
    scf.yield %u : tensor<1024xf32>
  }
  task.return %r : tensor<1024xf32>
}

// A part that another iteration may have filled keeps its product: the next one's place, a place
// that differs by what is not known, a place that changes in the loop.
// CHECK-LABEL: task.entry @keeps_other_places
task.entry @keeps_other_places(in %v: index, in %w: index, in %where: tensor<8xindex>, in %x: tensor<64xf32>, out %o: tensor<1024xf32>) {
  %zero = arith.constant 0.0 : f32
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %c64 = arith.constant 64 : index
  %t = tile.empty() : tensor<1024xf32>
  // CHECK-COUNT-5: tile.mul
  %a = scf.for %n = %c0 to %c8 step %c1 iter_args(%acc = %t) -> (tensor<1024xf32>) {
    %at = arith.muli %n, %c64 : index
    %next = arith.addi %at, %c64 : index
    %s = tensor.extract_slice %acc[%at] [64] [1] : tensor<1024xf32> to tensor<64xf32>
    %z = tile.mul %s, %zero : tensor<64xf32>, f32
    %y = tile.add %z, %x : tensor<64xf32>, tensor<64xf32>
    %u = tensor.insert_slice %y into %acc[%next] [64] [1] : tensor<64xf32> into tensor<1024xf32>
    scf.yield %u : tensor<1024xf32>
  }
  %b = scf.for %n = %c0 to %c8 step %c1 iter_args(%acc = %t) -> (tensor<1024xf32>) {
    %place = arith.muli %n, %c64 : index
    %offset = arith.addi %v, %place : index
    %at = arith.addi %offset, %v : index
    %other = arith.addi %offset, %w : index
    %s = tensor.extract_slice %acc[%at] [64] [1] : tensor<1024xf32> to tensor<64xf32>
    %z = tile.mul %s, %zero : tensor<64xf32>, f32
    %y = tile.add %z, %x : tensor<64xf32>, tensor<64xf32>
    %u = tensor.insert_slice %y into %acc[%other] [64] [1] : tensor<64xf32> into tensor<1024xf32>
    scf.yield %u : tensor<1024xf32>
  }
  %c = scf.for %n = %c0 to %c8 step %c1 iter_args(%acc = %t) -> (tensor<1024xf32>) {
    %row = arith.addi %v, %n : index
    %at = arith.muli %row, %c64 : index
    %otherRow = arith.addi %w, %n : index
    %other = arith.muli %otherRow, %c64 : index
    %s = tensor.extract_slice %acc[%at] [64] [1] : tensor<1024xf32> to tensor<64xf32>
    %z = tile.mul %s, %zero : tensor<64xf32>, f32
    %y = tile.add %z, %x : tensor<64xf32>, tensor<64xf32>
    %u = tensor.insert_slice %y into %acc[%other] [64] [1] : tensor<64xf32> into tensor<1024xf32>
    scf.yield %u : tensor<1024xf32>
  }
  %d = scf.for %n = %c0 to %c8 step %c1 iter_args(%acc = %t) -> (tensor<1024xf32>) {
    %start = tensor.extract %where[%n] : tensor<8xindex>
    %place = arith.muli %n, %c64 : index
    %at = arith.addi %start, %place : index
    %s = tensor.extract_slice %acc[%at] [64] [1] : tensor<1024xf32> to tensor<64xf32>
    %z = tile.mul %s, %zero : tensor<64xf32>, f32
    %y = tile.add %z, %x : tensor<64xf32>, tensor<64xf32>
    %u = tensor.insert_slice %y into %acc[%at] [64] [1] : tensor<64xf32> into tensor<1024xf32>
    scf.yield %u : tensor<1024xf32>
  }
  %e = scf.for %n = %c0 to %c8 step %c1 iter_args(%acc = %t) -> (tensor<1024xf32>) {
    %place = arith.muli %n, %c64 : index
    %at = arith.addi %v, %place : index
    %other = arith.addi %w, %place : index
    %s = tensor.extract_slice %acc[%at] [64] [1] : tensor<1024xf32> to tensor<64xf32>
    %z = tile.mul %s, %zero : tensor<64xf32>, f32
    %y = tile.add %z, %x : tensor<64xf32>, tensor<64xf32>
    %u = tensor.insert_slice %y into %acc[%other] [64] [1] : tensor<64xf32> into tensor<1024xf32>
    scf.yield %u : tensor<1024xf32>
  }
  task.return %e : tensor<1024xf32>
}

// So does a part of what the next iteration takes from elsewhere.
// CHECK-LABEL: task.entry @keeps_replaced
task.entry @keeps_replaced(in %x: tensor<512xf32>, out %o: tensor<512xf32>) {
  %zero = arith.constant 0.0 : f32
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  %c512 = arith.constant 512 : index
  %t = tile.empty() : tensor<512xf32>
  // CHECK-COUNT-3: tile.mul
  %a = scf.for %n = %c0 to %c512 step %c64 iter_args(%acc = %t) -> (tensor<512xf32>) {
    %s = tensor.extract_slice %acc[%n] [64] [1] : tensor<512xf32> to tensor<64xf32>
    %z = tile.mul %s, %zero : tensor<64xf32>, f32
    %u = tensor.insert_slice %z into %x[%n] [64] [1] : tensor<64xf32> into tensor<512xf32>
    scf.yield %u : tensor<512xf32>
  }
  %b = scf.for %n = %c0 to %c512 step %c64 iter_args(%acc = %t) -> (tensor<512xf32>) {
    %s = tensor.extract_slice %acc[%n] [64] [1] : tensor<512xf32> to tensor<64xf32>
    %z = tile.mul %s, %zero : tensor<64xf32>, f32
    %e = tile.exp %acc : tensor<512xf32>
    %u = tensor.insert_slice %z into %e[%n] [64] [1] : tensor<64xf32> into tensor<512xf32>
    scf.yield %u : tensor<512xf32>
  }
  %c = scf.for %n = %c0 to %c512 step %c64 iter_args(%acc = %t) -> (tensor<512xf32>) {
    %s = tensor.extract_slice %acc[%n] [64] [1] : tensor<512xf32> to tensor<64xf32>
    %z = tile.mul %s, %zero : tensor<64xf32>, f32
    %l = scf.for %m = %c0 to %c1 step %c1 iter_args(%inner = %x) -> (tensor<512xf32>) {
      %u = tensor.insert_slice %z into %inner[%n] [64] [1] : tensor<64xf32> into tensor<512xf32>
      scf.yield %u : tensor<512xf32>
    }
    scf.yield %l : tensor<512xf32>
  }
  task.return %c : tensor<512xf32>
}
