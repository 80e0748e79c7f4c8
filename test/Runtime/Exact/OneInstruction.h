//===- OneInstruction.h - one vector instruction on arrays of the host ------------------------===//

#ifndef TILEWORK_TEST_RUNTIME_EXACT_ONEINSTRUCTION_H
#define TILEWORK_TEST_RUNTIME_EXACT_ONEINSTRUCTION_H

#include "Streams.h"

#include <gtest/gtest.h>

namespace tilework::runtime::exact {

template <typename T> struct TypeOf;
template <> struct TypeOf<float> : std::integral_constant<int64_t, TW_F32> {};
template <> struct TypeOf<int8_t> : std::integral_constant<int64_t, TW_I8> {};
template <> struct TypeOf<int16_t> : std::integral_constant<int64_t, TW_I16> {};
template <> struct TypeOf<int32_t> : std::integral_constant<int64_t, TW_I32> {};
template <> struct TypeOf<int64_t> : std::integral_constant<int64_t, TW_I64> {};
template <> struct TypeOf<uint8_t> : std::integral_constant<int64_t, TW_U8> {};
template <> struct TypeOf<uint16_t> : std::integral_constant<int64_t, TW_U16> {};
template <> struct TypeOf<uint32_t> : std::integral_constant<int64_t, TW_U32> {};
template <> struct TypeOf<uint64_t> : std::integral_constant<int64_t, TW_U64> {};

/// A matrix on the host. Halves and booleans are given by their bits and a type of their own.
template <typename T> struct Matrix {
  std::vector<T> values;
  int64_t rows = 1, columns = static_cast<int64_t>(values.size());
  int64_t type = TypeOf<T>::value;
};
template <typename T> Matrix(std::vector<T>) -> Matrix<T>;
template <typename T> Matrix(std::vector<T>, int64_t, int64_t) -> Matrix<T>;
template <typename T> Matrix(std::vector<T>, int64_t, int64_t, int64_t) -> Matrix<T>;

/// Loads the inputs to ub, carries out `instruction` with them as its first regions and `result` as
/// its last, and stores that into `result`.
template <typename Out, typename... In>
void carryOut(tw_instruction instruction, Matrix<Out> &result, const Matrix<In> &...inputs) {
  constexpr int64_t apart = 40960;
  Kernel kernel;
  int64_t next = 0;
  auto add = [&](const auto &input) {
    tw_region buffer = region(TW_UB, input.type, next * apart, {input.rows, input.columns});
    kernel.add(TW_VECTOR_0,
               {load(global(input.type, input.values, input.rows, input.columns), buffer)});
    instruction.regions[next++] = buffer;
  };
  (add(inputs), ...);
  result.values.resize(result.rows * result.columns);
  tw_region buffer = region(TW_UB, result.type, next * apart, {result.rows, result.columns});
  instruction.regions[next++] = buffer;
  instruction.num_regions = next;
  kernel.add(TW_VECTOR_0,
             {barrier(), instruction, barrier(),
              store(buffer, global(result.type, result.values, result.rows, result.columns))});
  ExactResult outcome = kernel.run();
  ASSERT_FALSE(outcome.isError()) << outcome.message();
}

inline tw_instruction vectorInstruction(int64_t opcode, int64_t kind = 0) {
  return instruction(opcode, TW_V, {}, kind);
}
template <typename Kind> tw_instruction vectorInstruction(int64_t opcode, Kind kind) {
  return vectorInstruction(opcode, static_cast<int64_t>(kind));
}

template <typename T> std::vector<T> computed(Unary kind, const std::vector<T> &x) {
  Matrix<T> result{std::vector<T>(x.size())};
  carryOut(vectorInstruction(TW_VECTOR_UNARY, kind), result, Matrix{x});
  return result.values;
}

template <typename T>
std::vector<T> computed(Binary kind, const std::vector<T> &x, const std::vector<T> &y) {
  Matrix<T> result{std::vector<T>(x.size())};
  carryOut(vectorInstruction(TW_VECTOR_BINARY, kind), result, Matrix{x}, Matrix{y});
  return result.values;
}

template <typename T>
std::vector<uint8_t> computed(Predicate predicate, const std::vector<T> &x,
                              const std::vector<T> &y) {
  Matrix<uint8_t> result{std::vector<uint8_t>(x.size()), 1, static_cast<int64_t>(x.size()),
                         TW_BOOL};
  carryOut(vectorInstruction(TW_VECTOR_COMPARE, predicate), result, Matrix{x}, Matrix{y});
  return result.values;
}

template <typename Out, typename In>
std::vector<Out> cast(Rounding rounding, const std::vector<In> &x, int64_t to = TypeOf<Out>::value,
                      int64_t from = TypeOf<In>::value) {
  auto count = static_cast<int64_t>(x.size());
  Matrix<Out> result{std::vector<Out>(x.size()), 1, count, to};
  tw_instruction instruction = vectorInstruction(TW_VECTOR_CAST);
  instruction.rounding = static_cast<int64_t>(rounding);
  carryOut(instruction, result, Matrix<In>{x, 1, count, from});
  return result.values;
}

template <typename To, typename From> To reinterpreted(From value) {
  static_assert(sizeof(To) == sizeof(From));
  To result;
  std::memcpy(&result, &value, sizeof result);
  return result;
}

/// NaNs are equal, and -0 differs from +0.
inline void expectSame(float actual, float expected, const std::string &what = "") {
  if (actual != actual && expected != expected)
    return;
  EXPECT_EQ(reinterpreted<uint32_t>(actual), reinterpreted<uint32_t>(expected))
      << what << ": " << actual << " instead of " << expected;
}
inline void expectSame(const std::vector<float> &actual, const std::vector<float> &expected) {
  ASSERT_EQ(actual.size(), expected.size());
  for (size_t i = 0; i < actual.size(); ++i)
    expectSame(actual[i], expected[i], "element " + std::to_string(i));
}

} // namespace tilework::runtime::exact

#endif // TILEWORK_TEST_RUNTIME_EXACT_ONEINSTRUCTION_H
