//===- OutlineScopes.cpp - one kernel and one submission per scope --------------===//
//
// What: each task.scope becomes a task.kernel and a task.submit in destination style.
// Why:  the device runs kernels; bufferization wants to see which global tensor a task updates.
// Form: fused → fused with submissions on tensors, bufferized next.
// Not:  it gives nothing memory (BufferizeOrchestration), and computes no access regions.
//
//===---------------------------------------------------------------------------===//

#include "lib/Conversion/TileToTask/Passes.h"
#include "lib/Transforms/Task/Aliases.h"
#include "lib/Transforms/Task/Destinations.h"

#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Interfaces/LoopLikeInterface.h"
#include "mlir/Transforms/RegionUtils.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringExtras.h"

namespace tilework {
#define GEN_PASS_DEF_OUTLINESCOPESPASS
#include "lib/Conversion/TileToTask/Passes.h.inc"
} // namespace tilework

using namespace mlir;
using namespace tilework;

//===---------------------------------------------------------------------------===//
// Decide
//===---------------------------------------------------------------------------===//

namespace {
/// How one scope becomes a submission.
struct Outline {
  SmallVector<Value> inputs;               ///< tensors that are only read, then scalars
  SmallVector<Value> destinations;         ///< one per result; null for a fresh tensor
  SmallVector<task::Direction> directions; ///< of the destinations
  SmallVector<Operation *> constants;      ///< cloned into the kernel
};
} // namespace

/// True when `user` may come after `op`: neither before it nor where a condition chose otherwise.
static bool comesAfter(Operation *user, Operation *op) {
  for (Operation *at = op; at; at = at->getParentOp())
    if (Operation *here = at->getBlock() ? at->getBlock()->findAncestorOpInBlock(*user) : nullptr)
      return here == at ? at != op && !isa<scf::IfOp>(at) : !here->isBeforeInBlock(at);
  return true;
}

/// True when no use of `tensor` comes after `op`, except `other`.
static bool isDeadAfter(Value tensor, Operation *op, Operation *other) {
  return llvm::all_of(tensor.getUsers(),
                      [&](Operation *user) { return user == other || !comesAfter(user, op); });
}

/// The tensor from outside `branch` that `value` is on some way through, and who passes it on.
static std::pair<Value, Operation *> findUnchanged(Value value, scf::YieldOp yield,
                                                   scf::IfOp branch) {
  if (!branch->isAncestor(value.getParentRegion()->getParentOp()))
    return {value, yield};
  auto inner = value.getDefiningOp<scf::IfOp>();
  if (!inner || !inner.elseBlock())
    return {};
  unsigned index = cast<OpResult>(value).getResultNumber();
  for (scf::YieldOp next : {inner.thenYield(), inner.elseYield()})
    if (auto found = findUnchanged(next.getOperand(index), next, branch); found.first)
      return found;
  return {};
}

/// The carried tensor that `result` takes the place of in a loop with a condition, which hands its
/// tensors on to the body.
static Value findReplacedInWhile(scf::WhileOp loop, task::ScopeOp scope, OpResult result) {
  for (auto [before, next] : llvm::zip(loop.getBeforeArguments(), loop.getYieldOp().getResults()))
    for (auto [carried, passed] :
         llvm::zip(loop.getAfterArguments(), loop.getConditionOp().getArgs()))
      if (next == result && passed == before && carried.getType() == result.getType() &&
          isDeadAfter(carried, scope, nullptr))
        return carried;
  return {};
}

/// The tensor that `result` takes the place of, in the next iteration or where a condition does
/// not hold, when nothing else needs its old contents: the result may then have its memory.
static Value findReplaced(task::ScopeOp scope, OpResult result) {
  Operation *parent = scope->getParentOp();
  if (auto branch = dyn_cast<scf::IfOp>(parent); branch && branch.elseBlock()) {
    bool isThen = scope->getBlock() == branch.thenBlock();
    scf::YieldOp mine = isThen ? branch.thenYield() : branch.elseYield();
    scf::YieldOp other = isThen ? branch.elseYield() : branch.thenYield();
    for (auto [here, there] : llvm::zip(mine.getResults(), other.getResults()))
      if (auto [tensor, passing] = findUnchanged(there, other, branch);
          here == result && tensor && tensor.getType() == result.getType() &&
          isDeadAfter(tensor, branch, passing))
        return tensor;
  }
  if (auto loop = dyn_cast<scf::WhileOp>(parent))
    return findReplacedInWhile(loop, scope, result);
  auto loop = dyn_cast<LoopLikeOpInterface>(parent);
  if (!loop)
    return {};
  for (BlockArgument carried : loop.getRegionIterArgs())
    if (carried.getType() == result.getType() && isDeadAfter(carried, scope, nullptr) &&
        loop.getTiedLoopYieldedValue(carried)->get() == result)
      return carried;
  return {};
}

