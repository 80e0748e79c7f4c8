// RUN: tile-opt %s --core-dump-placement -o /dev/null | FileCheck %s
// RUN: tile-opt %s --core-dump-placement=format=json -o /dev/null | FileCheck %s --check-prefix=JSON
// RUN: sed 's/ at 0 slots/ slots/' %s | not tile-opt --core-dump-placement -o /dev/null 2>&1 | FileCheck %s --check-prefix=UNPLACED

// UNPLACED: error: expects buffers with addresses, but got one without; place them with core-place-buffers first

task.kernel @work core_group split(automatic) (in %n: index, in %x: memref<64x64xf32>, out %y: memref<64x64xf32>) {
  task.return
}

// Nobody uses the bytes from 32768 to 65536, so more are used than live at once: the slots, which
// live as long as the loop, and 16384 bytes beside them.
// CHECK:      work_placed, vector program, 16 positions
// CHECK-NEXT:   ub: 82016 of 188416 bytes used, at least 49152 needed
// CHECK-NEXT:     address    bytes  slots         live   line  name
// CHECK-NEXT:           0    32768      2      [6, 14)     12  scores
// CHECK-NEXT:       65536       96      1     [14, 15)      -  -
// CHECK-NEXT:       65632    16384      1     [11, 12)     [[#]]  core-dump-placement.mlir:[[#]]:10

// JSON:      "group": "work_placed",
// JSON-NEXT: "unit": "vector",
// JSON-NEXT: "positions": 16,
// JSON-NEXT: "loops": [
// JSON-NEXT:   {
// JSON-NEXT:     "begin": 6,
// JSON-NEXT:     "end": 14,
// JSON:      "memory": "ub",
// JSON-NEXT: "capacity_bytes": 188416,
// JSON-NEXT: "peak_bytes": 82016,
// JSON-NEXT: "lower_bound_bytes": 49152,
// JSON:        "name": "scores",
// JSON-NEXT:   "file": "kernel.py",
// JSON-NEXT:   "line": 12,
// JSON-NEXT:   "address": 0,
// JSON-NEXT:   "bytes": 32768,
// JSON-NEXT:   "slots": 2,
// JSON-NEXT:   "received": false,
// JSON-NEXT:   "begin": 6,
// JSON-NEXT:   "end": 14
core.group @work_placed of @work (%n: index, %x: memref<64x64xf32>, %y: memref<64x64xf32>) {
  core.vector_program lanes(1) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %a = core.buffer at 0 slots(2) : memref<2x64x64xf32, #core.space<ub>> loc("scores"("kernel.py":12:5))
    %b = core.buffer at 65536 : memref<1x24xf32, #core.space<ub>> loc(unknown)
    %c = core.buffer at 65632 : memref<64x64xf32, #core.space<ub>>
    scf.for %i = %c0 to %n step %c1 {
      %t = core.turn %i from %c0 step %c1 of 2
      %s = core.slot %a[%t] : memref<2x64x64xf32, #core.space<ub>>
      core.dma_load %x[] [] to %s : memref<64x64xf32> to memref<64x64xf32, strided<[64, 1], offset: ?>, #core.space<ub>>
      core.dma_store %s to %y[] [] : memref<64x64xf32, strided<[64, 1], offset: ?>, #core.space<ub>> to memref<64x64xf32>
      core.dma_load %x[] [] to %c : memref<64x64xf32> to memref<64x64xf32, #core.space<ub>>
    }
    core.dma_store %b to %y[] [] : memref<1x24xf32, #core.space<ub>> to memref<64x64xf32>
  }
}
