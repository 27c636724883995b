// Who a process runs as, and how it lets go of what root may do: for good, and of all of it. What
// it needs to make for its later self, it makes before. Nothing here is undone.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace rhumb {

// Supplementary groups of a user.
inline constexpr std::size_t kMaxUserGroups = 256;

struct User {
  std::string name;
  uid_t uid = 0;
  gid_t gid = 0;
  std::vector<gid_t> groups;

  bool operator==(const User&) const = default;
};

// Error: there is none of this name, or why it cannot be found out; it names the user.
Result<User> find_user(std::string_view name);
// Why this process cannot become `user`; empty: it can, or is it already.
std::string why_not_become(const User& user);

// Makes the folder for `user`, unless it is there or the one above is not. What is wrong with it,
// who needs it will say.
void make_folder_for(const std::string& path, mode_t mode, const User* user);
// Makes an own file `user`'s, which it is where we are not root. Error: why not.
std::optional<Error> give_file(const std::string& path, const User& user);

// The same, where what may not be read names who may not: "… Permission denied for the user …".
Diagnostics said_of(const User& user, const Diagnostics& found);

// Lets this process, and what it starts, be as urgent as `nice` even when it is no longer root.
void allow_nice(int nice);
// Becomes `user` with its groups. Then it holds no capability, and neither it nor what it starts
// ever gets any. The error says what failed; the process is fit for nothing but to end then.
// Requires: no other thread runs.
std::optional<Error> become(const User& user);
// The same of capabilities alone, of a process that is not root. That is left as it is.
void give_up_capabilities();

}  // namespace rhumb
