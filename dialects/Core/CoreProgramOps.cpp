//===- CoreProgramOps.cpp - syntax and checks of groups, programs and buffers ---===//

#include "dialects/Core/CoreChecks.h"

#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/Builders.h"
#include "mlir/Interfaces/FunctionImplementation.h"
#include "mlir/Interfaces/LoopLikeInterface.h"

using namespace mlir;
using namespace tilework::core;

/// The smallest block a memory of the core is addressed by.
static constexpr int64_t kBlockBytes = 32;

static LogicalResult verifyAddress(Operation *op, StringRef label, std::optional<int64_t> address) {
  if (!address || (*address >= 0 && *address % kBlockBytes == 0))
    return success();
  return op->emitOpError("(") << label << ") expects 'address' to be a multiple of " << kBlockBytes
                              << " bytes, not negative, but got " << *address;
}

//===---------------------------------------------------------------------------===//
// Groups and programs
//===---------------------------------------------------------------------------===//

void GroupOp::build(OpBuilder &builder, OperationState &state, StringRef name, FunctionType type,
                    StringRef kernel) {
  auto &properties = state.getOrAddProperties<Properties>();
  properties.sym_name = builder.getStringAttr(name);
  properties.function_type = TypeAttr::get(type);
  properties.kernel = FlatSymbolRefAttr::get(builder.getContext(), kernel);
  Block &block = state.addRegion()->emplaceBlock();
  for (Type input : type.getInputs())
    block.addArgument(input, state.location);
}

ParseResult GroupOp::parse(OpAsmParser &parser, OperationState &state) {
  StringAttr name, kernel;
  SmallVector<OpAsmParser::Argument> arguments;
  if (parser.parseSymbolName(name) || parser.parseKeyword("of") || parser.parseSymbolName(kernel) ||
      parser.parseArgumentList(arguments, OpAsmParser::Delimiter::Paren, /*allowType=*/true) ||
      parser.parseOptionalAttrDictWithKeyword(state.attributes))
    return failure();
  SmallVector<Type> inputs;
  for (OpAsmParser::Argument &argument : arguments)
    inputs.push_back(argument.type);
  auto &properties = state.getOrAddProperties<Properties>();
  properties.sym_name = name;
  properties.kernel = FlatSymbolRefAttr::get(kernel);
  properties.function_type = TypeAttr::get(parser.getBuilder().getFunctionType(inputs, {}));
  Region *body = state.addRegion();
  if (parser.parseRegion(*body, arguments))
    return failure();
  if (!body->empty())
    return success();
  Block &block = body->emplaceBlock();
  for (Type input : inputs)
    block.addArgument(input, state.location);
  return success();
}

void GroupOp::print(OpAsmPrinter &printer) {
  printer << ' ';
  printer.printSymbolName(getSymName());
  printer << " of ";
  printer.printSymbolName(getKernel());
  printer << " (";
  llvm::interleaveComma(getBody().getArguments(), printer,
                        [&](BlockArgument argument) { printer.printRegionArgument(argument); });
  printer << ')';
  printer.printOptionalAttrDictWithKeyword(
      (*this)->getAttrs(), {getSymNameAttrName(), getKernelAttrName(), getFunctionTypeAttrName()});
  printer << ' ';
  printer.printRegion(getBody(), /*printEntryBlockArgs=*/false);
}

LogicalResult GroupOp::verify() {
  for (auto [index, type] : llvm::enumerate(getArgumentTypes()))
    if (isa<MemRefType>(type) ? getSpace(type) != Space::gm : !type.isIntOrIndexOrFloat())
      return emitOpError("(C1) expects buffers in gm and scalars, but got ")
             << type << " for argument " << index;
  if (!getResultTypes().empty())
    return emitOpError("(C1) expects no results, but got ") << getResultTypes();
  size_t cubes = llvm::range_size(getBody().getOps<CubeProgramOp>());
  size_t vectors = llvm::range_size(getBody().getOps<VectorProgramOp>());
  if (cubes > 1 || vectors > 1)
    return emitOpError("(C2) expects at most one cube program and one vector program, but got ")
           << cubes << " and " << vectors;
  return success();
}

LogicalResult GroupOp::verifySymbolUses(SymbolTableCollection &symbols) {
  auto kernel = symbols.lookupNearestSymbolFrom<FunctionOpInterface>(*this, getKernelAttr());
  if (!kernel || kernel.getArgumentTypes() != getArgumentTypes())
    return emitOpError("(C3) expects 'kernel' to name a function with the same arguments, but got ")
           << getKernelAttr();
  return success();
}

