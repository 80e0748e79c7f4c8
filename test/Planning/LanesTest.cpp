//===- LanesTest.cpp - which part of each tile is whose --------------------------------===//

#include "lib/Planning/Lanes/Lanes.h"

#include <gtest/gtest.h>

#include <random>

using namespace tilework::lanes;

static int64_t countNone(const Plan &) {
  return 0;
}

static Operand read(int64_t tile, std::vector<int64_t> dims) {
  return {tile, {}, std::move(dims)};
}

static Operand write(int64_t tile, std::vector<int64_t> dims) {
  return {tile, {}, std::move(dims), /*isWritten=*/true};
}

static View reshaped(std::vector<int64_t> from, std::vector<int64_t> to) {
  return {View::Kind::reshape, std::move(from), std::move(to), {}, {}, {}};
}

static View part(std::vector<int64_t> from, std::vector<View::Offset> offsets,
                 std::vector<int64_t> sizes) {
  std::vector<int64_t> dims(sizes.size());
  for (size_t dim = 0; dim < dims.size(); ++dim)
    dims[dim] = dim;
  std::vector<int64_t> strides(from.size(), 4); // bytes of f32, row-major
  for (size_t dim = from.size() - 1; dim > 0; --dim)
    strides[dim - 1] = strides[dim] * from[dim];
  return {View::Kind::part, std::move(from), std::move(sizes), dims, std::move(offsets), strides};
}

TEST(LaneLayouts, PartsShareWhatTheyShow) {
  View lower = part({16, 8}, {{6}, {0}}, {6, 8});
  EXPECT_EQ(seeThrough(lower, Layout{0, 8}), (Layout{0, 2}));
  EXPECT_EQ(seeThrough(lower, Layout{0, 4}), (Layout{0, 0}));  // all of it is of lane 1
  EXPECT_EQ(seeThrough(lower, Layout{0, 15}), (Layout{0, 6})); // and of lane 0
  EXPECT_EQ(seeThrough(lower, Layout{1, 3}), (Layout{1, 3}));
  EXPECT_EQ(seeBack(lower, Layout{0, 2}), (Layout{0, 8}));
  View moving = part({16, 8}, {{0, /*origin=*/3}, {0}}, {1, 8});
  EXPECT_EQ(seeThrough(moving, Layout{0, 8}), (Layout{0, 8, 3}));
  EXPECT_EQ(seeBack(moving, Layout{0, 8, 3}), (Layout{0, 8}));
  EXPECT_EQ(seeBack(moving, Layout{0, 8, 2}), std::nullopt);
  View strided = part({16, 8}, {{0, 0, /*isStrided=*/true}, {0}}, {8, 8});
  EXPECT_EQ(seeThrough(strided, Layout{0, 8}), std::nullopt);
}

TEST(LaneLayouts, ReshapesKeepABoundaryBetweenRows) {
  EXPECT_EQ(seeThrough(reshaped({1, 640}, {5, 128}), Layout{1, 384}), (Layout{0, 3}));
  EXPECT_EQ(seeThrough(reshaped({1, 640}, {5, 128}), Layout{1, 320}), std::nullopt);
  EXPECT_EQ(seeBack(reshaped({5, 128}, {1, 640}), Layout{1, 384}), (Layout{0, 3}));
  EXPECT_EQ(seeThrough(reshaped({4, 16, 8}, {4, 128}), Layout{1, 8}), (Layout{1, 64}));
  EXPECT_EQ(seeThrough(reshaped({4, 16, 8}, {64, 8}), Layout{1, 8}), std::nullopt);
}

/// Each element of a reshaped tile is on the same lane before and after.
TEST(LaneLayouts, ReshapesKeepEveryElementOnItsLane) {
  auto laneOf = [](const std::vector<int64_t> &shape, Layout layout, int64_t element) {
    int64_t inner = 1;
    for (size_t dim = layout.dim + 1; dim < shape.size(); ++dim)
      inner *= shape[dim];
    return element / inner % shape[layout.dim] >= layout.point;
  };
  std::vector<std::vector<int64_t>> shapes = {{24},   {1, 24},   {24, 1},   {2, 12},   {12, 2},
                                              {4, 6}, {2, 3, 4}, {3, 2, 4}, {1, 4, 6}, {2, 1, 12}};
  for (const auto &from : shapes)
    for (const auto &to : shapes)
      for (size_t dim = 0; dim < from.size(); ++dim)
        for (int64_t point = 1; point < from[dim]; ++point) {
          Layout layout{static_cast<int64_t>(dim), point};
          std::optional<Layout> seen = seeThrough(reshaped(from, to), layout);
          for (int64_t element = 0; seen && element < 24; ++element)
            EXPECT_EQ(laneOf(from, layout, element), laneOf(to, *seen, element));
        }
}

