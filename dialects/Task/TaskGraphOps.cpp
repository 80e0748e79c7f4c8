//===- TaskGraphOps.cpp - syntax and checks of programs, kernels, submissions ---===//

#include "dialects/Task/Task.h"

#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace tilework::task;

//===---------------------------------------------------------------------------===//
// Signatures: `(in %x: type, out %y: type) { body }`
//===---------------------------------------------------------------------------===//

static ParseResult parseSignature(OpAsmParser &parser, OperationState &state,
                                  SmallVectorImpl<int32_t> &directions,
                                  SmallVectorImpl<OpAsmParser::Argument> &arguments) {
  return parser.parseCommaSeparatedList(OpAsmParser::Delimiter::Paren, [&]() -> ParseResult {
    StringRef keyword;
    auto location = parser.getCurrentLocation();
    if (parser.parseKeyword(&keyword))
      return failure();
    auto direction = symbolizeDirection(keyword);
    if (!direction)
      return parser.emitError(location)
             << "expects 'in', 'out' or 'inout', but got '" << keyword << "'";
    directions.push_back(static_cast<int32_t>(*direction));
    return parser.parseArgument(arguments.emplace_back(), /*allowType=*/true);
  });
}

template <typename Op>
static ParseResult parseFunctionLike(OpAsmParser &parser, OperationState &state) {
  SmallVector<int32_t> directions;
  SmallVector<OpAsmParser::Argument> arguments;
  if (parseSignature(parser, state, directions, arguments))
    return failure();
  SmallVector<Type> inputs, results;
  for (auto [argument, direction] : llvm::zip(arguments, directions)) {
    inputs.push_back(argument.type);
    if (std::is_same_v<Op, EntryOp> && writes(static_cast<Direction>(direction)) &&
        isa<RankedTensorType>(argument.type))
      results.push_back(argument.type);
  }
  Builder &builder = parser.getBuilder();
  auto &properties = state.getOrAddProperties<typename Op::Properties>();
  properties.function_type = TypeAttr::get(builder.getFunctionType(inputs, results));
  properties.directions = builder.getDenseI32ArrayAttr(directions);
  return failure(parser.parseOptionalAttrDictWithKeyword(state.attributes) ||
                 parser.parseRegion(*state.addRegion(), arguments));
}

template <typename Op>
static void printFunctionLike(Op op, OpAsmPrinter &printer, ArrayRef<StringRef> hidden) {
  printer << '(';
  llvm::interleaveComma(llvm::enumerate(op.getBody().getArguments()), printer, [&](auto it) {
    printer << stringifyDirection(op.getDirection(it.index())) << ' ';
    printer.printRegionArgument(it.value());
  });
  printer << ')';
  SmallVector<StringRef> all(hidden);
  all.append(
      {SymbolTable::getSymbolAttrName(), op.getFunctionTypeAttrName(), op.getDirectionsAttrName()});
  printer.printOptionalAttrDictWithKeyword(op->getAttrs(), all);
  printer << ' ';
  printer.printRegion(op.getBody(), /*printEntryBlockArgs=*/false);
}

template <typename Op>
static LogicalResult verifyFunctionLike(Op op, ArrayRef<Type> expectedResults) {
  ArrayRef<Type> inputs = op.getFunctionType().getInputs();
  if (op.getDirections().size() != inputs.size())
    return op.emitOpError("(C1) expects one direction per argument, but got ")
           << op.getDirections().size() << " for " << inputs.size();
  for (auto [index, type] : llvm::enumerate(inputs))
    if (!isa<ShapedType>(type) && writes(op.getDirection(index)))
      return op.emitOpError("(C2) expects scalars to be 'in', but got '")
             << stringifyDirection(op.getDirection(index)) << "' for argument " << index;
  if (op.getFunctionType().getResults() != expectedResults)
    return op.emitOpError("(C3) expects results ") << TypeRange(expectedResults) << ", but got "
                                                   << TypeRange(op.getFunctionType().getResults());
  return success();
}

//===---------------------------------------------------------------------------===//
// Programs, kernels and region programs
//===---------------------------------------------------------------------------===//

template <typename Op>
static void buildFunctionLike(OpBuilder &builder, OperationState &state, StringRef name,
                              FunctionType type, ArrayRef<int32_t> directions) {
  auto &properties = state.getOrAddProperties<typename Op::Properties>();
  properties.sym_name = builder.getStringAttr(name);
  properties.function_type = TypeAttr::get(type);
  properties.directions = builder.getDenseI32ArrayAttr(directions);
  Region *body = state.addRegion();
  auto *block = new Block();
  body->push_back(block);
  for (Type input : type.getInputs())
    block->addArgument(input, state.location);
}