/// Whether `scope` may write to the memory of `tensor`: it is nobody's whom that would disturb.
static bool isFree(task::ScopeOp scope, Value tensor) {
  task::Aliases aliases(scope->getParentOfType<task::EntryOp>());
  return !task::findReadOnly(tensor) && !aliases.findDisturbedUse(scope, tensor);
}

/// The tensor in whose place `result` is written, or null.
static Value findReusable(task::ScopeOp scope, OpResult result) {
  Value replaced = findReplaced(scope, result);
  return replaced && isFree(scope, replaced) ? replaced : Value();
}

static SmallVector<Value> decideDestinations(task::ScopeOp scope) {
  SmallVector<Value> destinations;
  llvm::SmallDenseSet<Value> taken;
  for (OpOperand &use : scope.getBody().front().getTerminator()->getOpOperands()) {
    Value yielded = use.get(), root = traceDestination(yielded, scope.getBody());
    if (!root || scope.getBody().isAncestor(root.getParentRegion()))
      root = findReusable(scope, scope->getResult(use.getOperandNumber()));
    // A second result of the same tensor is another version of it and needs its own memory.
    bool isUsable = root && root.getType() == yielded.getType() && taken.insert(root).second;
    destinations.push_back(isUsable ? root : Value());
  }
  return destinations;
}

static Outline decide(task::ScopeOp scope) {
  Outline outline;
  outline.destinations = decideDestinations(scope);
  for (Value destination : outline.destinations)
    outline.directions.push_back(destination && isRead(destination, scope.getBody())
                                     ? task::Direction::inout
                                     : task::Direction::out);
  llvm::SetVector<Value> captured;
  getUsedValuesDefinedAbove(scope.getBody(), captured);
  SmallVector<Value> scalars;
  for (Value value : captured) {
    Operation *definition = value.getDefiningOp();
    if (definition && definition->hasTrait<OpTrait::ConstantLike>())
      outline.constants.push_back(definition);
    else if (!isa<RankedTensorType>(value.getType()))
      scalars.push_back(value);
    else if (!llvm::is_contained(outline.destinations, value))
      outline.inputs.push_back(value);
  }
  outline.inputs.append(scalars);
  return outline;
}

//===---------------------------------------------------------------------------===//
// Apply
//===---------------------------------------------------------------------------===//

/// A tensor that the scope overwrites as a whole is another one from then on: where others still
/// use what it held, the scope makes a new one.
static void dropOverwritten(task::ScopeOp scope) {
  for (OpOperand &use : scope.getBody().front().getTerminator()->getOpOperands()) {
    auto insert = use.get().getDefiningOp<tensor::InsertSliceOp>();
    if (!insert || insert.getSourceType() != insert.getType() ||
        !insert.getType().hasStaticShape() ||
        !llvm::all_of(insert.getMixedOffsets(), isZeroInteger))
      continue;
    Value root = traceDestination(insert, scope.getBody());
    if (!root || scope.getBody().isAncestor(root.getParentRegion()) ||
        isRead(root, scope.getBody()) || isFree(scope, root))
      continue;
    use.set(insert.getSource());
    while (insert && insert->use_empty()) {
      auto before = insert.getDest().getDefiningOp<tensor::InsertSliceOp>();
      insert.erase();
      insert = before;
    }
  }
}

