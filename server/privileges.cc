#include "server/privileges.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include "server/listeners.h"
#include "server/process_bounds.h"
#include "text/quote.h"

namespace rhumb {
namespace {

// Octets for what the system knows of a user.
constexpr std::size_t kMaxUserEntry = 65'536;
constexpr int kNiceOfRlimit = 20;  // RLIMIT_NICE n stands for a nice of 20 - n

std::string words_of(int code) { return std::generic_category().message(code); }

Error not_done(const char* call) { return Error{std::string(call) + ": " + words_of(errno)}; }

std::vector<gid_t> groups_of(const std::string& name, gid_t first) {
  std::vector<gid_t> groups(kMaxUserGroups);
  auto count = static_cast<int>(groups.size());
  if (getgrouplist(name.c_str(), first, groups.data(), &count) < 0) {
    count = static_cast<int>(groups.size());  // those that there is room for
  }
  groups.resize(static_cast<std::size_t>(count));
  return groups;
}

bool is_root() { return geteuid() == 0; }

bool is_own(const User& user) {
  uid_t real = 0;
  uid_t effective = 0;
  uid_t saved = 0;
  return getresuid(&real, &effective, &saved) == 0 && real == user.uid && effective == user.uid &&
         saved == user.uid;
}

// What an executed file could still give; needs CAP_SETPCAP, without which no_new_privs does.
void empty_bounding_set() {
  for (int capability = 0; prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0; ++capability) {
    (void)prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
  }
}

std::optional<Error> empty_capability_sets() {
  (void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> none{};
  if (syscall(SYS_capset, &header, none.data()) != 0) return not_done("capset");
  return std::nullopt;
}

std::optional<Error> gain_nothing_more() {
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return not_done("no_new_privs");
  return std::nullopt;
}

std::optional<Error> change_user(const User& user) {
  if (setgroups(user.groups.size(), user.groups.data()) != 0) return not_done("setgroups");
  if (setresgid(user.gid, user.gid, user.gid) != 0) return not_done("setresgid");
  if (setresuid(user.uid, user.uid, user.uid) != 0) return not_done("setresuid");
  if (!is_own(user)) return Error{"setresuid: another user came of it"};
  return std::nullopt;
}

}  // namespace

Result<User> find_user(std::string_view name) {
  User user{.name = std::string(name), .uid = 0, .gid = 0, .groups = {}};
  std::vector<char> text(kMaxUserEntry);
  passwd entry{};
  passwd* found = nullptr;
  const int code = getpwnam_r(user.name.c_str(), &entry, text.data(), text.size(), &found);
  if (found == nullptr) {
    return Error{"there is no user " + in_quotes(name) +
                 (code == 0 ? " on this system" : ": " + words_of(code))};
  }
  user.uid = entry.pw_uid;
  user.gid = entry.pw_gid;
  user.groups = groups_of(user.name, user.gid);
  return user;
}

std::string why_not_become(const User& user) {
  if (is_own(user) || is_root()) return "";
  return "only root can become the user " + in_quotes(user.name) +
         ": start rhumb as root or as this user";
}

void make_folder_for(const std::string& path, mode_t mode, const User* user) {
  if (mkdir(path.c_str(), mode) != 0 || user == nullptr || !is_root()) return;
  const Fd made(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  (void)!fchown(made.get(), user->uid, user->gid);
}

std::optional<Error> give_file(const std::string& path, const User& user) {
  if (!is_root()) return std::nullopt;  // it is ours already
  if (lchown(path.c_str(), user.uid, user.gid) == 0) return std::nullopt;
  return not_done("chown");
}

Diagnostics said_of(const User& user, const Diagnostics& found) {
  const std::string denied = words_of(EACCES);
  Diagnostics said;
  for (const Diagnostic& one : found.all()) {
    std::string message = one.message;
    const std::size_t at = message.find(denied);
    if (at != std::string::npos) {
      message.insert(at + denied.size(), " for the user " + in_quotes(user.name));
    }
    if (one.severity == Severity::kError) {
      said.error(one.place, std::move(message));
    } else {
      said.warn(one.place, std::move(message));
    }
  }
  return said;
}

void allow_nice(int nice) {
  rlimit limit{};
  const auto wanted = static_cast<rlim_t>(kNiceOfRlimit - nice);
  if (getrlimit(RLIMIT_NICE, &limit) != 0 || limit.rlim_cur >= wanted) return;
  set_limit(RLIMIT_NICE, wanted, std::max(limit.rlim_max, wanted));
}

std::optional<Error> become(const User& user) {
  empty_bounding_set();
  if (!is_own(user) || is_root()) {
    if (auto error = change_user(user)) return error;
  }
  if (auto error = empty_capability_sets()) return error;
  return gain_nothing_more();
}

void give_up_capabilities() {
  if (is_root()) return;
  empty_bounding_set();
  (void)empty_capability_sets();
  (void)gain_nothing_more();
}

}  // namespace rhumb
