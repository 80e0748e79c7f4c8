// RUN: tile-opt %s -verify-diagnostics -split-input-file
// Each case breaks one numbered constraint of one operation.

func.func @add_c1(%x: tensor<16x128xf32>, %y: tensor<16x128xbf16>) {
  // expected-error @below {{'tile.add' op (C1) expects 'rhs' to have the element type of 'lhs', but got 'bf16' and 'f32'}}
  %r = tile.add %x, %y : tensor<16x128xf32>, tensor<16x128xbf16>
  return
}

// -----

func.func @add_c2(%x: tensor<16x128xf32>, %y: tensor<16x64xf32>) {
  // expected-error @below {{'tile.add' op (C2) expects dim 1 of 'rhs' to equal that of 'lhs' or 1, but got 64 and 128}}
  %r = tile.add %x, %y : tensor<16x128xf32>, tensor<16x64xf32>
  return
}

// -----

func.func @sub_c1(%x: tensor<16x128xf32>, %y: tensor<16x128xbf16>) {
  // expected-error @below {{'tile.sub' op (C1) expects 'rhs' to have the element type of 'lhs', but got 'bf16' and 'f32'}}
  %r = tile.sub %x, %y : tensor<16x128xf32>, tensor<16x128xbf16>
  return
}

// -----

func.func @sub_c2(%x: tensor<16x128xf32>, %y: tensor<16x64xf32>) {
  // expected-error @below {{'tile.sub' op (C2) expects dim 1 of 'rhs' to equal that of 'lhs' or 1, but got 64 and 128}}
  %r = tile.sub %x, %y : tensor<16x128xf32>, tensor<16x64xf32>
  return
}

// -----

func.func @mul_c1(%x: tensor<16x128xf32>, %y: tensor<16x128xbf16>) {
  // expected-error @below {{'tile.mul' op (C1) expects 'rhs' to have the element type of 'lhs', but got 'bf16' and 'f32'}}
  %r = tile.mul %x, %y : tensor<16x128xf32>, tensor<16x128xbf16>
  return
}

// -----

func.func @mul_c2(%x: tensor<16x128xf32>, %y: tensor<16x64xf32>) {
  // expected-error @below {{'tile.mul' op (C2) expects dim 1 of 'rhs' to equal that of 'lhs' or 1, but got 64 and 128}}
  %r = tile.mul %x, %y : tensor<16x128xf32>, tensor<16x64xf32>
  return
}

// -----

func.func @div_c1(%x: tensor<16x128xf32>, %y: tensor<16x128xbf16>) {
  // expected-error @below {{'tile.div' op (C1) expects 'rhs' to have the element type of 'lhs', but got 'bf16' and 'f32'}}
  %r = tile.div %x, %y : tensor<16x128xf32>, tensor<16x128xbf16>
  return
}

// -----

func.func @div_c2(%x: tensor<16x128xf32>, %y: tensor<16x64xf32>) {
  // expected-error @below {{'tile.div' op (C2) expects dim 1 of 'rhs' to equal that of 'lhs' or 1, but got 64 and 128}}
  %r = tile.div %x, %y : tensor<16x128xf32>, tensor<16x64xf32>
  return
}

// -----

func.func @maximum_c1(%x: tensor<16x128xf32>, %y: tensor<16x128xbf16>) {
  // expected-error @below {{'tile.maximum' op (C1) expects 'rhs' to have the element type of 'lhs', but got 'bf16' and 'f32'}}
  %r = tile.maximum %x, %y : tensor<16x128xf32>, tensor<16x128xbf16>
  return
}

// -----

func.func @maximum_c2(%x: tensor<16x128xf32>, %y: tensor<16x64xf32>) {
  // expected-error @below {{'tile.maximum' op (C2) expects dim 1 of 'rhs' to equal that of 'lhs' or 1, but got 64 and 128}}
  %r = tile.maximum %x, %y : tensor<16x128xf32>, tensor<16x64xf32>
  return
}

// -----

func.func @minimum_c1(%x: tensor<16x128xf32>, %y: tensor<16x128xbf16>) {
  // expected-error @below {{'tile.minimum' op (C1) expects 'rhs' to have the element type of 'lhs', but got 'bf16' and 'f32'}}
  %r = tile.minimum %x, %y : tensor<16x128xf32>, tensor<16x128xbf16>
  return
}

// -----

