#include "OneInstruction.h"

#include <gtest/gtest.h>

namespace tilework::runtime::exact {

/// Which elements of a vector instruction's result are defined, as a byte each, when those of its
/// inputs are as given.
struct Definedness {
  Kernel kernel;
  std::vector<std::vector<uint8_t>> data;
  std::vector<uint8_t> result;

  /// An input in ub whose elements are defined where `defined` says so.
  tw_region input(int64_t type, int64_t rows, int64_t columns, std::vector<uint8_t> defined) {
    int64_t width = widthOf(type), count = rows * columns;
    data.reserve(16);
    data.emplace_back(count * width, uint8_t{1});
    std::vector<uint8_t> &values = data.back();
    std::vector<uint8_t> bytes;
    for (uint8_t each : defined)
      bytes.insert(bytes.end(), width, each);
    data.push_back(bytes);
    kernel.mayTouch(values, data.back().data());
    tw_region buffer =
        region(TW_UB, type, 1024 * static_cast<int64_t>(data.size()), {rows, columns});
    kernel.add(TW_VECTOR_0, {load(global(type, values, rows, columns), buffer)});
    return buffer;
  }
  std::vector<uint8_t> of(tw_instruction instruction, tw_region destination) {
    instruction.regions[instruction.num_regions++] = destination;
    int64_t width = widthOf(destination.type);
    int64_t count = destination.sizes[0] * destination.sizes[1];
    data.emplace_back(count * width);
    std::vector<uint8_t> &values = data.back();
    std::vector<uint8_t> bytes(count * width, 7);
    kernel.mayTouch(values, bytes.data());
    kernel.add(TW_VECTOR_0,
               {barrier(), instruction, barrier(),
                store(destination, global(destination.type, values, destination.sizes[0],
                                          destination.sizes[1]))});
    ExactResult outcome = kernel.run();
    EXPECT_FALSE(outcome.isError()) << outcome.message();
    for (int64_t i = 0; i < count; ++i)
      result.push_back(bytes[i * width]);
    return result;
  }
};

static tw_region destination(int64_t type, int64_t rows, int64_t columns) {
  return region(TW_UB, type, 65536, {rows, columns});
}

using Mask = std::vector<uint8_t>;

static tw_instruction on(int64_t opcode, std::initializer_list<tw_region> inputs,
                         int64_t kind = 0) {
  return instruction(opcode, TW_V, inputs, kind);
}

TEST(Undefined, element_by_element) {
  Definedness d;
  tw_region x = d.input(TW_F32, 2, 2, {1, 0, 1, 1}), y = d.input(TW_F32, 2, 1, {1, 0});
  EXPECT_EQ(d.of(on(TW_VECTOR_BINARY, {x, y}), destination(TW_F32, 2, 2)), (Mask{1, 0, 0, 0}));
}

TEST(Undefined, through_casts_and_transposition) {
  Definedness d;
  tw_region x = d.input(TW_F32, 2, 2, {1, 0, 1, 1});
  EXPECT_EQ(d.of(on(TW_VECTOR_CAST, {x}), destination(TW_BF16, 2, 2)), (Mask{1, 0, 1, 1}));
  Definedness e;
  x = e.input(TW_I8, 2, 2, {1, 0, 1, 1});
  EXPECT_EQ(e.of(on(TW_VECTOR_TRANSPOSE, {x}), destination(TW_I8, 2, 2)), (Mask{1, 1, 0, 1}));
}

TEST(Undefined, in_place) {
  Definedness d;
  tw_region x = d.input(TW_F32, 2, 2, {1, 0, 1, 1});
  EXPECT_EQ(d.of(on(TW_VECTOR_TRANSPOSE, {x}), x), (Mask{1, 1, 0, 1}));
  Definedness e;
  x = e.input(TW_F32, 1, 8, {1, 0, 1, 1, 1, 1, 1, 1});
  tw_region shifted = x;
  shifted.base += 4;
  e.kernel.options.memories.alignmentBytes[TW_UB] = 4;
  EXPECT_EQ(e.of(on(TW_VECTOR_UNARY, {x}), shifted), (Mask{1, 0, 1, 1, 1, 1, 1, 1}));
}

TEST(Undefined, of_a_selection_is_the_mask_and_the_chosen) {
  Definedness d;
  tw_region mask = d.input(TW_BOOL, 1, 4, {1, 1, 0, 1}); // all true
  tw_region x = d.input(TW_F32, 1, 4, {1, 0, 1, 1}), y = d.input(TW_F32, 1, 4, {0, 1, 1, 0});
  EXPECT_EQ(d.of(on(TW_VECTOR_SELECT, {mask, x, y}), destination(TW_F32, 1, 4)),
            (Mask{1, 0, 0, 1}));
}

TEST(Undefined, of_a_reduction_is_that_of_the_line) {
  for (int64_t dim : {0, 1}) {
    Definedness d;
    tw_region x = d.input(TW_F32, 2, 3, {1, 1, 0, 1, 1, 1});
    tw_instruction reduce = on(TW_VECTOR_REDUCE, {x});
    reduce.dim = dim;
    if (dim == 1)
      EXPECT_EQ(d.of(reduce, destination(TW_F32, 2, 1)), (Mask{0, 1}));
    else
      EXPECT_EQ(d.of(reduce, destination(TW_F32, 1, 3)), (Mask{1, 1, 0}));
  }
}

TEST(Undefined, fills_and_counts_are_defined) {
  Definedness d;
  tw_instruction fills = withScalar(on(TW_VECTOR_FILL, {}), TW_SCALAR_RHS, TW_F32, 0);
  EXPECT_EQ(d.of(fills, destination(TW_F32, 1, 2)), (Mask{1, 1}));
  Definedness e;
  tw_instruction counts = withScalar(on(TW_VECTOR_ARANGE, {}), 0, TW_I32, 0);
  EXPECT_EQ(e.of(counts, destination(TW_I32, 1, 2)), (Mask{1, 1}));
}

/// 2x2 lhs and rhs of which some elements are undefined, then an accumulation onto that.
static Mask ofProduct(const Mask &lhs, const Mask &rhs, bool accumulates = false) {
  std::vector<float> x(4, 1.0f), w(4, 1.0f), one(4, 1.0f), y(4);
  auto bytes = [](const Mask &mask) {
    Mask result;
    for (uint8_t each : mask)
      result.insert(result.end(), 4, each);
    return result;
  };
  Mask xBytes = bytes(lhs), wBytes = bytes(rhs), oneBytes(16, 1), yBytes(16, 7);
  tw_region a = region(TW_L1, TW_F32, 0, {2, 2}), b = region(TW_L1, TW_F32, 32, {2, 2});
  tw_region o = region(TW_L1, TW_F32, 64, {2, 2}), p = region(TW_L0A, TW_F32, 64, {2, 2});
  tw_region q = region(TW_L0B, TW_F32, 64, {2, 2});
  tw_region l = region(TW_L0A, TW_F32, 0, {2, 2}), r = region(TW_L0B, TW_F32, 0, {2, 2});
  tw_region c = region(TW_L0C, TW_F32, 0, {2, 2});
  Kernel kernel;
  kernel.mayTouch(x, xBytes.data());
  kernel.mayTouch(w, wBytes.data());
  kernel.mayTouch(one, oneBytes.data());
  kernel.mayTouch(y, yBytes.data());
  kernel.add(TW_CUBE, {load(global(TW_F32, x, 2, 2), a), load(global(TW_F32, w, 2, 2), b),
                       load(global(TW_F32, one, 2, 2), o), barrier(), move(a, l), move(b, r),
                       move(o, p), move(o, q), barrier(), mmad(l, r, c)});
  if (accumulates)
    kernel.add(TW_CUBE, {mmad(p, q, c, false)});
  kernel.add(TW_CUBE, {barrier(), fixpipe(c, global(TW_F32, y, 2, 2))});
  ExactResult result = kernel.run();
  EXPECT_FALSE(result.isError()) << result.message();
  return {yBytes[0], yBytes[4], yBytes[8], yBytes[12]};
}

TEST(Undefined, of_a_product_is_that_of_row_column_and_accumulator) {
  EXPECT_EQ(ofProduct({1, 0, 1, 1}, {1, 1, 1, 1}), (Mask{0, 0, 1, 1}));
  EXPECT_EQ(ofProduct({1, 1, 1, 1}, {1, 1, 0, 1}), (Mask{0, 1, 0, 1}));
  EXPECT_EQ(ofProduct({1, 1, 0, 1}, {1, 1, 1, 0}), (Mask{1, 0, 0, 0}));
  EXPECT_EQ(ofProduct({1, 1, 0, 1}, {1, 1, 1, 1}, true), (Mask{1, 1, 0, 0}));
}

/// x [2, 2] to the leading part of a 2x3 buffer in ub, and all of that to y.
static ExactResult storePartly(bool pads, bool atomic, std::vector<uint8_t> *defined,
                               bool tracks = true) {
  std::vector<float> x = {1, 2, 3, 4}, y(6);
  tw_region buffer = region(TW_UB, TW_F32, 0, {2, 3});
  Kernel kernel;
  kernel.locations = {"k.py:7:8"};
  kernel.mayTouch(x);
  kernel.mayTouch(y, defined ? defined->data() : nullptr);
  kernel.options.tracksUndefined = tracks;
  tw_instruction loads = load(global(TW_F32, x, 2, 2), buffer);
  if (pads)
    loads = withScalar(loads, TW_PADS, TW_F32, 0);
  tw_instruction stores = store(buffer, global(TW_F32, y, 2, 3));
  stores.flags = atomic ? TW_ATOMIC_ADD : 0;
  kernel.add(TW_VECTOR_0, {loads, barrier(), stores});
  ExactResult result = kernel.run();
  EXPECT_EQ(result.isError() ? result.location : "k.py:7:8", "k.py:7:8");
  return result;
}

TEST(Undefined, may_not_reach_an_array_of_the_caller) {
  const char *error = "expects defined elements to be stored in an array of the caller, but got an "
                      "undefined one at [0, 2] of the destination: it was never written";
  EXPECT_EQ(storePartly(false, false, nullptr).error, error);
  EXPECT_EQ(storePartly(false, true, nullptr).error, error);
  EXPECT_FALSE(storePartly(true, false, nullptr).isError());
  EXPECT_FALSE(storePartly(false, false, nullptr, false).isError());
}

TEST(Undefined, may_reach_scratch_which_remembers) {
  std::vector<uint8_t> defined(24, 0);
  EXPECT_FALSE(storePartly(false, false, &defined).isError());
  Mask elements;
  for (int i = 0; i < 6; ++i)
    elements.push_back(defined[i * 4]);
  EXPECT_EQ(elements, (Mask{1, 1, 0, 1, 1, 0}));
  // Adding to what is undefined leaves it so.
  std::vector<uint8_t> half(24, 1);
  std::fill(half.begin(), half.begin() + 4, 0);
  EXPECT_FALSE(storePartly(true, true, &half).isError());
  EXPECT_EQ((Mask{half[0], half[4], half[23]}), (Mask{0, 1, 1}));
}

TEST(Undefined, untracked_leaves_the_shadow_alone) {
  std::vector<uint8_t> defined(24, 5);
  EXPECT_FALSE(storePartly(false, false, &defined, false).isError());
  EXPECT_EQ(defined, std::vector<uint8_t>(24, 5));
}

TEST(Undefined, travels_through_channels) {
  std::vector<float> x = {1, 2, 3, 4}, y(2);
  std::vector<uint8_t> xDefined(16, 1), yDefined(8, 7);
  std::fill(xDefined.begin() + 12, xDefined.end(), 0);
  tw_region buffer = region(TW_UB, TW_F32, 0, {1, 2}), a = region(TW_L1, TW_F32, 0, {2, 2});
  tw_region l = region(TW_L0A, TW_F32, 0, {2, 2}), c = region(TW_L0C, TW_F32, 0, {2, 1});
  tw_region b = region(TW_L1, TW_F32, 64, {2, 1}), r = region(TW_L0B, TW_F32, 0, {2, 1});
  Kernel kernel;
  kernel.mayTouch(x, xDefined.data());
  kernel.mayTouch(y, yDefined.data());
  kernel.addChannel({2, 2, TW_F32, 1, 1, static_cast<int64_t>(Split::up_down), 0, 0});
  for (int64_t lane : {0, 1}) {
    tw_region in = global(TW_F32, x, 1, 2);
    in.base += lane * 8;
    kernel.add(static_cast<int32_t>(TW_VECTOR_0 + lane),
               {load(in, buffer), barrier(), through(TW_PUSH, TW_MTE3, {buffer})});
  }
  kernel.add(TW_CUBE, {through(TW_POP, TW_MTE2, {a}), through(TW_RELEASE, TW_MTE2, {}),
                       load(global(TW_F32, x, 2, 1), b), barrier(), move(a, l), move(b, r),
                       barrier(), mmad(l, r, c), barrier(), fixpipe(c, global(TW_F32, y, 2, 1))});
  ExactResult result = kernel.run();
  ASSERT_FALSE(result.isError()) << result.message();
  EXPECT_EQ((Mask{yDefined[0], yDefined[4]}), (Mask{1, 0}));
}

TEST(Undefined, global_memory_outside_the_ranges_is_an_error) {
  std::vector<float> x(4), y(4);
  tw_region buffer = region(TW_UB, TW_F32, 0, {1, 4});
  Kernel kernel;
  kernel.mayTouch(x);
  kernel.add(TW_VECTOR_0, {load(global(TW_F32, x, 1, 4), buffer)});
  EXPECT_FALSE(kernel.run().isError());
  kernel.units[TW_VECTOR_0][0] = load(global(TW_F32, y, 1, 4), buffer);
  EXPECT_EQ(kernel.run().error.substr(0, 71),
            "expects an access to global memory within one array of the run, but got");
}

} // namespace tilework::runtime::exact