void EntryOp::build(OpBuilder &builder, OperationState &state, StringRef name, FunctionType type,
                    ArrayRef<int32_t> directions) {
  buildFunctionLike<EntryOp>(builder, state, name, type, directions);
}

ParseResult EntryOp::parse(OpAsmParser &parser, OperationState &state) {
  StringAttr name;
  if (parser.parseSymbolName(name))
    return failure();
  state.getOrAddProperties<Properties>().sym_name = name;
  return parseFunctionLike<EntryOp>(parser, state);
}

void EntryOp::print(OpAsmPrinter &printer) {
  printer << ' ';
  printer.printSymbolName(getSymName());
  printFunctionLike(*this, printer, {});
}

LogicalResult EntryOp::verify() {
  SmallVector<Type> results;
  if (getDirections().size() == getFunctionType().getNumInputs())
    for (auto [index, type] : llvm::enumerate(getFunctionType().getInputs()))
      if (isa<RankedTensorType>(type) && writes(getDirection(index)))
        results.push_back(type);
  return verifyFunctionLike(*this, results);
}

void KernelOp::build(OpBuilder &builder, OperationState &state, StringRef name, FunctionType type,
                     ArrayRef<int32_t> directions, Level level, SplitMode split) {
  buildFunctionLike<KernelOp>(builder, state, name, type, directions);
  auto &properties = state.getOrAddProperties<Properties>();
  properties.level = LevelAttr::get(builder.getContext(), level);
  properties.split = SplitModeAttr::get(builder.getContext(), split);
}

ParseResult KernelOp::parse(OpAsmParser &parser, OperationState &state) {
  StringAttr name;
  StringRef level, split;
  auto location = parser.getCurrentLocation();
  if (parser.parseSymbolName(name) || parser.parseKeyword(&level) || parser.parseKeyword("split") ||
      parser.parseLParen() || parser.parseKeyword(&split) || parser.parseRParen())
    return failure();
  auto levelValue = symbolizeLevel(level);
  auto splitValue = symbolizeSplitMode(split);
  if (!levelValue || !splitValue)
    return parser.emitError(location)
           << "expects a level and a split mode, but got '" << level << "' and '" << split << "'";
  auto &properties = state.getOrAddProperties<Properties>();
  properties.sym_name = name;
  properties.level = LevelAttr::get(parser.getContext(), *levelValue);
  properties.split = SplitModeAttr::get(parser.getContext(), *splitValue);
  return parseFunctionLike<KernelOp>(parser, state);
}

void KernelOp::print(OpAsmPrinter &printer) {
  printer << ' ';
  printer.printSymbolName(getSymName());
  printer << ' ' << stringifyLevel(getLevel()) << " split(" << stringifySplitMode(getSplit())
          << ") ";
  printFunctionLike(*this, printer, {getLevelAttrName(), getSplitAttrName()});
}

LogicalResult KernelOp::verify() {
  return verifyFunctionLike(*this, {});
}

void AccessesOp::build(OpBuilder &builder, OperationState &state, StringRef name, FunctionType type,
                       ArrayRef<int32_t> directions, StringRef kernel) {
  buildFunctionLike<AccessesOp>(builder, state, name, type, directions);
  state.getOrAddProperties<Properties>().kernel =
      FlatSymbolRefAttr::get(builder.getContext(), kernel);
}

ParseResult AccessesOp::parse(OpAsmParser &parser, OperationState &state) {
  StringAttr name, kernel;
  if (parser.parseSymbolName(name) || parser.parseKeyword("of") || parser.parseSymbolName(kernel))
    return failure();
  auto &properties = state.getOrAddProperties<Properties>();
  properties.sym_name = name;
  properties.kernel = FlatSymbolRefAttr::get(kernel);
  return parseFunctionLike<AccessesOp>(parser, state);
}

void AccessesOp::print(OpAsmPrinter &printer) {
  printer << ' ';
  printer.printSymbolName(getSymName());
  printer << " of ";
  printer.printSymbolName(getKernel());
  printer << ' ';
  printFunctionLike(*this, printer, {getKernelAttrName()});
}

