//===- Placement.cpp - bounds, alignment and overlap of operands --------------------*- C++ -*-===//

#include "Placement.h"

#include "Describe.h"

namespace tilework::check {

static std::string bytesText(const Footprint &bytes, const CheckOptions &options, bool isGm) {
  return "[" + (isGm ? addressText(options, bytes.begin) : std::to_string(bytes.begin)) + ", +" +
         std::to_string(bytes.end - bytes.begin) + ")";
}

static bool isWithin(const std::vector<GmRange> &ranges, const Footprint &bytes) {
  for (const GmRange &range : ranges)
    if (static_cast<int64_t>(range.begin) <= bytes.begin &&
        bytes.end <= static_cast<int64_t>(range.end))
      return true;
  return ranges.empty();
}

static void checkBounds(Findings &findings, Site site, const tw_region &region,
                        const Footprint &bytes) {
  const CheckOptions &options = findings.options;
  if (region.space == TW_GM) {
    if (!isWithin(options.gm, bytes))
      findings.add(Kind::OutOfBounds, {site},
                   "expects global memory of the kernel, but got " +
                       bytesText(bytes, options, true));
    return;
  }
  int64_t capacity = options.memories.capacityBytes[region.space];
  if (bytes.begin < 0 || bytes.end > capacity)
    findings.add(Kind::OutOfBounds, {site},
                 "expects bytes of " + spaceName(region.space) + " below " +
                     std::to_string(capacity) + ", but got " + bytesText(bytes, options, false));
}

static void checkAlignment(Findings &findings, Site site, const tw_region &region) {
  const tw_instruction &instruction = findings.at(site);
  bool isVector =
      instruction.opcode >= TW_VECTOR_UNARY && instruction.opcode <= TW_VECTOR_TRANSPOSE;
  int64_t alignment = elementBytes(region.type);
  if (region.space != TW_GM && instruction.opcode != TW_READ_SCALAR)
    alignment =
        std::max(alignment, isVector ? findings.options.vectorBlockBytes
                                     : findings.options.memories.alignmentBytes[region.space]);
  if (region.base % alignment)
    findings.add(Kind::Misaligned, {site},
                 "expects a multiple of " + std::to_string(alignment) + " bytes in " +
                     spaceName(region.space) + ", but got " + std::to_string(region.base));
}

/// Whether both take the same bytes element by element.
static bool isInPlace(const Operand &a, const Operand &b) {
  if (a.base != b.base || a.elementBytes != b.elementBytes || a.sizes != b.sizes)
    return false;
  for (int d = 0; d < maxRank; ++d)
    if (a.sizes[d] > 1 && a.strides[d] != b.strides[d])
      return false;
  return true;
}

static void checkOverlap(Findings &findings, Site site) {
  const tw_instruction &instruction = findings.at(site);
  bool mayBeInPlace = instruction.opcode != TW_VECTOR_REDUCE &&
                      instruction.opcode != TW_VECTOR_TRANSPOSE &&
                      !(instruction.flags & TW_TRANSPOSES);
  Operand written = operandOf(instruction.regions[instruction.num_regions - 1], site.unit);
  for (int64_t i = 0; i + 1 < instruction.num_regions; ++i) {
    Operand read = operandOf(instruction.regions[i], site.unit);
    if (read.memory != written.memory || (mayBeInPlace && isInPlace(read, written)) ||
        !overlap(read.footprint(), written.footprint()))
      continue;
    findings.add(Kind::OverlappingOperands, {site},
                 "expects a destination apart from operand " + std::to_string(i) +
                     " or in its place, but got " + describe(instruction.regions[i], {}) + " and " +
                     describe(instruction.regions[instruction.num_regions - 1], {}));
  }
}

void checkPlacement(Findings &findings, Site site) {
  const tw_instruction &instruction = findings.at(site);
  for (int64_t i = 0; i < instruction.num_regions; ++i) {
    const tw_region &region = instruction.regions[i];
    Footprint bytes = operandOf(region, site.unit).footprint();
    if (bytes.isEmpty())
      continue;
    checkBounds(findings, site, region, bytes);
    checkAlignment(findings, site, region);
  }
  checkOverlap(findings, site);
}

} // namespace tilework::check