func.func @minimum_c2(%x: tensor<16x128xf32>, %y: tensor<16x64xf32>) {
  // expected-error @below {{'tile.minimum' op (C2) expects dim 1 of 'rhs' to equal that of 'lhs' or 1, but got 64 and 128}}
  %r = tile.minimum %x, %y : tensor<16x128xf32>, tensor<16x64xf32>
  return
}

// -----

func.func @fmod_c1(%x: tensor<16x128xf32>, %y: tensor<16x128xbf16>) {
  // expected-error @below {{'tile.fmod' op (C1) expects 'rhs' to have the element type of 'lhs', but got 'bf16' and 'f32'}}
  %r = tile.fmod %x, %y : tensor<16x128xf32>, tensor<16x128xbf16>
  return
}

// -----

func.func @fmod_c2(%x: tensor<16x128xf32>, %y: tensor<16x64xf32>) {
  // expected-error @below {{'tile.fmod' op (C2) expects dim 1 of 'rhs' to equal that of 'lhs' or 1, but got 64 and 128}}
  %r = tile.fmod %x, %y : tensor<16x128xf32>, tensor<16x64xf32>
  return
}

// -----

func.func @and_c1(%x: tensor<16x128xi32>, %y: tensor<16x128xi16>) {
  // expected-error @below {{'tile.and' op (C1) expects 'rhs' to have the element type of 'lhs', but got 'i16' and 'i32'}}
  %r = tile.and %x, %y : tensor<16x128xi32>, tensor<16x128xi16>
  return
}

// -----

func.func @and_c2(%x: tensor<16x128xi32>, %y: tensor<16x64xi32>) {
  // expected-error @below {{'tile.and' op (C2) expects dim 1 of 'rhs' to equal that of 'lhs' or 1, but got 64 and 128}}
  %r = tile.and %x, %y : tensor<16x128xi32>, tensor<16x64xi32>
  return
}

// -----

func.func @or_c1(%x: tensor<16x128xi32>, %y: tensor<16x128xi16>) {
  // expected-error @below {{'tile.or' op (C1) expects 'rhs' to have the element type of 'lhs', but got 'i16' and 'i32'}}
  %r = tile.or %x, %y : tensor<16x128xi32>, tensor<16x128xi16>
  return
}

// -----

func.func @or_c2(%x: tensor<16x128xi32>, %y: tensor<16x64xi32>) {
  // expected-error @below {{'tile.or' op (C2) expects dim 1 of 'rhs' to equal that of 'lhs' or 1, but got 64 and 128}}
  %r = tile.or %x, %y : tensor<16x128xi32>, tensor<16x64xi32>
  return
}

// -----

func.func @xor_c1(%x: tensor<16x128xi32>, %y: tensor<16x128xi16>) {
  // expected-error @below {{'tile.xor' op (C1) expects 'rhs' to have the element type of 'lhs', but got 'i16' and 'i32'}}
  %r = tile.xor %x, %y : tensor<16x128xi32>, tensor<16x128xi16>
  return
}

// -----

func.func @xor_c2(%x: tensor<16x128xi32>, %y: tensor<16x64xi32>) {
  // expected-error @below {{'tile.xor' op (C2) expects dim 1 of 'rhs' to equal that of 'lhs' or 1, but got 64 and 128}}
  %r = tile.xor %x, %y : tensor<16x128xi32>, tensor<16x64xi32>
  return
}

// -----

func.func @shl_c1(%x: tensor<16x128xi32>, %y: tensor<16x128xi16>) {
  // expected-error @below {{'tile.shl' op (C1) expects 'rhs' to have the element type of 'lhs', but got 'i16' and 'i32'}}
  %r = tile.shl %x, %y : tensor<16x128xi32>, tensor<16x128xi16>
  return
}

// -----

func.func @shl_c2(%x: tensor<16x128xi32>, %y: tensor<16x64xi32>) {
  // expected-error @below {{'tile.shl' op (C2) expects dim 1 of 'rhs' to equal that of 'lhs' or 1, but got 64 and 128}}
  %r = tile.shl %x, %y : tensor<16x128xi32>, tensor<16x64xi32>
  return
}

// -----

func.func @shr_c1(%x: tensor<16x128xi32>, %y: tensor<16x128xi16>) {
  // expected-error @below {{'tile.shr' op (C1) expects 'rhs' to have the element type of 'lhs', but got 'i16' and 'i32'}}
  %r = tile.shr %x, %y : tensor<16x128xi32>, tensor<16x128xi16>
  return
}

