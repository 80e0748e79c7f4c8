//===- TermValues.cpp - what terms are in one iteration -------------------------===//

#include "lib/Transforms/Task/TermValues.h"

#include "lib/Planning/TaskTokens.h"

using namespace mlir;
using namespace tilework;
using namespace tilework::task;

/// A loop of more iterations is not gone through: any of them stands for all.
static constexpr int64_t kMaxTrips = 16384;

/// A length of more alternatives is not looked into.
static constexpr int kMaxAlternatives = 256;

void task::encode(const Linear &sum, std::vector<int64_t> &key) {
  key.push_back(sum.terms.size());
  for (auto [symbol, factor] : sum.terms)
    key.insert(key.end(), {int64_t(symbol), factor});
  key.push_back(sum.constant);
}

//===---------------------------------------------------------------------------===//
// Loops
//===---------------------------------------------------------------------------===//

bool TermValues::isOfRun(const Linear &term) {
  return llvm::any_of(term.terms, [&](const Linear::Term &each) {
    const Variable &variable = terms.variable(each.first);
    switch (variable.kind) {
    case VariableKind::trip:
      return isGeneric(variable.loop);
    case VariableKind::element:
    case VariableKind::opaque:
      return true;
    default:
      return isOfRun(variable.lhs) || isOfRun(variable.rhs) || isOfRun(variable.condition);
    }
  });
}

bool TermValues::isOfRun(const Formula &formula) {
  return llvm::any_of(formula.alternatives, [&](const Conjunction &conjunction) {
    return llvm::any_of(conjunction,
                        [&](const Constraint &constraint) { return isOfRun(constraint.term); });
  });
}

/// Products of such do not overflow.
static constexpr int64_t kShort = int64_t(1) << 30;

static bool isShort(const Linear &term) {
  return std::abs(term.constant) < kShort &&
         llvm::all_of(
             term.terms, [](const Linear::Term &each) { return std::abs(each.second) < kShort; });
}

/// The most that `term` is in any iteration of any run; none: nobody knows. A variable comes after
/// those that it is made of: what these cancel is seen when it is taken apart.
std::optional<int64_t> TermValues::most(const Linear &term, int &budget) {
  if (--budget < 0 || !isShort(term))
    return std::nullopt;
  if (term.isConstant())
    return term.constant;
  auto [index, factor] = term.terms.back();
  const Variable &variable = terms.variable(index);
  if (!isShort(variable.lhs) || !isShort(variable.rhs))
    return std::nullopt;
  Linear rest = term - Linear::variable(index, factor);
  auto with = [&](const Linear &value) { return most(rest + value * factor, budget); };
  switch (variable.kind) {
  case VariableKind::trip:
    if (variable.isLocal || isGeneric(variable.loop))
      return std::nullopt;
    return with(factor > 0 ? std::max<int64_t>(mostTrips(variable.loop) - 1, 0) : 0);
  case VariableKind::quotient: {
    // what division drops is less than the divisor
    int64_t divisor = variable.divisor, dropped = factor > 0 ? 0 : divisor - 1;
    if (divisor >= kShort)
      return std::nullopt;
    auto whole = most(rest * divisor + (variable.lhs - dropped) * factor, budget);
    return whole ? std::optional(llvm::divideFloorSigned(*whole, divisor)) : std::nullopt;
  }
  case VariableKind::minimum:
  case VariableKind::maximum:
  case VariableKind::choice: {
    std::optional<int64_t> a = with(variable.lhs), b = with(variable.rhs);
    bool isLeast = variable.kind == (factor > 0 ? VariableKind::minimum : VariableKind::maximum);
    if (a && b)
      return isLeast ? std::min(*a, *b) : std::max(*a, *b);
    return !isLeast ? std::nullopt : a ? a : b;
  }
  default:
    return std::nullopt;
  }
}

int64_t TermValues::mostTrips(int number) {
  if (auto it = bounds.find(number); it != bounds.end())
    return it->second;
  const Loop &loop = terms.loop(number);
  int budget = kMaxAlternatives;
  std::optional<int64_t> length = most(loop.upper - loop.lower, budget);
  return length ? llvm::divideCeilSigned(*length, loop.step) : kMaxTrips;
}

