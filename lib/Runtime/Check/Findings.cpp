//===- Findings.cpp - collects problems and writes them down ------------------------*- C++ -*-===//

#include "Findings.h"

#include "Describe.h"

#include <algorithm>

namespace tilework::check {

const char *nameOf(Kind kind) {
  static const char *const names[numKinds] = {"malformed instruction",
                                              "wrong pipe",
                                              "wrong memory",
                                              "wrong shape",
                                              "wrong type",
                                              "event out of range",
                                              "out of bounds",
                                              "misaligned",
                                              "overlapping operands",
                                              "overlapping rings",
                                              "wrong slot",
                                              "waits forever",
                                              "deadlock",
                                              "flag still set",
                                              "unordered cross flag",
                                              "release of nothing",
                                              "flag left set",
                                              "cross flag left set",
                                              "channel left full",
                                              "read-after-write",
                                              "write-after-write",
                                              "write-after-read",
                                              "undefined element"};
  return names[static_cast<int>(kind)];
}

void Findings::add(Kind kind, std::vector<Site> sites, const std::string &message) {
  std::vector<int64_t> key = {static_cast<int64_t>(kind)};
  for (Site site : sites) {
    const tw_instruction &it = at(site);
    key.insert(key.end(), {site.unit, it.pipe, it.opcode, it.location, it.other_pipe, it.event,
                           it.channel, it.num_regions ? it.regions[0].space : -1});
  }
  auto [entry, isNew] = known.try_emplace(std::move(key), findings.size());
  if (!isNew) {
    ++findings[entry->second].count;
    return;
  }
  std::vector<Place> places;
  for (Site site : sites)
    places.push_back(placeOf(stream, options, site.unit, site.index));
  findings.push_back({kind, message, std::move(places)});
}

void Findings::moveInto(CheckReport &report) {
  std::stable_sort(findings.begin(), findings.end(), [](const Finding &a, const Finding &b) {
    auto keyOf = [](const Finding &it) {
      return std::make_tuple(it.kind, it.places[0].index, it.places[0].unit);
    };
    return keyOf(a) < keyOf(b);
  });
  report.findings = std::move(findings);
  for (const Finding &finding : report.findings)
    report.counts[static_cast<int>(finding.kind)] += finding.count;
}

static std::string lineOf(const Place &place) {
  return "  " + (place.location.empty() ? "" : place.location + ": ") + unitName(place.unit) + " " +
         pipeName(place.pipe) + " #" + std::to_string(place.index) + ": " + place.description +
         "\n";
}

std::string CheckReport::text() const {
  std::string text;
  for (const Finding &finding : findings) {
    text += std::string(nameOf(finding.kind)) + ": " + finding.message;
    if (finding.count > 1)
      text += " (and " + std::to_string(finding.count - 1) + " more like it)";
    text += "\n";
    for (const Place &place : finding.places)
      text += lineOf(place);
  }
  for (const RedundantFlag &flag : redundantFlags)
    text += "redundant flag: " + unitName(flag.unit) + " " + pipeName(flag.from) + " -> " +
            pipeName(flag.to) + " event " + std::to_string(flag.event) + ", " +
            std::to_string(flag.pairs) + " pairs\n";
  return text;
}

} // namespace tilework::check