// -----

func.func @shr_c2(%x: tensor<16x128xi32>, %y: tensor<16x64xi32>) {
  // expected-error @below {{'tile.shr' op (C2) expects dim 1 of 'rhs' to equal that of 'lhs' or 1, but got 64 and 128}}
  %r = tile.shr %x, %y : tensor<16x128xi32>, tensor<16x64xi32>
  return
}

// -----

func.func @add_c2_rank(%x: tensor<16x128xf32>, %y: tensor<128xf32>) {
  // expected-error @below {{'tile.add' op (C2) expects 'rhs' to have the rank of 'lhs', but got 1 and 2}}
  %r = tile.add %x, %y : tensor<16x128xf32>, tensor<128xf32>
  return
}

// -----

func.func @compare_c1(%x: tensor<16x128xf32>, %y: bf16) {
  // expected-error @below {{'tile.compare' op (C1) expects 'rhs' to have the element type of 'lhs', but got 'bf16' and 'f32'}}
  %r = tile.compare lt %x, %y : tensor<16x128xf32>, bf16 -> tensor<16x128xi1>
  return
}

// -----

func.func @compare_c2(%x: tensor<16x128xf32>, %y: tensor<8x128xf32>) {
  // expected-error @below {{'tile.compare' op (C2) expects dim 0 of 'rhs' to equal that of 'lhs' or 1, but got 8 and 16}}
  %r = tile.compare lt %x, %y : tensor<16x128xf32>, tensor<8x128xf32> -> tensor<16x128xi1>
  return
}

// -----

func.func @compare_c3(%x: tensor<16x128xf32>) {
  // expected-error @below {{'tile.compare' op (C3) expects 'result' to have the shape of 'lhs', but got 'tensor<16x64xi1>' and 'tensor<16x128xf32>'}}
  %r = tile.compare lt %x, %x : tensor<16x128xf32>, tensor<16x128xf32> -> tensor<16x64xi1>
  return
}

// -----

func.func @select_c1(%m: tensor<16x64xi1>, %x: tensor<16x128xf32>) {
  // expected-error @below {{'tile.select' op (C1) expects 'mask' to have the shape of 'lhs', but got 'tensor<16x64xi1>' and 'tensor<16x128xf32>'}}
  %r = tile.select %m, %x, %x : tensor<16x64xi1>, tensor<16x128xf32>
  return
}

// -----

func.func @cast_c1(%x: tensor<16x128xf32>) {
  // expected-error @below {{'tile.cast' op (C1) expects 'result' to have the shape of 'input', but got 'tensor<16x64xbf16>' and 'tensor<16x128xf32>'}}
  %r = tile.cast rint %x : tensor<16x128xf32> to tensor<16x64xbf16>
  return
}

// -----

func.func @reduce_c1(%x: tensor<128xf32>) {
  // expected-error @below {{'tile.reduce' op (C1) expects 'input' to be a matrix, but got 'tensor<128xf32>'}}
  %r = tile.reduce sum %x dim(0) : tensor<128xf32>
  return
}

// -----

func.func @reduce_c2(%x: tensor<16x128xf32>) {
  // expected-error @below {{'tile.reduce' op (C2) expects 'dim' to be 0 or 1, but got 2}}
  %r = tile.reduce sum %x dim(2) : tensor<16x128xf32>
  return
}

// -----

func.func @reduce_c3(%x: tensor<16x128xf32>) {
  // expected-error @below {{'tile.reduce' op (C3) expects 'result' to be 'tensor<16x1xf32>', but got 'tensor<1x128xf32>'}}
  %r = "tile.reduce"(%x) <{kind = 0 : i32, dim = 1 : i64}> : (tensor<16x128xf32>) -> tensor<1x128xf32>
  return
}

// -----

func.func @arg_reduce_c1(%x: tensor<128xf32>) {
  // expected-error @below {{'tile.arg_reduce' op (C1) expects 'input' to be a matrix, but got 'tensor<128xf32>'}}
  %r = tile.arg_reduce argmax %x dim(0) : tensor<128xf32>
  return
}

// -----

