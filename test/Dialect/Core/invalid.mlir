// RUN: tile-opt %s -verify-diagnostics -split-input-file
// Each case breaks one numbered constraint of one operation.

task.kernel @work core_group split(automatic) (in %n: index, in %x: memref<4xf32, #core.space<ub>>) {
  task.return
}
// expected-error @below {{'core.group' op (C1) expects buffers in gm and scalars, but got 'memref<4xf32, #core.space<ub>>' for argument 1}}
core.group @group_c1 of @work (%n: index, %x: memref<4xf32, #core.space<ub>>) {
}

// -----

task.kernel @work core_group split(automatic) () {
  task.return
}
// expected-error @below {{'core.group' op (C2) expects at most one cube program and one vector program, but got 2 and 0}}
core.group @group_c2 of @work () {
  core.cube_program {
  }
  core.cube_program {
  }
}

// -----

task.kernel @work core_group split(automatic) () {
  task.return
}
// expected-error @below {{'core.group' op (C3) expects 'kernel' to name a function with the same arguments, but got @work}}
core.group @group_c3 of @work (%n: index) {
}

// -----

// expected-error @below {{'core.group' op (C3) expects 'kernel' to name a function with the same arguments, but got @nowhere}}
core.group @group_c3_no_kernel of @nowhere () {
}

// -----

task.kernel @work core_group split(automatic) () {
  task.return
}
core.group @vector_program_c1 of @work () {
  // expected-error @below {{'core.vector_program' op (C1) expects 'lanes' to be 1 or 2, but got 3}}
  core.vector_program lanes(3) {
  }
}

// -----

task.kernel @work core_group split(automatic) () {
  task.return
}
core.group @lane_c1 of @work () {
  core.cube_program {
  // expected-error @below {{'core.lane' op (C1) expects a vector program around it, but got a cube program}}
    %l = core.lane
  }
}

// -----

task.kernel @work core_group split(automatic) () {
  task.return
}
core.group @memory_p1 of @work () {
  %b = core.buffer : memref<4xf32, #core.space<ub>>
  core.cube_program {
  // expected-error @below {{'core.vector_unary' op (P1) expects memories of the core of a cube program, but got 'ub'}}
    core.vector_unary exp %b to %b : memref<4xf32, #core.space<ub>> to memref<4xf32, #core.space<ub>>
  }
}

// -----

task.kernel @work core_group split(automatic) () {
  task.return
}
core.group @pipe_p1 of @work () {
  core.vector_program lanes(1) {
  // expected-error @below {{'core.barrier' op (P1) expects a pipe of the core of a vector program, but got 'm'}}
    core.barrier m
  }
}

// -----

func.func @buffer_c1() {
  // expected-error @below {{'core.buffer' op (C1) expects a memory of the core, but got 'gm'}}
  %b = core.buffer : memref<16x128xf32>
  return
}

// -----

func.func @buffer_c1_foreign() {
  // expected-error @below {{'core.buffer' op (C1) expects a memory of the core, but got 'foreign'}}
  %b = core.buffer : memref<16x128xf32, 3>
  return
}

// -----

func.func @buffer_c2() {
  // expected-error @below {{'core.buffer' op (C2) expects a static shape and the identity layout, but got 'memref<16x?xf32, #core.space<ub>>'}}
  %b = core.buffer : memref<16x?xf32, #core.space<ub>>
  return
}

// -----

func.func @buffer_c3() {
  // expected-error @below {{'core.buffer' op (C3) expects 'address' to be a multiple of 32 bytes, not negative, but got 48}}
  %b = core.buffer at 48 : memref<16x128xf32, #core.space<ub>>
  return
}

// -----

func.func @buffer_c4() {
  // expected-error @below {{'core.buffer' op (C4) expects 'slots' to be at least 1 and to equal dimension 0, but got 3 for 'memref<2x16xf32, #core.space<ub>>'}}
  %b = core.buffer slots(3) : memref<2x16xf32, #core.space<ub>>
  return
}

// -----

func.func @slot_c1(%b: memref<4xf32, #core.space<ub>>, %i: index) {
  // expected-error @below {{'core.slot' op (C1) expects 'buffer' to have at least two dimensions and the identity layout, but got 'memref<4xf32, #core.space<ub>>'}}
  %s = core.slot %b[%i] : memref<4xf32, #core.space<ub>>
  return
}

// -----

func.func @slot_c2(%b: memref<2x4xf32, #core.space<ub>>) {
  %i = arith.constant 2 : index
  // expected-error @below {{'core.slot' op (C2) expects 'index' to be less than 2, but got 2}}
  %s = core.slot %b[%i] : memref<2x4xf32, #core.space<ub>>
  return
}

// -----

