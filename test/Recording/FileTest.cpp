#include "Example.h"

#include <gtest/gtest.h>
#include <random>

namespace tilework::recording {

static std::string errorOf(const std::string &bytes) {
  try {
    decode(bytes);
  } catch (const RecordingError &error) {
    return error.what();
  }
  return "";
}
static std::string errorOf(const Recording &recording) {
  return errorOf(encode(recording));
}

TEST(File, comes_back_as_it_was) {
  Recording got = decode(encode(example()));
  EXPECT_EQ(encode(got), encode(example()));
  EXPECT_EQ(got.target, "a2a3");
  EXPECT_EQ(got.entry, "example");
  EXPECT_EQ(got.memories[2].name, "sums");
  EXPECT_EQ(got.memories[2].address, 196608);
  EXPECT_EQ(got.memories[2].tasksBefore, 1);
  EXPECT_EQ(got.kernels[0].channels[0].slot_bytes, 512);
  EXPECT_EQ(got.instructions[0].regions[0].strides[0], 1 << 20);
  EXPECT_EQ(got.instructions[2].regions[1].base, 256);
  EXPECT_EQ(got.instructions[3].regions[1].rank, 0);
  EXPECT_EQ(got.streams[0].units[1], example().streams[0].units[1]);
  EXPECT_EQ(got.streams[0].numAddresses, 3);
  EXPECT_EQ(got.patterns[0].addresses[1].offset, 128);
  EXPECT_EQ(got.patterns[0].scalars[0].at.offset, 4);
  EXPECT_EQ(got.patterns[0].scalars[0].bytes, 8);
  EXPECT_EQ(got.tasks[1].bases, example().tasks[1].bases);
  EXPECT_EQ(got.tasks[1].dependences[0].reasons, ReadAfterWrite | WriteAfterRead);
  EXPECT_EQ(got.tasks[2].stream, Task::join);
  EXPECT_TRUE(got.memories[2].manualDep);
  EXPECT_EQ(got.memories[0].sizes, (std::vector<int64_t>{16, 64}));
  EXPECT_EQ(got.memories[0].type, TW_F32);
  EXPECT_TRUE(got.kernels[0].explicitOnly);
  EXPECT_EQ(got.kernels[0].trackedArguments, 3);
  EXPECT_EQ(got.noDeps[got.tasks[0].noDep], (std::vector<int32_t>{}));
  EXPECT_EQ(got.noDeps[got.tasks[1].noDep], (std::vector<int32_t>{0, 2}));
  EXPECT_EQ(got.loops[0].location, "k.py:1:5");
  EXPECT_EQ(got.loops[0].variable, "b");
  EXPECT_TRUE(got.loops[0].isParallel);
  EXPECT_EQ(got.loops[0].verdict, TW_ASSUMED);
  EXPECT_EQ(got.marks[0].lower, -4);
  EXPECT_EQ(got.marks[0].step, 2);
  EXPECT_EQ(got.marks[2].tasksBefore, 1);
  EXPECT_EQ(got.marks[3].kind, Mark::Leave);
  EXPECT_EQ(got.waits[1].writers, (std::vector<int64_t>{0, 2}));
}

TEST(File, of_nothing) {
  EXPECT_EQ(encode(decode(encode({}))), encode({}));
}

TEST(File, other_files_are_refused) {
  EXPECT_EQ(errorOf(std::string("\x7f"
                                "ELF")),
            "the part 'mark' of a recording expects the mark of a "
            "recording at byte 0, but got something else");
  EXPECT_EQ(errorOf(std::string("TILEREC\n\x04")),
            "expects a recording of version 3, but got version 4; record it again");
  EXPECT_EQ(errorOf(encode(example()) + "x"),
            "the part 'end' of a recording expects the end of the file at byte " +
                std::to_string(encode(example()).size()) + ", but got more bytes");
}

/// Every index is checked where it stands.
TEST(File, wrong_indices_are_refused) {
  auto with = [](auto change) {
    Recording wrong = example();
    change(wrong);
    std::string error = errorOf(wrong);
    size_t expects = error.find("expects");
    return expects == std::string::npos ? error : error.substr(expects);
  };
  auto contains = [](const std::string &text, const std::string &part) {
    EXPECT_NE(text.find(part), std::string::npos) << text << " lacks " << part;
  };
  contains(with([](Recording &it) { it.memories[1].address += 1; }), "a multiple of 65536");
  contains(with([](Recording &it) { it.memories[1].address = 0; }), "a distance below");
  contains(with([](Recording &it) {
             it.memories[2].tasksBefore = -1;
             it.memories[1].tasksBefore = 0;
           }),
           "memories in the order of their allocation");
  contains(with([](Recording &it) { it.memories[0].sizes[1] = 65; }), "sizes of 4096 bytes");
  contains(with([](Recording &it) { it.memories[0].sizes[1] = 4097; }), "a size below 4097");
  contains(with([](Recording &it) { it.memories[0].type = TW_I8; }), "sizes of 4096 bytes");
  contains(with([](Recording &it) { it.kernels[0].lanes = 3; }), "a number of lanes below 3");
  contains(with([](Recording &it) { it.instructions[0].opcode = TW_OPCODES; }),
           "an opcode from 0 to 22");
  contains(with([](Recording &it) { it.instructions[0].location = 2; }), "a location from 0 to 1");
  contains(with([](Recording &it) { it.instructions[0].regions[0].base = 64; }), "base 0 in gm");
  contains(with([](Recording &it) { it.instructions[0].regions[1].rank = 6; }), "a rank");
  contains(with([](Recording &it) { it.instructions[0].regions[1].rank = 1; }),
           "zeros beyond its rank");
  contains(with([](Recording &it) { it.instructions[3].channel = 1; }), "a channel below 1");
  contains(with([](Recording &it) { it.streams[0].kernel = 1; }), "a kernel below 1");
  contains(with([](Recording &it) { it.streams[0].units[1][2] = 4; }), "a run of instructions");
  contains(with([](Recording &it) { it.streams[0].units[1].pop_back(); }),
           "a pattern of 2 addresses before");
  contains(with([](Recording &it) { it.patterns[0].addresses[1].base = 2; }), "a base below 2");
  contains(with([](Recording &it) { it.patterns[0].addresses[2].offset = -1; }), "an offset");
  contains(with([](Recording &it) { it.tasks[0].stream = 1; }), "a stream below 2");
  contains(with([](Recording &it) { it.tasks[0].pattern = 1; }), "twice a pattern below 2");
  contains(with([](Recording &it) { it.tasks[1].noDep = 2; }), "a set of memories below 2");
  contains(with([](Recording &it) { it.noDeps[1][1] = 3; }), "a memory below 2");
  contains(with([](Recording &it) { it.noDeps[1].clear(); }), "a memory before");
  contains(with([](Recording &it) { it.loops[0].isParallel = false; }), "a verdict below 1");
  contains(with([](Recording &it) { it.marks[0].loop = 1; }), "a loop below 1");
  contains(with([](Recording &it) { it.marks[3].tasksBefore = 4; }), "a number of tasks below 12");
  contains(with([](Recording &it) { it.marks[1].kind = Mark::Leave; }), "an iteration where");
  contains(with([](Recording &it) { it.marks[1].tasksBefore = 1; }), "an iteration where");
  contains(with([](Recording &it) { it.marks.pop_back(); }), "the end of every loop");
  contains(with([](Recording &it) { it.marks.erase(it.marks.begin()); }),
           "the beginning of a loop");
  contains(with([](Recording &it) { it.marks[2].tasksBefore = it.marks[3].tasksBefore = 0; }),
           "a loop that holds tasks");
  contains(with([](Recording &it) { it.tasks[1].bases.pop_back(); }), "2 bases");
  contains(with([](Recording &it) { it.tasks[1].bases[0] = 4096; }), "an address in a memory");
  contains(with([](Recording &it) { it.tasks[1].dependences[0].task = 1; }), "an earlier task");
  contains(with([](Recording &it) { it.tasks[1].dependences[0].reasons = 0; }), "a reason");
  contains(with([](Recording &it) { it.waits[1].tasksBefore = 4; }), "a number of tasks below 3");
  contains(with([](Recording &it) { it.waits[1].writers[1] = 3; }), "an earlier writer");
}

TEST(File, no_part_of_one_is_one) {
  std::string bytes = encode(example());
  for (size_t size = 0; size < bytes.size(); ++size)
    EXPECT_NE(errorOf(bytes.substr(0, size)), "") << size;
}

/// What is accepted in spite of some other bits is another recording, written as it stands.
TEST(File, other_bits_are_refused_or_mean_what_they_say) {
  std::string bytes = encode(example());
  auto judge = [](const std::string &changed) {
    if (errorOf(changed).empty())
      EXPECT_EQ(encode(decode(changed)), changed);
  };
  for (size_t at = 0; at < bytes.size(); ++at)
    for (int bit = 0; bit < 8; ++bit) {
      std::string changed = bytes;
      changed[at] ^= 1 << bit;
      judge(changed);
    }
  std::mt19937 random(0);
  for (int round = 0; round < 20000; ++round) {
    std::string changed = bytes;
    for (int i = random() % 4; i >= 0; --i) {
      size_t at = random() % changed.size();
      switch (random() % 3) {
      case 0:
        changed[at] = static_cast<char>(random());
        break;
      case 1:
        changed.erase(at, 1 + random() % 3);
        break;
      default:
        changed.insert(at, 1, static_cast<char>(random()));
      }
      if (changed.empty())
        break;
    }
    judge(changed);
  }
}

} // namespace tilework::recording
