#include "dns/tcp_framer.h"

#include <algorithm>
#include <cassert>

namespace rhumb {
namespace {

constexpr std::size_t kLengthSize = 2;          // RFC 1035 §4.2.2
constexpr std::size_t kLongestMessage = 65535;  // what two octets can say
constexpr std::size_t kMaxBuffer = kLengthSize + kLongestMessage;

// Octets of the frame that `octets` begin: of its length alone, as long as that is not there.
std::size_t frame_size(TcpFramer::Octets octets) {
  if (octets.size() < kLengthSize) return kLengthSize;
  return kLengthSize + static_cast<std::size_t>(octets[0] << 8 | octets[1]);
}

}  // namespace

// A message of which a part is kept is completed there; all others are read where they lie.
void TcpFramer::lend(Octets octets) {
  assert(left_.kept_at == 0 && left_.lent.empty());
  assert(kept_.empty() || lacking() > 0);
  while (!kept_.empty() && lacking() > 0 && !octets.empty()) {
    const std::size_t size = std::min(lacking(), octets.size());
    append(octets.first(size));
    octets = octets.subspan(size);
  }
  left_.lent = octets;
}

std::size_t TcpFramer::peek(std::span<Octets> messages) const {
  Left left = left_;
  std::size_t count = 0;
  while (count < messages.size()) {
    const Message message = take(left);
    if (!message.whole) break;
    messages[count++] = message.bytes;
  }
  return count;
}

void TcpFramer::keep() {
  kept_.erase(kept_.begin(), kept_.begin() + static_cast<std::ptrdiff_t>(left_.kept_at));
  append(left_.lent);
  left_ = {};
  if (kept_.empty()) std::vector<std::uint8_t>().swap(kept_);
}

TcpFramer::Message TcpFramer::take(Left& left) const {
  const bool is_kept = left.kept_at < kept_.size();
  const Octets octets = is_kept ? Octets(kept_).subspan(left.kept_at) : left.lent;
  const std::size_t size = frame_size(octets);
  if (octets.size() < size) return {};
  if (is_kept) {
    left.kept_at += size;
  } else {
    left.lent = octets.subspan(size);
  }
  return {.whole = true, .bytes = octets.first(size).subspan(kLengthSize)};
}

// Octets that the message kept lacks, as far as can be told yet.
std::size_t TcpFramer::lacking() const {
  const std::size_t size = frame_size(kept_);
  return size - std::min(size, kept_.size());
}

// Grows to twice the size, whatever length the client has announced: it holds no more than twice
// what it has sent.
void TcpFramer::append(Octets octets) {
  const std::size_t size = kept_.size() + octets.size();
  const std::size_t twice = std::min(2 * kept_.capacity(), kMaxBuffer);
  if (size > kept_.capacity()) kept_.reserve(std::max(size, twice));
  kept_.insert(kept_.end(), octets.begin(), octets.end());
}

}  // namespace rhumb
