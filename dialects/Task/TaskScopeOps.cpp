//===- TaskScopeOps.cpp - syntax and checks of scopes and claims ----------------===//

#include "dialects/Task/Task.h"

#include "dialects/Support/ForLoop.h"

using namespace mlir;
using namespace tilework::task;

TILEWORK_DEFINE_LOOP_METHODS(ParallelOp)

template <typename Enum>
static ParseResult parseEnum(OpAsmParser &parser, StringRef what, Enum &value,
                             std::optional<Enum> (*symbolize)(StringRef)) {
  StringRef keyword;
  auto location = parser.getCurrentLocation();
  if (parser.parseKeyword(&keyword))
    return failure();
  auto parsed = symbolize(keyword);
  if (!parsed)
    return parser.emitError(location) << "expects a " << what << ", but got '" << keyword << "'";
  value = *parsed;
  return success();
}

/// `split(mode)`, absent for the automatic choice.
static ParseResult parseSplit(OpAsmParser &parser, SplitMode &split) {
  split = SplitMode::automatic;
  if (failed(parser.parseOptionalKeyword("split")))
    return success();
  return failure(parser.parseLParen() ||
                 parseEnum<SplitMode>(parser, "split mode", split, symbolizeSplitMode) ||
                 parser.parseRParen());
}

static void printSplit(OpAsmPrinter &printer, SplitMode split) {
  if (split != SplitMode::automatic)
    printer << " split(" << stringifySplitMode(split) << ')';
}

/// `keyword(%a, %b : type, type)`, absent when there are no operands.
static ParseResult parseOperandClause(OpAsmParser &parser, StringRef keyword, OperationState &state,
                                      int32_t &count) {
  count = 0;
  if (failed(parser.parseOptionalKeyword(keyword)))
    return success();
  SmallVector<OpAsmParser::UnresolvedOperand> operands;
  SmallVector<Type> types;
  auto location = parser.getCurrentLocation();
  if (parser.parseLParen() || parser.parseOperandList(operands) ||
      parser.parseColonTypeList(types) || parser.parseRParen() ||
      parser.resolveOperands(operands, types, location, state.operands))
    return failure();
  count = operands.size();
  return success();
}

static void printOperandClause(OpAsmPrinter &printer, StringRef keyword, OperandRange operands) {
  if (!operands.empty())
    printer << ' ' << keyword << '(' << operands << " : " << operands.getTypes() << ')';
}

/// From before the region into it, and from its end to `results`.
static void getOnceSuccessors(Operation *op, ResultRange results, RegionBranchPoint point,
                              SmallVectorImpl<RegionSuccessor> &successors) {
  if (point.isParent())
    successors.emplace_back(&op->getRegion(0));
  else
    successors.emplace_back(op, results);
}

/// The id of a scope comes from no region: only the other results are its successor inputs.
#define TILEWORK_DEFINE_ONCE_METHODS(RegionOp)                                                     \
  void RegionOp::getSuccessorRegions(RegionBranchPoint point,                                      \
                                     SmallVectorImpl<RegionSuccessor> &successors) {               \
    getOnceSuccessors(*this, getResults(), point, successors);                                     \
  }                                                                                                \
  void RegionOp::getRegionInvocationBounds(ArrayRef<Attribute>,                                    \
                                           SmallVectorImpl<InvocationBounds> &bounds) {            \
    bounds.emplace_back(1, 1);                                                                     \
  }                                                                                                \
  void RegionOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *) {         \
    populateRegionBranchOpInterfaceCanonicalizationPatterns(patterns, getOperationName());         \
  }
TILEWORK_DEFINE_ONCE_METHODS(ScopeOp)
TILEWORK_DEFINE_ONCE_METHODS(AutoOp)

/// `-> (types) { region } attributes`, where the arrow is absent without results.
static ParseResult parseResultsAndBody(OpAsmParser &parser, OperationState &state) {
  if (parser.parseOptionalArrowTypeList(state.types))
    return failure();
  return failure(parser.parseRegion(*state.addRegion()) ||
                 parser.parseOptionalAttrDict(state.attributes));
}

static void printResultsAndBody(OpAsmPrinter &printer, Operation *op, TypeRange results,
                                ArrayRef<StringRef> hidden) {
  if (!results.empty())
    printer << " -> (" << results << ')';
  printer << ' ';
  printer.printRegion(op->getRegion(0));
  printer.printOptionalAttrDict(op->getAttrs(), hidden);
}

static LogicalResult verifyYield(Operation *op, TypeRange expected) {
  Block &body = op->getRegion(0).front();
  if (!tilework::hasCompleteTerminator(body))
    return success();
  auto yielded = body.getTerminator()->getOperandTypes();
  if (TypeRange(yielded) == expected)
    return success();
  return op->emitOpError("(C1) expects 'task.yield' of ") << expected << ", but got " << yielded;
}