LogicalResult AccessesOp::verify() {
  if (failed(verifyFunctionLike(*this, {})))
    return failure();
  auto kernel = SymbolTable::lookupNearestSymbolFrom<KernelOp>(*this, getKernelAttr());
  if (!kernel || kernel.getFunctionType() != getFunctionType() ||
      kernel.getDirections() != getDirections())
    return emitOpError("(C4) expects 'kernel' to name a kernel with the same arguments, but got ")
           << getKernelAttr();
  return success();
}

LogicalResult ReturnOp::verify() {
  auto function = cast<FunctionOpInterface>((*this)->getParentOp());
  if (TypeRange(getOperandTypes()) != TypeRange(function.getResultTypes()))
    return emitOpError("(C1) expects operands of types ")
           << TypeRange(function.getResultTypes()) << ", but got " << getOperandTypes();
  return success();
}

LogicalResult AccessOp::verify() {
  auto rank = static_cast<size_t>(cast<MemRefType>(getTarget().getType()).getRank());
  if (getOffsets().size() != rank || getSizes().size() != rank)
    return emitOpError("(C1) expects ") << rank << " offsets and sizes, but got "
                                        << getOffsets().size() << " and " << getSizes().size();
  return success();
}

//===---------------------------------------------------------------------------===//
// Submissions
//===---------------------------------------------------------------------------===//

static ParseResult parseOperandGroup(OpAsmParser &parser, StringRef keyword, OperationState &state,
                                     int32_t &count, SmallVectorImpl<Type> &types) {
  count = 0;
  if (failed(parser.parseOptionalKeyword(keyword)))
    return success();
  SmallVector<OpAsmParser::UnresolvedOperand> operands;
  auto location = parser.getCurrentLocation();
  if (parser.parseLParen() || parser.parseOperandList(operands) ||
      parser.parseColonTypeList(types) || parser.parseRParen() ||
      parser.resolveOperands(operands, types, location, state.operands))
    return failure();
  count = operands.size();
  return success();
}

/// `keyword([0, 2])`, or nothing.
static ParseResult parsePositions(OpAsmParser &parser, StringRef keyword, DenseI32ArrayAttr &attr) {
  SmallVector<int32_t> positions;
  auto parseOne = [&] { return parser.parseInteger(positions.emplace_back()); };
  if (succeeded(parser.parseOptionalKeyword(keyword)) &&
      (parser.parseLParen() ||
       parser.parseCommaSeparatedList(OpAsmParser::Delimiter::Square, parseOne) ||
       parser.parseRParen()))
    return failure();
  attr = parser.getBuilder().getDenseI32ArrayAttr(positions);
  return success();
}

ParseResult SubmitOp::parse(OpAsmParser &parser, OperationState &state) {
  StringAttr kernel;
  int32_t segments[3];
  SmallVector<Type> inputTypes, destinationTypes, depTypes;
  if (parser.parseSymbolName(kernel) ||
      parseOperandGroup(parser, "ins", state, segments[0], inputTypes) ||
      parseOperandGroup(parser, "outs", state, segments[1], destinationTypes) ||
      parseOperandGroup(parser, "deps", state, segments[2], depTypes))
    return failure();
  auto &properties = state.getOrAddProperties<Properties>();
  int64_t known = 0;
  if (succeeded(parser.parseOptionalKeyword("known")) &&
      (parser.parseLParen() || parser.parseInteger(known) || parser.parseRParen()))
    return failure();
  properties.known = parser.getBuilder().getI64IntegerAttr(known);
  if (parsePositions(parser, "no_dep", properties.no_dep) ||
      parsePositions(parser, "static", properties.static_args))
    return failure();
  if (succeeded(parser.parseOptionalKeyword("explicit_only")))
    properties.explicit_only = parser.getBuilder().getUnitAttr();
  if (parser.parseOptionalAttrDict(state.attributes))
    return failure();
  for (Type type : destinationTypes)
    if (isa<RankedTensorType>(type))
      state.addTypes(type);
  state.addTypes(IdType::get(parser.getContext()));
  properties.kernel = FlatSymbolRefAttr::get(kernel);
  llvm::copy(segments, properties.operandSegmentSizes.begin());
  return success();
}

