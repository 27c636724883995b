// The content of a zone as one number, the same on every server that has the same content: records
// and groups may come in any order and from any files.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "health/check.h"
#include "zones/builder.h"
#include "zones/image.h"

namespace rhumb {

class Digest {
 public:
  // Every record of the set, in any order. An SOA's serial does not count.
  void add(const RecordSet& set);
  // With its options and its sets; their order counts, since ties go by it.
  void add(const GroupSpec& group);
  // All of it but where it is written.
  void add(const CheckSpec& check);

  [[nodiscard]] std::uint64_t value() const { return sum_; }

 private:
  [[nodiscard]] std::uint64_t hash_rdata(std::uint64_t seed, Type type,
                                         std::span<const std::uint8_t> rdata);

  std::uint64_t sum_ = 0;  // of independent hashes: a sum has no order
  std::vector<std::uint8_t> buffer_;
};

// As it is shown and kept: 16 hexadecimal digits.
std::string digest_text(std::uint64_t digest);

}  // namespace rhumb
