#include "base/sip_hash.h"

#include <bit>

#include "base/hash.h"

namespace rhumb {
namespace {

constexpr int kRoundsPerWord = 2;
constexpr int kLastRounds = 4;
constexpr std::size_t kWordSize = 8;

struct State {
  std::uint64_t v0, v1, v2, v3;

  void round() {
    v0 += v1;
    v1 = std::rotl(v1, 13) ^ v0;
    v0 = std::rotl(v0, 32);
    v2 += v3;
    v3 = std::rotl(v3, 16) ^ v2;
    v0 += v3;
    v3 = std::rotl(v3, 21) ^ v0;
    v2 += v1;
    v1 = std::rotl(v1, 17) ^ v2;
    v2 = std::rotl(v2, 32);
  }
  void take(std::uint64_t word) {
    v3 ^= word;
    for (int i = 0; i < kRoundsPerWord; ++i) round();
    v0 ^= word;
  }
};

// "somepseudorandomlygeneratedbytes", of which the key chooses a place to start.
State start(const SipKey& key) {
  const std::uint64_t k0 = read_word(std::span(key).first<kWordSize>());
  const std::uint64_t k1 = read_word(std::span(key).last<kWordSize>());
  return {k0 ^ 0x736F6D6570736575U, k1 ^ 0x646F72616E646F6DU, k0 ^ 0x6C7967656E657261U,
          k1 ^ 0x7465646279746573U};
}

}  // namespace

std::uint64_t sip_hash(const SipKey& key, std::span<const std::uint8_t> message) noexcept {
  State state = start(key);
  std::size_t at = 0;
  for (; at + kWordSize <= message.size(); at += kWordSize) {
    state.take(read_word(message.subspan(at, kWordSize)));
  }
  // The last word holds what is left, and the message's size in its highest octet.
  const std::uint64_t rest = at == message.size() ? 0 : read_word(message.subspan(at));
  state.take(rest | std::uint64_t{message.size()} << 56U);
  state.v2 ^= 0xFFU;
  for (int i = 0; i < kLastRounds; ++i) state.round();
  return state.v0 ^ state.v1 ^ state.v2 ^ state.v3;
}

}  // namespace rhumb
