// SipHash-2-4: a keyed hash of short messages that nobody without the key can foretell. For what a
// client is to bring back as it was given, never for tables, which have base/hash.h.
#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace rhumb {

using SipKey = std::array<std::uint8_t, 16>;

// With 2 rounds for each word of the message and 4 in the end, as its authors propose (Aumasson and
// Bernstein 2012). The result's least octet is the first of those that the paper prints.
std::uint64_t sip_hash(const SipKey& key, std::span<const std::uint8_t> message) noexcept;

}  // namespace rhumb