/// Decided once for all iterations of the loops around it.
bool TermValues::isGeneric(int number) {
  if (auto it = generic.find(number); it != generic.end())
    return it->second;
  const Loop &loop = terms.loop(number);
  bool result = !loop.isCounted;
  if (!result && (isOfRun(loop.lower) || isOfRun(loop.upper))) {
    int64_t all = mostTrips(number);
    if (all <= kMaxBounded)
      bounds[number] = all;
    for (int around = loop.parent; around >= 0; around = terms.loop(around).parent)
      if (!isGeneric(around) && bounds.count(around) != 0)
        all *= bounds[around];
    result = all > kMaxBounded;
  } else if (!result && loop.lower.isConstant() && loop.upper.isConstant()) {
    result = (loop.upper.constant - loop.lower.constant) / loop.step > kMaxTrips;
  }
  return generic[number] = result;
}

std::optional<int64_t> TermValues::bound(int number) {
  return isGeneric(number) || bounds.count(number) == 0 ? std::nullopt
                                                        : std::optional(bounds[number]);
}

std::optional<std::vector<Linear>> TermValues::room(int number) {
  const Loop &loop = terms.loop(number);
  if (!loop.isCounted)
    return std::nullopt;
  // a minimum is positive where all are that it is one of
  std::vector<Linear> room,
      left = {loop.upper - loop.lower - Linear::variable(loop.trip, loop.step)};
  while (!left.empty()) {
    Linear term = left.back();
    left.pop_back();
    auto isLeast = [&](const Linear::Term &each) {
      return terms.variable(each.first).kind ==
             (each.second > 0 ? VariableKind::minimum : VariableKind::maximum);
    };
    auto least = llvm::find_if(term.terms, isLeast);
    if (least != term.terms.end() && room.size() + left.size() < size_t(kMaxAlternatives)) {
      auto [index, factor] = *least;
      const Variable &variable = terms.variable(index);
      for (const Linear &each : {variable.rhs, variable.lhs})
        left.push_back(term - Linear::variable(index, factor) + each * factor);
      continue;
    }
    std::optional<Linear> value = (*this)(term);
    if (!value)
      return std::nullopt;
    room.push_back(*value);
  }
  return room;
}

void TermValues::enter(int loop, int64_t trip) {
  loops.push_back(loop);
  around.push_back(trip);
  if (!isGeneric(loop))
    numbers[terms.loop(loop).trip] = trip;
}

void TermValues::leave(int loop) {
  loops.pop_back();
  around.pop_back();
  numbers.erase(terms.loop(loop).trip);
}

int64_t TermValues::genericBefore(unsigned depth) {
  return llvm::count_if(llvm::ArrayRef(loops).take_front(depth),
                        [&](int loop) { return isGeneric(loop); });
}

//===---------------------------------------------------------------------------===//
// Values
//===---------------------------------------------------------------------------===//

std::optional<Linear> TermValues::operator()(const Linear &term) {
  Linear sum(term.constant);
  for (auto [variable, factor] : term.terms) {
    std::optional<Linear> value = valueOf(variable);
    if (!value)
      return std::nullopt;
    sum = sum + *value * factor;
  }
  return sum;
}

std::optional<int64_t> TermValues::number(const Linear &term) {
  std::optional<Linear> sum = (*this)(term);
  return sum && sum->isConstant() ? std::optional<int64_t>(sum->constant) : std::nullopt;
}

std::optional<bool> TermValues::operator()(const Formula &formula) {
  bool isKnown = true;
  for (const Conjunction &conjunction : formula.alternatives) {
    bool holds = true, isDecided = true;
    for (const Constraint &constraint : conjunction) {
      std::optional<int64_t> value = number(constraint.term);
      isDecided &= value.has_value();
      if (value)
        holds &= constraint.isEquality ? *value == 0 : *value >= 0;
    }
    if (holds && isDecided)
      return true;
    isKnown &= isDecided || !holds;
  }
  return isKnown ? std::optional<bool>(false) : std::nullopt;
}

