//===- DescribeImage.cpp - what the table of an image says of a module -----------------===//

#include "lib/Conversion/TaskToLLVM/DescribeImage.h"

#include "dialects/Task/Task.h"
#include "lib/Conversion/TaskToLLVM/HostAbi.h"
#include "lib/Image/ImageAbi.h"

#include "llvm/ADT/StringSet.h"

using namespace mlir;
using namespace tilework;

int32_t tilework::encodeElementType(Type type) {
  if (type.isInteger(1))
    return TW_BOOL;
  if (type.isIndex())
    return TW_INDEX;
  if (isa<task::IdType>(type))
    return TW_TASK_ID;
  if (type.isF16())
    return TW_F16;
  if (type.isBF16())
    return TW_BF16;
  if (type.isF32())
    return TW_F32;
  int32_t log = llvm::Log2_32(type.getIntOrFloatBitWidth()) - 3;
  return (type.isUnsignedInteger() ? TW_U8 : TW_I8) + log;
}

/// The frontend fuses the variable's name with the location of the loop: its block, and what that
/// takes, may be made anew.
tilework::LoopRecord tilework::describeLoop(Operation *loop) {
  LoopRecord record = {describeLocation(loop->getLoc()), "", TW_SEQUENTIAL, TW_UNJUDGED};
  if (auto fused = dyn_cast<FusedLoc>(loop->getLoc()))
    if (auto name = dyn_cast_or_null<StringAttr>(fused.getMetadata()))
      record.variable = name.getValue().str();
  if (auto parallel = dyn_cast<task::ParallelOp>(loop)) {
    record.kind = TW_PARALLEL;
    if (parallel.getVerdict())
      record.verdict = *parallel.getVerdict() == task::Verdict::proven ? TW_PROVEN : TW_ASSUMED;
  }
  return record;
}

static std::string describeArgument(BlockArgument argument) {
  if (auto name = dyn_cast<NameLoc>(argument.getLoc()))
    return name.getName().str();
  return "arg" + std::to_string(argument.getArgNumber());
}

template <typename FunctionOp> static FunctionRecord describeFunction(FunctionOp function) {
  FunctionRecord record;
  record.run = function.getSymName().str();
  auto name = dyn_cast<NameLoc>(function.getLoc());
  record.name = name ? name.getName().str() : record.run;
  record.location = describeLocation(function.getLoc());
  for (BlockArgument argument : function.getBody().getArguments()) {
    Type type = argument.getType();
    auto memref = dyn_cast<MemRefType>(type);
    int32_t kind = memref ? TW_MEMREF : isa<task::IdType>(type) ? TW_TASK : TW_SCALAR;
    int32_t direction =
        memref ? static_cast<int32_t>(function.getDirection(argument.getArgNumber())) : 0;
    record.arguments.push_back({kind, encodeElementType(getElementTypeOrSelf(type)),
                                memref ? static_cast<int32_t>(memref.getRank()) : 0,
                                record.slotCount, direction, 0, describeArgument(argument)});
    record.slotCount += getSlotCount(type);
  }
  return record;
}

/// What any submission claims holds for the kernel, and what every one has proven.
static void addClaims(task::SubmitOp submit, FunctionRecord &kernel, bool isFirst) {
  for (int32_t position : submit.getNoDep())
    kernel.arguments[position].flags |= TW_NO_DEP;
  if (submit.getExplicitOnly())
    kernel.flags |= TW_EXPLICIT;
  for (auto [position, argument] : llvm::enumerate(kernel.arguments)) {
    bool isStatic = llvm::is_contained(submit.getStaticArgs(), static_cast<int32_t>(position));
    if (isFirst && isStatic)
      argument.flags |= TW_STATIC;
    else if (!isStatic)
      argument.flags &= ~TW_STATIC;
  }
}

ImageTable tilework::describeImage(ModuleOp module) {
  ImageTable table;
  if (auto target = module->getAttrOfType<tile::TargetAttr>(tile::kTargetAttrName))
    table.target = target.getDevice().str();
  llvm::StringMap<std::string> accesses;
  for (auto program : module.getOps<task::AccessesOp>())
    accesses[program.getKernel()] = program.getSymName().str();
  llvm::StringMap<size_t> kernelIndex;
  llvm::StringSet<> names;
  for (auto kernel : module.getOps<task::KernelOp>()) {
    kernelIndex[kernel.getSymName()] = table.kernels.size();
    FunctionRecord record = describeFunction(kernel);
    record.accesses = accesses.lookup(kernel.getSymName());
    if (!names.insert(record.name).second) // two scopes of one name
      record.name = record.run;
    table.kernels.push_back(std::move(record));
  }
  llvm::StringSet<> isSubmitted;
  for (auto entry : module.getOps<task::EntryOp>()) {
    table.entries.push_back(describeFunction(entry));
    entry.walk([&](task::SubmitOp submit) {
      addClaims(submit, table.kernels[kernelIndex.lookup(submit.getKernel())],
                isSubmitted.insert(submit.getKernel()).second);
    });
  }
  return table;
}

CheckRecord tilework::describeCheck(tile::CheckOp check) {
  std::string dim = "dimension " + std::to_string(check.getDim());
  std::string message;
  switch (check.getKind()) {
  case tile::CheckKind::in_bounds:
    message = "slice expects offset + size to stay within the {2} elements of " + dim +
              ", but got {0} + {1}";
    break;
  case tile::CheckKind::equal:
    message = "expects equal sizes in " + dim + ", but got {0} and {1}";
    break;
  case tile::CheckKind::positive:
    message = "expects a positive step or divisor, but got {0}";
    break;
  case tile::CheckKind::at_most:
    message = "expects a valid extent from 0 to {1} in " + dim + ", but got {0}";
    break;
  }
  return {message, describeLocation(check.getLoc()),
          static_cast<int32_t>(check.getValues().size())};
}
