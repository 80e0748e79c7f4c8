//===- Waits.cpp - what a task that never ends waits for ------------------------------------===//

#include "CoreGroup.h"

#include <algorithm>

namespace tilework::simulator {

static const char *const unitNames[TW_UNITS] = {"cube", "vector 0", "vector 1"};
static const char *const pipeNames[TW_PIPES] = {"mte1", "mte2", "mte3", "fixp", "m", "v", "s"};

static std::string describeWait(const Op &op, uint8_t reason) {
  switch (reason) {
  case StallChannelFull:
    return "a free slot of channel " + std::to_string(op.channel);
  case StallChannelEmpty:
    return "a full slot of channel " + std::to_string(op.channel);
  case StallCross:
    return "cross flag " + std::to_string(op.event);
  case StallBarrier:
    return "the other pipes at a barrier";
  case StallScalar:
    return "a scalar that pipe s reads";
  default:
    if (reason < TW_PIPES)
      return std::string("flag ") + pipeNames[reason] + " -> " + pipeNames[op.pipe] + " event " +
             std::to_string(op.event);
    return "its own transfers";
  }
}

std::vector<std::string> TaskRun::describeWaits(const recording::Recording &recording) const {
  std::vector<std::string> lines;
  for (int32_t unit = 0; unit < TW_UNITS; ++unit) {
    if (executes(unit) && !units[unit].isRunning)
      lines.push_back("task " + std::to_string(task) + " '" + program.kernel->name + "', " +
                      unitNames[unit] + ", waits for its core");
    for (int32_t number = 0; number < TW_PIPES; ++number) {
      const Pipe &pipe = units[unit].pipes[number];
      if (!units[unit].isRunning || pipe.next == pipe.end)
        continue;
      const Op &op = programs.op(pipe.next->op);
      int64_t location = recording.instructions[op.instruction].location;
      lines.push_back("task " + std::to_string(task) + " '" + program.kernel->name + "', " +
                      unitNames[unit] + ", pipe " + pipeNames[number] + ", waits at " +
                      recording.locations[location] + " for " + describeWait(op, pipe.blocked));
    }
  }
  return lines;
}

//===----------------------------------------------------------------------------------------===//
// Cycles
//===----------------------------------------------------------------------------------------===//

/// The pipes that have yet to do what a pipe waits for.
std::vector<TaskRun::PipeNumber> TaskRun::waitedFor(int32_t unit, int32_t number) const {
  const Pipe &pipe = units[unit].pipes[number];
  std::vector<PipeNumber> found;
  if (!units[unit].isRunning || pipe.next == pipe.end)
    return found;
  const Op &op = programs.op(pipe.next->op);
  auto add = [&](int32_t other, auto does) {
    for (int32_t which = 0; which < TW_PIPES; ++which) {
      const Pipe &its = units[other].pipes[which];
      if (std::any_of(its.next, its.end,
                      [&](const Program::Entry &entry) { return does(programs.op(entry.op)); }))
        found.push_back({other, which});
    }
  };
  // Those of a side that have not done it more than `times` times.
  auto addSide = [&](bool ofCube, const Times &done, size_t times, auto does) {
    for (int32_t other = 0; other < TW_UNITS; ++other)
      if (executes(other) && (other == TW_CUBE) == ofCube && done[other].size() <= times)
        add(other, does);
  };
  auto isOnChannel = [&](Code code, Code direct) {
    return [&op, code, direct](const Op &each) {
      return (each.code == code || each.code == direct) && each.channel == op.channel;
    };
  };
  switch (pipe.blocked) {
  case StallChannelFull: {
    const tw_channel &its = program.kernel->channels[op.channel];
    const Channel &channel = channels[op.channel];
    addSide(its.to_cube != 0, channel.released, channel.pushes[unit] - its.slots,
            isOnChannel(Code::Release, Code::Release));
    break;
  }
  case StallChannelEmpty: {
    const Channel &channel = channels[op.channel];
    addSide(program.kernel->channels[op.channel].to_cube == 0, channel.pushed, channel.pops[unit],
            isOnChannel(Code::Push, Code::Send));
    break;
  }
  case StallCross:
    addSide(unit != TW_CUBE, crossFlags[op.event].set, crossFlags[op.event].waits[unit],
            [&](const Op &each) { return each.code == Code::CrossSet && each.event == op.event; });
    break;
  case StallBarrier:
    for (int32_t other = 0; other < TW_PIPES; ++other)
      if (!(units[unit].fences[pipe.next->address].come & (1 << other)))
        found.push_back({unit, other});
    break;
  case StallScalar:
    found.push_back({unit, op.pipe});
    break;
  default:
    if (pipe.blocked < TW_PIPES)
      add(unit, [&](const Op &each) {
        return each.code == Code::SetFlag && each.pipe == op.other && each.other == op.pipe &&
               each.event == op.event;
      });
  }
  return found;
}

/// Goes on from the end of `path` to pipes not `seen`; true once it has come back to one of its
/// own.
bool TaskRun::findCycle(std::vector<PipeNumber> &path, std::set<PipeNumber> &seen) const {
  for (PipeNumber next : waitedFor(path.back().first, path.back().second)) {
    auto before = std::find(path.begin(), path.end(), next);
    bool isCycle = before != path.end();
    if (isCycle)
      path.erase(path.begin(), before);
    else if (!seen.insert(next).second)
      continue;
    path.push_back(next);
    if (isCycle || findCycle(path, seen))
      return true;
    path.pop_back();
  }
  return false;
}

std::string TaskRun::describeCycle() const {
  std::set<PipeNumber> seen;
  for (int32_t unit = 0; unit < TW_UNITS; ++unit)
    for (int32_t pipe = 0; pipe < TW_PIPES; ++pipe) {
      std::vector<PipeNumber> path = {{unit, pipe}};
      if (!seen.insert(path.front()).second || !findCycle(path, seen))
        continue;
      std::string text =
          "a cycle of waits in task " + std::to_string(task) + " '" + program.kernel->name + "': ";
      for (size_t i = 0; i < path.size(); ++i)
        text += (i ? " -> " : "") + std::string(unitNames[path[i].first]) + " " +
                pipeNames[path[i].second];
      return text;
    }
  return "";
}

} // namespace tilework::simulator
