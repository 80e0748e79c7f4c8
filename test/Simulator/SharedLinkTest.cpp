//===- SharedLinkTest.cpp - fair shares
//----------------------------------------------------------===//

#include "SharedLink.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

using namespace tilework::simulator;

static Rate bytesPerTick(double bytes) {
  return static_cast<Rate>(bytes * (Rate(1) << rateBits));
}

TEST(SharedLink, FillsSlowFlowsUpFirst) {
  SharedLink link(bytesPerTick(10));
  int32_t slow = link.addClass(bytesPerTick(2)), fast = link.addClass(bytesPerTick(100));
  link.start(slow, 200, 1, 0);
  link.start(fast, 400, 2, 0); // 8 of the 10
  link.start(fast, 400, 3, 0); // 4 each
  std::vector<int32_t> finished;
  EXPECT_EQ(link.nextFinish(), 100);
  link.finish(100, finished);
  EXPECT_EQ(finished, (std::vector<int32_t>{1, 2, 3}));
  EXPECT_EQ(link.nextFinish(), never);
}

TEST(SharedLink, WhoComesLaterTakesAShareFromThenOn) {
  SharedLink link(bytesPerTick(10));
  int32_t fast = link.addClass(bytesPerTick(10));
  link.start(fast, 1000, 1, 0);
  link.start(fast, 100, 2, 50); // 500 left; 5 each
  std::vector<int32_t> finished;
  EXPECT_EQ(link.nextFinish(), 70);
  link.finish(70, finished);
  EXPECT_EQ(link.nextFinish(), 110);
  link.finish(110, finished);
  EXPECT_EQ(finished, (std::vector<int32_t>{2, 1}));
}

/// The same in floating point, flow by flow, at every change.
namespace {
class Model {
public:
  explicit Model(double capacity) : capacity(capacity) {}
  struct Flow {
    double most, left;
  };
  std::map<int32_t, Flow> flows;
  double now = 0;

  std::map<int32_t, double> shares() const {
    std::map<int32_t, double> share;
    double left = capacity;
    std::map<int32_t, Flow> open(flows);
    while (!open.empty()) {
      auto slowest = std::min_element(open.begin(), open.end(), [](const auto &a, const auto &b) {
        return a.second.most < b.second.most;
      });
      double even = left / open.size();
      double given = std::min(even, slowest->second.most);
      share[slowest->first] = given;
      left -= given;
      open.erase(slowest);
    }
    return share;
  }
  double nextFinish() const {
    double next = 1e300;
    for (auto [flow, share] : shares())
      next = std::min(next, now + flows.at(flow).left / share);
    return next;
  }
  void advance(double time) {
    for (auto [flow, share] : shares())
      flows[flow].left -= share * (time - now);
    now = time;
  }

private:
  double capacity;
};
} // namespace

TEST(SharedLink, AgreesWithAModelFlowByFlow) {
  for (unsigned seed = 0; seed < 50; ++seed) {
    std::mt19937 random(seed);
    auto below = [&](int n) { return static_cast<int>(random() % n); };
    SharedLink link(bytesPerTick(16));
    Model model(16);
    std::vector<double> rates = {0.5, 1, 3, 16};
    for (double rate : rates)
      link.addClass(bytesPerTick(rate));
    Time now = 0;
    int32_t next = 0;
    std::vector<int32_t> finished;
    while (next < 200 || !model.flows.empty()) {
      Time start = next < 200 ? now + below(2000) : never;
      if (start < link.nextFinish()) {
        now = start;
        model.advance(now);
        int kind = below(4);
        int64_t bytes = 1 + below(10000);
        link.start(kind, bytes, next, now);
        model.flows[next++] = {rates[kind], static_cast<double>(bytes)};
        continue;
      }
      ASSERT_NEAR(link.nextFinish(), model.nextFinish(), 2 + 1e-4 * now);
      now = link.nextFinish();
      model.advance(now);
      finished.clear();
      link.finish(now, finished);
      ASSERT_FALSE(finished.empty());
      for (int32_t flow : finished) {
        ASSERT_NEAR(model.flows.at(flow).left, 0, 20); // one tick at most
        model.flows.erase(flow);
      }
    }
  }
}
