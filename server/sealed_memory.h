// Bytes in memory that one process makes, nobody can change any more, and another reads without a
// copy.
#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "base/error.h"
#include "server/listeners.h"

namespace rhumb {

// A memfd that holds `bytes` and is sealed against all change.
Result<Fd> seal(std::span<const std::byte> bytes);

class SealedMemory {
 public:
  // Maps what seal() made, here or in another process. The error says why it is none such, or
  // larger than `max_size`. `fd` may be closed afterwards.
  static Result<std::shared_ptr<const SealedMemory>> map(const Fd& fd, std::size_t max_size);
  SealedMemory(const SealedMemory&) = delete;
  SealedMemory& operator=(const SealedMemory&) = delete;
  ~SealedMemory();

  [[nodiscard]] std::span<const std::byte> bytes() const { return bytes_; }

 private:
  explicit SealedMemory(std::span<const std::byte> bytes) : bytes_(bytes) {}
  std::span<const std::byte> bytes_;
};

}  // namespace rhumb
