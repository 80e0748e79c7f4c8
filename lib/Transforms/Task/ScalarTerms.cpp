//===- ScalarTerms.cpp - scalars of an orchestration as linear terms ------------===//

#include "lib/Transforms/Task/ScalarTerms.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace tilework;
using namespace tilework::task;

/// Beyond it products of factors might overflow; nothing addresses that far.
static constexpr int64_t kLargest = int64_t(1) << 40;

static bool isSmall(int64_t value) {
  return -kLargest < value && value < kLargest;
}

static bool isSmall(const Linear &term) {
  return isSmall(term.constant) &&
         llvm::all_of(term.terms, [](const Linear::Term &each) { return isSmall(each.second); });
}

//===---------------------------------------------------------------------------===//
// Variables
//===---------------------------------------------------------------------------===//

void ScalarTerms::vary(Variable &variable, const Linear &with) {
  for (auto [index, factor] : with.terms) {
    const Variable &other = variables[index];
    variable.isLocal |= other.isLocal;
    if (other.loop >= 0 &&
        (variable.loop < 0 || loops[other.loop].depth > loops[variable.loop].depth))
      variable.loop = other.loop;
  }
}

void ScalarTerms::vary(Variable &variable, const Formula &with) {
  for (const Conjunction &conjunction : with.alternatives)
    for (const Constraint &constraint : conjunction)
      vary(variable, constraint.term);
}

Linear ScalarTerms::add(Variable variable) {
  variables.push_back(std::move(variable));
  return Linear::variable(variables.size() - 1);
}

/// A value of which nothing is known but when it is the same: what a pure operation computes of the
/// same operands, anything else in the same iteration.
Linear ScalarTerms::opaque(Value value, ProgramScalars *program) {
  Variable variable{VariableKind::opaque};
  variable.value = value;
  Operation *op = value.getDefiningOp();
  if (op && op->getNumRegions() == 0 && isPure(op)) {
    for (Value operand : op->getOperands())
      if (operand.getType().isIntOrIndex())
        vary(variable, get(operand, program));
      else
        variable.loop = program ? program->loop : innermostLoop(op);
  } else if (program) {
    variable.isLocal = true;
    variable.loop = program->loop;
  } else if (op) {
    variable.loop = innermostLoop(op);
  } else {
    variable.loop = loopOf(cast<BlockArgument>(value).getOwner()->getParentOp());
  }
  return add(variable);
}

Linear ScalarTerms::floorDiv(const Linear &dividend, int64_t divisor) {
  // what divides comes out
  Linear whole(llvm::divideFloorSigned(dividend.constant, divisor));
  Variable rest{VariableKind::quotient};
  rest.lhs = Linear(dividend.constant - whole.constant * divisor);
  for (auto [index, factor] : dividend.terms) {
    if (factor % divisor == 0)
      whole = whole + Linear::variable(index, factor / divisor);
    else
      rest.lhs = rest.lhs + Linear::variable(index, factor);
  }
  if (rest.lhs.isConstant())
    return whole;
  rest.divisor = divisor;
  vary(rest, rest.lhs);
  return whole + add(rest);
}

Linear ScalarTerms::extreme(VariableKind kind, const Linear &a, const Linear &b) {
  Linear difference = a - b;
  if (difference.isConstant())
    return (kind == VariableKind::minimum) == (difference.constant <= 0) ? a : b;
  Variable variable{kind};
  variable.lhs = a;
  variable.rhs = b;
  vary(variable, a);
  vary(variable, b);
  return add(variable);
}

Linear ScalarTerms::choose(Value condition, const Linear &a, const Linear &b,
                           ProgramScalars *program) {
  Variable variable{VariableKind::choice};
  variable.lhs = a;
  variable.rhs = b;
  variable.condition = this->condition(condition, true, program);
  variable.otherwise = this->condition(condition, false, program);
  vary(variable, a);
  vary(variable, b);
  vary(variable, variable.condition);
  vary(variable, variable.otherwise);
  return add(variable);
}

Linear ScalarTerms::element(Value array, SmallVector<Linear> indices) {
  Variable variable{VariableKind::element};
  variable.value = array;
  for (const Linear &index : indices)
    vary(variable, index);
  variable.indices = std::move(indices);
  return add(variable);
}

Linear ScalarTerms::extent(Value array, unsigned dim) {
  auto type = cast<MemRefType>(array.getType());
  if (!type.isDynamicDim(dim))
    return type.getDimSize(dim);
  if (auto alloc = array.getDefiningOp<AllocOp>())
    return get(alloc.getSizes()[type.getDynamicDimIndex(dim)]);
  if (auto it = extents.find({array, dim}); it != extents.end())
    return it->second;
  Variable variable{VariableKind::opaque};
  variable.value = array;
  if (Operation *op = array.getDefiningOp())
    variable.loop = innermostLoop(op);
  return extents[{array, dim}] = add(variable);
}

