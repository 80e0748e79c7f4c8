//===- ForLoop.h - syntax and checks that our counted loops share -------------===//
//
// What: `%i = lo to hi step s <clause> iter_args(%a = %init) -> (types) { … }`, and how control
//       flows through it.
// Why:  `tile.pipeline` and `task.parallel` differ in one clause only.
//
//===---------------------------------------------------------------------------===//

#ifndef TILEWORK_DIALECTS_SUPPORT_FORLOOP_H
#define TILEWORK_DIALECTS_SUPPORT_FORLOOP_H

#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"

namespace tilework {

/// Parses a loop; `parseClause` takes what stands between the step and `iter_args`.
inline mlir::ParseResult
parseForLoop(mlir::OpAsmParser &parser, mlir::OperationState &state,
             llvm::function_ref<mlir::ParseResult(mlir::OperationState &)> parseClause) {
  mlir::Type index = parser.getBuilder().getIndexType();
  llvm::SmallVector<mlir::OpAsmParser::Argument> arguments(1);
  arguments[0].type = index;
  mlir::OpAsmParser::UnresolvedOperand bounds[3];
  if (parser.parseArgument(arguments[0]) || parser.parseEqual() || parser.parseOperand(bounds[0]) ||
      parser.parseKeyword("to") || parser.parseOperand(bounds[1]) || parser.parseKeyword("step") ||
      parser.parseOperand(bounds[2]) || parser.resolveOperands(bounds, index, state.operands) ||
      parseClause(state))
    return mlir::failure();
  llvm::SmallVector<mlir::OpAsmParser::Argument> iterArgs;
  llvm::SmallVector<mlir::OpAsmParser::UnresolvedOperand> inits;
  if (succeeded(parser.parseOptionalKeyword("iter_args"))) {
    auto location = parser.getCurrentLocation();
    if (parser.parseAssignmentList(iterArgs, inits) || parser.parseArrowTypeList(state.types))
      return mlir::failure();
    if (iterArgs.size() != state.types.size())
      return parser.emitError(location) << "expects one type per iter_args value, but got "
                                        << state.types.size() << " for " << iterArgs.size();
    if (parser.resolveOperands(inits, state.types, location, state.operands))
      return mlir::failure();
    for (auto [argument, type] : llvm::zip(iterArgs, state.types))
      argument.type = type;
  }
  arguments.append(iterArgs);
  return mlir::failure(parser.parseRegion(*state.addRegion(), arguments) ||
                       parser.parseOptionalAttrDict(state.attributes));
}

/// Prints a loop; `printClause` prints what stands between the step and `iter_args`.
template <typename LoopOp>
void printForLoop(LoopOp loop, mlir::OpAsmPrinter &printer, llvm::ArrayRef<llvm::StringRef> hidden,
                  llvm::function_ref<void()> printClause) {
  printer << ' ' << loop.getInductionVar() << " = " << loop.getLower() << " to " << loop.getUpper()
          << " step " << loop.getStep();
  printClause();
  if (!loop.getInitArgs().empty()) {
    printer << " iter_args(";
    llvm::interleaveComma(
        llvm::zip(loop.getRegionIterArgs(), loop.getInitArgs()), printer,
        [&](auto pair) { printer << std::get<0>(pair) << " = " << std::get<1>(pair); });
    printer << ") -> (" << loop.getInitArgs().getTypes() << ')';
  }
  printer << ' ';
  printer.printRegion(loop.getBody(), /*printEntryBlockArgs=*/false);
  printer.printOptionalAttrDict(loop->getAttrs(), hidden);
}

/// False where the terminator is missing or lost an operand, as candidates of a reduction do: both
/// are refused when the region itself is verified.
inline bool hasCompleteTerminator(mlir::Block &body) {
  return body.mightHaveTerminator() &&
         llvm::all_of(body.getTerminator()->getOperands(), [](mlir::Value it) { return !!it; });
}

/// Checks C2 to C4 of a loop.
template <typename LoopOp> mlir::LogicalResult verifyForLoop(LoopOp loop) {
  mlir::Block &body = loop.getBody().front();
  mlir::TypeRange carried = loop.getInitArgs().getTypes();
  if (body.getNumArguments() != carried.size() + 1 || !body.getArgument(0).getType().isIndex() ||
      mlir::TypeRange(body.getArgumentTypes()).drop_front() != carried)
    return loop.emitOpError("(C2) expects the body to take the induction variable and the ")
           << carried.size() << " carried values, but got " << body.getArgumentTypes();
  if (hasCompleteTerminator(body) &&
      mlir::TypeRange(body.getTerminator()->getOperandTypes()) != carried)
    return loop.emitOpError("(C3) expects 'yield' of ")
           << carried << ", but got " << body.getTerminator()->getOperandTypes();
  if (mlir::TypeRange(loop->getResultTypes()) != carried)
    return loop.emitOpError("(C3) expects results ")
           << carried << ", but got " << loop->getResultTypes();
  if (auto step = mlir::getConstantIntValue(loop.getStep()); step && *step <= 0)
    return loop.emitOpError("(C4) expects a positive step, but got ") << *step;
  return mlir::success();
}

/// Where control goes from before a loop or from the end of an iteration: on, or out.
template <typename LoopOp>
void getForLoopSuccessors(LoopOp loop, llvm::SmallVectorImpl<mlir::RegionSuccessor> &successors) {
  successors.emplace_back(&loop.getBody(), loop.getRegionIterArgs());
  successors.emplace_back(loop, loop->getResults());
}

/// The same from before a loop, as far as its bounds decide it; `operands` holds null for those
/// that are not known.
template <typename LoopOp>
void getForLoopEntrySuccessors(LoopOp loop, llvm::ArrayRef<mlir::Attribute> operands,
                               llvm::SmallVectorImpl<mlir::RegionSuccessor> &successors) {
  auto lower = llvm::dyn_cast_or_null<mlir::IntegerAttr>(operands[0]);
  auto upper = llvm::dyn_cast_or_null<mlir::IntegerAttr>(operands[1]);
  if (!lower || !upper)
    getForLoopSuccessors(loop, successors);
  else if (lower.getInt() < upper.getInt())
    successors.emplace_back(&loop.getBody(), loop.getRegionIterArgs());
  else
    successors.emplace_back(loop, loop->getResults());
}

} // namespace tilework

