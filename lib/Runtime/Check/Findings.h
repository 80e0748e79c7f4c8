//===- Findings.h - collects problems -----------------------------------------------*- C++ -*-===//

#ifndef TILEWORK_RUNTIME_CHECK_FINDINGS_H
#define TILEWORK_RUNTIME_CHECK_FINDINGS_H

#include "Check.h"

#include <map>

namespace tilework::check {

/// An instruction in the stream of its unit.
struct Site {
  int32_t unit;
  int64_t index;
};

class Findings {
public:
  Findings(const KernelStream &stream, const CheckOptions &options)
      : stream(stream), options(options) {}

  /// A problem of the same operations at the same places in the source is one finding.
  void add(Kind kind, std::vector<Site> sites, const std::string &message);

  const tw_instruction &at(Site site) const {
    return stream.units[site.unit].instructions[site.index];
  }

  void moveInto(CheckReport &report);

  const KernelStream &stream;
  const CheckOptions &options;

private:
  std::vector<Finding> findings;
  std::map<std::vector<int64_t>, size_t> known;
};

} // namespace tilework::check

#endif // TILEWORK_RUNTIME_CHECK_FINDINGS_H
