//===- L2Cache.cpp - the cache in front of the HBM
//------------------------------------------------===//

#include "L2Cache.h"

#include "Machine.h"

namespace tilework::simulator {

static int64_t shiftOf(int64_t bytes, const char *entry) {
  int64_t shift = 0;
  while ((int64_t(1) << shift) < bytes)
    ++shift;
  if ((int64_t(1) << shift) != bytes)
    throw DescriptionError(std::string("the simulator expects '") + entry +
                           "' to be a power of two, but got " + std::to_string(bytes));
  return shift;
}

L2Cache::L2Cache(int64_t capacityBytes, int64_t lineBytes, int64_t extentBytes)
    : lineShift(shiftOf(lineBytes, "l2.line")), extentShift(shiftOf(extentBytes, "l2.extent")),
      lineBytes(lineBytes), extentBytes(extentBytes),
      capacity(std::max<int64_t>(1, capacityBytes / extentBytes)) {
  if (extentBytes < lineBytes || extentBytes / lineBytes > 64)
    throw DescriptionError("the simulator expects 'l2.extent' to be 1 to 64 times 'l2.line', but "
                           "got " +
                           std::to_string(extentBytes) + " and " + std::to_string(lineBytes));
  size_t numBuckets = 1;
  while (numBuckets < 2 * capacity)
    numBuckets *= 2;
  buckets.assign(numBuckets, 0);
  extents.reserve(capacity + 1);
  extents.push_back({-1, 0, 0, 0, 0, 0, 0});
}

void L2Cache::unlink(int32_t index) {
  const Extent &extent = extents[index];
  extents[extent.older].newer = extent.newer;
  extents[extent.newer].older = extent.older;
}

void L2Cache::makeNewest(int32_t index) {
  Extent &ends = extents[0], &extent = extents[index];
  extent.newer = 0;
  extent.older = ends.older; // round the corner: what was newest
  extents[ends.older].newer = index;
  ends.older = index;
}

int32_t L2Cache::evict(Traffic &traffic) {
  int32_t index = extents[0].newer; // round the corner: the oldest
  Extent &extent = extents[index];
  int64_t bytes = __builtin_popcountll(extent.dirty) * lineBytes;
  traffic.writtenBackBytes += bytes;
  if (bytes > 0) {
    if (static_cast<size_t>(extent.owner) >= writtenBack.size())
      writtenBack.resize(extent.owner + 1);
    writtenBack[extent.owner] += bytes;
  }
  int32_t *link = &buckets[placeOf(extent.number)];
  while (*link != index)
    link = &extents[*link].next;
  *link = extent.next;
  unlink(index);
  return index;
}

/// The extent, made the newest.
L2Cache::Extent &L2Cache::use(int64_t number, int32_t owner, Traffic &traffic) {
  int32_t &bucket = buckets[placeOf(number)];
  int32_t index = bucket;
  while (index != 0 && extents[index].number != number)
    index = extents[index].next;
  if (index != 0) {
    unlink(index);
    makeNewest(index);
    return extents[index];
  }
  if (extents.size() <= capacity) {
    index = static_cast<int32_t>(extents.size());
    extents.emplace_back();
  } else {
    index = evict(traffic);
  }
  extents[index] = {number, 0, 0, owner, 0, 0, bucket};
  bucket = index;
  makeNewest(index);
  return extents[index];
}

/// How many of an extent's bytes [begin, end) lie in some of its lines.
int64_t L2Cache::bytesOf(uint64_t lines, int64_t begin, int64_t end) const {
  int64_t bytes = 0;
  for (; lines != 0; lines &= lines - 1) {
    int64_t line = int64_t(__builtin_ctzll(lines)) << lineShift;
    bytes += std::min(end, line + lineBytes) - std::max(begin, line);
  }
  return bytes;
}

std::vector<int64_t> L2Cache::dirtyByOwner() const {
  std::vector<int64_t> dirty;
  for (size_t i = 1; i < extents.size(); ++i) {
    const Extent &extent = extents[i];
    if (static_cast<size_t>(extent.owner) >= dirty.size())
      dirty.resize(extent.owner + 1);
    dirty[extent.owner] += __builtin_popcountll(extent.dirty) * lineBytes;
  }
  return dirty;
}

} // namespace tilework::simulator