/// A new tensor that the scope fills and passes on is made outside, where its memory is.
static void hoistNewTensors(task::ScopeOp scope) {
  for (OpOperand &use : scope.getBody().front().getTerminator()->getOpOperands()) {
    Value root = traceDestination(use.get(), scope.getBody());
    auto empty = root ? root.getDefiningOp<tile::EmptyOp>() : tile::EmptyOp();
    bool isReplacing = findReusable(scope, scope->getResult(use.getOperandNumber())) != nullptr;
    if (empty && !isReplacing && empty->getParentOp() == scope && empty.getSizes().empty())
      empty->moveBefore(scope);
  }
}

static Type getBufferType(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor ? MemRefType::get(tensor.getShape(), tensor.getElementType()) : type;
}

namespace {
/// A result made inside a scope is written to a new tensor outside; results that a condition
/// chooses between share one.
class NewTensors {
public:
  Value get(task::ScopeOp scope, OpResult result) {
    OpResult chosen = result;
    while (auto branch = dyn_cast<scf::IfOp>(chosen.getOwner()->getParentOp())) {
      Operation *yield = chosen.getOwner()->getBlock()->getTerminator();
      auto use = llvm::find(yield->getOperands(), chosen);
      if (use == yield->operand_end())
        break;
      chosen = branch->getResult(std::distance(yield->operand_begin(), use));
    }
    // A scope is erased while its result is a key, a condition is not.
    Value own;
    Value &tensor = chosen == result ? own : tensors[chosen];
    if (!tensor) {
      auto type = cast<RankedTensorType>(result.getType());
      auto plain = RankedTensorType::get(type.getShape(), type.getElementType());
      OpBuilder builder(chosen.getOwner());
      tensor = tile::EmptyOp::create(builder, scope.getLoc(), plain, ValueRange(), false);
    }
    return tensor;
  }

private:
  DenseMap<Value, Value> tensors;
};
} // namespace

static Location getArgumentLoc(Value value) {
  StringRef name = findName(value);
  if (name.empty())
    return value.getLoc();
  Location location = value.getLoc();
  if (auto named = dyn_cast<NameLoc>(location))
    return named;
  return NameLoc::get(StringAttr::get(value.getContext(), name), location);
}

/// `name` with what a symbol of a shared object may not hold replaced.
static std::string getSymbolName(StringRef name) {
  std::string symbol = name.str();
  for (char &c : symbol)
    if (!llvm::isAlnum(c) && c != '_')
      c = '_';
  return symbol.empty() || llvm::isDigit(symbol[0]) ? "task_" + symbol : symbol;
}

static task::KernelOp createKernel(task::ScopeOp scope, const Outline &outline,
                                   ValueRange arguments) {
  SmallVector<Type> types;
  for (Value argument : arguments)
    types.push_back(getBufferType(argument.getType()));
  SmallVector<int32_t> directions(outline.inputs.size(), static_cast<int32_t>(task::Direction::in));
  for (task::Direction direction : outline.directions)
    directions.push_back(static_cast<int32_t>(direction));
  OpBuilder builder(scope.getContext());
  // The symbol may need a suffix; what the author called it stays readable in the location.
  Location loc = NameLoc::get(scope.getNameAttr(), scope.getLoc());
  auto kernel = task::KernelOp::create(builder, loc, getSymbolName(scope.getName()),
                                       builder.getFunctionType(types, {}), directions,
                                       scope.getLevel(), scope.getSplit());
  for (auto [argument, value] : llvm::zip(kernel.getBody().getArguments(), arguments))
    argument.setLoc(getArgumentLoc(value));
  return kernel;
}

