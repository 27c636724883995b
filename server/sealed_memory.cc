#include "server/sealed_memory.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>

namespace rhumb {
namespace {

constexpr int kSeals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;

Error call_failed(const char* call) {
  return Error{std::string(call) + ": " + std::generic_category().message(errno)};
}

bool write_all(const Fd& fd, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(fd.get(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace

Result<Fd> seal(std::span<const std::byte> bytes) {
  Fd fd(memfd_create("rhumb", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!fd.valid()) return call_failed("memfd_create");
  if (!write_all(fd, bytes)) return call_failed("write");
  if (fcntl(fd.get(), F_ADD_SEALS, kSeals) != 0) return call_failed("F_ADD_SEALS");
  return fd;
}

Result<std::shared_ptr<const SealedMemory>> SealedMemory::map(const Fd& fd, std::size_t max_size) {
  const int seals = fcntl(fd.get(), F_GET_SEALS);
  if (seals < 0 || (seals & kSeals) != kSeals) return Error{"it is not sealed"};
  struct stat status {};
  if (fstat(fd.get(), &status) != 0) return call_failed("fstat");
  const auto size = static_cast<std::size_t>(status.st_size);
  if (size == 0 || size > max_size) return Error{"its size is " + std::to_string(size)};
  void* const at = mmap(nullptr, size, PROT_READ, MAP_SHARED, fd.get(), 0);
  if (at == MAP_FAILED) return call_failed("mmap");
  return std::shared_ptr<const SealedMemory>(
      new SealedMemory({static_cast<const std::byte*>(at), size}));
}

SealedMemory::~SealedMemory() {
  munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());  // NOLINT: as munmap() wants it
}

}  // namespace rhumb