TEST(LaneLayouts, PartsBeginAtBlocks) {
  View rows = part({16, 8}, {{4}, {0}}, {6, 8}), columns = part({16, 8}, {{0}, {4}}, {16, 4});
  EXPECT_TRUE(keepsAlignment(rows, Layout{0, 8}, 8, 16, 32));
  EXPECT_TRUE(keepsAlignment(columns, Layout{0, 8}, 8, 16, 32));
  EXPECT_FALSE(keepsAlignment(columns, Layout{1, 2}, 6, 8, 32)); // lane 1 begins at column 2
  EXPECT_TRUE(keepsAlignment(rows, Layout{1, 4}, 4, 8, 32));     // row 4 begins at byte 64
  View row = part({16, 8}, {{1}, {0}}, {1, 8});
  EXPECT_FALSE(keepsAlignment(row, Layout{1, 4}, 4, 8, 32)); // at byte 16
}

TEST(Lanes, NoLaneReadsFromTheMiddleOfABlock) {
  // Three rows of one element are 12 bytes: lane 1 cannot begin there.
  Operand column = read(0, {0, 1});
  column.strides = {4, 4};
  Problem problem{{{{5, 1}, {{}}}, {{5, 1}}}, {{{5, 1}, {column, write(1, {0, 1})}, 5}}, {}, 32};
  EXPECT_TRUE(plan(problem, countNone).tiles[1].isWhole());
  problem.alignmentBytes = 4;
  EXPECT_FALSE(plan(problem, countNone).tiles[1].isWhole());
}

TEST(Lanes, HalvesRowsOfElementwiseWork) {
  Problem problem{{{{16, 64}}, {{1, 64}}, {{16, 64}}},
                  {{{16, 64}, {write(0, {0, 1})}, 4096},
                   {{16, 64}, {read(0, {0, 1}), read(1, {-1, 1}), write(2, {0, 1})}, 4096},
                   {{16, 64}, {read(2, {0, 1})}, 4096}},
                  {}};
  Plan it = plan(problem, countNone);
  EXPECT_EQ(verify(problem, it), "");
  EXPECT_EQ(it.tiles, (std::vector<Layout>{{0, 8}, {}, {0, 8}}));
  EXPECT_EQ(it.getBusier(), getWorkOfOne(problem) / 2);
}

TEST(Lanes, HalvesColumnsWhereRowsAreReduced) {
  Problem problem{{{{16, 64}}, {{1, 64}}},
                  {{{16, 64}, {write(0, {0, 1})}, 4096},
                   {{16, 64}, {read(0, {0, 1}), write(1, {-1, 1})}, 4096}},
                  {}};
  Plan it = plan(problem, countNone);
  EXPECT_EQ(it.tiles, (std::vector<Layout>{{1, 32}, {1, 32}}));
  problem.dim = 0; // the author wants rows, and rows are summed over
  it = plan(problem, countNone);
  EXPECT_TRUE(it.tiles[0].isWhole());
}

TEST(Lanes, ATransposedTileIsHalvedTheOtherWay) {
  Problem problem{{{{16, 64}}, {{64, 16}}, {{64, 1}}},
                  {{{64, 16}, {read(0, {1, 0}), write(1, {0, 1})}, 4096},
                   {{64, 16}, {read(1, {0, 1}), write(2, {0, -1})}, 4096}},
                  {}};
  Plan it = plan(problem, countNone);
  EXPECT_EQ(it.tiles, (std::vector<Layout>{{1, 32}, {0, 32}, {0, 32}}));
}

TEST(Lanes, OddRowsDecideAboutTheirReshapes) {
  Operand flat{1, {reshaped({1, 640}, {5, 128})}, {0, 1}};
  flat.isWritten = true;
  Problem problem{{{{5, 128}, {{}, {0, 3}}}, {{1, 640}}},
                  {{{5, 128}, {read(0, {0, 1}), flat}, 2560}, {{1, 640}, {read(1, {0, 1})}, 2560}},
                  {}};
  Plan it = plan(problem, countNone);
  EXPECT_EQ(it.tiles, (std::vector<Layout>{{0, 3}, {1, 384}}));
  EXPECT_DOUBLE_EQ(it.getBusier(), 0.6 * getWorkOfOne(problem));
}

