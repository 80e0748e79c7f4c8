//===- Validate.cpp - problems that contradict themselves ---------------------------*- C++ -*-===//

#include "Model.h"

#include <algorithm>

using namespace tilework::placement;

namespace {

constexpr int64_t MostBytes = int64_t(1) << 61; // sums of all sizes stay far from overflow

using Intervals = std::vector<Interval>;

std::string nameOf(const Problem &problem, int32_t buffer) {
  return "'" + problem.buffers[buffer].name + "'";
}

std::string spell(const Buffer &buffer, const std::string &expected, int64_t got) {
  return "buffer '" + buffer.name + "' expects " + expected + ", but got " + std::to_string(got);
}

std::string findIn(const Buffer &buffer) {
  int64_t alignment = buffer.alignmentBytes;
  if (buffer.sizeBytes <= 0)
    return spell(buffer, "a positive size in bytes", buffer.sizeBytes);
  if (alignment <= 0 || (alignment & (alignment - 1)) || alignment > MostBytes)
    return spell(buffer, "an alignment that is a power of two", alignment);
  if (buffer.fixedAddress && (*buffer.fixedAddress < 0 || *buffer.fixedAddress > MostBytes))
    return spell(buffer, "a fixed address of 0 or more", *buffer.fixedAddress);
  if (buffer.fixedAddress && *buffer.fixedAddress % alignment)
    return spell(buffer, "a fixed address aligned to " + std::to_string(alignment),
                 *buffer.fixedAddress);
  if (buffer.live.empty())
    return "buffer '" + buffer.name + "' expects a live interval, but got none";
  for (Interval it : buffer.live)
    if (it.begin >= it.end)
      return spell(buffer, "a live interval from " + std::to_string(it.begin) + " to end after it",
                   it.end);
  return "";
}

std::string findInBuffers(const Problem &problem) {
  int64_t sum = 0;
  for (const Buffer &buffer : problem.buffers) {
    if (std::string wrong = findIn(buffer); !wrong.empty())
      return wrong;
    if (buffer.sizeBytes + buffer.alignmentBytes > MostBytes - sum)
      return spell(buffer, "all sizes to add up to less than 2^61 bytes", buffer.sizeBytes);
    sum += buffer.sizeBytes + buffer.alignmentBytes;
  }
  return "";
}

std::string findInPairs(const Problem &problem, const std::vector<BufferPair> &pairs,
                        const char *what) {
  int64_t count = problem.buffers.size();
  for (auto [a, b] : pairs) {
    if (a == b || std::min(a, b) < 0 || std::max(a, b) >= count)
      return std::string("a pair of buffers that ") + what + " expects two indices below " +
             std::to_string(count) + ", but got " + std::to_string(a) + " and " + std::to_string(b);
  }
  return "";
}

/// Ascending, with gaps between.
Intervals normalized(Intervals live) {
  std::sort(live.begin(), live.end(), [](Interval a, Interval b) { return a.begin < b.begin; });
  Intervals merged;
  for (Interval it : live) {
    if (!merged.empty() && it.begin <= merged.back().end)
      merged.back().end = std::max(merged.back().end, it.end);
    else
      merged.push_back(it);
  }
  return merged;
}

/// The longest stretch of time points in both.
Interval longestCommon(const Intervals &a, const Intervals &b) {
  Interval longest{0, 0};
  for (size_t i = 0, j = 0; i < a.size() && j < b.size();) {
    Interval common{std::max(a[i].begin, b[j].begin), std::min(a[i].end, b[j].end)};
    if (common.end - common.begin > longest.end - longest.begin)
      longest = common;
    a[i].end < b[j].end ? ++i : ++j;
  }
  return longest;
}

std::string spellInterval(Interval it) {
  return "[" + std::to_string(it.begin) + ", " + std::to_string(it.end) + ")";
}

std::string findInGroup(const Problem &problem, int32_t a, int32_t b, const Intervals &liveOfA,
                        const Intervals &liveOfB) {
  std::string names = nameOf(problem, a) + " and " + nameOf(problem, b);
  const std::optional<int64_t> &fixedA = problem.buffers[a].fixedAddress;
  const std::optional<int64_t> &fixedB = problem.buffers[b].fixedAddress;
  if (fixedA && fixedB && *fixedA != *fixedB)
    return "buffers " + names + ", which share an address, expect equal fixed addresses, but got " +
           std::to_string(*fixedA) + " and " + std::to_string(*fixedB);
  Interval common = longestCommon(liveOfA, liveOfB);
  if (common.end - common.begin > 1)
    return "buffers " + names + ", which share an address, expect at most one time point in a row" +
           " at which both live, but got " + spellInterval(common);
  return "";
}

/// Members of one group, and fixed buffers among each other.
std::string findBetween(const Problem &problem, const Model &model) {
  std::vector<std::vector<int32_t>> members(model.units.size());
  std::vector<Intervals> live;
  for (int32_t b = 0; b < int32_t(problem.buffers.size()); ++b) {
    live.push_back(normalized(problem.buffers[b].live));
    std::vector<int32_t> &group = members[model.unitOf[b]];
    for (int32_t a : group)
      if (std::string wrong = findInGroup(problem, a, b, live[a], live[b]); !wrong.empty())
        return wrong;
    group.push_back(b);
  }
  for (auto [a, b] : problem.neverShare)
    if (model.unitOf[a] == model.unitOf[b])
      return "buffers " + nameOf(problem, a) + " and " + nameOf(problem, b) +
             " expect either to share an address or never to, but got both";
  for (size_t unit = 0; unit < model.units.size(); ++unit) {
    const Unit &one = model.units[unit];
    if (!one.fixed)
      continue;
    if (*one.fixed % one.alignment)
      return "buffers that share an address with " + nameOf(problem, members[unit].front()) +
             " expect a fixed address aligned to " + std::to_string(one.alignment) + ", but got " +
             std::to_string(*one.fixed);
    for (const Neighbour &it : model.neighbours[unit]) {
      const Unit &other = model.units[it.unit];
      if (!other.fixed || *one.fixed > *other.fixed || *one.fixed + it.mine <= *other.fixed)
        continue;
      return "buffers " + nameOf(problem, members[unit].front()) + " and " +
             nameOf(problem, members[it.unit].front()) +
             ", which live at once, expect fixed addresses apart, but got " +
             std::to_string(*one.fixed) + " and " + std::to_string(*other.fixed);
    }
  }
  return "";
}

} // namespace

std::string tilework::placement::findContradiction(const Problem &problem) {
  if (problem.capacityBytes <= 0)
    return "a memory expects a positive capacity in bytes, but got " +
           std::to_string(problem.capacityBytes);
  std::string wrong = findInBuffers(problem);
  if (wrong.empty())
    wrong = findInPairs(problem, problem.sameAddress, "share an address");
  if (wrong.empty())
    wrong = findInPairs(problem, problem.neverShare, "never share bytes");
  return wrong;
}

std::string tilework::placement::findContradiction(const Problem &problem, const Model &model) {
  return findBetween(problem, model);
}
