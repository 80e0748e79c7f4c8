//===- Passes.td - passes within the core dialect -----------------*- tablegen -*-===//

#ifndef TILEWORK_TRANSFORMS_CORE_PASSES
#define TILEWORK_TRANSFORMS_CORE_PASSES

include "mlir/Pass/PassBase.td"

def ScheduleLoopsPass : Pass<"core-schedule-loops", "::tilework::core::GroupOp"> {
  let summary = "Puts off what a unit would wait for to a later iteration of its loop";
  let description = [{
    Where cube and vector cores hand tiles to and fro within an iteration, the part of it that waits
    for the other unit gets a later stage: it is carried out a few iterations later, and the unit
    goes on meanwhile. Stages are chosen by a model of the pipes, if they save two percent. The loop
    runs as many iterations longer, and each stage asks whether it has one.
  }];
  let options = [
    Option<"mostStages", "most-stages", "int64_t", "3", "stages that a loop may take">,
    Option<"dump", "dump", "bool", "false", "say in a remark how many stages a loop takes">
  ];
  let statistics = [
    Statistic<"numScheduled", "scheduled", "Number of loops in stages">
  ];
  let dependentDialects = ["::tilework::core::CoreDialect", "::mlir::memref::MemRefDialect",
                           "::mlir::arith::ArithDialect", "::mlir::scf::SCFDialect"];
}

def InsertCrossFlagsPass : Pass<"core-insert-cross-flags", "::tilework::core::GroupOp"> {
  let summary = "Orders cube and vector cores where they touch the same global tensor";
  let description = [{
    Where one unit writes what the other has read or written before, or reads what it has written,
    the other raises a cross flag and this one waits for it. Both stand at the same place of the
    author's program, so that they match for any number of trips.
  }];
  let dependentDialects = ["::tilework::core::CoreDialect"];
}

def SplitUnitsPass : Pass<"core-split-units", "::tilework::core::GroupOp"> {
  let summary = "Gives each unit of a core group its own program";
  let description = [{
    Both programs keep the loops, branches and scalars of the group, so that pushes and pops match
    for any number of trips. Each loses the other's instructions; what then has no effect is the
    canonicalizer's.
  }];
  let dependentDialects = ["::tilework::core::CoreDialect"];
}

def SplitLanesPass : Pass<"core-split-lanes", "::mlir::ModuleOp"> {
  let summary = "Gives each of the two vector cores its part of the work";
  let description = [{
    Each tile is halved between them in one dimension, or both have all of it: whatever leaves the
    busier one the least to do. The kernel's split says in which dimension tiles may be halved for
    their own sake. A program in which one core would need what only the other has, or that gains
    nothing, keeps one core, with a warning where the author asked for a split.
  }];
  let options = [
    Option<"dump", "dump", "bool", "false", "say in a remark how much each program's cores share">
  ];
  let dependentDialects = ["::tilework::core::CoreDialect", "::mlir::memref::MemRefDialect",
                           "::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect",
                           "::mlir::scf::SCFDialect"];
}

def HoistInstructionsPass : Pass<"core-hoist-instructions", "::tilework::core::GroupOp"> {
  let summary = "Moves instructions before loops whose iterations all repeat them";
  let description = [{
    A transfer or a computation leaves a loop if its operands stay the same in it, nothing else in
    the loop writes its destination, and the memory has room for that buffer over the whole loop.
    Before a loop that may not run it stands in a branch that asks for the first iteration.
  }];
  let statistics = [
    Statistic<"numHoisted", "hoisted", "Number of instructions moved, per loop">
  ];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::scf::SCFDialect"];
}

def ElideTransfersPass : Pass<"core-elide-transfers", "::tilework::core::GroupOp"> {
  let summary = "Erases transfers of what an earlier one has brought to the same memory";
  let description = [{
    Of two equal transfers in one block, between which nobody writes the source, the later one goes
    and its buffer with it, if nothing else writes either buffer and the memory has room for the
    first one's until the last use of the second's.
  }];
  let statistics = [
    Statistic<"numElided", "elided", "Number of transfers erased">
  ];
}

