// RUN: tile-opt %s -split-input-file -verify-diagnostics --pass-pipeline='builtin.module(core.group(core-place-channels))' | FileCheck %s

task.kernel @work core_group split(automatic) () {
  task.return
}

// Slots take whole blocks of 512 bytes, and channels follow each other in program order.
// CHECK-LABEL: core.group @one_after_the_other
// CHECK: core.channel at 0 : <16x128xf32, slots = 2, to_vector, up_down>
// CHECK: core.channel at 16384 : <5x7xbf16, slots = 3, to_cube, none>
// CHECK: core.channel at 17920 : <16x16xf32, slots = 1, to_vector, left_right>
core.group @one_after_the_other of @work () {
  %a = core.channel : !core.channel<16x128xf32, slots = 2, to_vector, up_down>
  %b = core.channel : !core.channel<5x7xbf16, slots = 3, to_cube, none>
  %c = core.channel : !core.channel<16x16xf32, slots = 1, to_vector, left_right>
}

// What has an address keeps it; the others take the lowest room beside it.
// CHECK-LABEL: core.group @around_what_is_placed
// CHECK: core.channel at 2560 : <16x16xf32, slots = 2, to_vector, none>
// CHECK: core.channel at 1056 : <16x16xf32, slots = 1, to_vector, none>
// CHECK: core.channel at 0 : <16x16xbf16, slots = 2, to_cube, none>
core.group @around_what_is_placed of @work () {
  %a = core.channel : !core.channel<16x16xf32, slots = 2, to_vector, none>
  %b = core.channel at 1056 : !core.channel<16x16xf32, slots = 1, to_vector, none>
  %c = core.channel : !core.channel<16x16xbf16, slots = 2, to_cube, none>
}

// A direct channel lies with who receives.
// CHECK-LABEL: core.group @beside_direct_ones
// CHECK: core.channel : <16x128xf32, slots = 2, to_vector, up_down, direct>
// CHECK: core.channel at 0 : <16x16xf32, slots = 1, to_vector, none>
core.group @beside_direct_ones of @work () {
  %a = core.channel : !core.channel<16x128xf32, slots = 2, to_vector, up_down, direct>
  %b = core.channel : !core.channel<16x16xf32, slots = 1, to_vector, none>
}

// CHECK-LABEL: core.group @without_channels
// CHECK-NOT: core.channel
core.group @without_channels of @work () {
}

// -----

task.kernel @work core_group split(automatic) () {
  task.return
}

core.group @refuses_placed_channels_that_overlap of @work () {
  // expected-error @+1 {{expects an address from 2048, behind the channel below it, but got 1024}}
  %a = core.channel at 1024 : !core.channel<16x16xf32, slots = 1, to_vector, none>
  // expected-note @+1 {{the channel below it}}
  %b = core.channel at 0 : !core.channel<16x16xf32, slots = 2, to_vector, none>
}