func.func @arg_reduce_c2(%x: tensor<16x128xf32>) {
  // expected-error @below {{'tile.arg_reduce' op (C2) expects 'dim' to be 0 or 1, but got 2}}
  %r = tile.arg_reduce argmax %x dim(2) : tensor<16x128xf32>
  return
}

// -----

func.func @arg_reduce_c3(%x: tensor<16x128xf32>) {
  // expected-error @below {{'tile.arg_reduce' op (C3) expects 'result' to be 'tensor<16x1xi32>', but got 'tensor<1x128xi32>'}}
  %r = "tile.arg_reduce"(%x) <{kind = 0 : i32, dim = 1 : i64}> : (tensor<16x128xf32>) -> tensor<1x128xi32>
  return
}

// -----

func.func @matmul_c1(%a: tensor<64xbf16>, %b: tensor<64x32xbf16>) {
  // expected-error @below {{'tile.matmul' op (C1) expects matrices, but got 'tensor<64xbf16>' and 'tensor<64x32xbf16>'}}
  %r = tile.matmul %a, %b : tensor<64xbf16>, tensor<64x32xbf16> -> tensor<16x32xf32>
  return
}

// -----

func.func @matmul_c2(%a: tensor<16x64xbf16>, %b: tensor<32x32xbf16>) {
  // expected-error @below {{'tile.matmul' op (C2) expects dim 1 of 'lhs' to equal dim 0 of 'rhs', but got 64 and 32}}
  %r = tile.matmul %a, %b : tensor<16x64xbf16>, tensor<32x32xbf16> -> tensor<16x32xf32>
  return
}

// -----

func.func @matmul_c3(%a: tensor<16x64xbf16>, %b: tensor<64x32xf16>) {
  // expected-error @below {{'tile.matmul' op (C3) expects operands of one element type, f32, bf16, f16 or i8, but got 'bf16' and 'f16'}}
  %r = tile.matmul %a, %b : tensor<16x64xbf16>, tensor<64x32xf16> -> tensor<16x32xf32>
  return
}

// -----

func.func @matmul_c4(%a: tensor<16x64xbf16>, %b: tensor<64x32xbf16>) {
  // expected-error @below {{'tile.matmul' op (C4) expects 'result' to have element type 'f32', but got 'bf16'}}
  %r = tile.matmul %a, %b : tensor<16x64xbf16>, tensor<64x32xbf16> -> tensor<16x32xbf16>
  return
}

// -----

func.func @matmul_c5(%a: tensor<16x64xbf16>, %b: tensor<64x32xbf16>) {
  // expected-error @below {{'tile.matmul' op (C5) expects 'result' to have shape [16, 32], but got [32, 16]}}
  %r = tile.matmul %a, %b : tensor<16x64xbf16>, tensor<64x32xbf16> -> tensor<32x16xf32>
  return
}

// -----

func.func @matmul_c6(%a: tensor<16x64xbf16>, %b: tensor<64x32xbf16>, %c: tensor<16x16xf32>) {
  // expected-error @below {{'tile.matmul' op (C6) expects 'acc' to have the type of 'result', but got 'tensor<16x16xf32>' and 'tensor<16x32xf32>'}}
  %r = tile.matmul %a, %b acc(%c : tensor<16x16xf32>) : tensor<16x64xbf16>, tensor<64x32xbf16> -> tensor<16x32xf32>
  return
}

// -----

func.func @matmul_c2_transposed(%a: tensor<64x16xbf16>, %b: tensor<64x32xbf16>) {
  // expected-error @below {{'tile.matmul' op (C2) expects dim 0 of 'lhs' to equal dim 1 of 'rhs', but got 64 and 32}}
  %r = tile.matmul %a, %b trans_lhs trans_rhs : tensor<64x16xbf16>, tensor<64x32xbf16> -> tensor<16x64xf32>
  return
}

// -----

func.func @empty_c1() {
  // expected-error @below {{'tile.empty' op (C1) expects one size per dynamic dimension, but got 0 for 'tensor<8x?xf32, #tile.capacity<8x64>>'}}
  %r = tile.empty() : tensor<8x?xf32, #tile.capacity<8x64>>
  return
}

// -----

func.func @full_c1(%v: f32, %n: index) {
  // expected-error @below {{'tile.full' op (C1) expects one size per dynamic dimension, but got 1 for 'tensor<8x64xf32>'}}
  %r = tile.full %v(%n) : f32 -> tensor<8x64xf32>
  return
}

// -----

