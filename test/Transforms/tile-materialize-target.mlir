// RUN: tile-opt %s --tile-materialize-target=device=a5 | FileCheck %s
// RUN: tile-opt %s --tile-materialize-target=device=a5 --tile-materialize-target | FileCheck %s --check-prefix=DEFAULT
// RUN: not tile-opt %s --tile-materialize-target=device=z9 2>&1 | FileCheck %s --check-prefix=UNKNOWN

// The digest is that of the description.
// CHECK: module attributes {tile.target = #tile.target<"a5", "{{[0-9a-f]+}}">}
// The last word counts; without a name it is that of the default device.
// DEFAULT: module attributes {tile.target = #tile.target<"a2a3", "{{[0-9a-f]+}}">}
// UNKNOWN: error: expects a device of a2a3, a5, but got 'z9'
module {}