/// Moves the body; global tensors are read from and written to the arguments' memory.
static void fillKernel(task::KernelOp kernel, task::ScopeOp scope, const Outline &outline) {
  Block &block = kernel.getBody().front();
  OpBuilder builder = OpBuilder::atBlockEnd(&block);
  auto replaceInside = [&](Value outer, Value inner) {
    outer.replaceUsesWithIf(inner, [&](OpOperand &use) {
      return scope.getBody().isAncestor(use.getOwner()->getParentRegion());
    });
  };
  auto bind = [&](Value outer, BlockArgument argument, bool isWritable) {
    Value inner = argument;
    if (isa<MemRefType>(argument.getType()))
      inner = bufferization::ToTensorOp::create(builder, argument.getLoc(), outer.getType(),
                                                argument, /*restrict=*/true, isWritable);
    replaceInside(outer, inner);
  };
  unsigned numInputs = outline.inputs.size();
  for (auto [index, value] : llvm::enumerate(outline.inputs))
    bind(value, block.getArgument(index), false);
  for (auto [index, value] : llvm::enumerate(outline.destinations))
    if (value)
      bind(value, block.getArgument(numInputs + index), true);
  for (Operation *constant : outline.constants)
    replaceInside(constant->getResult(0), builder.clone(*constant)->getResult(0));
  Block &body = scope.getBody().front();
  Operation *yield = body.getTerminator();
  block.getOperations().splice(block.end(), body.getOperations());
  builder.setInsertionPoint(yield);
  for (auto [index, value] : llvm::enumerate(yield->getOperands()))
    bufferization::MaterializeInDestinationOp::create(builder, yield->getLoc(), /*result=*/Type(),
                                                      value, block.getArgument(numInputs + index),
                                                      /*restrict=*/true, /*writable=*/true);
  task::ReturnOp::create(builder, yield->getLoc(), ValueRange());
  yield->erase();
}

/// The tensor that `value` is a view of: views are made inside scopes, of whole arguments.
static Value getViewed(Value value) {
  while (auto *view = value.getDefiningOp()) {
    if (!isa<tensor::ExtractSliceOp, tensor::CastOp>(view))
      break;
    value = view->getOperand(0);
  }
  return value;
}

static SmallVector<int32_t> getNoDepPositions(task::ScopeOp scope, ValueRange arguments) {
  SmallVector<int32_t> positions;
  for (auto [index, argument] : llvm::enumerate(arguments))
    if (llvm::any_of(scope.getNoDep(), [&](Value claimed) {
          return claimed == argument || getViewed(claimed) == argument;
        }))
      positions.push_back(index);
  return positions;
}

static LogicalResult apply(task::ScopeOp scope, Outline outline, SymbolTable &symbols,
                           NewTensors &tensors) {
  OpBuilder builder(scope);
  SmallVector<Value> destinations;
  for (auto [result, destination] : llvm::zip(scope.getResults(), outline.destinations)) {
    auto type = cast<RankedTensorType>(result.getType());
    if (!destination && (!type.hasStaticShape() || type.getEncoding()))
      return scope.emitError("expects a tensor that outlives its scope to have a static, full "
                             "shape, but got ")
             << type << "; fill it (fillpad) or write it into a tensor of the program";
    destinations.push_back(destination ? destination : tensors.get(scope, result));
  }
  SmallVector<Value> arguments(outline.inputs);
  arguments.append(destinations);
  SmallVector<int32_t> noDep = getNoDepPositions(scope, arguments);
  task::KernelOp kernel = createKernel(scope, outline, arguments);
  StringAttr name = symbols.insert(kernel);
  fillKernel(kernel, scope, outline);
  auto submit = task::SubmitOp::create(
      builder, scope.getLoc(), TypeRange(scope->getResultTypes()).drop_back(),
      scope.getId().getType(), name.getValue(), outline.inputs, destinations, scope.getDeps(),
      noDep,
      /*static_args=*/ArrayRef<int32_t>(), scope.getExplicitOnly());
  scope->replaceAllUsesWith(submit->getResults());
  scope.erase();
  return success();
}

//===---------------------------------------------------------------------------===//
// Pass
//===---------------------------------------------------------------------------===//

namespace {
struct OutlineScopesPass : tilework::impl::OutlineScopesPassBase<OutlineScopesPass> {
  void runOnOperation() override {
    SymbolTable symbols(getOperation());
    NewTensors tensors;
    SmallVector<task::ScopeOp> scopes;
    getOperation().walk([&](task::ScopeOp scope) { scopes.push_back(scope); });
    IRRewriter rewriter(&getContext());
    for (task::ScopeOp scope : scopes) {
      // what nobody reads is no argument
      (void)runRegionDCE(rewriter, scope->getRegions());
      dropOverwritten(scope);
      hoistNewTensors(scope);
      if (failed(apply(scope, decide(scope), symbols, tensors)))
        return signalPassFailure();
    }
  }
};
} // namespace