func.func @full_c2(%v: bf16) {
  // expected-error @below {{'tile.full' op (C2) expects 'value' to have the element type of 'result', but got 'bf16' and 'f32'}}
  %r = tile.full %v() : bf16 -> tensor<8x64xf32>
  return
}

// -----

func.func @arange_c1(%s: i32) {
  // expected-error @below {{'tile.arange' op (C1) expects 'result' to have a static shape, but got 'tensor<1x?xi32>'}}
  %r = tile.arange %s : i32 -> tensor<1x?xi32>
  return
}

// -----

func.func @arange_c2(%s: i64) {
  // expected-error @below {{'tile.arange' op (C2) expects 'start' to have the element type of 'result', but got 'i64' and 'i32'}}
  %r = tile.arange %s : i64 -> tensor<1x64xi32>
  return
}

// -----

func.func @broadcast_c1(%x: tensor<16x1xf32>) {
  // expected-error @below {{'tile.broadcast' op (C1) expects 'result' to have the element type and rank of 'input', but got 'tensor<16x128xbf16>' and 'tensor<16x1xf32>'}}
  %r = tile.broadcast %x() : tensor<16x1xf32> -> tensor<16x128xbf16>
  return
}

// -----

func.func @broadcast_c2(%x: tensor<16x2xf32>) {
  // expected-error @below {{'tile.broadcast' op (C2) expects dim 1 of 'input' to equal that of 'result' or 1, but got 2 and 128}}
  %r = tile.broadcast %x() : tensor<16x2xf32> -> tensor<16x128xf32>
  return
}

// -----

func.func @broadcast_c3(%x: tensor<16x1xf32>) {
  // expected-error @below {{'tile.broadcast' op (C3) expects one size per dynamic dimension, but got 0 for 'tensor<16x?xf32>'}}
  %r = tile.broadcast %x() : tensor<16x1xf32> -> tensor<16x?xf32>
  return
}

// -----

func.func @reshape_c1(%x: tensor<16x1xf32>) {
  // expected-error @below {{'tile.reshape' op (C1) expects 'result' to have the element type of 'input', but got 'f16' and 'f32'}}
  %r = tile.reshape %x : tensor<16x1xf32> -> tensor<1x16xf16>
  return
}

// -----

func.func @reshape_c2(%x: tensor<16x1xf32>) {
  // expected-error @below {{'tile.reshape' op (C2) expects static shapes with equally many elements, but got 'tensor<16x1xf32>' and 'tensor<1x8xf32>'}}
  %r = tile.reshape %x : tensor<16x1xf32> -> tensor<1x8xf32>
  return
}

// -----

func.func @transpose_c1(%x: tensor<16x128xf32>) {
  // expected-error @below {{'tile.transpose' op (C1) expects a permutation of the dimensions of 'input', but got [1, 1] for 'tensor<16x128xf32>'}}
  %r = tile.transpose %x [1, 1] : tensor<16x128xf32>
  return
}

// -----

func.func @transpose_c2(%x: tensor<16x128xf32>) {
  // expected-error @below {{'tile.transpose' op (C2) expects 'result' to be 'tensor<128x16xf32>', but got 'tensor<16x128xf32>'}}
  %r = "tile.transpose"(%x) <{permutation = array<i64: 1, 0>}> : (tensor<16x128xf32>) -> tensor<16x128xf32>
  return
}

// -----

func.func @fillpad_c1(%x: tensor<16x128xf32>, %v: f32) {
  // expected-error @below {{'tile.fillpad' op (C1) expects 'input' to have a capacity, but got 'tensor<16x128xf32>'}}
  %r = tile.fillpad %x, %v : tensor<16x128xf32>, f32
  return
}

// -----

func.func @fillpad_c2(%x: tensor<8x?xf32, #tile.capacity<8x64>>, %v: bf16) {
  // expected-error @below {{'tile.fillpad' op (C2) expects 'value' to have the element type of 'input', but got 'bf16' and 'f32'}}
  %r = tile.fillpad %x, %v : tensor<8x?xf32, #tile.capacity<8x64>>, bf16
  return
}

// -----

