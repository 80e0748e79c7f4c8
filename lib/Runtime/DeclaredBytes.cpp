//===- DeclaredBytes.cpp - which bytes a task has declared to touch -----------------*- C++ -*-===//

#include "DeclaredBytes.h"

#include <algorithm>

namespace tilework::runtime {

/// Calls `visit` with the runs of adjacent bytes of a strided rectangle, until it returns false.
/// Rows that continue each other are one run.
template <typename Visit>
static void forEachRun(uintptr_t begin, int64_t elementBytes, int64_t rank, const int64_t *sizes,
                       const int64_t *strides, Visit visit) {
  if (std::any_of(sizes, sizes + rank, [](int64_t size) { return size <= 0; }))
    return;
  int64_t width = elementBytes;
  for (; rank > 0 && (sizes[rank - 1] == 1 || strides[rank - 1] * elementBytes == width); --rank)
    width *= sizes[rank - 1];
  std::array<int64_t, TW_MAX_RANK> index = {};
  for (bool goesOn = true; goesOn && visit(Span{begin, begin + width});) {
    goesOn = false;
    for (int64_t d = rank - 1; d >= 0 && !goesOn; --d) {
      goesOn = ++index[d] < sizes[d];
      begin += strides[d] * elementBytes * (goesOn ? 1 : 1 - sizes[d]);
      if (!goesOn)
        index[d] = 0;
    }
  }
}

/// Ascending, with those that touch melted into one.
static void unite(std::vector<Span> &spans) {
  auto isBefore = [](Span a, Span b) { return a.begin < b.begin; };
  if (!std::is_sorted(spans.begin(), spans.end(), isBefore))
    std::sort(spans.begin(), spans.end(), isBefore);
  size_t kept = 0;
  for (Span span : spans) {
    if (kept > 0 && span.begin <= spans[kept - 1].end)
      spans[kept - 1].end = std::max(spans[kept - 1].end, span.end);
    else
      spans[kept++] = span;
  }
  spans.resize(kept);
}

/// The first bytes of `span` that are not in `spans`, if any.
static std::optional<Span> firstGap(const std::vector<Span> &spans, Span span) {
  auto after = std::upper_bound(spans.begin(), spans.end(), span.begin,
                                [](uintptr_t byte, Span each) { return byte < each.begin; });
  if (after != spans.begin())
    span.begin = std::max(span.begin, std::prev(after)->end);
  if (span.begin >= span.end)
    return std::nullopt;
  return Span{span.begin, after == spans.end() ? span.end : std::min(span.end, after->begin)};
}

DeclaredBytes::DeclaredBytes(const tw_kernel &kernel, const int64_t *slots,
                             const std::vector<Rectangle> &rectangles) {
  for (const Rectangle &rectangle : rectangles) {
    View view = viewOf(kernel.args[rectangle.argument], slots);
    uintptr_t begin = view.address;
    for (int32_t d = 0; d < rectangle.rank; ++d)
      begin += rectangle.offsets[d] * view.strides[d] * view.elementBytes;
    forEachRun(begin, view.elementBytes, rectangle.rank, rectangle.sizes.data(), view.strides,
               [&](Span run) {
                 touched.push_back(run);
                 if (rectangle.direction & TW_WRITE)
                   written.push_back(run);
                 return true;
               });
  }
  unite(touched);
  unite(written);
}

std::optional<Span> DeclaredBytes::findUnreadable(Span bytes) const {
  return firstGap(touched, bytes);
}

std::vector<uint8_t> DeclaredBytes::saveWritten() const {
  std::vector<uint8_t> bytes;
  for (Span span : written) {
    auto *data = reinterpret_cast<const uint8_t *>(span.begin);
    bytes.insert(bytes.end(), data, data + (span.end - span.begin));
  }
  return bytes;
}

void DeclaredBytes::restoreWritten(const std::vector<uint8_t> &bytes) const {
  const uint8_t *next = bytes.data();
  for (Span span : written) {
    std::copy_n(next, span.end - span.begin, reinterpret_cast<uint8_t *>(span.begin));
    next += span.end - span.begin;
  }
}

std::optional<DeclaredBytes::Breach>
DeclaredBytes::findBreach(const tw_instruction &instruction) const {
  std::optional<Breach> breach;
  for (int64_t i = 0; i < instruction.num_regions && !breach; ++i) {
    const tw_region &region = instruction.regions[i];
    if (region.space != TW_GM || region.rank < 0 || region.rank > TW_STREAM_MAX_RANK)
      continue; // not ours to judge
    bool writes = i + 1 == instruction.num_regions;
    forEachRun(static_cast<uintptr_t>(region.base), elementBytes(region.type), region.rank,
               region.sizes, region.strides, [&](Span run) {
                 if (std::optional<Span> gap = firstGap(writes ? written : touched, run))
                   breach = {i, writes, *gap};
                 return !breach;
               });
  }
  return breach;
}

} // namespace tilework::runtime
