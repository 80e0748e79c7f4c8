//===- VerifyPlacement.cpp - believes no placement ----------------------------------*- C++ -*-===//

#include "VerifyPlacement.h"

#include <algorithm>
#include <map>
#include <set>

using namespace tilework::placement;

namespace {

class Verifier {
public:
  Verifier(const Problem &problem, const Placement &placement)
      : problem(problem), placement(placement), buffers(problem.buffers),
        addresses(placement.addresses) {}

  std::vector<Violation> run() {
    if (addresses.size() != buffers.size()) {
      report(Violation::WrongCount, -1, -1,
             "expects " + std::to_string(buffers.size()) + " addresses, but got " +
                 std::to_string(addresses.size()));
      return found;
    }
    checkEach();
    checkTogether();
    for (BufferPair pair : problem.neverShare)
      if (overlaps(pair.first, pair.second))
        reportOverlap(pair.first, pair.second, "must never share bytes");
    walk();
    return found;
  }

private:
  int64_t endOf(int32_t i) const { return addresses[i] + buffers[i].sizeBytes; }

  bool overlaps(int32_t a, int32_t b) const {
    return addresses[a] < endOf(b) && addresses[b] < endOf(a);
  }

  std::string spell(int32_t i) const {
    return "'" + buffers[i].name + "' [" + std::to_string(addresses[i]) + ", " +
           std::to_string(endOf(i)) + ")";
  }

  void report(Violation::Kind kind, int32_t first, int32_t second, std::string message) {
    found.push_back({kind, first, second, std::move(message)});
  }

  void reportOverlap(int32_t a, int32_t b, const std::string &why) {
    if (!blamed.insert({std::min(a, b), std::max(a, b)}).second)
      return;
    report(Violation::Overlap, a, b,
           "buffers " + spell(a) + " and " + spell(b) + " overlap, but " + why);
  }

  void checkEach() {
    int64_t peak = 0;
    for (int32_t i = 0; i < int32_t(buffers.size()); ++i) {
      const Buffer &buffer = buffers[i];
      peak = std::max(peak, endOf(i));
      if (addresses[i] % buffer.alignmentBytes != 0)
        report(Violation::Misaligned, i, -1,
               "buffer " + spell(i) + " expects an address aligned to " +
                   std::to_string(buffer.alignmentBytes));
      if (addresses[i] < 0 || endOf(i) > problem.capacityBytes)
        report(Violation::OutOfCapacity, i, -1,
               "buffer " + spell(i) + " expects to lie in [0, " +
                   std::to_string(problem.capacityBytes) + ")");
      if (buffer.fixedAddress && *buffer.fixedAddress != addresses[i])
        report(Violation::NotAtFixed, i, -1,
               "buffer " + spell(i) + " expects address " + std::to_string(*buffer.fixedAddress));
    }
    if (placement.peakBytes != peak)
      report(Violation::WrongPeak, -1, -1,
             "expects a peak of " + std::to_string(peak) + " bytes, but got " +
                 std::to_string(placement.peakBytes));
  }

  /// Pairs are checked as given; labels then say who is allied with whom over chains of pairs.
  void checkTogether() {
    label.resize(buffers.size());
    for (size_t i = 0; i < label.size(); ++i)
      label[i] = i;
    for (auto [a, b] : problem.sameAddress) {
      if (addresses[a] != addresses[b])
        report(Violation::NotTogether, a, b,
               "buffers " + spell(a) + " and " + spell(b) + " expect one address");
      std::replace(label.begin(), label.end(), int32_t(label[b]), int32_t(label[a]));
    }
  }

  /// From one begin or end of an interval to the next, the same buffers live.
  void walk() {
    std::map<int64_t, std::vector<std::pair<int32_t, int>>> events;
    for (int32_t i = 0; i < int32_t(buffers.size()); ++i)
      for (Interval it : buffers[i].live) {
        events[it.begin].push_back({i, 1});
        events[it.end].push_back({i, -1});
      }
    std::vector<int> open(buffers.size()); // how many of its intervals
    std::set<std::pair<int64_t, int32_t>> live;
    for (auto event = events.begin(); event != events.end(); ++event) {
      for (auto [i, change] : event->second) {
        open[i] += change;
        if (open[i] > 0)
          live.insert({addresses[i], i});
        else
          live.erase({addresses[i], i});
      }
      if (auto next = std::next(event); next != events.end())
        checkLive(live, event->first, next->first);
    }
  }

  void checkLive(const std::set<std::pair<int64_t, int32_t>> &live, int64_t begin, int64_t end) {
    std::set<std::pair<int32_t, int32_t>> takeovers;
    for (auto low = live.begin(); low != live.end(); ++low)
      for (auto high = std::next(low); high != live.end() && high->first < endOf(low->second);
           ++high) {
        int32_t a = low->second, b = high->second;
        bool allied = label[a] == label[b] && addresses[a] == addresses[b];
        if (allied)
          takeovers.insert({a, b});
        bool takesOver =
            allied && end - begin == 1 && !(lastEnd == begin && lastTakeovers.count({a, b}));
        if (!takesOver)
          reportOverlap(a, b, "both live at " + std::to_string(begin));
      }
    lastTakeovers = std::move(takeovers);
    lastEnd = end;
  }

  const Problem &problem;
  const Placement &placement;
  const std::vector<Buffer> &buffers;
  const std::vector<int64_t> &addresses;
  std::vector<int32_t> label;
  std::set<std::pair<int32_t, int32_t>> blamed;
  std::set<std::pair<int32_t, int32_t>> lastTakeovers; ///< pairs live in the stretch before
  int64_t lastEnd = 0;
  std::vector<Violation> found;
};

} // namespace

std::vector<Violation> tilework::placement::verifyPlacement(const Problem &problem,
                                                            const Placement &placement) {
  return Verifier(problem, placement).run();
}
