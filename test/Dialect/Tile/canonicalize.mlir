// RUN: tile-opt %s -canonicalize | FileCheck %s

// An undefined element could be a NaN, so that the product would not be zero.
// CHECK-LABEL: @zero_times_an_empty_tensor_is_a_fill
func.func @zero_times_an_empty_tensor_is_a_fill() -> tensor<4x8xf32> {
  // CHECK-NOT: tile.mul
  // CHECK: tile.full %{{.*}}() : f32 -> tensor<4x8xf32>
  %zero = arith.constant 0.0 : f32
  %e = tile.empty() : tensor<4x8xf32>
  %r = tile.mul %e, %zero : tensor<4x8xf32>, f32
  return %r : tensor<4x8xf32>
}

// CHECK-LABEL: @zero_times_a_dynamic_slice_of_an_empty_tensor_keeps_its_size
func.func @zero_times_a_dynamic_slice_of_an_empty_tensor_keeps_its_size(%n: index) -> tensor<4x?xf32> {
  // CHECK: tile.full %{{.*}}(%arg0) : f32 -> tensor<4x?xf32>
  %zero = arith.constant 0.0 : f32
  %e = tile.empty() : tensor<4x8xf32>
  %s = tensor.extract_slice %e[0, 0] [4, %n] [1, 1] : tensor<4x8xf32> to tensor<4x?xf32>
  %r = tile.mul %s, %zero : tensor<4x?xf32>, f32
  return %r : tensor<4x?xf32>
}

// CHECK-LABEL: @zero_times_written_data_stays
func.func @zero_times_written_data_stays(%x: tensor<4x8xf32>) -> tensor<4x8xf32> {
  // CHECK: tile.mul
  %zero = arith.constant 0.0 : f32
  %r = tile.mul %x, %zero : tensor<4x8xf32>, f32
  return %r : tensor<4x8xf32>
}

// Minus zero times an element may be a minus zero or a zero.
// CHECK-LABEL: @minus_zero_times_an_empty_tensor_stays
func.func @minus_zero_times_an_empty_tensor_stays() -> tensor<4x8xf32> {
  // CHECK: tile.mul
  %zero = arith.constant -0.0 : f32
  %e = tile.empty() : tensor<4x8xf32>
  %r = tile.mul %e, %zero : tensor<4x8xf32>, f32
  return %r : tensor<4x8xf32>
}

// CHECK-LABEL: @cast_to_the_same_type_folds
func.func @cast_to_the_same_type_folds(%x: tensor<4x8xf32>) -> tensor<4x8xf32> {
  // CHECK-NEXT: return %arg0
  %r = tile.cast rint %x : tensor<4x8xf32> to tensor<4x8xf32>
  return %r : tensor<4x8xf32>
}

// CHECK-LABEL: @reshape_of_a_reshape_is_one
func.func @reshape_of_a_reshape_is_one(%x: tensor<4x8xf32>) -> tensor<16x2xf32> {
  // CHECK-NEXT: %[[R:.*]] = tile.reshape %arg0 : tensor<4x8xf32> -> tensor<16x2xf32>
  // CHECK-NEXT: return %[[R]]
  %r = tile.reshape %x : tensor<4x8xf32> -> tensor<1x32xf32>
  %s = tile.reshape %r : tensor<1x32xf32> -> tensor<16x2xf32>
  return %s : tensor<16x2xf32>
}

// CHECK-LABEL: @reshape_and_back_folds
func.func @reshape_and_back_folds(%x: tensor<4x8xf32>) -> tensor<4x8xf32> {
  // CHECK-NEXT: return %arg0
  %r = tile.reshape %x : tensor<4x8xf32> -> tensor<1x32xf32>
  %s = tile.reshape %r : tensor<1x32xf32> -> tensor<4x8xf32>
  return %s : tensor<4x8xf32>
}

// CHECK-LABEL: @identity_transpose_folds
func.func @identity_transpose_folds(%x: tensor<4x8xf32>) -> tensor<4x8xf32> {
  // CHECK-NEXT: return %arg0
  %r = tile.transpose %x [0, 1] : tensor<4x8xf32>
  return %r : tensor<4x8xf32>
}

// CHECK-LABEL: @zero_accumulator_goes
func.func @zero_accumulator_goes(%a: tensor<4x8xbf16>, %b: tensor<8x4xbf16>) -> tensor<4x4xf32> {
  // CHECK-NEXT: tile.matmul %arg0, %arg1 : tensor
  %zero = arith.constant 0.0 : f32
  %z = tile.full %zero() : f32 -> tensor<4x4xf32>
  %r = tile.matmul %a, %b acc(%z : tensor<4x4xf32>)
     : tensor<4x8xbf16>, tensor<8x4xbf16> -> tensor<4x4xf32>
  return %r : tensor<4x4xf32>
}

// The chain starts at +0.0, which differs from -0.0 when every product is -0.0.
// CHECK-LABEL: @minus_zero_accumulator_stays
func.func @minus_zero_accumulator_stays(%a: tensor<4x8xbf16>, %b: tensor<8x4xbf16>) -> tensor<4x4xf32> {
  // CHECK: tile.matmul {{.*}} acc(
  %zero = arith.constant -0.0 : f32
  %z = tile.full %zero() : f32 -> tensor<4x4xf32>
  %r = tile.matmul %a, %b acc(%z : tensor<4x4xf32>)
     : tensor<4x8xbf16>, tensor<8x4xbf16> -> tensor<4x4xf32>
  return %r : tensor<4x4xf32>
}

// CHECK-LABEL: @checks_that_hold_go
func.func @checks_that_hold_go(%n: index) {
  // CHECK-NEXT: return
  %c0 = arith.constant 0 : index
  %c8 = arith.constant 8 : index
  %c16 = arith.constant 16 : index
  tile.check in_bounds(%c8, %c8, %c16)
  tile.check equal(%n, %n)
  tile.check equal(%c8, %c8)
  tile.check positive(%c8)
  tile.check at_most(%c0, %c8)
  return
}

// CHECK-LABEL: @checks_that_may_fail_stay
func.func @checks_that_may_fail_stay(%n: index) {
  // CHECK: tile.check in_bounds(%arg0
  // CHECK: tile.check in_bounds
  // CHECK: tile.check equal
  // CHECK: tile.check positive
  // CHECK: tile.check at_most
  %c0 = arith.constant 0 : index
  %c8 = arith.constant 8 : index
  %c15 = arith.constant 15 : index
  tile.check in_bounds(%n, %c8, %c15)
  tile.check in_bounds(%c8, %c8, %c15)
  tile.check equal(%c8, %c15)
  tile.check positive(%c0)
  tile.check at_most(%c15, %c8)
  return
}