bool ScalarTerms::isStable(Value array) {
  auto argument = dyn_cast<BlockArgument>(array);
  return argument && argument.getOwner()->getParentOp() == entry &&
         entry.getDirection(argument.getArgNumber()) == Direction::in;
}

//===---------------------------------------------------------------------------===//
// Loops
//===---------------------------------------------------------------------------===//

int ScalarTerms::loopOf(Operation *op) {
  while (op != entry && !isa<LoopLikeOpInterface>(op))
    op = op->getParentOp();
  if (op == entry)
    return -1;
  if (auto it = loopNumbers.find(op); it != loopNumbers.end())
    return it->second;
  int parent = loopOf(op->getParentOp());
  int number = loops.size();
  loopNumbers[op] = number;
  loops.push_back({op, parent, parent < 0 ? 0 : loops[parent].depth + 1, 0, false, 0, 0});
  Variable trip{VariableKind::trip};
  trip.loop = number;
  loops[number].trip = add(trip).terms.front().first;
  Loop loop = loops[number]; // bounds may enter other loops
  enter(cast<LoopLikeOpInterface>(op), loop);
  loops[number] = loop;
  return number;
}

void ScalarTerms::enter(LoopLikeOpInterface op, Loop &loop) {
  std::optional<Value> induction = op.getSingleInductionVar();
  auto lower = op.getSingleLowerBound(), upper = op.getSingleUpperBound(),
       step = op.getSingleStep();
  auto width = step ? getConstantIntValue(*step) : std::nullopt;
  if (!induction || !lower || !upper || !width || *width < 1)
    return;
  auto bound = [&](OpFoldResult value) {
    auto constant = getConstantIntValue(value);
    return constant ? Linear(*constant) : get(cast<Value>(value));
  };
  loop.isCounted = true;
  loop.step = *width;
  loop.lower = bound(*lower);
  loop.upper = bound(*upper);
  known[*induction] = loop.lower + Linear::variable(loop.trip, loop.step);
}

SmallVector<int> ScalarTerms::loopsAround(Operation *op) {
  SmallVector<int> around;
  for (int loop = innermostLoop(op); loop >= 0; loop = loops[loop].parent)
    around.insert(around.begin(), loop);
  return around;
}

Conjunction ScalarTerms::enterLocalLoop(LoopLikeOpInterface op, ProgramScalars &program) {
  Variable trip{VariableKind::trip};
  trip.isLocal = true;
  trip.loop = program.loop;
  Linear count = add(trip);
  Conjunction range = {atLeast(count, 0)};
  std::optional<Value> induction = op.getSingleInductionVar();
  auto lower = op.getSingleLowerBound(), upper = op.getSingleUpperBound(),
       step = op.getSingleStep();
  auto width = step ? getConstantIntValue(*step) : std::nullopt;
  if (!induction || !lower || !upper || !width || *width < 1)
    return range;
  auto bound = [&](OpFoldResult value) {
    auto constant = getConstantIntValue(value);
    return constant ? Linear(*constant) : get(cast<Value>(value), &program);
  };
  Linear value = bound(*lower) + count * *width;
  program.known[*induction] = value;
  range.push_back(less(value, bound(*upper)));
  return range;
}

//===---------------------------------------------------------------------------===//
// Values
//===---------------------------------------------------------------------------===//

Linear ScalarTerms::get(Value value, ProgramScalars *program) {
  auto &terms = program ? program->known : known;
  if (auto it = terms.find(value); it != terms.end())
    return it->second;
  Linear term = compute(value, program);
  if (!isSmall(term))
    term = opaque(value, program);
  return (program ? program->known : known)[value] = term;
}

/// What an argument of the body of a `while` loop is passed by its condition; else `value`.
static Value passedTo(Value value) {
  auto argument = dyn_cast<BlockArgument>(value);
  auto loop = argument ? dyn_cast<scf::WhileOp>(argument.getOwner()->getParentOp()) : nullptr;
  return loop && argument.getOwner() == loop.getAfterBody()
             ? loop.getConditionOp().getArgs()[argument.getArgNumber()]
             : value;
}

