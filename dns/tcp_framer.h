// DNS over TCP framing (RFC 1035 §4.2.2, RFC 7766 §8) as a pure state machine: bytes in, whole
// messages out. Owns one bounded buffer; knows no sockets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace rhumb {

class TcpFramer {
 public:
  // Room for the next read, to be filled from the front. Empty only while whole messages wait in
  // next().
  std::span<std::uint8_t> space();
  // `size` octets of space() were filled.
  void filled(std::size_t size);
  // The next whole message without its length, borrowed until the next call of space() or trim();
  // an empty span with whole == false when more bytes are needed. A message of length 0 is whole
  // and empty.
  struct Message {
    bool whole = false;
    std::span<const std::uint8_t> bytes;
  };
  Message next();
  // Nothing of an unfinished message is held.
  [[nodiscard]] bool idle() const { return begin_ == end_; }
  // Gives back the memory of a buffer that a long message made grow, when idle. To be called when
  // the messages of a read have been dealt with, so that a connection which then falls silent holds
  // 2 KB; space() does the same, but an idle connection is not asked for it.
  void trim();
  // Octets of memory held.
  [[nodiscard]] std::size_t capacity() const { return buffer_.capacity(); }

 private:
  [[nodiscard]] bool holds_message() const;
  [[nodiscard]] std::size_t length() const;
  void grow();

  std::vector<std::uint8_t>
      buffer_;             // grows to one message of 65,535 octets and its length at most
  std::size_t begin_ = 0;  // first octet not yet handed out
  std::size_t end_ = 0;    // past the last octet received
};

}  // namespace rhumb