def ElideSlotCopiesPass : Pass<"core-elide-slot-copies", "::tilework::core::GroupOp"> {
  let summary = "Leaves the tiles of direct channels in the slots they arrive in";
  let description = [{
    The receiving program gets a buffer of slots for each direct channel, in place of the one that
    tiles were copied to; `core.head` says which slot the next pop shows. A slot is released behind
    the last use of its tile. Where a tile is used in another iteration or branch than the one that
    takes it, or where there is no room for the slots, the channel goes through global memory.
  }];
  let statistics = [
    Statistic<"numElided", "elided", "Number of channels whose tiles stay in their slots">,
    Statistic<"numLeft", "left", "Number of channels left to global memory">
  ];
  let dependentDialects = ["::tilework::core::CoreDialect", "::mlir::memref::MemRefDialect"];
}

def PipelineLoopsPass : Pass<"core-pipeline-loops", "::tilework::core::GroupOp"> {
  let summary = "Gives the buffers that loops fill anew as many slots as asked for, or as pay";
  let description = [{
    A buffer that each iteration fills and uses up is filled for the next iterations while this one
    works, as far as its slots go. A `tile.pipeline` names the slots of what it loads. Other buffers,
    and those of ordinary loops, get the fewest slots that come within two percent of the best by a
    model of the pipes, if the memory has room. Bodies are neither peeled nor copied: the pipes run
    ahead of each other by themselves.
  }];
  let options = [
    Option<"dump", "dump", "bool", "false", "say in a remark what the model chose for a loop">
  ];
  let statistics = [
    Statistic<"numRings", "rings", "Number of buffers with slots">
  ];
  let dependentDialects = ["::tilework::core::CoreDialect", "::mlir::memref::MemRefDialect",
                           "::mlir::arith::ArithDialect", "::mlir::scf::SCFDialect"];
}

def PlaceBuffersPass : Pass<"core-place-buffers", "::mlir::ModuleOp"> {
  let summary = "Gives every buffer an address";
  let description = [{
    Buffers of one memory share bytes where they are not live together. A program that does not fit
    is an error, which says what is live where the memory is fullest.
  }];
  let options = [
    Option<"steps", "steps", "int64_t", "200000", "budget of the search for a placement">
  ];
  let dependentDialects = ["::tilework::core::CoreDialect"];
}

def PlaceChannelsPass : Pass<"core-place-channels", "::tilework::core::GroupOp"> {
  let summary = "Gives every channel an address in the memory of its group";
  let description = [{
    The slots of all channels of a group lie one after the other in global memory that the group
    owns and the runtime allocates. No two channels share a byte. A direct channel lies where the
    buffer lies that it is received in.
  }];
  let dependentDialects = ["::tilework::core::CoreDialect"];
}

def DumpPlacementPass : Pass<"core-dump-placement", "::mlir::ModuleOp"> {
  let summary = "Prints which buffer lies where, and when";
  let description = [{
    Per program and memory: its capacity, the bytes used, the most bytes live at one position, and
    each buffer with its address, bytes of all slots, lifetime and source line, and whether another
    core writes its slots. A position counts the operations of a program in the order of its text.
  }];
  let options = [
    Option<"format", "format", "::tilework::core::PlacementFormat",
           "::tilework::core::PlacementFormat::table", "how to print it",
           [{::llvm::cl::values(
             clEnumValN(::tilework::core::PlacementFormat::table, "table", "to be read"),
             clEnumValN(::tilework::core::PlacementFormat::json, "json", "for programs"))}]>,
    Option<"output", "output", "std::string", "\"-\"", "a file instead of the standard output">
  ];
}

def InsertFlagsPass : Pass<"core-insert-flags", "::tilework::core::GroupOp"> {
  let summary = "Orders the pipes of each core where they touch the same bytes";
  let description = [{
    Takes placed programs without flags. Every pair of accesses of which one writes, on different
    pipes of a core and not provably disjoint, becomes ordered: by a pair of set and wait after the
    earlier and before the later one, or by others that imply it. Between iterations the flag is
    lent: set before the outermost loop, awaited before the later access, set again after the
    earlier one, and taken back after the loop; slots taken in turn have one event each.
  }];
  let options = [
    Option<"dump", "dump", "bool", "false", "say each flag in a remark">
  ];
  let statistics = [
    Statistic<"numFlags", "flags", "Number of set and wait pairs">,
    Statistic<"numEvents", "events", "Number of events, slots included">,
    Statistic<"numBarriers", "barriers", "Number of barriers for want of events">
  ];
  let dependentDialects = ["::tilework::core::CoreDialect"];
}

#endif // TILEWORK_TRANSFORMS_CORE_PASSES
