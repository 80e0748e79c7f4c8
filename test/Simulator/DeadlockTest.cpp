//===- DeadlockTest.cpp - replays that cannot go on say why
//---------------------------------------===//

#include "Recordings.h"

#include <gtest/gtest.h>

using namespace tilework::simulator;

static std::string failureOf(const Recorder &recorder,
                             const Description &description = plainMachine()) {
  try {
    recorder.simulate(description);
  } catch (const DeadlockError &error) {
    return error.what();
  }
  return "none";
}

TEST(Deadlock, NamesAFlagThatNobodySets) {
  Recorder it;
  it.kernel(false, 1);
  it.task();
  it.wait(TW_VECTOR_0, TW_MTE2, TW_V, 3);
  it.compute(TW_VECTOR_0, 256);
  EXPECT_EQ(failureOf(it), "the replay cannot go on: 1 tasks have not been completed\n"
                           "  task 0 'kernel', vector 0, pipe v, waits at test.py:1:1 for flag "
                           "mte2 -> v event 3");
}

TEST(Deadlock, NamesBothSidesOfAChannel) {
  Recorder it;
  tw_channel channel = {16, 32, TW_F32, 1, 0, 0, 0, 2048};
  it.kernel(true, 1, {channel});
  it.task();
  it.channel(TW_CUBE, TW_PUSH, 0, 16, 32);
  it.channel(TW_CUBE, TW_PUSH, 0, 16, 32);
  it.channel(TW_VECTOR_0, TW_POP, 0, 16, 32); // never releases
  it.channel(TW_VECTOR_0, TW_POP, 0, 16, 32);
  std::string text = failureOf(it);
  EXPECT_NE(text.find("cube, pipe fixp, waits at test.py:1:1 for a free slot of channel 0"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("vector 0, pipe mte2, waits at test.py:1:1 for a full slot of channel 0"),
            std::string::npos)
      << text;
}

TEST(Deadlock, NamesWhatTheOrchestratorWaitsFor) {
  // Task 0 never ends, and the window has room for one.
  Recorder it;
  it.kernel(false, 1);
  it.task();
  it.wait(TW_VECTOR_0, TW_MTE2, TW_V, 3);
  it.task();
  it.compute(TW_VECTOR_0, 256);
  std::string text = failureOf(it, with({{"rings.window", 1}}));
  EXPECT_NE(text.find("the orchestrator, before task 1, waits for a place in the window of tasks "
                      "('rings.window')"),
            std::string::npos)
      << text;
}
