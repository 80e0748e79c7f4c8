// RUN: tile-opt %s --canonicalize | FileCheck %s
// RUN: not tile-opt %s --no-such-pass 2>&1 | FileCheck %s --check-prefix=UNKNOWN
// RUN: %python --version

// tile-opt runs upstream's passes, and refuses what it does not know.
// CHECK-LABEL: func.func @folds_a_constant
// CHECK: arith.constant 3 : i32
// UNKNOWN: no-such-pass
func.func @folds_a_constant() -> i32 {
  %one = arith.constant 1 : i32
  %two = arith.constant 2 : i32
  %sum = arith.addi %one, %two : i32
  return %sum : i32
}
