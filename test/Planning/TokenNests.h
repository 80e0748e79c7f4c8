//===- TokenNests.h - problems of the plan of tokens -------------------------------*- C++ -*-===//

#ifndef TILEWORK_TEST_PLANNING_TOKENNESTS_H
#define TILEWORK_TEST_PLANNING_TOKENNESTS_H

#include "lib/Planning/TaskTokens.h"

#include <algorithm>

namespace tilework::tokens {

/// Writes problems as nests: each statement has its own loops below those that it shares.
struct Nest {
  Problem problem;
  int accesses = 0;

  int statement(std::vector<int> loops) {
    problem.statements.push_back({std::move(loops)});
    return static_cast<int>(problem.statements.size()) - 1;
  }
  Touch touch(int argument, int tensor, bool writes, int64_t begin, int64_t end) {
    problem.arguments = std::max(problem.arguments, argument + 1);
    problem.isKnown.resize(problem.arguments, true);
    return {argument, argument, tensor, !writes, writes, {begin}, {end}, {}};
  }
  void run(int statement, Trips trips, std::vector<Touch> touches, std::vector<int> guards = {}) {
    problem.instances.push_back(
        {statement, std::move(trips), std::move(guards), std::move(touches)});
  }
};

} // namespace tilework::tokens

#endif // TILEWORK_TEST_PLANNING_TOKENNESTS_H
