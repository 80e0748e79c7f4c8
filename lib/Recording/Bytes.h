//===- Bytes.h - numbers and texts in a recording's file ----------------------------*- C++ -*-===//
//
// A number is written in groups of seven bits, lowest first, each in a byte whose highest bit says
// that another follows; no number has more bytes than it needs. Signed ones are folded first: 0,
// -1, 1, -2 … become 0, 1, 2, 3 …
//
//===------------------------------------------------------------------------------------------===//

#ifndef TILEWORK_RECORDING_BYTES_H
#define TILEWORK_RECORDING_BYTES_H

#include "Recording.h"

namespace tilework::recording {

class Writer {
public:
  void number(uint64_t value) {
    for (; value >= 0x80; value >>= 7)
      bytes.push_back(static_cast<char>(value | 0x80));
    bytes.push_back(static_cast<char>(value));
  }
  void signedNumber(int64_t value) {
    number(static_cast<uint64_t>(value) << 1 ^ static_cast<uint64_t>(value >> 63));
  }
  void text(const std::string &value) {
    number(value.size());
    bytes += value;
  }
  std::string bytes;
};

/// Reads what Writer wrote; throws RecordingError, naming the part and the byte, for anything else.
class Reader {
public:
  explicit Reader(const std::string &bytes) : bytes(bytes), end(bytes.size()) {}

  /// Names the bytes up to `size` from here.
  void beginPart(const char *name, uint64_t size) {
    if (size > bytes.size() - at)
      fail("a part of at most " + std::to_string(bytes.size() - at) + " bytes",
           std::to_string(size));
    part = name;
    end = at + size;
  }
  void endPart() {
    if (at != end)
      fail("the end of the part", std::to_string(end - at) + " more bytes");
    end = bytes.size();
  }

  uint64_t number() {
    uint64_t value = 0;
    for (int shift = 0;; shift += 7) {
      if (at == end)
        fail("a number", "the end");
      auto byte = static_cast<uint8_t>(bytes[at++]);
      if (shift == 63 && byte > 1)
        failBefore("a number of at most 64 bits", "a longer one");
      value |= static_cast<uint64_t>(byte & 0x7f) << shift;
      if (byte >= 0x80)
        continue;
      if (byte == 0 && shift > 0)
        failBefore("a number without zeros at its end", "one with them");
      return value;
    }
  }
  int64_t signedNumber() {
    uint64_t value = number();
    return static_cast<int64_t>(value >> 1 ^ (~(value & 1) + 1));
  }

  /// A number below `limit`; `what` is for the error.
  uint64_t below(uint64_t limit, const char *what) {
    uint64_t value = number();
    if (value >= limit)
      failBefore(std::string(what) + " below " + std::to_string(limit), std::to_string(value));
    return value;
  }
  /// How many elements follow. Each takes a byte at least, so that no count leads astray.
  uint64_t count(const char *what) { return below(end - at + 1, what); }

  std::string text() {
    uint64_t size = number();
    if (size > end - at)
      failBefore("a text of at most " + std::to_string(end - at) + " bytes", std::to_string(size));
    at += size;
    return bytes.substr(at - size, size);
  }
  void literal(const char *expected, size_t size) {
    if (bytes.compare(at, size, expected, size) != 0)
      fail("the mark of a recording", "something else");
    at += size;
  }

  bool isAtEnd() const { return at == bytes.size(); }

  /// Complains of what starts at the next byte, or of what ends before it.
  [[noreturn]] void fail(const std::string &expected, const std::string &got) const {
    throw RecordingError(std::string("the part '") + part + "' of a recording expects " + expected +
                         " at byte " + std::to_string(at) + ", but got " + got);
  }
  [[noreturn]] void failBefore(const std::string &expected, const std::string &got) const {
    throw RecordingError(std::string("the part '") + part + "' of a recording expects " + expected +
                         " before byte " + std::to_string(at) + ", but got " + got);
  }

private:
  const std::string &bytes;
  size_t at = 0, end;
  const char *part = "mark";
};

} // namespace tilework::recording

#endif // TILEWORK_RECORDING_BYTES_H
