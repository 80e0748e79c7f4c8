//===- Instances.cpp - random placement problems ------------------------------------*- C++ -*-===//

#include "Instances.h"
#include "lib/Planning/Placement/Model.h"
#include "lib/Planning/Placement/Random.h"

#include <algorithm>

using namespace tilework::placement;

namespace {

constexpr int64_t CapacityGranules = 192 * 1024 / GranuleBytes;

struct Rectangle {
  int64_t begin, end;  ///< time
  int64_t bottom, top; ///< granules
};

void add(Problem &problem, Interval live, int64_t granules) {
  Buffer buffer;
  buffer.name = "b" + std::to_string(problem.buffers.size());
  buffer.sizeBytes = granules * GranuleBytes;
  buffer.alignmentBytes = GranuleBytes;
  buffer.live = {live};
  problem.buffers.push_back(std::move(buffer));
}

/// Cuts one of the larger rectangles in two, across time or across addresses.
void cutOne(std::vector<Rectangle> &rectangles, Random &random) {
  auto area = [](const Rectangle &it) { return (it.end - it.begin) * (it.top - it.bottom); };
  size_t chosen = random.below(rectangles.size());
  for (int i = 0; i < 2; ++i)
    if (size_t other = random.below(rectangles.size());
        area(rectangles[other]) > area(rectangles[chosen]))
      chosen = other;
  Rectangle &low = rectangles[chosen], high = low;
  int64_t length = low.end - low.begin, height = low.top - low.bottom;
  bool acrossTime = length > 1 && (height == 1 || random.oneIn(2));
  if (acrossTime)
    low.end = high.begin = low.begin + random.between(1, length - 1);
  else if (height > 1)
    low.top = high.bottom = low.bottom + random.between(1, height - 1);
  else
    return;
  rectangles.push_back(high);
}

void cut(Problem &problem, int32_t buffers, int64_t height, Random &random) {
  std::vector<Rectangle> rectangles{{0, 2 * buffers, 0, height}};
  while (int32_t(rectangles.size()) < buffers)
    cutOne(rectangles, random);
  for (size_t i = rectangles.size(); i > 1; --i) // the order must not give the packing away
    std::swap(rectangles[i - 1], rectangles[random.below(i)]);
  std::stable_sort(rectangles.begin(), rectangles.end(),
                   [](const Rectangle &a, const Rectangle &b) { return a.begin < b.begin; });
  for (const Rectangle &it : rectangles)
    add(problem, {it.begin, it.end}, it.top - it.bottom);
}

void loosen(Problem &problem, Random &random) {
  std::vector<Buffer> kept;
  for (Buffer &buffer : problem.buffers) {
    int64_t granules = buffer.sizeBytes / GranuleBytes;
    Interval &live = buffer.live.front();
    if (random.oneIn(20))
      continue;
    if (random.oneIn(4))
      buffer.sizeBytes = GranuleBytes * random.between((granules + 1) / 2, granules);
    if (random.oneIn(4))
      live.end = random.between((live.begin + live.end + 1) / 2, live.end);
    kept.push_back(std::move(buffer));
  }
  problem.buffers = std::move(kept);
}

void drawAtRandom(Problem &problem, int32_t buffers, Random &random) {
  int64_t horizon = 2 * buffers;
  for (int32_t i = 0; i < buffers; ++i) {
    int64_t begin = random.below(horizon);
    int64_t longest = random.oneIn(8) ? horizon / 2 : random.oneIn(3) ? horizon / 8 : 12;
    int64_t tile = int64_t(1) << random.between(0, 6);
    int64_t granules = random.oneIn(4) ? random.between(1, 64) : tile * random.between(1, 3);
    add(problem, {begin, std::min(horizon, begin + random.between(1, longest))}, granules);
  }
  std::stable_sort(
      problem.buffers.begin(), problem.buffers.end(),
      [](const Buffer &a, const Buffer &b) { return a.live.front().begin < b.live.front().begin; });
}

/// One loop after another; each iteration loads tiles ahead, computes in place, stores.
void drawLoops(Problem &problem, int32_t buffers, Random &random) {
  int64_t now = 0;
  auto tile = [&] { return random.between(1, 4) << random.between(1, 5); };
  while (int32_t(problem.buffers.size()) < buffers) {
    int64_t trips = random.between(2, 6), loads = random.between(1, 3);
    int64_t chain = random.between(1, 5), ahead = random.between(0, 2);
    int64_t period = loads + chain + 2, end = now + (trips + 1) * period;
    for (int64_t i = random.below(3); i >= 0; --i) // accumulators and constants
      add(problem, {now, end + random.below(4 * period)}, tile());
    std::vector<int64_t> sizes;
    for (int64_t i = 0; i < loads + chain; ++i)
      sizes.push_back(tile());
    int32_t idle = problem.buffers.size() - 1; // needed before the loop and after it
    problem.buffers[idle].live = {{now, now + 2}, {end - 2, end}};
    for (int64_t trip = 0; trip < trips; ++trip) {
      int64_t start = now + (trip + 1) * period;
      for (int64_t i = 0; i < loads; ++i)
        add(problem, {std::max(now, start - ahead * period + i), start + loads + i}, sizes[i]);
      for (int64_t i = 0; i < chain; ++i) {
        int64_t at = start + loads + i;
        add(problem, {at, at + random.between(2, 3)}, sizes[loads + i]);
        int32_t last = problem.buffers.size() - 1;
        if (i > 0 && random.oneIn(3)) {
          problem.buffers[last - 1].live.back().end = at + 1;
          problem.sameAddress.push_back({last, last - 1});
        } else if (random.oneIn(16)) {
          problem.neverShare.push_back({last, idle});
        }
      }
    }
    now += random.oneIn(2) ? trips * period / 2 : (trips + 1) * period;
  }
}

} // namespace

Problem tilework::placement::makeInstance(Family family, int32_t buffers, int32_t percent,
                                          uint64_t seed) {
  Random random(seed);
  Problem problem;
  problem.capacityBytes = CapacityGranules * GranuleBytes;
  if (family == Family::Cut || family == Family::Loose)
    cut(problem, buffers, CapacityGranules * percent / 100, random);
  if (family == Family::Loose)
    loosen(problem, random);
  if (family == Family::Random)
    drawAtRandom(problem, buffers, random);
  if (family == Family::Kernel)
    drawLoops(problem, buffers, random);
  if (family == Family::Random || family == Family::Kernel)
    problem.capacityBytes = makeModel(problem).lowerBound * 100 / percent;
  return problem;
}
