//===- DumpPlacement.cpp - what lies where, and when ---------------------------------------===//
//
// What: prints the buffers of every program by memory, with addresses and lifetimes.
// Why:  shows how full a memory is, and who fills it.
// Form: programs on buffers with addresses, unchanged.
// Not:  placing: PlaceBuffers.cpp. The lower bound is counted here, not asked of the solver.
//
//===---------------------------------------------------------------------------===//

#include "lib/Planning/Device.h"
#include "lib/Transforms/Core/Lifetimes.h"
#include "lib/Transforms/Core/Passes.h"

#include "mlir/Interfaces/LoopLikeInterface.h"
#include "mlir/Support/FileUtilities.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/ToolOutputFile.h"

namespace tilework::core {
#define GEN_PASS_DEF_DUMPPLACEMENTPASS
#include "lib/Transforms/Core/Passes.h.inc"
} // namespace tilework::core

using namespace mlir;
using namespace tilework;
using namespace tilework::core;

//===---------------------------------------------------------------------------===//
// Read
//===---------------------------------------------------------------------------===//

namespace {
struct Row {
  std::string name, file;
  int64_t line = 0, address, sizeBytes, slots, begin, end;
  bool isReceived = false; ///< the slots of a direct channel
};

struct Memory {
  Space space;
  int64_t capacityBytes, peakBytes = 0, lowerBoundBytes = 0;
  std::vector<Row> rows;
};

struct Loop {
  int64_t begin, end, line;
};

struct Program {
  std::string group, unit;
  int64_t positions = 0;
  std::vector<Memory> memories;
  std::vector<Loop> loops;
};
} // namespace

static FileLineColLoc getPosition(Location location) {
  return location->findInstanceOf<FileLineColLoc>();
}

static int64_t getLine(Location location) {
  FileLineColLoc position = getPosition(location);
  return position ? position.getLine() : 0;
}

/// Whether another core writes the slots of a buffer.
static bool isReceived(BufferOp buffer) {
  return llvm::any_of(buffer->getUsers(), [](Operation *user) {
    auto slot = dyn_cast<SlotOp>(user);
    return slot && slot.getIndex().getDefiningOp<HeadOp>();
  });
}

/// The author's name for the tile, else where it is made.
static Row makeRow(const Lifetime &lifetime) {
  BufferOp buffer = lifetime.buffer;
  Row row;
  if (FileLineColLoc position = getPosition(buffer.getLoc())) {
    row.file = position.getFilename().str();
    row.line = position.getLine();
    row.name = llvm::formatv("{0}:{1}:{2}", llvm::sys::path::filename(row.file), row.line,
                             position.getColumn());
  }
  if (auto name = buffer.getLoc()->findInstanceOf<NameLoc>())
    row.name = name.getName().str();
  row.address = *buffer.getAddress();
  row.sizeBytes = getSizeBytes(buffer);
  row.slots = buffer.getSlots().value_or(1);
  row.begin = lifetime.begin;
  row.end = lifetime.end;
  row.isReceived = isReceived(buffer);
  return row;
}

/// The greatest need at one position. All addresses are aligned, so all but the topmost buffer take
/// whole multiples.
static int64_t findLowerBound(ArrayRef<Row> rows, int64_t alignment) {
  int64_t most = 0;
  for (const Row &at : rows) {
    int64_t sum = 0, padding = 0;
    for (const Row &row : rows)
      if (row.begin <= at.begin && at.begin < row.end) {
        int64_t taken = llvm::alignTo(row.sizeBytes, alignment);
        sum += taken;
        padding = std::max(padding, taken - row.sizeBytes);
      }
    most = std::max(most, sum - padding);
  }
  return most;
}

static FailureOr<Program> readProgram(Operation *op, const Device &device) {
  Program program;
  program.group = op->getParentOfType<GroupOp>().getSymName().str();
  program.unit = isa<CubeProgramOp>(op) ? "cube" : "vector";
  llvm::MapVector<Space, std::vector<Row>> rows;
  for (const Lifetime &lifetime : getLifetimes(op)) {
    BufferOp buffer = lifetime.buffer;
    if (!buffer.getAddress())
      return buffer.emitError("expects buffers with addresses, but got one without; place them "
                              "with core-place-buffers first");
    rows[*getSpace(buffer.getType())].push_back(makeRow(lifetime));
  }
  for (auto &[space, buffers] : rows) {
    std::string name = stringifySpace(space).str();
    auto alignment = static_cast<int64_t>(device.get("alignment." + name));
    Memory memory{space, static_cast<int64_t>(device.get("capacity." + name))};
    memory.lowerBoundBytes = findLowerBound(buffers, alignment);
    for (const Row &row : buffers)
      memory.peakBytes = std::max(memory.peakBytes, row.address + row.sizeBytes);
    memory.rows = std::move(buffers);
    program.memories.push_back(std::move(memory));
  }
  Positions positions = getPositions(op);
  program.positions = positions.count;
  op->walk<WalkOrder::PreOrder>([&](LoopLikeOpInterface loop) {
    program.loops.push_back(
        {positions.starts[loop], positions.ends[loop] + 1, getLine(loop.getLoc())});
  });
  return program;
}