/// Defines the methods of LoopLikeOpInterface, RegionBranchOpInterface and canonicalization that
/// both loops implement alike.
#define TILEWORK_DEFINE_LOOP_METHODS(LoopOp)                                                       \
  llvm::SmallVector<mlir::Region *> LoopOp::getLoopRegions() {                                     \
    return {&getBody()};                                                                           \
  }                                                                                                \
  llvm::MutableArrayRef<mlir::OpOperand> LoopOp::getInitsMutable() {                               \
    return getOperation()->getOpOperands().drop_front(3);                                          \
  }                                                                                                \
  std::optional<llvm::MutableArrayRef<mlir::OpOperand>> LoopOp::getYieldedValuesMutable() {        \
    return getBody().front().getTerminator()->getOpOperands();                                     \
  }                                                                                                \
  std::optional<mlir::ResultRange> LoopOp::getLoopResults() {                                      \
    return getResults();                                                                           \
  }                                                                                                \
  std::optional<llvm::SmallVector<mlir::Value>> LoopOp::getLoopInductionVars() {                   \
    return llvm::SmallVector<mlir::Value>{getInductionVar()};                                      \
  }                                                                                                \
  std::optional<llvm::SmallVector<mlir::OpFoldResult>> LoopOp::getLoopLowerBounds() {              \
    return llvm::SmallVector<mlir::OpFoldResult>{getLower()};                                      \
  }                                                                                                \
  std::optional<llvm::SmallVector<mlir::OpFoldResult>> LoopOp::getLoopUpperBounds() {              \
    return llvm::SmallVector<mlir::OpFoldResult>{getUpper()};                                      \
  }                                                                                                \
  std::optional<llvm::SmallVector<mlir::OpFoldResult>> LoopOp::getLoopSteps() {                    \
    return llvm::SmallVector<mlir::OpFoldResult>{getStep()};                                       \
  }                                                                                                \
  mlir::OperandRange LoopOp::getEntrySuccessorOperands(mlir::RegionSuccessor) {                    \
    return getInitArgs();                                                                          \
  }                                                                                                \
  void LoopOp::getSuccessorRegions(mlir::RegionBranchPoint,                                        \
                                   llvm::SmallVectorImpl<mlir::RegionSuccessor> &successors) {     \
    tilework::getForLoopSuccessors(*this, successors);                                             \
  }                                                                                                \
  void LoopOp::getEntrySuccessorRegions(                                                           \
      llvm::ArrayRef<mlir::Attribute> operands,                                                    \
      llvm::SmallVectorImpl<mlir::RegionSuccessor> &successors) {                                  \
    tilework::getForLoopEntrySuccessors(*this, operands, successors);                              \
  }                                                                                                \
  void LoopOp::getCanonicalizationPatterns(mlir::RewritePatternSet &patterns,                      \
                                           mlir::MLIRContext *) {                                  \
    mlir::populateRegionBranchOpInterfaceCanonicalizationPatterns(patterns, getOperationName());   \
  }

#endif // TILEWORK_DIALECTS_SUPPORT_FORLOOP_H
