//===- L2Cache.h - the cache in front of the HBM ------------------------------------*- C++ -*-===//
//
// A sectored cache: one tag per extent of some KiB, a valid and a dirty bit per line of it. The
// extent that was used least recently makes room; its dirty lines are written back. Writes allocate
// and fetch nothing, as transfers write whole lines but for the ends of their rows.
//
//===------------------------------------------------------------------------------------------===//

#ifndef TILEWORK_SIMULATOR_L2CACHE_H
#define TILEWORK_SIMULATOR_L2CACHE_H

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace tilework::simulator {

class L2Cache {
public:
  /// `extentBytes` is a power of two and a multiple of `lineBytes`, at most 64 lines.
  L2Cache(int64_t capacityBytes, int64_t lineBytes, int64_t extentBytes);

  /// What accesses have led to.
  struct Traffic {
    int64_t hitBytes = 0;         ///< asked for, and there
    int64_t fetchedBytes = 0;     ///< whole lines
    int64_t writtenBackBytes = 0; ///< whole lines
  };

  /// `owner` is a number of the caller's for who owns the bytes; an extent belongs
  /// to who wrote there last.
  void read(int64_t address, int64_t bytes, int32_t owner, Traffic &traffic) {
    forEachExtent(address, bytes, owner, traffic, [&](Extent &extent, int64_t begin, int64_t end) {
      uint64_t lines = linesOf(begin, end), missing = lines & ~extent.valid;
      if (missing == 0) {
        traffic.hitBytes += end - begin;
        return;
      }
      traffic.fetchedBytes += __builtin_popcountll(missing) * lineBytes;
      extent.valid |= lines;
      if (missing != lines)
        traffic.hitBytes += bytesOf(lines & ~missing, begin, end);
    });
  }
  void write(int64_t address, int64_t bytes, int32_t owner, Traffic &traffic) {
    forEachExtent(address, bytes, owner, traffic, [&](Extent &extent, int64_t begin, int64_t end) {
      uint64_t lines = linesOf(begin, end);
      extent.valid |= lines;
      extent.dirty |= lines;
      extent.owner = owner; // tensors may have one address, one after the other
    });
  }

  /// Bytes written back so far, by owner.
  const std::vector<int64_t> &writtenBackByOwner() const { return writtenBack; }
  /// Bytes that are still to be written back, by owner.
  std::vector<int64_t> dirtyByOwner() const;

private:
  struct Extent {
    int64_t number; ///< address / extentBytes
    uint64_t valid, dirty;
    int32_t owner;
    int32_t newer, older; ///< by last use; entry 0 is between the oldest and the newest
    int32_t next;         ///< of the same bucket, 0 for none
  };
  /// Calls `visit` with each extent of some bytes and where in it they begin and end. Rows are
  /// short and follow each other, so most visits are of the newest extent.
  template <typename Visit>
  void forEachExtent(int64_t address, int64_t bytes, int32_t owner, Traffic &traffic, Visit visit) {
    for (int64_t end = address + bytes; address < end;) {
      int64_t number = address >> extentShift, base = number << extentShift;
      int64_t until = std::min(end, base + extentBytes);
      int32_t newest = extents[0].older;
      Extent &extent =
          extents[newest].number == number ? extents[newest] : use(number, owner, traffic);
      visit(extent, address - base, until - base);
      address = until;
    }
  }
  Extent &use(int64_t number, int32_t owner, Traffic &traffic);
  int32_t evict(Traffic &traffic);
  void unlink(int32_t index);
  void makeNewest(int32_t index);
  /// The lines that hold bytes [begin, end) of an extent.
  uint64_t linesOf(int64_t begin, int64_t end) const {
    int64_t first = begin >> lineShift, last = (end - 1) >> lineShift;
    return (~uint64_t(0) >> (63 - (last - first))) << first;
  }
  int64_t bytesOf(uint64_t lines, int64_t begin, int64_t end) const;
  size_t placeOf(int64_t number) const {
    return ((static_cast<uint64_t>(number) * 0x9e3779b97f4a7c15u) >> 32) & (buckets.size() - 1);
  }

  int64_t lineShift, extentShift;
  int64_t lineBytes, extentBytes;
  size_t capacity; ///< extents
  std::vector<Extent> extents;
  std::vector<int32_t> buckets;
  std::vector<int64_t> writtenBack;
};

} // namespace tilework::simulator

#endif // TILEWORK_SIMULATOR_L2CACHE_H
