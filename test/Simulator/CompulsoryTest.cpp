//===- CompulsoryTest.cpp - the bytes that no schedule can avoid
//--------------------------------===//

#include "Compulsory.h"
#include "Recordings.h"

#include <gtest/gtest.h>

using namespace tilework::simulator;

TEST(Compulsory, CountsEachByteOnce) {
  Recorder it;
  int64_t a = it.memory("a", 65536), b = it.memory("b", 4096);
  it.kernel(false, 1);
  for (int64_t column : {0, 256, 256}) { // half of each row of 512 bytes; the last one again
    it.task();
    it.load(TW_VECTOR_0, a + column, 16, 256, 512);
  }
  it.task();
  it.store(b + 1024, 1, 1024);
  it.load(TW_VECTOR_0, b, 1, 2048); // its second half has been written
  std::vector<CompulsoryBytes> bytes = compulsoryBytes(it.recording);
  EXPECT_EQ(bytes[0].read, 16 * 512);
  EXPECT_EQ(bytes[0].written, 0);
  EXPECT_EQ(bytes[1].read, 1024);
  EXPECT_EQ(bytes[1].written, 1024);
}

TEST(Compulsory, LeavesOutWhatTheProgramAllocates) {
  Recorder it;
  int64_t a = it.memory("a", 4096);
  it.recording.memories.back().tasksBefore = 0;
  it.kernel(false, 1);
  it.task();
  it.store(a, 1, 4096);
  EXPECT_EQ(compulsoryBytes(it.recording)[0].written, 0);
}
