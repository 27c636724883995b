#include "server/landlock.h"

#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "server/listeners.h"

namespace rhumb {
namespace {

// Later than Debian 12's headers.
constexpr std::uint64_t kTruncateFile = std::uint64_t{1} << 14U;

// The versions of the kernel's interface that brought more to refuse.
constexpr long kWithRefer = 2;
constexpr long kWithTruncate = 3;

constexpr std::uint64_t kToRead = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
constexpr std::uint64_t kForSockets = LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_REMOVE_FILE;
constexpr std::uint64_t kToWriteFiles = kToRead | LANDLOCK_ACCESS_FS_WRITE_FILE |
                                        LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_DIR |
                                        LANDLOCK_ACCESS_FS_REMOVE_FILE | kTruncateFile;
// Of a file for itself, all else means nothing.
constexpr std::uint64_t kOfFile =
    LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | kTruncateFile;

Error kernel_refused() { return Error{std::generic_category().message(errno)}; }

// The version of the interface; 0 and errno: there is none.
long version_of_kernel() {
  const long version =
      syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  return version < 0 ? 0 : version;
}

// All that this kernel can refuse.
std::uint64_t refusable(long version) {
  std::uint64_t all = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1U) - 1;  // the first version's
  if (version >= kWithRefer) all |= LANDLOCK_ACCESS_FS_REFER;
  if (version >= kWithTruncate) all |= kTruncateFile;
  return all;
}

std::uint64_t rights_of(Grant grant) {
  switch (grant) {
    case Grant::kRead:
      return kToRead;
    case Grant::kSocket:
      return kForSockets;
    case Grant::kWrite:
      return kToWriteFiles;
  }
  return 0;
}

std::optional<Error> allow(const Fd& rules, const Beneath& place, std::uint64_t handled) {
  const Fd at(open(place.path.c_str(), O_PATH | O_CLOEXEC));
  if (!at.valid()) return std::nullopt;
  struct stat status {};
  if (fstat(at.get(), &status) != 0) return kernel_refused();
  std::uint64_t rights = rights_of(place.grant) & handled;
  if (!S_ISDIR(status.st_mode)) rights &= kOfFile;
  if (rights == 0) return std::nullopt;
  landlock_path_beneath_attr rule{};
  rule.allowed_access = rights;
  rule.parent_fd = at.get();
  if (syscall(SYS_landlock_add_rule, rules.get(), LANDLOCK_RULE_PATH_BENEATH, &rule, 0) != 0) {
    return kernel_refused();
  }
  return std::nullopt;
}

}  // namespace

std::optional<Error> open_only(std::span<const Beneath> places) {
  const long version = version_of_kernel();
  if (version == 0) return kernel_refused();
  landlock_ruleset_attr handled{};
  handled.handled_access_fs = refusable(version);
  const Fd rules(static_cast<int>(
      syscall(SYS_landlock_create_ruleset, &handled, sizeof handled.handled_access_fs, 0)));
  if (!rules.valid()) return kernel_refused();
  for (const Beneath& place : places) {
    if (auto error = allow(rules, place, handled.handled_access_fs)) return error;
  }
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return kernel_refused();
  if (syscall(SYS_landlock_restrict_self, rules.get(), 0) != 0) return kernel_refused();
  return std::nullopt;
}

}  // namespace rhumb