LogicalResult VectorProgramOp::verify() {
  if (getLanes() != 1 && getLanes() != 2)
    return emitOpError("(C1) expects 'lanes' to be 1 or 2, but got ") << getLanes();
  return success();
}

LogicalResult LaneOp::verify() {
  if ((*this)->getParentOfType<CubeProgramOp>())
    return emitOpError("(C1) expects a vector program around it, but got a cube program");
  return success();
}

//===---------------------------------------------------------------------------===//
// Buffers, slots and channels
//===---------------------------------------------------------------------------===//

LogicalResult BufferOp::verify() {
  auto type = cast<MemRefType>(getType());
  auto space = getSpace(type);
  if (!space || *space == Space::gm)
    return emitOpError("(C1) expects a memory of the core, but got '") << getSpaceName(type) << "'";
  if (!type.hasStaticShape() || !type.getLayout().isIdentity())
    return emitOpError("(C2) expects a static shape and the identity layout, but got ") << type;
  if (failed(verifyAddress(*this, "C3", getAddress())))
    return failure();
  auto slots = getSlots();
  if (slots && (*slots < 1 || !type.getRank() || *slots != type.getDimSize(0)))
    return emitOpError("(C4) expects 'slots' to be at least 1 and to equal dimension 0, but got ")
           << *slots << " for " << type;
  return success();
}

void BufferOp::getEffects(EffectList &effects) {
  effects.emplace_back(MemoryEffects::Allocate::get(), cast<OpResult>(getBuffer()),
                       getResource(*getSpace(getType())));
}

static bool hasSlots(MemRefType type) {
  return type && type.getRank() >= 2 && type.getLayout().isIdentity();
}

static MemRefType getSlotType(MemRefType type) {
  auto strides = type.getStridesAndOffset().first;
  auto layout = StridedLayoutAttr::get(type.getContext(), ShapedType::kDynamic,
                                       ArrayRef(strides).drop_front());
  return MemRefType::get(type.getShape().drop_front(), type.getElementType(), layout,
                         type.getMemorySpace());
}

LogicalResult SlotOp::inferReturnTypes(MLIRContext *, std::optional<Location> location,
                                       Adaptor adaptor, SmallVectorImpl<Type> &types) {
  auto type = dyn_cast<MemRefType>(adaptor.getBuffer().getType());
  if (!hasSlots(type))
    return emitOptionalError(location,
                             "'core.slot' op (C1) expects 'buffer' to have at least two "
                             "dimensions and the identity layout, but got ",
                             adaptor.getBuffer().getType());
  types.push_back(getSlotType(type));
  return success();
}

/// The verifier compares the types, under its label.
bool SlotOp::isCompatibleReturnTypes(TypeRange, TypeRange) {
  return true;
}

LogicalResult SlotOp::verify() {
  auto type = getBufferType(getBuffer());
  if (auto index = getConstantIntValue(getIndex());
      index && (*index < 0 || (!type.isDynamicDim(0) && *index >= type.getDimSize(0))))
    return emitOpError("(C2) expects 'index' to be less than ")
           << type.getDimSize(0) << ", but got " << *index;
  if (getType() != getSlotType(type))
    return emitOpError("(C3) expects 'result' to be ")
           << getSlotType(type) << ", but got " << getType();
  return success();
}

LogicalResult TurnOp::verify() {
  auto argument = dyn_cast<BlockArgument>(getIv());
  Operation *parent = argument ? argument.getOwner()->getParentOp() : nullptr;
  auto loop = dyn_cast_or_null<LoopLikeOpInterface>(parent);
  if (!loop || loop.getSingleInductionVar() != getIv())
    return emitOpError("(C1) expects 'iv' to be the induction variable of an enclosing loop, "
                       "but got ")
           << getIv();
  if (*loop.getSingleLowerBound() != OpFoldResult(getLower()) ||
      *loop.getSingleStep() != OpFoldResult(getStep()))
    return emitOpError("(C2) expects 'lower' and 'step' to be the loop's, but got ")
           << getLower() << " and " << getStep();
  if (getSlots() < 1)
    return emitOpError("(C3) expects 'slots' to be at least 1, but got ") << getSlots();
  return success();
}

LogicalResult ChannelOp::verify() {
  if (Operation *parent = (*this)->getParentOp(); !isa_and_nonnull<GroupOp>(parent))
    return emitOpError("(C1) expects 'core.group' around it, but got '")
           << (parent ? parent->getName().getStringRef() : "nothing") << "'";
  return verifyAddress(*this, "C2", getAddress());
}

void ChannelOp::getEffects(EffectList &effects) {
  effects.emplace_back(MemoryEffects::Allocate::get(), cast<OpResult>(getChannel()),
                       getResource(Space::gm));
}