/// By how much an iteration changes what it is carried, if that is constant.
static std::optional<int64_t> stepOf(Value carried, Value next) {
  int64_t step = 0;
  for (next = passedTo(next); next != carried; next = passedTo(next)) {
    APInt constant;
    if (auto add = next.getDefiningOp<arith::AddIOp>();
        add && matchPattern(add.getRhs(), m_ConstantInt(&constant))) {
      step += constant.getSExtValue();
      next = add.getLhs();
    } else if (auto sub = next.getDefiningOp<arith::SubIOp>();
               sub && matchPattern(sub.getRhs(), m_ConstantInt(&constant))) {
      step -= constant.getSExtValue();
      next = sub.getLhs();
    } else {
      return std::nullopt;
    }
  }
  return isSmall(step) ? std::optional<int64_t>(step) : std::nullopt;
}

/// A counter that a loop carries.
std::optional<Linear> ScalarTerms::computeCarried(BlockArgument argument) {
  if (Value passed = passedTo(argument); passed != argument)
    return get(passed);
  auto loop = cast<LoopLikeOpInterface>(argument.getOwner()->getParentOp());
  OpOperand *init = loop.getTiedLoopInit(argument), *next = loop.getTiedLoopYieldedValue(argument);
  if (!argument.getType().isIndex() || !init || !next)
    return std::nullopt;
  std::optional<int64_t> step = stepOf(argument, next->get());
  if (!step)
    return std::nullopt;
  return get(init->get()) + Linear::variable(loops[loopOf(loop)].trip, *step);
}

Linear ScalarTerms::computeArgument(BlockArgument argument, ProgramScalars *program) {
  Operation *parent = argument.getOwner()->getParentOp();
  if (!program && isa<LoopLikeOpInterface>(parent)) {
    loopOf(parent); // an induction variable is known after it
    if (auto it = known.find(argument); it != known.end())
      return it->second;
    if (std::optional<Linear> term = computeCarried(argument))
      return *term;
  }
  return opaque(argument, program);
}

Linear ScalarTerms::expand(AffineExpr expr, ArrayRef<Linear> dims, ArrayRef<Linear> symbols,
                           Value value, ProgramScalars *program) {
  if (auto constant = dyn_cast<AffineConstantExpr>(expr))
    return constant.getValue();
  if (auto dim = dyn_cast<AffineDimExpr>(expr))
    return dims[dim.getPosition()];
  if (auto symbol = dyn_cast<AffineSymbolExpr>(expr))
    return symbols[symbol.getPosition()];
  auto binary = cast<AffineBinaryOpExpr>(expr);
  Linear lhs = expand(binary.getLHS(), dims, symbols, value, program);
  Linear rhs = expand(binary.getRHS(), dims, symbols, value, program);
  if (expr.getKind() == AffineExprKind::Add)
    return lhs + rhs;
  if (!rhs.isConstant() || (rhs.constant < 1 && expr.getKind() != AffineExprKind::Mul))
    return opaque(value, program);
  switch (expr.getKind()) {
  case AffineExprKind::Mul:
    return lhs * rhs.constant;
  case AffineExprKind::FloorDiv:
    return floorDiv(lhs, rhs.constant);
  case AffineExprKind::CeilDiv:
    return floorDiv(lhs + (rhs.constant - 1), rhs.constant);
  default:
    return lhs - floorDiv(lhs, rhs.constant) * rhs.constant;
  }
}

