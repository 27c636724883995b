// TcpFramer over any stream in pieces of any size: the messages are those that a plain reading of
// the whole stream finds, and memory stays bounded.
#include <algorithm>
#include <cstdlib>
#include <vector>

#include "dns/tcp_framer.h"

namespace {

using Octets = std::vector<std::uint8_t>;

constexpr std::size_t kMaxCapacity = 65537;

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

void take_all(rhumb::TcpFramer& framer, std::vector<Octets>& messages) {
  for (auto message = framer.next(); message.whole; message = framer.next()) {
    messages.emplace_back(message.bytes.begin(), message.bytes.end());
  }
}

// Puts up to `size` octets off the front of `stream` into the framer.
void receive(rhumb::TcpFramer& framer, std::span<const std::uint8_t>& stream, std::size_t size) {
  const auto space = framer.space();
  const auto piece = stream.first(std::min({size, space.size(), stream.size()}));
  std::copy(piece.begin(), piece.end(), space.begin());
  framer.filled(piece.size());
  stream = stream.subspan(piece.size());
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
    const std::size_t piece = sizes.empty() ? stream.size() : sizes[i % sizes.size()];
    receive(framer, stream, piece % 128 * (piece % 128) + 1);
    check(framer.capacity() <= kMaxCapacity);
    if (piece < 128) take_all(framer, messages);
    if (framer.space().empty()) take_all(framer, messages);
    framer.trim();
  }
  take_all(framer, messages);
  check(messages == read_plainly(repeated));
  return 0;
}
