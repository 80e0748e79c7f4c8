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
task.entry @keeps_overlapping(in %x: tensor<16x128xf32>, out %o: tensor<16x576xf32>) {
  %zero = arith.constant 0.0 : f32
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %c64 = arith.constant 64 : index
  %t = tile.empty() : tensor<16x576xf32>
  // CHECK: tile.mul
  %r = task.parallel %n = %c0 to %c8 step %c1 iter_args(%acc = %t) -> (tensor<16x576xf32>) {
    %at = arith.muli %n, %c64 : index
    %s = tensor.extract_slice %acc[0, %at] [16, 128] [1, 1] : tensor<16x576xf32> to tensor<16x128xf32>
    %z = tile.mul %s, %zero : tensor<16x128xf32>, f32
    %y = tile.add %z, %x : tensor<16x128xf32>, tensor<16x128xf32>
    %u = tensor.insert_slice %y into %acc[0, %at] [16, 128] [1, 1] : tensor<16x128xf32> into tensor<16x576xf32>
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
