//===- CoreDialect.cpp - registration, attributes, types and interfaces ---------===//

#include "dialects/Core/Core.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "mlir/Interfaces/FunctionImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace tilework::core;

#include "dialects/Core/CoreDialect.cpp.inc"

#include "dialects/Core/CoreEnums.cpp.inc"

#include "dialects/Core/CoreInterfaces.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "dialects/Core/CoreAttrs.cpp.inc"

#define GET_TYPEDEF_CLASSES
#include "dialects/Core/CoreTypes.cpp.inc"

#define GET_OP_CLASSES
#include "dialects/Core/CoreOps.cpp.inc"

void CoreDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialects/Core/CoreAttrs.cpp.inc"
      >();
  addTypes<
#define GET_TYPEDEF_LIST
#include "dialects/Core/CoreTypes.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "dialects/Core/CoreOps.cpp.inc"
      >();
}

//===---------------------------------------------------------------------------===//
// Memories
//===---------------------------------------------------------------------------===//

std::optional<Space> tilework::core::getSpace(Type type) {
  auto memref = dyn_cast<MemRefType>(type);
  if (!memref)
    return std::nullopt;
  if (!memref.getMemorySpace())
    return Space::gm;
  auto space = dyn_cast<SpaceAttr>(memref.getMemorySpace());
  return space ? std::optional(space.getValue()) : std::nullopt;
}

namespace {
template <Space space> struct SpaceResource : SideEffects::Resource::Base<SpaceResource<space>> {
  StringRef getName() final { return stringifySpace(space); }
};
} // namespace

SideEffects::Resource *tilework::core::getResource(Space space) {
  switch (space) {
  case Space::gm:
    return SpaceResource<Space::gm>::get();
  case Space::l1:
    return SpaceResource<Space::l1>::get();
  case Space::l0a:
    return SpaceResource<Space::l0a>::get();
  case Space::l0b:
    return SpaceResource<Space::l0b>::get();
  case Space::l0c:
    return SpaceResource<Space::l0c>::get();
  case Space::ub:
    return SpaceResource<Space::ub>::get();
  case Space::bt:
    return SpaceResource<Space::bt>::get();
  case Space::fb:
    return SpaceResource<Space::fb>::get();
  }
  llvm_unreachable("every memory has a resource");
}

//===---------------------------------------------------------------------------===//
// What belongs to which core
//===---------------------------------------------------------------------------===//

bool tilework::core::hasPipe(bool isCube, Pipe pipe) {
  switch (pipe) {
  case Pipe::mte1:
  case Pipe::fixp:
  case Pipe::m:
    return isCube;
  case Pipe::mte3:
  case Pipe::v:
    return !isCube;
  case Pipe::mte2:
  case Pipe::s:
    return true;
  }
  return false;
}

static bool hasMemory(bool isCube, Space space) {
  return space == Space::gm || (space == Space::ub) != isCube;
}

LogicalResult tilework::core::verifyStandsOnItsCore(Operation *op) {
  bool isCube = op->getParentOfType<CubeProgramOp>() != nullptr;
  if (!isCube && !op->getParentOfType<VectorProgramOp>())
    return success();
  StringRef program = isCube ? "a cube program" : "a vector program";
  for (Value operand : op->getOperands())
    if (auto space = getSpace(operand.getType()); space && !hasMemory(isCube, *space))
      return op->emitOpError("(P1) expects memories of the core of ")
             << program << ", but got '" << stringifySpace(*space) << "'";
  Pipe pipe = cast<CoreOpInterface>(op).getPipe();
  if (!hasPipe(isCube, pipe))
    return op->emitOpError("(P1) expects a pipe of the core of ")
           << program << ", but got '" << stringifyPipe(pipe) << "'";
  return success();
}

//===---------------------------------------------------------------------------===//
// Channels: `<16x128xf32, slots = 2, to_vector, up_down>`
//===---------------------------------------------------------------------------===//

template <typename Enum>
static FailureOr<Enum> parseEnum(AsmParser &parser, StringRef what,
                                 std::optional<Enum> (*symbolize)(StringRef)) {
  StringRef keyword;
  auto location = parser.getCurrentLocation();
  if (parser.parseKeyword(&keyword))
    return failure();
  if (auto value = symbolize(keyword))
    return *value;
  parser.emitError(location) << "expects a " << what << ", but got '" << keyword << "'";
  return failure();
}

Type ChannelType::parse(AsmParser &parser) {
  SmallVector<int64_t> shape;
  Type element;
  int64_t slots;
  auto location = parser.getCurrentLocation();
  if (parser.parseLess() || parser.parseDimensionList(shape) || parser.parseType(element) ||
      parser.parseComma() || parser.parseKeyword("slots") || parser.parseEqual() ||
      parser.parseInteger(slots) || parser.parseComma())
    return {};
  auto direction = parseEnum<ChannelDirection>(parser, "direction", symbolizeChannelDirection);
  if (failed(direction) || parser.parseComma())
    return {};
  auto split = parseEnum<ChannelSplit>(parser, "split", symbolizeChannelSplit);
  if (failed(split))
    return {};
  auto path = ChannelPath::through_gm;
  if (succeeded(parser.parseOptionalComma())) {
    auto named = parseEnum<ChannelPath>(parser, "path", symbolizeChannelPath);
    if (failed(named))
      return {};
    path = *named;
  }
  if (parser.parseGreater())
    return {};
  return getChecked([&] { return parser.emitError(location); }, parser.getContext(), shape, element,
                    slots, *direction, *split, path);
}

void ChannelType::print(AsmPrinter &printer) const {
  printer << '<';
  printer.printDimensionList(getShape());
  printer << 'x' << getElementType() << ", slots = " << getSlots() << ", "
          << stringifyChannelDirection(getDirection()) << ", " << stringifyChannelSplit(getSplit());
  if (isDirect())
    printer << ", " << stringifyChannelPath(getPath());
  printer << '>';
}

LogicalResult ChannelType::verify(function_ref<InFlightDiagnostic()> emitError,
                                  ArrayRef<int64_t> shape, Type, int64_t slots, ChannelDirection,
                                  ChannelSplit, ChannelPath) {
  if (slots < 1)
    return emitError() << "!core.channel (C1) expects at least one slot, but got " << slots;
  if (shape.size() != 2 || ShapedType::isDynamicShape(shape))
    return emitError() << "!core.channel (C2) expects a static matrix shape, but got "
                       << (shape.size() != 2 ? "rank " : "a dynamic size in rank ") << shape.size();
  return success();
}

SmallVector<int64_t> ChannelType::getLaneShape() const {
  SmallVector<int64_t> shape(getShape());
  if (getSplit() == ChannelSplit::none)
    return shape;
  int64_t &size = shape[getSplit() == ChannelSplit::left_right];
  size = size % 2 ? ShapedType::kDynamic : size / 2;
  return shape;
}

Space ChannelType::getSlotSpace() const {
  if (!isDirect())
    return Space::gm;
  return getDirection() == ChannelDirection::to_vector ? Space::ub : Space::l1;
}

ChannelType ChannelType::withSlots(int64_t slots) const {
  return get(getContext(), getShape(), getElementType(), slots, getDirection(), getSplit(),
             getPath());
}

ChannelType ChannelType::withSplit(ChannelSplit split) const {
  return get(getContext(), getShape(), getElementType(), getSlots(), getDirection(), split,
             getPath());
}

ChannelType ChannelType::withPath(ChannelPath path) const {
  return get(getContext(), getShape(), getElementType(), getSlots(), getDirection(), getSplit(),
             path);
}
