#include "dns/tcp_framer.h"

#include <algorithm>
#include <cassert>

namespace rhumb {
namespace {

constexpr std::size_t kLengthSize = 2;          // RFC 1035 §4.2.2
constexpr std::size_t kLongestMessage = 65535;  // what two octets can say
constexpr std::size_t kMaxBuffer = kLengthSize + kLongestMessage;
constexpr std::size_t kIdleBuffer = 2048;  // some forty pipelined queries

}  // namespace

std::span<std::uint8_t> TcpFramer::space() {
  std::copy(buffer_.data() + begin_, buffer_.data() + end_, buffer_.data());
  end_ -= begin_;
  begin_ = 0;
  trim();
  if (end_ == buffer_.size() && !holds_message()) grow();
  return std::span(buffer_).subspan(end_);
}

void TcpFramer::filled(std::size_t size) {
  assert(size <= buffer_.size() - end_);
  end_ += size;
}

TcpFramer::Message TcpFramer::next() {
  if (!holds_message()) return {};
  const auto bytes = std::span<const std::uint8_t>(buffer_).subspan(begin_ + kLengthSize, length());
  begin_ += kLengthSize + bytes.size();
  return {.whole = true, .bytes = bytes};
}

void TcpFramer::trim() {
  if (!idle() || buffer_.size() <= kIdleBuffer) return;
  std::vector<std::uint8_t>().swap(buffer_);
  begin_ = end_ = 0;
}

bool TcpFramer::holds_message() const {
  const std::size_t held = end_ - begin_;
  return held >= kLengthSize && held - kLengthSize >= length();
}

// Requires: the two octets are there.
std::size_t TcpFramer::length() const {
  return static_cast<std::size_t>(buffer_[begin_] << 8 | buffer_[begin_ + 1]);
}

// Twice the size, whatever length the client has announced: it holds no more than twice what it
// has sent.
void TcpFramer::grow() {
  const std::size_t twice = std::max(2 * buffer_.size(), kIdleBuffer);
  const std::size_t size = twice < kLongestMessage ? twice : kMaxBuffer;
  buffer_.reserve(size);
  buffer_.resize(size);
}

}  // namespace rhumb