Linear TermValues::symbol(Key key) {
  return Linear::variable(symbols.insert({std::move(key), unsigned(symbols.size())}).first->second);
}

std::optional<Linear> TermValues::valueOf(unsigned index) {
  const Variable &variable = terms.variable(index);
  Key key = {int64_t(variable.kind)};
  switch (variable.kind) {
  case VariableKind::trip:
    if (auto it = numbers.find(index); it != numbers.end())
      return Linear(it->second);
    if (variable.isLocal)
      return std::nullopt;
    return genericTrip(terms.loop(variable.loop).depth);
  case VariableKind::opaque: {
    if (variable.isLocal)
      return std::nullopt;
    unsigned loops = variable.loop < 0 ? 0 : terms.loop(variable.loop).depth + 1;
    assert(loops <= around.size());
    key.push_back(index);
    key.insert(key.end(), around.begin(), around.begin() + loops);
    return symbol(std::move(key));
  }
  case VariableKind::element:
    key.push_back(arrays.insert({variable.value, int64_t(arrays.size())}).first->second);
    for (const Linear &each : variable.indices) {
      std::optional<Linear> at = (*this)(each);
      if (!at)
        return std::nullopt;
      encode(*at, key);
    }
    return symbol(std::move(key));
  case VariableKind::choice:
    return choice(variable);
  default:
    break;
  }
  std::optional<Linear> lhs = (*this)(variable.lhs), rhs = (*this)(variable.rhs);
  if (!lhs || !rhs)
    return std::nullopt;
  return variable.kind == VariableKind::quotient ? quotient(*lhs, variable.divisor)
                                                 : extreme(variable.kind, *lhs, *rhs);
}

Linear TermValues::genericTrip(unsigned depth) {
  bool isLater = around[depth] == tokens::kLater;
  Linear first = symbol({int64_t(VariableKind::trip), genericBefore(depth), isLater});
  return isLater ? first : first + around[depth];
}

Linear TermValues::quotient(const Linear &dividend, int64_t divisor) {
  Linear whole(llvm::divideFloorSigned(dividend.constant, divisor));
  Linear rest(dividend.constant - whole.constant * divisor);
  for (auto [index, factor] : dividend.terms) {
    Linear &part = factor % divisor == 0 ? whole : rest;
    part = part + Linear::variable(index, factor % divisor == 0 ? factor / divisor : factor);
  }
  if (rest.isConstant())
    return whole;
  Key key = {int64_t(VariableKind::quotient), divisor};
  encode(rest, key);
  return whole + symbol(std::move(key));
}

/// The same, whichever comes first and whatever both are moved by.
Linear TermValues::extreme(VariableKind kind, Linear a, Linear b) {
  Linear difference = a - b;
  if (difference.isConstant())
    return (kind == VariableKind::minimum) == (difference.constant <= 0) ? a : b;
  if (b.terms < a.terms)
    std::swap(a, b);
  int64_t base = a.constant;
  Key key = {int64_t(kind)};
  encode(a - base, key);
  encode(b - base, key);
  return symbol(std::move(key)) + base;
}

std::optional<Linear> TermValues::choice(const Variable &variable) {
  std::optional<Linear> lhs = (*this)(variable.lhs), rhs = (*this)(variable.rhs);
  if (std::optional<bool> isFirst = (*this)(variable.condition))
    return *isFirst ? lhs : rhs;
  if (!lhs || !rhs || *lhs == *rhs)
    return lhs && rhs ? lhs : std::nullopt;
  Key key = {int64_t(VariableKind::choice)};
  for (const Conjunction &conjunction : variable.condition.alternatives) {
    key.push_back(conjunction.size());
    for (const Constraint &constraint : conjunction) {
      std::optional<Linear> term = (*this)(constraint.term);
      if (!term)
        return std::nullopt;
      key.push_back(constraint.isEquality);
      encode(*term, key);
    }
  }
  encode(*lhs, key);
  encode(*rhs, key);
  return symbol(std::move(key));
}
