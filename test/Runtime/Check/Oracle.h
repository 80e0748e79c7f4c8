//===- Oracle.h - what a stream does under its legal interleavings, by trying them --*- C++ -*-===//
//
// A tiny machine for streams of a few instructions. Values are abstract: what an instruction writes
// is a hash of itself, of what it read and of what it overwrote, so that two interleavings leave
// equal memories only if they did every conflicting pair of accesses in the same order. It shares
// no code with the checker.
//
//===------------------------------------------------------------------------------------------===//

#ifndef TILEWORK_TEST_RUNTIME_CHECK_ORACLE_H
#define TILEWORK_TEST_RUNTIME_CHECK_ORACLE_H

#include "Kernels.h"

#include <map>
#include <string>

namespace tilework::check {

class Oracle {
public:
  Oracle(const Kernel &kernel, const CheckOptions &options);

  /// Why some legal interleaving goes wrong or differs from another, or empty. Tries all of them:
  /// those that did the same instructions must have left the same memory.
  std::string tryAll();

  /// The same by running every instruction as late as it may: enough wherever waits are for
  /// particular instructions, and fast.
  std::string tryLate();

  /// What `tryAll` may look at before it gives up with "too many".
  size_t mostCuts = 200000;

private:
  static constexpr int numQueues = TW_UNITS * TW_PIPES;
  /// One element of a destination: the cells it depends on, the cells it fills.
  struct Element {
    std::vector<int> sources, cells;
  };
  struct Step {
    const tw_instruction *instruction;
    int unit, number;
    std::vector<Element> elements;
    std::vector<int> lost; ///< cells whose values it does away with
  };
  struct Cell {
    uint32_t value;
    bool isUndefined;
    bool operator==(const Cell &other) const {
      return value == other.value && isUndefined == other.isUndefined;
    }
  };
  struct State {
    std::vector<uint16_t> done; ///< by queue
    std::vector<Cell> cells;
    std::map<std::array<int64_t, 4>, int> flags;    ///< by unit, from, to, event
    std::map<std::array<int64_t, 3>, int> counters; ///< by direction, lane, event
    std::map<std::array<int64_t, 3>, int> traffic;  ///< by opcode, channel, unit
  };
  /// A matrix of elements, each some cells.
  struct Matrix {
    int64_t rows, columns;
    std::vector<std::vector<int>> elements;
    const std::vector<int> &at(int64_t row, int64_t column) const {
      return elements[row * columns + column];
    }
  };

  int cellOf(int64_t memory, int64_t address);
  Matrix matrixOf(int64_t memory, const tw_region &region);
  Matrix matrixOf(const tw_region &region, int unit);
  Matrix ringMatrix(const tw_instruction &instruction, int unit, int64_t tile);
  /// What lane or cube `receiver` has of a slot of a direct channel, from one row and column on.
  Matrix directMatrix(const tw_channel &channel, int receiver, int64_t tile, int64_t row,
                      int64_t column, int64_t rows, int64_t columns);
  void addDirect(Step &step);
  void addDirectPush(Step &step, int64_t tile);
  std::string ringProblem() const;
  std::string sizeProblem(const tw_instruction &instruction, int unit) const;
  void addElements(Step &step, const std::vector<Matrix> &operands);
  void addProduct(Step &step, const std::vector<Matrix> &operands);
  void addData(Step &step);
  void add(int unit, const tw_instruction &instruction);

  bool canGo(const State &state, int queue) const;
  std::string go(State &state, int queue) const;
  void compute(State &state, const Step &step, std::string &fault) const;
  std::string endOf(const State &state) const;
  bool isLaneActive(int unit) const { return unit > 0 && unit <= kernel.lanes; }
  std::string runLate(int heldQueue, size_t heldStep, State &state) const;

  const Kernel &kernel;
  const CheckOptions &options;
  std::string fault; ///< of an instruction alone
  std::vector<Step> steps;
  std::array<std::vector<int>, numQueues> queues;
  std::map<std::pair<int64_t, int64_t>, int> numbers; ///< of cells
  std::map<std::array<int64_t, 3>, int64_t> tiles;    ///< by opcode, channel, unit
  State start;
};

} // namespace tilework::check

#endif // TILEWORK_TEST_RUNTIME_CHECK_ORACLE_H
