// RUN: tile-opt %s --split-input-file --verify-diagnostics --task-verify-form=form=placed
// RUN: not tile-opt %s --split-input-file --task-verify-form=form=lowered 2>&1 | FileCheck %s

// CHECK: error: task-verify-form expects form traced, fused, graph or placed, but got 'lowered'

// A kernel that no core group executes.
// expected-error @+1 {{form 'placed' (F11) expects a core group for every kernel, but got 'task.kernel'}}
task.kernel @f11 core_group split(automatic) (in %x: memref<16xf32>) {
  task.return
}
task.accesses @f11_accesses of @f11 (in %x: memref<16xf32>) {
  task.return
}

// -----

task.kernel @f12_address core_group split(automatic) () {
  task.return
}
task.accesses @f12_address_accesses of @f12_address () {
  task.return
}
core.group @f12_address_placed of @f12_address () {
  core.vector_program lanes(1) {
    // expected-error @+1 {{form 'placed' (F12) expects buffers and channels with addresses and instructions in programs, without pipelined loops, but got 'core.buffer'}}
    %b = core.buffer : memref<16xf32, #core.space<ub>>
  }
}

// -----

task.kernel @f12_channel core_group split(automatic) () {
  task.return
}
task.accesses @f12_channel_accesses of @f12_channel () {
  task.return
}
core.group @f12_channel_placed of @f12_channel () {
  // expected-error @+1 {{form 'placed' (F12) expects buffers and channels with addresses and instructions in programs, without pipelined loops, but got 'core.channel'}}
  %c = core.channel : !core.channel<16x128xf32, slots = 2, to_vector, up_down>
}

// -----

task.kernel @f12_program core_group split(automatic) () {
  task.return
}
task.accesses @f12_program_accesses of @f12_program () {
  task.return
}
core.group @f12_program_placed of @f12_program () {
  // expected-error @+1 {{form 'placed' (F12) expects buffers and channels with addresses and instructions in programs, without pipelined loops, but got 'core.barrier'}}
  core.barrier
}

// -----

task.kernel @f12_loop core_group split(automatic) (in %n: index) {
  task.return
}
task.accesses @f12_loop_accesses of @f12_loop (in %n: index) {
  task.return
}
core.group @f12_loop_placed of @f12_loop (%n: index) {
  core.vector_program lanes(1) {
    // expected-error @+1 {{form 'placed' (F12) expects buffers and channels with addresses and instructions in programs, without pipelined loops, but got 'tile.pipeline'}}
    tile.pipeline %i = %n to %n step %n stages(2) {
      tile.yield
    }
  }
}
