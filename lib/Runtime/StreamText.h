//===- StreamText.h - the instructions of a task for readers ------------------------*- C++ -*-===//

#ifndef TILEWORK_RUNTIME_STREAMTEXT_H
#define TILEWORK_RUNTIME_STREAMTEXT_H

#include "Region.h"
#include "SeenStreams.h"

#include <string>

namespace tilework::runtime {

/// One line, such as `mte2 dma_load gm f32[16x128]@x+0 -> ub f32[16x128]@0`. Addresses in global
/// memory count bytes from where the task's argument starts, so that the text is the same in every
/// run.
std::string describe(const tw_instruction &instruction, const std::vector<GlobalRange> &memory);

/// Writes `folder`/<kernel>.txt: the instructions of every unit, in program order. Throws
/// std::runtime_error.
void dump(const std::string &folder, const tw_kernel &kernel, const KernelStream &stream,
          const std::vector<GlobalRange> &memory);

/// What to say of bytes that a task touches without having declared it.
std::string describeBreach(Span bytes, bool writes, const std::vector<GlobalRange> &memory);

} // namespace tilework::runtime

#endif // TILEWORK_RUNTIME_STREAMTEXT_H