void SubmitOp::print(OpAsmPrinter &printer) {
  auto printGroup = [&](StringRef keyword, OperandRange operands) {
    if (!operands.empty())
      printer << ' ' << keyword << '(' << operands << " : " << operands.getTypes() << ')';
  };
  auto printPositions = [&](StringRef keyword, ArrayRef<int32_t> positions) {
    if (positions.empty())
      return;
    printer << ' ' << keyword << "([";
    llvm::interleaveComma(positions, printer);
    printer << "])";
  };
  printer << ' ';
  printer.printSymbolName(getKernel());
  printGroup("ins", getInputs());
  printGroup("outs", getDestinations());
  printGroup("deps", getDeps());
  if (getKnown() != 0)
    printer << " known(" << getKnown() << ')';
  printPositions("no_dep", getNoDep());
  printPositions("static", getStaticArgs());
  if (getExplicitOnly())
    printer << " explicit_only";
  printer.printOptionalAttrDict((*this)->getAttrs(),
                                {getKernelAttrName(), getNoDepAttrName(), getStaticArgsAttrName(),
                                 getExplicitOnlyAttrName(), getKnownAttrName(),
                                 getOperandSegmentSizesAttrName()});
}

/// `known` is a part of `deps`.
template <typename DependentOp>
static LogicalResult verifyKnown(DependentOp op, StringRef constraint) {
  auto known = static_cast<int64_t>(op.getKnown()),
       count = static_cast<int64_t>(op.getDeps().size());
  if (known < 0 || known > count)
    return op.emitOpError("(") << constraint << ") expects 'known' to be within 0 to " << count
                               << ", but got " << known;
  return success();
}

static bool hasKnownLength(Type type) {
  auto array = dyn_cast<ShapedType>(type);
  return !array || array.hasStaticShape();
}

LogicalResult SubmitOp::verify() {
  for (Value dep : getDeps()) {
    if (!isTaskIdOrArray(dep.getType()))
      return emitOpError("(C2) expects 'deps' to be task ids, but got ") << dep.getType();
    if (!hasKnownLength(dep.getType()))
      return emitOpError("(C2) expects an array of unknown length to be joined first, but got ")
             << dep.getType();
  }
  SmallVector<Type> expected;
  for (Value destination : getDestinations())
    if (isa<RankedTensorType>(destination.getType()))
      expected.push_back(destination.getType());
  if (TypeRange(getResults().getTypes()) != TypeRange(expected))
    return emitOpError("(C3) expects results ")
           << TypeRange(expected) << ", but got " << getResults().getTypes();
  int32_t count = getInputs().size() + getDestinations().size();
  auto isOutside = [&](int32_t position) { return position < 0 || position >= count; };
  if (const int32_t *position = llvm::find_if(getNoDep(), isOutside); position != getNoDep().end())
    return emitOpError("(C4) expects 'no_dep' to hold positions below ")
           << count << ", but got " << *position;
  if (const int32_t *position = llvm::find_if(getStaticArgs(), isOutside);
      position != getStaticArgs().end())
    return emitOpError("(C5) expects 'static' to hold positions below ")
           << count << ", but got " << *position;
  return verifyKnown(*this, "C6");
}

/// On tensors the submission and its kernel may still differ in tensor against memref.
LogicalResult SubmitOp::verifySymbolUses(SymbolTableCollection &symbols) {
  auto kernel = symbols.lookupNearestSymbolFrom<KernelOp>(*this, getKernelAttr());
  auto given = llvm::concat<const Value>(getInputs(), getDestinations());
  auto matches = [&] {
    ArrayRef<Type> inputs = kernel.getFunctionType().getInputs();
    if (inputs.size() != getInputs().size() + getDestinations().size())
      return false;
    return llvm::all_of(llvm::zip(given, inputs), [](auto pair) {
      Type type = std::get<0>(pair).getType(), input = std::get<1>(pair);
      auto tensor = dyn_cast<RankedTensorType>(type);
      auto memref = dyn_cast<MemRefType>(input);
      return tensor && memref ? tensor.getShape() == memref.getShape() &&
                                    tensor.getElementType() == memref.getElementType()
                              : type == input;
    });
  };
  if (!kernel || !matches())
    return emitOpError("(C1) expects 'kernel' to name a kernel of these arguments, but got ")
           << getKernelAttr();
  return success();
}

template <typename Effects>
static void addEffects(Effects &effects, OpOperand &operand, bool isRead, bool isWritten) {
  if (isRead)
    effects.emplace_back(MemoryEffects::Read::get(), &operand);
  if (isWritten)
    effects.emplace_back(MemoryEffects::Write::get(), &operand);
}

void SubmitOp::getEffects(
    SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>> &effects) {
  for (OpOperand &operand : getInputsMutable())
    if (isa<MemRefType>(operand.get().getType()))
      addEffects(effects, operand, true, false);
  for (OpOperand &operand : getDestinationsMutable())
    if (isa<MemRefType>(operand.get().getType()))
      addEffects(effects, operand, true, true);
}

