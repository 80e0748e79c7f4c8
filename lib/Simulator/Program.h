//===- Program.h - what core groups execute, with what it costs ---------------------*- C++ -*-===//
//
// The streams of a recording, prepared for a machine: equal instructions are costed once, and each
// pipe has its own list. Nothing here changes during a replay.
//
//===------------------------------------------------------------------------------------------===//

#ifndef TILEWORK_SIMULATOR_PROGRAM_H
#define TILEWORK_SIMULATOR_PROGRAM_H

#include "Machine.h"
#include "Recording.h"
#include "Rows.h"
#include "SharedLink.h"

#include <array>
#include <map>
#include <vector>

namespace tilework::simulator {

constexpr int32_t eventsPerPair = 16;

enum class Code : uint8_t {
  Execute,  ///< holds the pipe
  Transfer, ///< between the core and global memory
  Push,     ///< a transfer into a slot of a channel
  Pop,      ///< a transfer out of one
  Send,     ///< fills a slot of a direct channel, in a memory of the other unit
  Receive,  ///< waits until one is full
  Release,  ///< gives a slot back
  SetFlag,
  WaitFlag,
  CrossSet,
  CrossWait,
  Drain,      ///< a barrier of one pipe
  Meet,       ///< a barrier of all pipes of the unit
  ReadScalar, ///< later instructions of all pipes are issued after it
};

enum class Access : uint8_t { Read, Write, Update };

/// A transfer between a core and global memory.
struct Movement {
  Access access = Access::Read;
  Rows rows;
  bool isRegular = true; ///< each row begins where transfers begin best, if the first does
  /// Classes of SharedLink, [0] for rows that begin where transfers begin best.
  std::array<int32_t, 2> hbmClass = {}, l2Class = {};
  std::array<Rate, 2> hbmRate = {}, l2Rate = {}; ///< alone
  Time latest = 0; ///< what it takes at least, by the unit that moves it
};

struct Op {
  Code code;
  uint8_t pipe, other; ///< tw_pipe
  uint8_t event = 0;
  int32_t channel = 0;
  int32_t movement = -1;
  int32_t instruction = 0; ///< of the recording
  Time hold = 0;           ///< of the pipe
  Time latency = 0;        ///< from then on until others see what it did
};

struct Program {
  struct Entry {
    int32_t op;
    int32_t address; ///< of the stream's gm regions, for transfers
  };
  using Pipes = std::array<std::vector<Entry>, TW_PIPES>;
  const recording::Kernel *kernel = nullptr;
  std::array<Pipes, TW_UNITS> units;
  std::array<int32_t, TW_UNITS> fences = {}; ///< Meet and ReadScalar stand in every list
  bool hasCube = false;
  int32_t lanes = 0;
  Time estimate = 0; ///< what it takes alone: its busiest pipe, if nothing waits for another
};

/// The bandwidths that all cores share.
struct Links {
  explicit Links(const Machine &machine)
      : hbm(machine.hbm), l2Read(machine.l2Read), l2Write(machine.l2Write) {}
  SharedLink hbm, l2Read, l2Write;
};

class Programs {
public:
  /// Throws recording::RecordingError where a stream has no meaning on the machine.
  Programs(const recording::Recording &recording, const Machine &machine, Links &links);

  const Program &operator[](int32_t stream) const { return programs[stream]; }
  const Op &op(int32_t number) const { return ops[number]; }
  const Movement &movement(int32_t number) const { return movements[number]; }

private:
  void prepare(const recording::Stream &stream, Program &program);
  Time estimateOf(const Op &op) const;
  int32_t opOf(int32_t kernel, int32_t instruction);
  Op makeOp(const recording::Kernel &kernel, const tw_instruction &instruction);
  int32_t addMovement(Access access, int32_t core, const tw_region &region, Time latest);
  void setRates(Movement &movement, int32_t core, Time latest);
  int32_t classOf(SharedLink &link, Rate rate);

  const recording::Recording &recording;
  const Machine &machine;
  Links &links;
  std::vector<Op> ops;
  std::vector<Time> estimates; ///< by op: how long it holds its pipe, alone
  std::vector<Movement> movements;
  std::vector<Program> programs;
  std::map<std::pair<int32_t, int32_t>, int32_t> opNumbers; ///< by kernel and instruction
  std::map<std::pair<const SharedLink *, Rate>, int32_t> classes;
};

} // namespace tilework::simulator

#endif // TILEWORK_SIMULATOR_PROGRAM_H