func.func @fillpad_c3(%x: tensor<8x?xf32, #tile.capacity<8x64>>, %v: f32) {
  // expected-error @below {{'tile.fillpad' op (C3) expects 'result' to be 'tensor<8x64xf32>', but got 'tensor<8x32xf32>'}}
  %r = "tile.fillpad"(%x, %v) : (tensor<8x?xf32, #tile.capacity<8x64>>, f32) -> tensor<8x32xf32>
  return
}

// -----

func.func @check_c1(%o: index, %n: index) {
  // expected-error @below {{'tile.check' op (C1) expects 3 values for 'in_bounds', but got 2}}
  tile.check in_bounds(%o, %n)
  return
}

// -----

func.func @pipeline_c1(%lo: index, %hi: index, %st: index) {
  // expected-error @below {{'tile.pipeline' op (C1) expects 'stages' to be at least 1, but got 0}}
  tile.pipeline %k = %lo to %hi step %st stages(0) {
    tile.yield
  }
  return
}

// -----

func.func @pipeline_c2(%lo: index, %hi: index, %st: index, %z: tensor<4xf32>, %w: tensor<8xf32>) {
  // expected-error @below {{'tile.pipeline' op (C2) expects the body to take the induction variable and the 1 carried values, but got 'index', 'tensor<8xf32>'}}
  %r = "tile.pipeline"(%lo, %hi, %st, %z) <{stages = 2 : i64}> ({
  ^bb0(%k: index, %c: tensor<8xf32>):
    tile.yield %z : tensor<4xf32>
  }) : (index, index, index, tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @pipeline_c3(%lo: index, %hi: index, %st: index, %z: tensor<4xf32>, %w: tensor<8xf32>) {
  // expected-error @below {{'tile.pipeline' op (C3) expects 'yield' of 'tensor<4xf32>', but got 'tensor<8xf32>'}}
  %r = tile.pipeline %k = %lo to %hi step %st stages(2) iter_args(%c = %z) -> (tensor<4xf32>) {
    tile.yield %w : tensor<8xf32>
  }
  return
}

// -----

func.func @pipeline_c3_results(%lo: index, %hi: index, %st: index, %z: tensor<4xf32>, %w: tensor<8xf32>) {
  // expected-error @below {{'tile.pipeline' op (C3) expects results 'tensor<4xf32>', but got 'tensor<8xf32>'}}
  %r = "tile.pipeline"(%lo, %hi, %st, %z) <{stages = 2 : i64}> ({
  ^bb0(%k: index, %c: tensor<4xf32>):
    tile.yield %c : tensor<4xf32>
  }) : (index, index, index, tensor<4xf32>) -> tensor<8xf32>
  return
}

// -----

func.func @pipeline_c4(%lo: index, %hi: index) {
  %zero = arith.constant 0 : index
  // expected-error @below {{'tile.pipeline' op (C4) expects a positive step, but got 0}}
  tile.pipeline %k = %lo to %hi step %zero stages(2) {
    tile.yield
  }
  return
}

// -----

// A body without a terminator is refused, not read.
func.func @pipeline_without_yield(%lo: index, %hi: index, %st: index) {
  // expected-error @below {{'tile.pipeline' op expects a non-empty block}}
  tile.pipeline %k = %lo to %hi step %st stages(2) {
  }
  return
}

// -----

// expected-error @below {{#tile.capacity (C1) expects one capacity per dimension, but got 1 for 2}}
func.func private @capacity_c1(tensor<8x?xf32, #tile.capacity<8>>)

// -----

// expected-error @below {{#tile.capacity (C2) expects positive capacities, but got 0}}
func.func private @capacity_c2(tensor<8x?xf32, #tile.capacity<8x0>>)

// -----

// expected-error @below {{#tile.capacity (C3) expects dimensions within their capacity, but got 16 and 8}}
func.func private @capacity_c3(tensor<16x?xf32, #tile.capacity<8x64>>)

// -----

// expected-error @below {{expects the digest of 'tile.target' to be 64 hexadecimal digits, but got "12"}}
module attributes {tile.target = #tile.target<"a2a3", "12">} {}

// -----

// expected-error @below {{expects 'tile.target' to be a #tile.target, but got "a2a3"}}
module attributes {tile.target = "a2a3"} {}

// -----

// expected-error @below {{expects 'tile.target' to be the only attribute of the tile dialect, but got 'tile.chunk'}}
module attributes {tile.chunk = 4} {}

// -----

// expected-error @below {{expects 'tile.target' on a module, but got it on 'func.func'}}
func.func private @target_on_a_function() attributes {tile.target = #tile.target<"a2a3", "12">}
