#include "Example.h"
#include "RecordingText.h"

#include <gtest/gtest.h>

namespace tilework::recording {

TEST(Text, a_task_says_what_it_waits_for_and_executes) {
  EXPECT_EQ(describeTask(example(), 1), R"(task 1: 'add_one' at k.py:2:1, stream 0, pattern 0
after task 0: raw war
channel 0: 2 slots of 512 bytes at 0 of 1024

vector 0
  mte2 dma_load gm f32[8x8:1048576,1]@x+512 -> ub f32[8x8]@256  ; k.py:3:5
  mte2 set_flag mte2 -> v event 3  ; k.py:3:5
  v vector_binary add ub f32[8x8]@256, f32 -> ub f32[8x8]@256  ; k.py:4:5
  mte3 push ub f32[8x8]@256 -> channel 0  ; k.py:3:5
  mte2 dma_load gm f32[8x8:1048576,1]@y+1152 -> ub f32[8x8]@256  ; k.py:3:5
  mte2 set_flag mte2 -> v event 3  ; k.py:3:5
  mte2 dma_load gm f32[8x8:1048576,1]@x+576 -> ub f32[8x8]@256  ; k.py:3:5
)");
}

TEST(Text, of_a_join) {
  EXPECT_EQ(describeTask(example(), 2), "task 2: a join\nafter task 0: explicit\nafter task 1: "
                                        "explicit\n");
}

TEST(Text, addresses_have_the_names_of_memories) {
  EXPECT_EQ(nameAddress(example(), 65536 + 5), "y+5");
  EXPECT_EQ(nameAddress({}, 16), "0x10");
}

} // namespace tilework::recording