func.func @slot_c3(%b: memref<2x4xf32, #core.space<ub>>, %i: index) {
  // expected-error @below {{'core.slot' op (C3) expects 'result' to be 'memref<4xf32, strided<[1], offset: ?>, #core.space<ub>>', but got 'memref<4xf32, #core.space<ub>>'}}
  %s = "core.slot"(%b, %i) : (memref<2x4xf32, #core.space<ub>>, index) -> memref<4xf32, #core.space<ub>>
  return
}

// -----

func.func @turn_c1(%i: index, %n: index) {
  // expected-error @below {{'core.turn' op (C1) expects 'iv' to be the induction variable of an enclosing loop, but got <block argument> of type 'index' at index: 0}}
  %t = core.turn %i from %n step %n of 2
  return
}

// -----

func.func @turn_c2(%l: index, %n: index, %s: index) {
  scf.for %i = %l to %n step %s {
    // expected-error @below {{'core.turn' op (C2) expects 'lower' and 'step' to be the loop's, but got <block argument> of type 'index' at index: 1 and <block argument> of type 'index' at index: 2}}
    %t = core.turn %i from %n step %s of 2
  }
  return
}

// -----

func.func @turn_c3(%l: index, %n: index, %s: index) {
  scf.for %i = %l to %n step %s {
    // expected-error @below {{'core.turn' op (C3) expects 'slots' to be at least 1, but got 0}}
    %t = core.turn %i from %l step %s of 0
  }
  return
}

// -----

func.func @channel_c1() {
  // expected-error @below {{'core.channel' op (C1) expects 'core.group' around it, but got 'func.func'}}
  %c = core.channel : !core.channel<16x128xf32, slots = 2, to_vector, up_down>
  return
}

// -----

task.kernel @work core_group split(automatic) () {
  task.return
}
core.group @channel_c2 of @work () {
  // expected-error @below {{'core.channel' op (C2) expects 'address' to be a multiple of 32 bytes, not negative, but got -32}}
  %c = core.channel at -32 : !core.channel<16x128xf32, slots = 2, to_vector, up_down>
}

// -----

// expected-error @below {{!core.channel (C1) expects at least one slot, but got 0}}
func.func private @channel_type_c1(!core.channel<16x128xf32, slots = 0, to_vector, up_down>)

// -----

// expected-error @below {{!core.channel (C2) expects a static matrix shape, but got rank 1}}
func.func private @channel_type_c2(!core.channel<16xf32, slots = 1, to_vector, up_down>)

// -----

// expected-error @below {{expects a direction, but got 'sideways'}}
func.func private @channel_type_direction(!core.channel<15x128xf32, slots = 1, sideways, up_down>)

// -----

func.func @dma_load_c1(%x: memref<16x512xf32>, %b: memref<16x128xf32, #core.space<l0a>>, %i: index, %z: bf16) {
  // expected-error @below {{'core.dma_load' op (C1) expects a transfer from gm to l1 or ub, but got gm to l0a}}
  core.dma_load %x[] [] to %b : memref<16x512xf32> to memref<16x128xf32, #core.space<l0a>>
  return
}

// -----

func.func @dma_load_c2(%x: memref<16x512xf32>, %b: memref<16x128xf32, #core.space<ub>>, %i: index, %z: bf16) {
  // expected-error @below {{'core.dma_load' op (C2) expects no offsets or one per dimension of 'source', but got 1 for 2}}
  core.dma_load %x[%i] [] to %b : memref<16x512xf32> to memref<16x128xf32, #core.space<ub>>
  return
}

// -----

func.func @dma_load_c3(%x: memref<16x512xf32>, %b: memref<16x128xf32, #core.space<ub>>, %i: index, %z: bf16) {
  // expected-error @below {{'core.dma_load' op (C3) expects no sizes or one per dimension of 'destination', whose rank is at most 2, but got 1 for 2}}
  core.dma_load %x[] [%i] to %b : memref<16x512xf32> to memref<16x128xf32, #core.space<ub>>
  return
}

// -----

func.func @dma_load_c3_rank(%x: memref<16x512xf32>, %b: memref<1x16x128xf32, #core.space<ub>>, %i: index, %z: bf16) {
  // expected-error @below {{'core.dma_load' op (C3) expects no sizes or one per dimension of 'destination', whose rank is at most 2, but got 0 for 3}}
  core.dma_load %x[] [] to %b : memref<16x512xf32> to memref<1x16x128xf32, #core.space<ub>>
  return
}

// -----

func.func @dma_load_c4(%x: memref<16x512xf32>, %b: memref<16x128xbf16, #core.space<ub>>, %i: index, %z: bf16) {
  // expected-error @below {{'core.dma_load' op (C4) expects 'source' to have the element type of 'destination', but got 'f32' and 'bf16'}}
  core.dma_load %x[] [] to %b : memref<16x512xf32> to memref<16x128xbf16, #core.space<ub>>
  return
}

// -----

func.func @dma_load_c5(%x: memref<16x512xf32>, %b: memref<16x128xf32, #core.space<ub>>, %i: index, %z: bf16) {
  // expected-error @below {{'core.dma_load' op (C5) expects 'pad' to have the element type of 'destination', but got 'bf16' and 'f32'}}
  core.dma_load %x[] [] to %b pad(%z : bf16) : memref<16x512xf32> to memref<16x128xf32, #core.space<ub>>
  return
}

// -----

func.func @dma_store_c1(%b: memref<16x128xf32, #core.space<l1>>, %y: memref<16x512xf32>, %i: index) {
  // expected-error @below {{'core.dma_store' op (C1) expects a transfer from ub to gm, but got l1 to gm}}
  core.dma_store %b to %y[] [] : memref<16x128xf32, #core.space<l1>> to memref<16x512xf32>
  return
}

// -----

func.func @dma_store_c2(%b: memref<16x128xf32, #core.space<ub>>, %y: memref<16x512xf32>, %i: index) {
  // expected-error @below {{'core.dma_store' op (C2) expects no offsets or one per dimension of 'destination', but got 1 for 2}}
  core.dma_store %b to %y[%i] [] : memref<16x128xf32, #core.space<ub>> to memref<16x512xf32>
  return
}

// -----

func.func @dma_store_c3(%b: memref<16x128xf32, #core.space<ub>>, %y: memref<16x512xf32>, %i: index) {
  // expected-error @below {{'core.dma_store' op (C3) expects no sizes or one per dimension of 'source', whose rank is at most 2, but got 3 for 2}}
  core.dma_store %b to %y[] [%i, %i, %i] : memref<16x128xf32, #core.space<ub>> to memref<16x512xf32>
  return
}

// -----

func.func @dma_store_c4(%b: memref<16x128xf32, #core.space<ub>>, %y: memref<16x512xbf16>, %i: index) {
  // expected-error @below {{'core.dma_store' op (C4) expects 'source' to have the element type of 'destination', but got 'f32' and 'bf16'}}
  core.dma_store %b to %y[] [] : memref<16x128xf32, #core.space<ub>> to memref<16x512xbf16>
  return
}

// -----

func.func @fixpipe_c1(%b: memref<16x128xf32, #core.space<ub>>, %y: memref<16x512xf32>, %i: index) {
  // expected-error @below {{'core.fixpipe' op (C1) expects a transfer from l0c to gm, but got ub to gm}}
  core.fixpipe %b to %y[] [] : memref<16x128xf32, #core.space<ub>> to memref<16x512xf32>
  return
}

// -----

func.func @fixpipe_c2(%b: memref<16x128xf32, #core.space<l0c>>, %y: memref<16x512xf32>, %i: index) {
  // expected-error @below {{'core.fixpipe' op (C2) expects no offsets or one per dimension of 'destination', but got 1 for 2}}
  core.fixpipe %b to %y[%i] [] : memref<16x128xf32, #core.space<l0c>> to memref<16x512xf32>
  return
}

// -----

func.func @fixpipe_c3(%b: memref<16x128xf32, #core.space<l0c>>, %y: memref<16x512xf32>, %i: index) {
  // expected-error @below {{'core.fixpipe' op (C3) expects no sizes or one per dimension of 'source', whose rank is at most 2, but got 3 for 2}}
  core.fixpipe %b to %y[] [%i, %i, %i] : memref<16x128xf32, #core.space<l0c>> to memref<16x512xf32>
  return
}

// -----

func.func @fixpipe_c4(%b: memref<16x128xf32, #core.space<l0c>>, %y: memref<16x512xi32>, %i: index) {
  // expected-error @below {{'core.fixpipe' op (C4) expects f32 to f32, bf16 or f16, or i32 to i32, but got 'f32' to 'i32'}}
  core.fixpipe %b to %y[] [] : memref<16x128xf32, #core.space<l0c>> to memref<16x512xi32>
  return
}

// -----

func.func @move_c1(%s: memref<16x16xf32, #core.space<l0c>>, %d: memref<16x16xf32, #core.space<ub>>) {
  // expected-error @below {{'core.move' op (C1) expects a transfer from l1 to l0a, l0b, bt or fb, l0c to l1, or ub to ub, but got l0c to ub}}
  core.move %s to %d : memref<16x16xf32, #core.space<l0c>> to memref<16x16xf32, #core.space<ub>>
  return
}

// -----

func.func @move_c1_backwards(%s: memref<16x16xf32, #core.space<l0a>>, %d: memref<16x16xf32, #core.space<l1>>) {
  // expected-error @below {{'core.move' op (C1) expects a transfer from l1 to l0a, l0b, bt or fb, l0c to l1, or ub to ub, but got l0a to l1}}
  core.move %s to %d : memref<16x16xf32, #core.space<l0a>> to memref<16x16xf32, #core.space<l1>>
  return
}

// -----

func.func @move_c2(%s: memref<16x32xf32, #core.space<l1>>, %d: memref<32x16xf32, #core.space<l0a>>) {
  // expected-error @below {{'core.move' op (C2) expects 'source' to have the shape of 'destination', but got 'memref<16x32xf32, #core.space<l1>>' and 'memref<32x16xf32, #core.space<l0a>>'}}
  core.move %s to %d : memref<16x32xf32, #core.space<l1>> to memref<32x16xf32, #core.space<l0a>>
  return
}

// -----

func.func @move_c2_transposed(%s: memref<16x32xf32, #core.space<l1>>, %d: memref<16x32xf32, #core.space<l0a>>) {
  // expected-error @below {{'core.move' op (C2) expects 'source' to have the shape of 'destination' with its two dimensions swapped, but got 'memref<16x32xf32, #core.space<l1>>' and 'memref<16x32xf32, #core.space<l0a>>'}}
  core.move %s to %d transpose : memref<16x32xf32, #core.space<l1>> to memref<16x32xf32, #core.space<l0a>>
  return
}

// -----

func.func @move_c3(%s: memref<16x32xf32, #core.space<l1>>, %d: memref<16x32xbf16, #core.space<l0a>>) {
  // expected-error @below {{'core.move' op (C3) expects 'source' to have the element type of 'destination', but got 'f32' and 'bf16'}}
  core.move %s to %d : memref<16x32xf32, #core.space<l1>> to memref<16x32xbf16, #core.space<l0a>>
  return
}

// -----

func.func @move_c4(%s: memref<16x16xf32, #core.space<ub>>, %d: memref<16x16xf32, #core.space<ub>>) {
  // expected-error @below {{'core.move' op (C4) expects 'transpose' into l0a or l0b only, but got ub}}
  core.move %s to %d transpose : memref<16x16xf32, #core.space<ub>> to memref<16x16xf32, #core.space<ub>>
  return
}

// -----

func.func @mmad_c1(%a: memref<16x64xbf16, #core.space<l0a>>, %b: memref<64x32xbf16, #core.space<l1>>, %c: memref<16x32xf32, #core.space<l0c>>, %m: index) {
  // expected-error @below {{'core.mmad' op (C1) expects buffers in l0a, l0b and l0c, but got l0a, l1 and l0c}}
  core.mmad %a, %b into %c : memref<16x64xbf16, #core.space<l0a>>, memref<64x32xbf16, #core.space<l1>> into memref<16x32xf32, #core.space<l0c>>
  return
}

// -----

func.func @mmad_c2(%a: memref<16x64xbf16, #core.space<l0a>>, %b: memref<32x32xbf16, #core.space<l0b>>, %c: memref<16x32xf32, #core.space<l0c>>, %m: index) {
  // expected-error @below {{'core.mmad' op (C2) expects shapes [M, K], [K, N] and [M, N], but got 'memref<16x64xbf16, #core.space<l0a>>', 'memref<32x32xbf16, #core.space<l0b>>' and 'memref<16x32xf32, #core.space<l0c>>'}}
  core.mmad %a, %b into %c : memref<16x64xbf16, #core.space<l0a>>, memref<32x32xbf16, #core.space<l0b>> into memref<16x32xf32, #core.space<l0c>>
  return
}

// -----

func.func @mmad_c3(%a: memref<16x64xbf16, #core.space<l0a>>, %b: memref<64x32xf16, #core.space<l0b>>, %c: memref<16x32xf32, #core.space<l0c>>, %m: index) {
  // expected-error @below {{'core.mmad' op (C3) expects operands of one element type, f32, bf16, f16 or i8, but got 'bf16' and 'f16'}}
  core.mmad %a, %b into %c : memref<16x64xbf16, #core.space<l0a>>, memref<64x32xf16, #core.space<l0b>> into memref<16x32xf32, #core.space<l0c>>
  return
}

// -----

func.func @mmad_c4(%a: memref<16x64xbf16, #core.space<l0a>>, %b: memref<64x32xbf16, #core.space<l0b>>, %c: memref<16x32xbf16, #core.space<l0c>>, %m: index) {
  // expected-error @below {{'core.mmad' op (C4) expects 'accumulator' to have element type f32, but got 'bf16'}}
  core.mmad %a, %b into %c : memref<16x64xbf16, #core.space<l0a>>, memref<64x32xbf16, #core.space<l0b>> into memref<16x32xbf16, #core.space<l0c>>
  return
}

// -----

func.func @mmad_c5(%a: memref<16x64xbf16, #core.space<l0a>>, %b: memref<64x32xbf16, #core.space<l0b>>, %c: memref<16x32xf32, #core.space<l0c>>, %m: index) {
  // expected-error @below {{'core.mmad' op (C5) expects no sizes or three, but got 1}}
  core.mmad %a, %b into %c [%m] : memref<16x64xbf16, #core.space<l0a>>, memref<64x32xbf16, #core.space<l0b>> into memref<16x32xf32, #core.space<l0c>>
  return
}

// -----

func.func @vector_unary_c1(%x: memref<16x128xf32, #core.space<l1>>, %y: memref<16x128xf32, #core.space<ub>>) {
  // expected-error @below {{'core.vector_unary' op (C1) expects all buffers in ub, but got l1 for operand 0}}
  core.vector_unary exp %x to %y : memref<16x128xf32, #core.space<l1>> to memref<16x128xf32, #core.space<ub>>
  return
}

// -----

func.func @vector_unary_c2(%x: memref<16x64xf32, #core.space<ub>>, %y: memref<16x128xf32, #core.space<ub>>) {
  // expected-error @below {{'core.vector_unary' op (C2) expects 'input' to have shape [16, 128], but got [16, 64]}}
  core.vector_unary exp %x to %y : memref<16x64xf32, #core.space<ub>> to memref<16x128xf32, #core.space<ub>>
  return
}

// -----

func.func @vector_unary_c3(%x: memref<16x128xi32, #core.space<ub>>, %y: memref<16x128xi32, #core.space<ub>>) {
  // expected-error @below {{'core.vector_unary' op (C3) expects float elements for 'exp', but got 'i32'}}
  core.vector_unary exp %x to %y : memref<16x128xi32, #core.space<ub>> to memref<16x128xi32, #core.space<ub>>
  return
}

// -----

func.func @vector_unary_c3_bitwise(%x: memref<16x128xf32, #core.space<ub>>, %y: memref<16x128xf32, #core.space<ub>>) {
  // expected-error @below {{'core.vector_unary' op (C3) expects integer elements for 'not', but got 'f32'}}
  core.vector_unary not %x to %y : memref<16x128xf32, #core.space<ub>> to memref<16x128xf32, #core.space<ub>>
  return
}

// -----

func.func @vector_binary_c1(%x: memref<16x128xf32, #core.space<ub>>, %y: memref<16x128xf32, #core.space<l1>>, %z: memref<16x128xf32, #core.space<ub>>) {
  // expected-error @below {{'core.vector_binary' op (C1) expects all buffers in ub, but got l1 for operand 1}}
  core.vector_binary add %x, %y to %z : memref<16x128xf32, #core.space<ub>>, memref<16x128xf32, #core.space<l1>> to memref<16x128xf32, #core.space<ub>>
  return
}

// -----

func.func @vector_binary_c2(%x: memref<16x128xf32, #core.space<ub>>, %y: memref<16x128xf32, #core.space<ub>>, %z: memref<16x128xbf16, #core.space<ub>>) {
  // expected-error @below {{'core.vector_binary' op (C2) expects 'lhs' to have element type 'bf16', but got 'f32'}}
  core.vector_binary add %x, %y to %z : memref<16x128xf32, #core.space<ub>>, memref<16x128xf32, #core.space<ub>> to memref<16x128xbf16, #core.space<ub>>
  return
}

// -----

func.func @vector_binary_c3(%x: memref<16x128xf32, #core.space<ub>>, %y: bf16, %z: memref<16x128xf32, #core.space<ub>>) {
  // expected-error @below {{'core.vector_binary' op (C3) expects 'rhs' to have element type 'f32', but got 'bf16'}}
  core.vector_binary add %x, %y to %z : memref<16x128xf32, #core.space<ub>>, bf16 to memref<16x128xf32, #core.space<ub>>
  return
}

// -----

func.func @vector_binary_c4(%x: memref<16x128xf32, #core.space<ub>>, %y: memref<16x64xf32, #core.space<ub>>, %z: memref<16x128xf32, #core.space<ub>>) {
  // expected-error @below {{'core.vector_binary' op (C4) expects each dimension of 'rhs' to equal that of [16, 128] or 1, but got [16, 64]}}
  core.vector_binary add %x, %y to %z : memref<16x128xf32, #core.space<ub>>, memref<16x64xf32, #core.space<ub>> to memref<16x128xf32, #core.space<ub>>
  return
}

// -----

func.func @vector_binary_c5(%x: memref<16x128xf32, #core.space<ub>>, %y: memref<16x128xf32, #core.space<ub>>, %z: memref<16x128xf32, #core.space<ub>>) {
  // expected-error @below {{'core.vector_binary' op (C5) expects integer elements for 'xor', but got 'f32'}}
  core.vector_binary xor %x, %y to %z : memref<16x128xf32, #core.space<ub>>, memref<16x128xf32, #core.space<ub>> to memref<16x128xf32, #core.space<ub>>
  return
}

// -----

func.func @vector_compare_c1(%x: memref<16x128xf32, #core.space<l1>>, %y: memref<16x128xf32, #core.space<ub>>, %z: memref<16x128xi1, #core.space<ub>>) {
  // expected-error @below {{'core.vector_compare' op (C1) expects all buffers in ub, but got l1 for operand 0}}
  core.vector_compare lt %x, %y to %z : memref<16x128xf32, #core.space<l1>>, memref<16x128xf32, #core.space<ub>> to memref<16x128xi1, #core.space<ub>>
  return
}

// -----

func.func @vector_compare_c2(%x: memref<16x128xf32, #core.space<ub>>, %y: memref<16x128xf32, #core.space<ub>>, %z: memref<16x128xf32, #core.space<ub>>) {
  // expected-error @below {{'core.vector_compare' op (C2) expects 'destination' to have element type 'i1', but got 'f32'}}
  core.vector_compare lt %x, %y to %z : memref<16x128xf32, #core.space<ub>>, memref<16x128xf32, #core.space<ub>> to memref<16x128xf32, #core.space<ub>>
  return
}

// -----

func.func @vector_compare_c3(%x: memref<16x128xf32, #core.space<ub>>, %y: memref<16x128xbf16, #core.space<ub>>, %z: memref<16x128xi1, #core.space<ub>>) {
  // expected-error @below {{'core.vector_compare' op (C3) expects 'rhs' to have element type 'f32', but got 'bf16'}}
  core.vector_compare lt %x, %y to %z : memref<16x128xf32, #core.space<ub>>, memref<16x128xbf16, #core.space<ub>> to memref<16x128xi1, #core.space<ub>>
  return
}

// -----

func.func @vector_compare_c4(%x: memref<16x128xf32, #core.space<ub>>, %y: memref<128xf32, #core.space<ub>>, %z: memref<16x128xi1, #core.space<ub>>) {
  // expected-error @below {{'core.vector_compare' op (C4) expects each dimension of 'rhs' to equal that of [16, 128] or 1, but got [128]}}
  core.vector_compare lt %x, %y to %z : memref<16x128xf32, #core.space<ub>>, memref<128xf32, #core.space<ub>> to memref<16x128xi1, #core.space<ub>>
  return
}

// -----

func.func @vector_select_c1(%m: memref<16x128xi1, #core.space<ub>>, %x: memref<16x128xf32, #core.space<ub>>, %y: memref<16x128xf32, #core.space<l1>>, %z: memref<16x128xf32, #core.space<ub>>) {
  // expected-error @below {{'core.vector_select' op (C1) expects all buffers in ub, but got l1 for operand 2}}
  core.vector_select %m, %x, %y to %z : memref<16x128xi1, #core.space<ub>>, memref<16x128xf32, #core.space<ub>>, memref<16x128xf32, #core.space<l1>> to memref<16x128xf32, #core.space<ub>>
  return
}

// -----

func.func @vector_select_c2(%m: memref<16x128xi1, #core.space<ub>>, %x: memref<16x128xf32, #core.space<ub>>, %y: memref<16x64xf32, #core.space<ub>>, %z: memref<16x128xf32, #core.space<ub>>) {
  // expected-error @below {{'core.vector_select' op (C2) expects 'rhs' to have shape [16, 128], but got [16, 64]}}
  core.vector_select %m, %x, %y to %z : memref<16x128xi1, #core.space<ub>>, memref<16x128xf32, #core.space<ub>>, memref<16x64xf32, #core.space<ub>> to memref<16x128xf32, #core.space<ub>>
  return
}

// -----

func.func @vector_select_c3(%m: memref<16x128xi32, #core.space<ub>>, %x: memref<16x128xf32, #core.space<ub>>, %y: memref<16x128xf32, #core.space<ub>>, %z: memref<16x128xf32, #core.space<ub>>) {
  // expected-error @below {{'core.vector_select' op (C3) expects 'mask' to have element type 'i1', but got 'i32'}}
  core.vector_select %m, %x, %y to %z : memref<16x128xi32, #core.space<ub>>, memref<16x128xf32, #core.space<ub>>, memref<16x128xf32, #core.space<ub>> to memref<16x128xf32, #core.space<ub>>
  return
}

// -----

func.func @vector_cast_c1(%x: memref<16x128xf32, #core.space<l1>>, %y: memref<16x128xbf16, #core.space<ub>>) {
  // expected-error @below {{'core.vector_cast' op (C1) expects all buffers in ub, but got l1 for operand 0}}
  core.vector_cast rint %x to %y : memref<16x128xf32, #core.space<l1>> to memref<16x128xbf16, #core.space<ub>>
  return
}

// -----

func.func @vector_cast_c2(%x: memref<16x64xf32, #core.space<ub>>, %y: memref<16x128xbf16, #core.space<ub>>) {
  // expected-error @below {{'core.vector_cast' op (C2) expects 'input' to have shape [16, 128], but got [16, 64]}}
  core.vector_cast rint %x to %y : memref<16x64xf32, #core.space<ub>> to memref<16x128xbf16, #core.space<ub>>
  return
}

// -----

func.func @vector_reduce_c1(%x: memref<16x128xf32, #core.space<l1>>, %y: memref<16x1xf32, #core.space<ub>>) {
  // expected-error @below {{'core.vector_reduce' op (C1) expects all buffers in ub, but got l1 for operand 0}}
  core.vector_reduce sum %x dim(1) to %y : memref<16x128xf32, #core.space<l1>> to memref<16x1xf32, #core.space<ub>>
  return
}

// -----

func.func @vector_reduce_c2(%x: memref<16x128xf32, #core.space<ub>>, %y: memref<16x1xf32, #core.space<ub>>) {
  // expected-error @below {{'core.vector_reduce' op (C2) expects 'dim' to be 0 or 1 of a matrix, but got 2 of 'memref<16x128xf32, #core.space<ub>>'}}
  core.vector_reduce sum %x dim(2) to %y : memref<16x128xf32, #core.space<ub>> to memref<16x1xf32, #core.space<ub>>
  return
}

// -----

func.func @vector_reduce_c3(%x: memref<16x128xf32, #core.space<ub>>, %y: memref<16x1xf32, #core.space<ub>>) {
  // expected-error @below {{'core.vector_reduce' op (C3) expects 'destination' to have shape [1, 128], but got [16, 1]}}
  core.vector_reduce sum %x dim(0) to %y : memref<16x128xf32, #core.space<ub>> to memref<16x1xf32, #core.space<ub>>
  return
}

// -----

func.func @vector_reduce_c4(%x: memref<16x128xf32, #core.space<ub>>, %y: memref<16x1xf32, #core.space<ub>>) {
  // expected-error @below {{'core.vector_reduce' op (C4) expects 'destination' to have element type 'i32', but got 'f32'}}
  core.vector_reduce argmax %x dim(1) to %y : memref<16x128xf32, #core.space<ub>> to memref<16x1xf32, #core.space<ub>>
  return
}

// -----

func.func @vector_fill_c1(%x: f32, %y: memref<16x128xf32, #core.space<l1>>) {
  // expected-error @below {{'core.vector_fill' op (C1) expects all buffers in ub, but got l1 for operand 1}}
  core.vector_fill %x to %y : f32 to memref<16x128xf32, #core.space<l1>>
  return
}

// -----

func.func @vector_fill_c2(%x: bf16, %y: memref<16x128xf32, #core.space<ub>>) {
  // expected-error @below {{'core.vector_fill' op (C2) expects 'value' to have element type 'f32', but got 'bf16'}}
  core.vector_fill %x to %y : bf16 to memref<16x128xf32, #core.space<ub>>
  return
}

// -----

func.func @vector_fill_c3(%x: memref<16x64xf32, #core.space<ub>>, %y: memref<16x128xf32, #core.space<ub>>) {
  // expected-error @below {{'core.vector_fill' op (C3) expects each dimension of 'value' to equal that of [16, 128] or 1, but got [16, 64]}}
  core.vector_fill %x to %y : memref<16x64xf32, #core.space<ub>> to memref<16x128xf32, #core.space<ub>>
  return
}

// -----

func.func @vector_arange_c1(%x: i32, %y: memref<1x64xi32, #core.space<l1>>) {
  // expected-error @below {{'core.vector_arange' op (C1) expects all buffers in ub, but got l1 for operand 1}}
  core.vector_arange %x to %y : i32 to memref<1x64xi32, #core.space<l1>>
  return
}

// -----

func.func @vector_arange_c2(%x: i64, %y: memref<1x64xi32, #core.space<ub>>) {
  // expected-error @below {{'core.vector_arange' op (C2) expects 'start' to have element type 'i32', but got 'i64'}}
  core.vector_arange %x to %y : i64 to memref<1x64xi32, #core.space<ub>>
  return
}

// -----

func.func @vector_transpose_c1(%x: memref<16x128xf32, #core.space<ub>>, %y: memref<128x16xf32, #core.space<l1>>) {
  // expected-error @below {{'core.vector_transpose' op (C1) expects all buffers in ub, but got l1 for operand 1}}
  core.vector_transpose %x to %y : memref<16x128xf32, #core.space<ub>> to memref<128x16xf32, #core.space<l1>>
  return
}

// -----

func.func @vector_transpose_c2(%x: memref<16x128xf32, #core.space<ub>>, %y: memref<16x128xf32, #core.space<ub>>) {
  // expected-error @below {{'core.vector_transpose' op (C2) expects 'destination' to have shape [128, 16], but got [16, 128]}}
  core.vector_transpose %x to %y : memref<16x128xf32, #core.space<ub>> to memref<16x128xf32, #core.space<ub>>
  return
}

// -----

func.func @set_flag_c1() {
  // expected-error @below {{'core.set_flag' op (C1) expects 'event' to be one of 0 to 7, but got 8}}
  core.set_flag mte2 -> mte1 event 8
  return
}

// -----

func.func @set_flag_c2() {
  // expected-error @below {{'core.set_flag' op (C2) expects different pipes, but got 'v' twice}}
  core.set_flag v -> v event 0
  return
}

// -----

task.kernel @work core_group split(automatic) () {
  task.return
}
core.group @set_flag_c3 of @work () {
  core.vector_program lanes(1) {
  // expected-error @below {{'core.set_flag' op (C3) expects pipes of the vector core, but got 'm'}}
    core.set_flag mte2 -> m event 0
  }
}

// -----

func.func @wait_flag_c1() {
  // expected-error @below {{'core.wait_flag' op (C1) expects 'event' to be one of 0 to 7, but got 8}}
  core.wait_flag mte2 -> mte1 event 8
  return
}

// -----

func.func @wait_flag_c2() {
  // expected-error @below {{'core.wait_flag' op (C2) expects different pipes, but got 'v' twice}}
  core.wait_flag v -> v event 0
  return
}

// -----

task.kernel @work core_group split(automatic) () {
  task.return
}
core.group @wait_flag_c3 of @work () {
  core.vector_program lanes(1) {
  // expected-error @below {{'core.wait_flag' op (C3) expects pipes of the vector core, but got 'm'}}
    core.wait_flag m -> mte2 event 0
  }
}

// -----

func.func @cross_set_c1() {
  // expected-error @below {{'core.cross_set' op (C1) expects 'event' to be one of 0 to 15, but got 16}}
  core.cross_set mte2 event 16
  return
}

// -----

func.func @cross_wait_c1() {
  // expected-error @below {{'core.cross_wait' op (C1) expects 'event' to be one of 0 to 15, but got 16}}
  core.cross_wait mte2 event 16
  return
}

// -----

func.func @push_c1(%b: memref<16x128xf32, #core.space<ub>>, %c: !core.channel<16x128xf32, slots = 2, to_vector, up_down>) {
  // expected-error @below {{'core.push' op (C1) expects 'source' in l0c for 'to_vector', but got ub}}
  core.push %b to %c : memref<16x128xf32, #core.space<ub>> to !core.channel<16x128xf32, slots = 2, to_vector, up_down>
  return
}

// -----

func.func @push_c2(%b: memref<16x128xbf16, #core.space<ub>>, %c: !core.channel<16x128xbf16, slots = 2, to_cube, left_right>) {
  // expected-error @below {{'core.push' op (C2) expects 'source' to have shape [16, 64], but got [16, 128]}}
  core.push %b to %c : memref<16x128xbf16, #core.space<ub>> to !core.channel<16x128xbf16, slots = 2, to_cube, left_right>
  return
}

// -----

func.func @push_c2_of_an_odd_size(%b: memref<8x128xbf16, #core.space<ub>>, %c: !core.channel<15x128xbf16, slots = 2, to_cube, up_down>) {
  // expected-error @below {{'core.push' op (C2) expects 'source' to have shape [?, 128], but got [8, 128]}}
  core.push %b to %c : memref<8x128xbf16, #core.space<ub>> to !core.channel<15x128xbf16, slots = 2, to_cube, up_down>
  return
}

// -----

func.func @push_c3(%b: memref<16x64xf32, #core.space<ub>>, %c: !core.channel<16x128xbf16, slots = 2, to_cube, left_right>) {
  // expected-error @below {{'core.push' op (C3) expects 'source' to have the element type of 'channel', but got 'f32' and 'bf16'}}
  core.push %b to %c : memref<16x64xf32, #core.space<ub>> to !core.channel<16x128xbf16, slots = 2, to_cube, left_right>
  return
}

// -----

func.func @pop_c1(%b: memref<16x128xf32, #core.space<l1>>, %c: !core.channel<16x128xf32, slots = 2, to_vector, up_down>) {
  // expected-error @below {{'core.pop' op (C1) expects 'destination' in ub for 'to_vector', but got l1}}
  core.pop %c to %b : !core.channel<16x128xf32, slots = 2, to_vector, up_down> to memref<16x128xf32, #core.space<l1>>
  return
}

// -----

func.func @pop_c2(%b: memref<16x128xf32, #core.space<ub>>, %c: !core.channel<16x128xf32, slots = 2, to_vector, up_down>) {
  // expected-error @below {{'core.pop' op (C2) expects 'destination' to have shape [8, 128], but got [16, 128]}}
  core.pop %c to %b : !core.channel<16x128xf32, slots = 2, to_vector, up_down> to memref<16x128xf32, #core.space<ub>>
  return
}

// -----

func.func @pop_c3(%b: memref<8x128xbf16, #core.space<ub>>, %c: !core.channel<16x128xf32, slots = 2, to_vector, up_down>) {
  // expected-error @below {{'core.pop' op (C3) expects 'destination' to have the element type of 'channel', but got 'bf16' and 'f32'}}
  core.pop %c to %b : !core.channel<16x128xf32, slots = 2, to_vector, up_down> to memref<8x128xbf16, #core.space<ub>>
  return
}

// -----

task.kernel @work core_group split(automatic) () {
  task.return
}
core.group @release_c1 of @work () {
  %c = core.channel : !core.channel<16x128xf32, slots = 2, to_vector, up_down>
  core.cube_program {
  // expected-error @below {{'core.release' op (C1) expects the program of the receiving unit around it, but got 'core.cube_program'}}
    core.release %c : !core.channel<16x128xf32, slots = 2, to_vector, up_down>
  }
}

// -----

func.func @release_c2(%b: memref<8x128xf32, #core.space<ub>>, %c: !core.channel<16x128xf32, slots = 2, to_vector, up_down>) {
  // expected-error @below {{'core.release' op (C2) expects a slot of a direct channel only, but got '!core.channel<16x128xf32, slots = 2, to_vector, up_down>'}}
  core.release %c of %b : !core.channel<16x128xf32, slots = 2, to_vector, up_down> of memref<8x128xf32, #core.space<ub>>
  return
}

// -----

task.kernel @work core_group split(automatic) () {
  task.return
}
core.group @head_c1 of @work () {
  %c = core.channel : !core.channel<16x128xf32, slots = 2, to_cube, up_down, direct>
  core.vector_program lanes(1) {
    // expected-error @below {{'core.head' op (C1) expects the program of the receiving unit around it, but got 'core.vector_program'}}
    %h = core.head %c : !core.channel<16x128xf32, slots = 2, to_cube, up_down, direct>
  }
}

// -----

task.kernel @work core_group split(automatic) () {
  task.return
}
core.group @pop_c4 of @work () {
  %c = core.channel at 64 : !core.channel<16x128xf32, slots = 2, to_vector, up_down, direct>
  core.vector_program lanes(2) {
    %r = core.buffer at 32 slots(2) : memref<2x8x128xf32, #core.space<ub>>
    %h = core.head %c : !core.channel<16x128xf32, slots = 2, to_vector, up_down, direct>
    %s = core.slot %r[%h] : memref<2x8x128xf32, #core.space<ub>>
    // expected-error @below {{'core.pop' op (C4) expects 'destination' to be the next slot of the channel, but got one of a buffer elsewhere than the channel}}
    core.pop %c to %s : !core.channel<16x128xf32, slots = 2, to_vector, up_down, direct> to memref<8x128xf32, strided<[128, 1], offset: ?>, #core.space<ub>>
  }
}

// -----

task.kernel @work core_group split(automatic) () {
  task.return
}
core.group @pop_c4_of_other_slots of @work () {
  %c = core.channel at 64 : !core.channel<16x128xf32, slots = 2, to_vector, up_down, direct>
  core.vector_program lanes(2) {
    %r = core.buffer at 64 slots(3) : memref<3x8x128xf32, #core.space<ub>>
    %h = core.head %c : !core.channel<16x128xf32, slots = 2, to_vector, up_down, direct>
    %s = core.slot %r[%h] : memref<3x8x128xf32, #core.space<ub>>
    // expected-error @below {{'core.pop' op (C4) expects 'destination' to be the next slot of the channel, but got one of a buffer of shape [3, 8, 128] instead of [2, 8, 128]}}
    core.pop %c to %s : !core.channel<16x128xf32, slots = 2, to_vector, up_down, direct> to memref<8x128xf32, strided<[128, 1], offset: ?>, #core.space<ub>>
  }
}

// -----

task.kernel @work core_group split(automatic) () {
  task.return
}
core.group @pop_c4_of_an_index of @work () {
  %c = core.channel at 64 : !core.channel<16x128xf32, slots = 2, to_vector, up_down, direct>
  core.vector_program lanes(2) {
    %i = arith.constant 0 : index
    %r = core.buffer at 64 slots(2) : memref<2x8x128xf32, #core.space<ub>>
    %s = core.slot %r[%i] : memref<2x8x128xf32, #core.space<ub>>
    // expected-error @below {{'core.pop' op (C4) expects 'destination' to be the next slot of the channel, but got none that 'core.head' of the channel names}}
    core.pop %c to %s : !core.channel<16x128xf32, slots = 2, to_vector, up_down, direct> to memref<8x128xf32, strided<[128, 1], offset: ?>, #core.space<ub>>
  }
}

// -----

// expected-error @below {{expects a path, but got 'by_air'}}
func.func private @channel_type_path(!core.channel<15x128xf32, slots = 1, to_cube, up_down, by_air>)

// -----

func.func @read_scalar_c1(%b: memref<16x128xf32, #core.space<l1>>, %i: index) {
  // expected-error @below {{'core.read_scalar' op (C1) expects 'source' in ub, but got l1}}
  %s = core.read_scalar 0 %b[%i, %i] : memref<16x128xf32, #core.space<l1>>
  return
}

// -----

func.func @read_scalar_c2(%b: memref<16x128xf32, #core.space<ub>>, %i: index) {
  // expected-error @below {{'core.read_scalar' op (C2) expects one index per dimension, but got 1 for 'memref<16x128xf32, #core.space<ub>>'}}
  %s = core.read_scalar 0 %b[%i] : memref<16x128xf32, #core.space<ub>>
  return
}

// -----

func.func @read_scalar_c3(%b: memref<16x128xf32, #core.space<ub>>, %i: index) {
  // expected-error @below {{'core.read_scalar' op (C3) expects 'number' to be at least 0, but got -1}}
  %s = core.read_scalar -1 %b[%i, %i] : memref<16x128xf32, #core.space<ub>>
  return
}

// -----

task.kernel @work core_group split(automatic) () {
  task.return
}
core.group @receive_scalar_c1 of @work () {
  core.vector_program lanes(1) {
    // expected-error @below {{'core.receive_scalar' op (C1) expects no vector program around it, but got one}}
    %s = core.receive_scalar 0 : f32
  }
}

// -----

func.func @receive_scalar_c2() {
  // expected-error @below {{'core.receive_scalar' op (C2) expects 'number' to be at least 0, but got -1}}
  %s = core.receive_scalar -1 : f32
  return
}