LogicalResult JoinOp::verify() {
  for (Value dep : getDeps())
    if (!isTaskIdOrArray(dep.getType()))
      return emitOpError("(C1) expects 'deps' to be task ids, but got ") << dep.getType();
  for (Value dep : getDeps())
    if (getDeps().size() > 1 && !hasKnownLength(dep.getType()))
      return emitOpError("(C3) expects an array of unknown length to be joined alone, but got ")
             << getDeps().size() << " operands with " << dep.getType();
  return verifyKnown(*this, "C2");
}

LogicalResult AllocOp::verify() {
  auto type = cast<MemRefType>(getType());
  if (static_cast<size_t>(type.getNumDynamicDims()) != getSizes().size())
    return emitOpError("(C1) expects one size per dynamic dimension, but got ")
           << getSizes().size() << " for " << type;
  return success();
}

void AllocOp::getEffects(
    SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>> &effects) {
  effects.emplace_back(MemoryEffects::Allocate::get(), cast<OpResult>(getMemref()));
}

/// Kernels and region programs hold nothing.
static LogicalResult verifyOutsideKernels(Operation *op) {
  for (Operation *parent = op->getParentOp(); parent; parent = parent->getParentOp())
    if (isa<KernelOp, AccessesOp>(parent))
      return op->emitOpError("(C1) expects to stand outside kernels and region programs, but got '")
             << parent->getName() << "' around it";
  return success();
}

LogicalResult RetainOp::verify() {
  return verifyOutsideKernels(*this);
}

LogicalResult ReleaseOp::verify() {
  return verifyOutsideKernels(*this);
}

LogicalResult ReadOp::verify() {
  auto type = cast<MemRefType>(getMemref().getType());
  if (static_cast<size_t>(type.getRank()) != getIndices().size())
    return emitOpError("(C1) expects one index per dimension, but got ")
           << getIndices().size() << " for " << type;
  return success();
}

void ReadOp::getEffects(
    SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>> &effects) {
  effects.emplace_back(MemoryEffects::Read::get(), &getMemrefMutable());
}

LogicalResult AssumeDistinctOp::verify() {
  auto type = cast<ShapedType>(getValues().getType());
  auto element = dyn_cast<IntegerType>(type.getElementType());
  if (type.getRank() != 1 || !element || element.getWidth() < 8)
    return emitOpError("(C1) expects one dimension and elements of an integer type, but got ")
           << type;
  if (!getIgnore())
    return success();
  auto ignored = static_cast<int64_t>(*getIgnore());
  bool fits = element.isUnsigned() ? ignored >= 0 && llvm::isUIntN(element.getWidth(), ignored)
                                   : llvm::isIntN(element.getWidth(), ignored);
  if (!fits)
    return emitOpError("(C2) expects 'ignore' to be a value of ")
           << element << ", but got " << ignored;
  return success();
}

/// It may stop the run, so that it is no less than a write to what nobody else writes to.
void AssumeDistinctOp::getEffects(
    SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>> &effects) {
  if (isa<MemRefType>(getValues().getType()))
    effects.emplace_back(MemoryEffects::Read::get(), &getValuesMutable());
  effects.emplace_back(MemoryEffects::Write::get());
}

LogicalResult AtomicUpdateOp::verify() {
  auto source = cast<RankedTensorType>(getSource().getType());
  auto destination = cast<MemRefType>(getDestination().getType());
  if (source.getRank() != destination.getRank() ||
      getOffsets().size() != static_cast<size_t>(destination.getRank()))
    return emitOpError("(C1) expects one offset per dimension and equal ranks, but got ")
           << getOffsets().size() << " for " << source << " and " << destination;
  if (source.getElementType() != destination.getElementType())
    return emitOpError("(C2) expects 'source' to have the element type of 'destination', but got ")
           << source.getElementType() << " and " << destination.getElementType();
  return success();
}

void AtomicUpdateOp::getEffects(
    SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>> &effects) {
  addEffects(effects, getDestinationMutable(), true, true);
}

LogicalResult ObserveOp::verify() {
  if (static_cast<int64_t>(getNumber()) < 0)
    return emitOpError("(C1) expects 'number' to be at least 0, but got ")
           << static_cast<int64_t>(getNumber());
  if (!getValue().getType().isIntOrIndexOrFloat())
    return emitOpError("(C2) expects 'value' to be a scalar, but got ") << getValue().getType();
  return success();
}