Linear ScalarTerms::compute(Value value, ProgramScalars *program) {
  if (auto argument = dyn_cast<BlockArgument>(value))
    return computeArgument(argument, program);
  if (auto constant = getConstantIntValue(value))
    return isSmall(*constant) ? Linear(*constant) : opaque(value, program);
  Operation *op = value.getDefiningOp();
  auto operand = [&](unsigned index) { return get(op->getOperand(index), program); };
  auto terms = [&](ValueRange values) {
    return llvm::map_to_vector(values, [&](Value each) { return get(each, program); });
  };
  auto array = [&](Value memref) { return program ? program->arrays.lookup(memref) : memref; };
  auto read = [&](Value memref, ValueRange indices) {
    return memref && isStable(memref) ? element(memref, terms(indices)) : opaque(value, program);
  };
  // narrower integers wrap; what is a bound or an address has been cast to index
  bool mayWrap = !value.getType().isIndex();
  if (auto cast = dyn_cast<arith::IndexCastOp>(op))
    return operand(0);
  if (auto cast = dyn_cast<arith::ExtSIOp>(op); cast && !cast.getIn().getType().isInteger(1))
    return operand(0);
  if (auto load = dyn_cast<memref::LoadOp>(op))
    return read(array(load.getMemRef()), load.getIndices());
  if (auto load = dyn_cast<ReadOp>(op))
    return read(array(load.getMemref()), load.getIndices());
  if (auto dim = dyn_cast<memref::DimOp>(op)) {
    Value source = array(dim.getSource());
    auto index = dim.getConstantIndex();
    return source && index ? extent(source, *index) : opaque(value, program);
  }
  if (auto select = dyn_cast<arith::SelectOp>(op))
    return choose(select.getCondition(), operand(1), operand(2), program);
  if (isa<arith::MinSIOp>(op))
    return extreme(VariableKind::minimum, operand(0), operand(1));
  if (isa<arith::MaxSIOp>(op))
    return extreme(VariableKind::maximum, operand(0), operand(1));
  if (mayWrap)
    return opaque(value, program);
  if (isa<arith::AddIOp>(op))
    return operand(0) + operand(1);
  if (isa<arith::SubIOp>(op))
    return operand(0) - operand(1);
  if (isa<arith::MulIOp>(op)) {
    Linear lhs = operand(0), rhs = operand(1);
    return lhs.isConstant()   ? rhs * lhs.constant
           : rhs.isConstant() ? lhs * rhs.constant
                              : opaque(value, program);
  }
  if (isa<arith::FloorDivSIOp, arith::CeilDivSIOp>(op)) {
    Linear lhs = operand(0), rhs = operand(1);
    if (!rhs.isConstant() || rhs.constant < 1)
      return opaque(value, program);
    return floorDiv(isa<arith::CeilDivSIOp>(op) ? lhs + (rhs.constant - 1) : lhs, rhs.constant);
  }
  auto results = [&](AffineMap map) {
    SmallVector<Linear> operands = terms(op->getOperands());
    auto dims = ArrayRef(operands).take_front(map.getNumDims());
    auto symbols = ArrayRef(operands).drop_front(map.getNumDims());
    return llvm::map_to_vector(map.getResults(), [&](AffineExpr expr) {
      return expand(expr, dims, symbols, value, program);
    });
  };
  auto fold = [&](VariableKind kind, ArrayRef<Linear> all) {
    Linear result = all.front();
    for (const Linear &each : all.drop_front())
      result = extreme(kind, result, each);
    return result;
  };
  if (auto apply = dyn_cast<affine::AffineApplyOp>(op))
    return results(apply.getAffineMap()).front();
  if (auto least = dyn_cast<affine::AffineMinOp>(op))
    return fold(VariableKind::minimum, results(least.getAffineMap()));
  if (auto largest = dyn_cast<affine::AffineMaxOp>(op))
    return fold(VariableKind::maximum, results(largest.getAffineMap()));
  return opaque(value, program);
}

//===---------------------------------------------------------------------------===//
// Conditions
//===---------------------------------------------------------------------------===//

static Formula compare(arith::CmpIPredicate predicate, const Linear &a, const Linear &b) {
  switch (predicate) {
  case arith::CmpIPredicate::eq:
    return {{{equal(a, b)}}};
  case arith::CmpIPredicate::ne:
    return Formula::differ(a, b);
  case arith::CmpIPredicate::slt:
    return {{{less(a, b)}}};
  case arith::CmpIPredicate::sle:
    return {{{atLeast(b, a)}}};
  case arith::CmpIPredicate::sgt:
    return {{{less(b, a)}}};
  default:
    return {{{atLeast(a, b)}}};
  }
}

Formula ScalarTerms::condition(Value value, bool isTrue, ProgramScalars *program) {
  if (auto constant = getConstantIntValue(value))
    return (*constant != 0) == isTrue ? Formula::always() : Formula::never();
  Operation *op = value.getDefiningOp();
  if (auto compared = dyn_cast_or_null<arith::CmpIOp>(op)) {
    arith::CmpIPredicate predicate = compared.getPredicate();
    if (predicate <= arith::CmpIPredicate::sge && !compared.getLhs().getType().isInteger(1))
      return compare(isTrue ? predicate : arith::invertPredicate(predicate),
                     get(compared.getLhs(), program), get(compared.getRhs(), program));
  }
  if (op && isa<arith::AndIOp, arith::OrIOp>(op)) {
    Formula a = condition(op->getOperand(0), isTrue, program);
    Formula b = condition(op->getOperand(1), isTrue, program);
    return isa<arith::AndIOp>(op) == isTrue ? a && b : a || b;
  }
  if (op && isa<arith::XOrIOp>(op))
    if (auto flipped = getConstantIntValue(op->getOperand(1)))
      return condition(op->getOperand(0), isTrue == (*flipped == 0), program);
  Linear flag = get(value, program);
  return {{{equal(flag, isTrue ? 1 : 0)}}};
}