void ScopeOp::build(OpBuilder &builder, OperationState &state, TypeRange resultTypes,
                    StringRef name, SplitMode split) {
  build(builder, state, resultTypes, IdType::get(builder.getContext()), name, Level::core_group,
        split, /*deps=*/ValueRange(), /*no_dep=*/ValueRange(), /*explicit_only=*/false);
}

ParseResult ScopeOp::parse(OpAsmParser &parser, OperationState &state) {
  StringAttr name;
  Level level;
  SplitMode split;
  int32_t segments[2];
  if (parser.parseAttribute(name) || parseEnum<Level>(parser, "level", level, symbolizeLevel) ||
      parseOperandClause(parser, "deps", state, segments[0]) ||
      parseOperandClause(parser, "no_dep", state, segments[1]))
    return failure();
  bool isExplicitOnly = succeeded(parser.parseOptionalKeyword("explicit_only"));
  if (parseSplit(parser, split) || parseResultsAndBody(parser, state))
    return failure();
  MLIRContext *context = parser.getContext();
  state.addTypes(IdType::get(context));
  auto &properties = state.getOrAddProperties<Properties>();
  properties.name = name;
  properties.level = LevelAttr::get(context, level);
  properties.split = SplitModeAttr::get(context, split);
  if (isExplicitOnly)
    properties.explicit_only = UnitAttr::get(context);
  llvm::copy(segments, properties.operandSegmentSizes.begin());
  return success();
}

void ScopeOp::print(OpAsmPrinter &printer) {
  printer << ' ' << getNameAttr() << ' ' << stringifyLevel(getLevel());
  printOperandClause(printer, "deps", getDeps());
  printOperandClause(printer, "no_dep", getNoDep());
  if (getExplicitOnly())
    printer << " explicit_only";
  printSplit(printer, getSplit());
  printResultsAndBody(printer, *this, getResults().getTypes(),
                      {getNameAttrName(), getLevelAttrName(), getSplitAttrName(),
                       getExplicitOnlyAttrName(), getOperandSegmentSizesAttrName()});
}

LogicalResult ScopeOp::verify() {
  if (failed(verifyYield(*this, getResults().getTypes())))
    return failure();
  for (Value dep : getDeps())
    if (!isTaskIdOrArray(dep.getType()))
      return emitOpError("(C2) expects 'deps' to be task ids, but got ") << dep.getType();
  auto nested = getBody().walk([](ScopeOp) { return WalkResult::interrupt(); });
  if (nested.wasInterrupted())
    return emitOpError("(C3) expects no other scope inside, but got one");
  return success();
}

ParseResult AutoOp::parse(OpAsmParser &parser, OperationState &state) {
  SplitMode split;
  if (parseSplit(parser, split) || parseResultsAndBody(parser, state))
    return failure();
  state.getOrAddProperties<Properties>().split = SplitModeAttr::get(parser.getContext(), split);
  return success();
}

void AutoOp::print(OpAsmPrinter &printer) {
  printSplit(printer, getSplit());
  printResultsAndBody(printer, *this, getResultTypes(), {getSplitAttrName()});
}

LogicalResult AutoOp::verify() {
  return verifyYield(*this, getResultTypes());
}

ParseResult ParallelOp::parse(OpAsmParser &parser, OperationState &state) {
  return tilework::parseForLoop(parser, state, [&](OperationState &state) -> ParseResult {
    auto &properties = state.getOrAddProperties<Properties>();
    if (succeeded(parser.parseOptionalKeyword("chunk"))) {
      int64_t chunk;
      if (parser.parseLParen() || parser.parseInteger(chunk) || parser.parseRParen())
        return failure();
      properties.chunk = parser.getBuilder().getI64IntegerAttr(chunk);
    }
    if (succeeded(parser.parseOptionalKeyword("verdict"))) {
      Verdict verdict;
      if (parser.parseLParen() ||
          parseEnum<Verdict>(parser, "verdict", verdict, symbolizeVerdict) || parser.parseRParen())
        return failure();
      properties.verdict = VerdictAttr::get(parser.getContext(), verdict);
    }
    return success();
  });
}

void ParallelOp::print(OpAsmPrinter &printer) {
  tilework::printForLoop(*this, printer, {getChunkAttrName(), getVerdictAttrName()}, [&] {
    if (getChunk())
      printer << " chunk(" << *getChunk() << ')';
    if (getVerdict())
      printer << " verdict(" << stringifyVerdict(*getVerdict()) << ')';
  });
}

LogicalResult ParallelOp::verify() {
  if (getChunk() && *getChunk() < 1)
    return emitOpError("(C1) expects 'chunk' to be at least 1, but got ") << *getChunk();
  return tilework::verifyForLoop(*this);
}
