// DNS over TCP framing (RFC 1035 §4.2.2, RFC 7766 §8) as a pure state machine: bytes in, whole
// messages out. Reads what is lent to it where it lies, and owns only what waits for more, which is
// bounded; knows no sockets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace rhumb {

class TcpFramer {
 public:
  using Octets = std::span<const std::uint8_t>;

  // What has just arrived, read in place until keep(). Requires: keep() was called since the last
  // time, and next() knows of no whole message.
  void lend(Octets octets);
  // The next whole message without its length, borrowed until keep(); an empty span with whole ==
  // false when more bytes are needed. A message of length 0 is whole and empty.
  struct Message {
    bool whole = false;
    Octets bytes;
  };
  Message next() { return take(left_); }
  // Those that next() will hand out, as many as there are and `messages` has room for; returns how
  // many.
  [[nodiscard]] std::size_t peek(std::span<Octets> messages) const;
  // Copies what is left of the octets lent, which may go then. Where nothing is, no memory is held:
  // to be called when the messages of a read have been dealt with.
  void keep();
  // Nothing is left: neither whole messages nor a part of one.
  [[nodiscard]] bool idle() const { return left_.kept_at == kept_.size() && left_.lent.empty(); }
  // Octets of memory held: one message of 65,535 octets and its length, or what was lent at once,
  // at most, as long as a message is taken between lend() and keep() where there is one.
  [[nodiscard]] std::size_t capacity() const { return kept_.capacity(); }

 private:
  // What is not handed out yet, in this order.
  struct Left {
    std::size_t kept_at = 0;
    Octets lent;
  };

  Message take(Left& left) const;
  [[nodiscard]] std::size_t lacking() const;
  void append(Octets octets);

  std::vector<std::uint8_t> kept_;  // a part of a message; or several, none of them lent then
  Left left_;
};

}  // namespace rhumb
