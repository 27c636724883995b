// TcpFramer over any stream in pieces of any size: the messages are those that a plain reading of
// the whole stream finds, and memory stays bounded.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "dns/tcp_framer.h"

namespace {

using Octets = std::vector<std::uint8_t>;

constexpr std::size_t kMaxCapacity = 65537;
constexpr std::size_t kAll = SIZE_MAX;

// Not assert(): to hold in every build.
void check(bool holds) {
  if (!holds) std::abort();
}

std::vector<Octets> read_plainly(std::span<const std::uint8_t> stream) {
  std::vector<Octets> messages;
  while (stream.size() >= 2) {
    const auto size = static_cast<std::size_t>(stream[0] << 8 | stream[1]);
    if (stream.size() - 2 < size) break;
    const auto message = stream.subspan(2, size);
    messages.emplace_back(message.begin(), message.end());
    stream = stream.subspan(2 + size);
  }
  return messages;
}

// Takes whole messages a batch at a time, as TCP does, up to a batch of more than `count`.
void take(rhumb::TcpFramer& framer, std::size_t count, std::vector<Octets>& messages) {
  std::array<rhumb::TcpFramer::Octets, 16> ahead;
  while (true) {
    const std::size_t found = framer.peek(ahead);
    const std::size_t taken = std::min(found, count);
    for (std::size_t i = 0; i < taken; ++i) {
      const auto message = framer.next();
      check(message.whole && message.bytes.data() == ahead.at(i).data());
      messages.emplace_back(message.bytes.begin(), message.bytes.end());
    }
    if (found < ahead.size() || taken < found) return;
  }
}

}  // namespace

// The first octet says how many follow as sizes of pieces and what is done between them; the rest
// is the stream, repeated to reach the larger buffers.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0 || size < 1 + std::size_t{data[0]} % 16) return 0;
  const std::span sizes(data + 1, std::size_t{data[0]} % 16);
  Octets repeated;
  for (int i = 0; i <= data[0] / 16; ++i) {
    repeated.insert(repeated.end(), data + 1 + sizes.size(), data + size);
  }

  rhumb::TcpFramer framer;
  std::vector<Octets> messages;
  std::span<const std::uint8_t> stream = repeated;
  for (std::size_t i = 0; !stream.empty(); ++i) {
    const std::size_t piece = sizes.empty() ? 0xFF : sizes[i % sizes.size()];
    {
      // Memory of its own, so that it is seen when it is read after keep().
      const auto read = stream.first(std::min(piece % 128 * (piece % 128) + 1, stream.size()));
      const Octets lent(read.begin(), read.end());
      stream = stream.subspan(read.size());
      framer.lend(lent);
      take(framer, piece < 128 ? kAll : piece % 16 + 1, messages);
      framer.keep();
    }
    check(framer.capacity() <= kMaxCapacity);
    take(framer, kAll, messages);
    framer.keep();
    check(!framer.next().whole);
  }
  check(messages == read_plainly(repeated));
  return 0;
}