//===---------------------------------------------------------------------------===//
// Print
//===---------------------------------------------------------------------------===//

static void printTable(const Program &program, raw_ostream &os) {
  os << program.group << ", " << program.unit << " program, " << program.positions
     << " positions\n";
  for (const Memory &memory : program.memories) {
    os << llvm::formatv("  {0}: {1} of {2} bytes used, at least {3} needed\n",
                        stringifySpace(memory.space), memory.peakBytes, memory.capacityBytes,
                        memory.lowerBoundBytes);
    os << llvm::formatv("    {0,8} {1,8} {2,6} {3,12} {4,6}  {5}\n", "address", "bytes", "slots",
                        "live", "line", "name");
    for (const Row &row : memory.rows)
      os << llvm::formatv("    {0,8} {1,8} {2,6} {3,12} {4,6}  {5}\n", row.address, row.sizeBytes,
                          row.slots, llvm::formatv("[{0}, {1})", row.begin, row.end).str(),
                          row.line ? std::to_string(row.line) : "-",
                          (row.name.empty() ? "-" : row.name) +
                              (row.isReceived ? ", received" : ""));
  }
}

static void printJson(ArrayRef<Program> programs, raw_ostream &os) {
  llvm::json::OStream json(os, /*IndentSize=*/1);
  auto printRow = [&](const Row &row) {
    json.attribute("name", row.name);
    json.attribute("file", row.file);
    json.attribute("line", row.line);
    json.attribute("address", row.address);
    json.attribute("bytes", row.sizeBytes);
    json.attribute("slots", row.slots);
    json.attribute("received", row.isReceived);
    json.attribute("begin", row.begin);
    json.attribute("end", row.end);
  };
  auto printMemory = [&](const Memory &memory) {
    json.attribute("memory", stringifySpace(memory.space));
    json.attribute("capacity_bytes", memory.capacityBytes);
    json.attribute("peak_bytes", memory.peakBytes);
    json.attribute("lower_bound_bytes", memory.lowerBoundBytes);
    json.attributeArray("buffers", [&] {
      for (const Row &row : memory.rows)
        json.object([&] { printRow(row); });
    });
  };
  auto printProgram = [&](const Program &program) {
    json.attribute("group", program.group);
    json.attribute("unit", program.unit);
    json.attribute("positions", program.positions);
    json.attributeArray("loops", [&] {
      for (const Loop &loop : program.loops)
        json.object([&] {
          json.attribute("begin", loop.begin);
          json.attribute("end", loop.end);
          json.attribute("line", loop.line);
        });
    });
    json.attributeArray("memories", [&] {
      for (const Memory &memory : program.memories)
        json.object([&] { printMemory(memory); });
    });
  };
  json.array([&] {
    for (const Program &program : programs)
      json.object([&] { printProgram(program); });
  });
  os << "\n";
}

namespace {
struct DumpPlacement : tilework::core::impl::DumpPlacementPassBase<DumpPlacement> {
  using DumpPlacementPassBase::DumpPlacementPassBase;

  void runOnOperation() override {
    FailureOr<const Device *> device = findDevice(getOperation());
    if (failed(device))
      return signalPassFailure();
    std::vector<Program> programs;
    WalkResult result = getOperation().walk([&](Operation *op) {
      if (!isa<CubeProgramOp, VectorProgramOp>(op))
        return WalkResult::advance();
      FailureOr<Program> program = readProgram(op, **device);
      if (failed(program))
        return WalkResult::interrupt();
      programs.push_back(std::move(*program));
      return WalkResult::advance();
    });
    if (result.wasInterrupted() || failed(write(programs)))
      return signalPassFailure();
    markAllAnalysesPreserved();
  }

  LogicalResult write(ArrayRef<Program> programs) {
    std::string message;
    std::unique_ptr<llvm::ToolOutputFile> file = openOutputFile(output, &message);
    if (!file)
      return getOperation().emitError("expects a file to write the placement to, but got: ")
             << message;
    if (format == PlacementFormat::json)
      printJson(programs, file->os());
    else
      for (const Program &program : programs)
        printTable(program, file->os());
    file->keep();
    return success();
  }
};
} // namespace
