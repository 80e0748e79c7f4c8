// Upstream's tiling, by the transform dialect, on tile operations.
// RUN: tile-opt %s -split-input-file -verify-diagnostics -transform-interpreter -canonicalize -cse | FileCheck %s

// A repeated operand is cut in the dimensions it has; the producer follows into the loop.
// CHECK-LABEL: @cuts_elementwise_and_fuses_its_producer
func.func @cuts_elementwise_and_fuses_its_producer(%x: tensor<?x64xf32>, %y: tensor<?x1xf32>, %s: f32) -> tensor<?x64xf32> {
  // CHECK: scf.for %[[I:[^ ]+]] =
  // CHECK: scf.for %[[J:[^ ]+]] =
  // CHECK: %[[X:.*]] = tensor.extract_slice %arg0[%[[I]], %[[J]]] [%[[N:.*]], 16]
  // CHECK: %[[Y:.*]] = tensor.extract_slice %arg1[%[[I]], 0] [%[[N]], 1]
  // CHECK: %[[E:.*]] = tile.add %[[X]], %[[Y]] : tensor<?x16xf32>, tensor<?x1xf32>
  // CHECK: %[[F:.*]] = tile.mul %[[E]], %arg2 : tensor<?x16xf32>, f32
  // CHECK: tensor.insert_slice %[[F]] into %{{.*}}[%[[I]], %[[J]]] [%[[N]], 16]
  %e = tile.add %x, %y : tensor<?x64xf32>, tensor<?x1xf32>
  %f = tile.mul %e, %s : tensor<?x64xf32>, f32
  return %f : tensor<?x64xf32>
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%root: !transform.any_op {transform.readonly}) {
    %mul = transform.structured.match ops{["tile.mul"]} in %root : (!transform.any_op) -> !transform.any_op
    %add = transform.structured.match ops{["tile.add"]} in %root : (!transform.any_op) -> !transform.any_op
    %tiled, %loops:2 = transform.structured.tile_using_for %mul tile_sizes [4, 16] : (!transform.any_op) -> (!transform.any_op, !transform.any_op, !transform.any_op)
    transform.structured.fuse_into_containing_op %add into %loops#0 : (!transform.any_op, !transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

// CHECK-LABEL: @cuts_a_product_in_m_and_n
func.func @cuts_a_product_in_m_and_n(%a: tensor<64x256xbf16>, %b: tensor<128x256xbf16>, %c: tensor<64x128xf32>) -> tensor<64x128xf32> {
  // CHECK: scf.forall
  // CHECK: %[[I:.*]] = affine.apply
  // CHECK: %[[J:.*]] = affine.apply
  // CHECK: %[[A:.*]] = tensor.extract_slice %arg0[%[[I]], 0] [16, 256]
  // CHECK: %[[B:.*]] = tensor.extract_slice %arg1[%[[J]], 0] [32, 256]
  // CHECK: %[[C:.*]] = tensor.extract_slice %arg2[%[[I]], %[[J]]] [16, 32]
  // CHECK: tile.matmul %[[A]], %[[B]] acc(%[[C]] : tensor<16x32xf32>) trans_rhs
  %r = tile.matmul %a, %b acc(%c : tensor<64x128xf32>) trans_rhs : tensor<64x256xbf16>, tensor<128x256xbf16> -> tensor<64x128xf32>
  return %r : tensor<64x128xf32>
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%root: !transform.any_op {transform.readonly}) {
    %product = transform.structured.match ops{["tile.matmul"]} in %root : (!transform.any_op) -> !transform.any_op
    %tiled, %loop = transform.structured.tile_using_forall %product tile_sizes [16, 32] : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

// Each part continues the chain of the one before it.
// CHECK-LABEL: @cuts_a_product_in_k_through_the_accumulator
func.func @cuts_a_product_in_k_through_the_accumulator(%a: tensor<64x?xbf16>, %b: tensor<?x128xbf16>, %c: tensor<64x128xf32>) -> tensor<64x128xf32> {
  // CHECK: %[[R:.*]] = scf.for %[[K:[^ ]+]] = {{.*}} iter_args(%[[ACC:.*]] = %arg2)
  // CHECK: %[[N:.*]] = affine.min
  // CHECK: %[[A:.*]] = tensor.extract_slice %arg0[0, %[[K]]] [64, %[[N]]]
  // CHECK: %[[B:.*]] = tensor.extract_slice %arg1[%[[K]], 0] [%[[N]], 128]
  // CHECK: %[[P:.*]] = tile.matmul %[[A]], %[[B]] acc(%[[ACC]] : tensor<64x128xf32>)
  // CHECK: scf.yield %[[P]]
  // CHECK: return %[[R]]
  %r = tile.matmul %a, %b acc(%c : tensor<64x128xf32>) : tensor<64x?xbf16>, tensor<?x128xbf16> -> tensor<64x128xf32>
  return %r : tensor<64x128xf32>
}

// CHECK-LABEL: @cuts_a_product_in_k_from_zero
func.func @cuts_a_product_in_k_from_zero(%a: tensor<64x256xi8>, %b: tensor<256x128xi8>) -> tensor<64x128xi32> {
  // CHECK: %[[ZERO:.*]] = arith.constant 0 : i32
  // CHECK: %[[FULL:.*]] = tile.full %[[ZERO]]() : i32 -> tensor<64x128xi32>
  // CHECK: scf.for {{.*}} iter_args(%[[ACC:.*]] = %[[FULL]])
  // CHECK: tile.matmul {{.*}} acc(%[[ACC]] : tensor<64x128xi32>) : tensor<64x64xi8>, tensor<64x128xi8>
  %r = tile.matmul %a, %b : tensor<64x256xi8>, tensor<256x128xi8> -> tensor<64x128xi32>
  return %r : tensor<64x128xi32>
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%root: !transform.any_op {transform.readonly}) {
    %products = transform.structured.match ops{["tile.matmul"]} in %root : (!transform.any_op) -> !transform.any_op
    %init, %tiled, %merge, %loop = transform.structured.tile_reduction_using_for %products by tile_sizes = [0, 0, 64] : (!transform.any_op) -> (!transform.any_op, !transform.any_op, !transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

// CHECK-LABEL: @cuts_a_reduction_beside_the_reduced_dimension
func.func @cuts_a_reduction_beside_the_reduced_dimension(%x: tensor<64x?xf32>) -> tensor<64x1xf32> {
  // CHECK: %[[N:.*]] = tensor.dim %arg0, %c1
  // CHECK: scf.for %[[I:[^ ]+]] =
  // CHECK: %[[X:.*]] = tensor.extract_slice %arg0[%[[I]], 0] [16, %[[N]]]
  // CHECK: %[[S:.*]] = tile.reduce sum %[[X]] dim(1) : tensor<16x?xf32>
  // CHECK: tensor.insert_slice %[[S]] into %{{.*}}[%[[I]], 0] [16, 1]
  %r = tile.reduce sum %x dim(1) : tensor<64x?xf32>
  return %r : tensor<64x1xf32>
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%root: !transform.any_op {transform.readonly}) {
    %reduction = transform.structured.match ops{["tile.reduce"]} in %root : (!transform.any_op) -> !transform.any_op
    %tiled, %loop = transform.structured.tile_using_for %reduction tile_sizes [16] : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

// The order of the additions in a row is fixed.
func.func @keeps_a_reduced_dimension_whole(%x: tensor<64x256xf32>) -> tensor<64x1xf32> {
  // expected-error @+2 {{to tile operation}}
  // expected-error @+1 {{failed to generate tiling loops}}
  %r = tile.reduce sum %x dim(1) : tensor<64x256xf32>
  return %r : tensor<64x1xf32>
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%root: !transform.any_op {transform.readonly}) {
    %reduction = transform.structured.match ops{["tile.reduce"]} in %root : (!transform.any_op) -> !transform.any_op
    %tiled, %loop = transform.structured.tile_using_for %reduction tile_sizes [0, 64] : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

// Plain tiling would overwrite the sum of one part by the next.
func.func @keeps_k_whole_without_a_chain(%a: tensor<64x256xbf16>, %b: tensor<256x128xbf16>) -> tensor<64x128xf32> {
  // expected-error @+2 {{to tile operation}}
  // expected-error @+1 {{failed to generate tiling loops}}
  %r = tile.matmul %a, %b : tensor<64x256xbf16>, tensor<256x128xbf16> -> tensor<64x128xf32>
  return %r : tensor<64x128xf32>
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%root: !transform.any_op {transform.readonly}) {
    %product = transform.structured.match ops{["tile.matmul"]} in %root : (!transform.any_op) -> !transform.any_op
    %tiled, %loop = transform.structured.tile_using_for %product tile_sizes [0, 0, 64] : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

// Upstream's destinations would lose the capacity.
func.func @keeps_a_tensor_with_capacity_whole(%x: tensor<8x?xf32, #tile.capacity<8x64>>) -> tensor<8x?xf32, #tile.capacity<8x64>> {
  // expected-error @+2 {{to tile operation}}
  // expected-error @+1 {{failed to generate tiling loops}}
  %r = tile.exp %x : tensor<8x?xf32, #tile.capacity<8x64>>
  return %r : tensor<8x?xf32, #tile.capacity<8x64>>
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%root: !transform.any_op {transform.readonly}) {
    %exp = transform.structured.match ops{["tile.exp"]} in %root : (!transform.any_op) -> !transform.any_op
    %tiled, %loop = transform.structured.tile_using_for %exp tile_sizes [4] : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}