TEST(Lanes, EachLanePutsOutAPartOfWhatBothHave) {
  // Of the whole tile 1, which a sum over both dimensions needs.
  Problem problem{{{{16, 64}}, {{16, 1}}, {{1, 1}}},
                  {{{16, 64}, {read(0, {0, 1}), write(1, {0, -1})}, 4096},
                   {{16, 1}, {read(1, {0, 1}), write(2, {-1, 1})}, 64},
                   {{16, 64}, {read(0, {0, 1})}, 4096}},
                  {}};
  Plan it = plan(problem, countNone);
  EXPECT_EQ(verify(problem, it), "");
  EXPECT_TRUE(it.tiles[1].isWhole());
  EXPECT_EQ(it.steps[2], (Layout{0, 8}));
}

TEST(Lanes, KeepsAwayFromConflicts) {
  Problem problem{{{{16, 64}}, {{8, 64}}},
                  {{{16, 64}, {write(0, {0, 1})}, 4096},
                   {{16, 64}, {read(0, {0, 1})}, 4096},
                   {{8, 64}, {write(1, {0, 1})}, 2048},
                   {{8, 64}, {read(1, {0, 1})}, 2048}},
                  {}};
  auto count = [](const Plan &it) {
    return it.steps[1].isWhole() && it.steps[3].isWhole()
               ? 0
               : int64_t(it.steps[1].dim != 1 || it.steps[3].dim != 1);
  };
  Plan it = plan(problem, count);
  EXPECT_EQ(it.numConflicts, 0);
  EXPECT_EQ(it.tiles, (std::vector<Layout>{{1, 32}, {1, 32}}));
}

TEST(Lanes, VerifySeesAReductionAcross) {
  Problem problem{
      {{{16, 64}}, {{16, 1}}}, {{{16, 64}, {read(0, {0, 1}), write(1, {0, -1})}, 4096}}, {}};
  Plan it = plan(problem, countNone);
  EXPECT_EQ(verify(problem, it), "");
  it.tiles[0] = {1, 32};
  EXPECT_NE(verify(problem, it), "");
  it = plan(problem, countNone);
  it.tiles[1] = {};
  EXPECT_NE(verify(problem, it), "");
  it = plan(problem, countNone);
  it.tiles[0] = {0, 7};
  EXPECT_NE(verify(problem, it), "");
}

/// Random programs: the plan is right, and no lane has more than all the work.
TEST(Lanes, PlansOfRandomProgramsAreRight) {
  std::mt19937 random(0);
  auto below = [&](int64_t end) { return static_cast<int64_t>(random() % end); };
  for (int round = 0; round < 300; ++round) {
    Problem problem;
    const int64_t sizes[] = {1, 2, 5, 12};
    problem.tiles.push_back({{sizes[below(4)], sizes[below(4)]}});
    for (int step = 0; step < 12; ++step) {
      int64_t from = below(problem.tiles.size()), to = problem.tiles.size();
      std::vector<int64_t> shape = problem.tiles[from].shape;
      double work = static_cast<double>(shape[0] * shape[1]);
      switch (below(5)) {
      case 0: // one dimension summed over
        problem.steps.push_back({shape, {read(from, {0, 1}), write(to, {0, -1})}, work});
        shape[1] = 1;
        break;
      case 1:
        problem.steps.push_back(
            {{shape[1], shape[0]}, {read(from, {1, 0}), write(to, {0, 1})}, work});
        std::swap(shape[0], shape[1]);
        break;
      case 2: {
        Operand flat{from, {reshaped(shape, {1, shape[0] * shape[1]})}, {0, 1}};
        shape = {1, shape[0] * shape[1]};
        problem.steps.push_back({shape, {flat, write(to, {0, 1})}, work});
        break;
      }
      case 3: // put out
        problem.steps.push_back({shape, {read(from, {0, 1})}, work});
        continue;
      default:
        problem.steps.push_back({shape, {read(from, {0, 1}), write(to, {0, 1})}, work});
      }
      problem.tiles.push_back({shape});
    }
    Plan it = plan(problem, countNone);
    EXPECT_EQ(verify(problem, it), "") << "round " << round;
    EXPECT_LE(it.getBusier(), getWorkOfOne(problem) * (1 + 1e-9));
  }
}
