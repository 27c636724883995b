#include "server/config_confine.h"

#include <string>

#include "server/privileges.h"

namespace rhumb {
namespace {

constexpr ForeignKey kConfineKeys[] = {{"seccomp-bpf", "seccomp"}, {"sandbox", "landlock"}};

void read_user(Fields& fields, Config& config) {
  const auto given = fields.text("user");
  if (!given) return;
  if (given->empty()) {
    return fields.error("user",
                        "the name is empty; write one, or leave \"user\" out, and the server stays "
                        "who it was started as");
  }
  config.user = std::string(*given);
  config.user_place = fields.place_of("user");
}

}  // namespace

void read_confinement(Fields& fields, Config& config, Diagnostics& diagnostics) {
  read_user(fields, config);
  const auto map = fields.map("confine");
  if (!map) return;
  Fields confine(*map, diagnostics);
  config.confine.seccomp = confine.boolean("seccomp").value_or(config.confine.seccomp);
  config.confine.landlock = confine.boolean("landlock").value_or(config.confine.landlock);
  confine.finish(kConfineKeys);
}

void warn_of_user(const Config& config, Diagnostics& diagnostics) {
  if (config.user.empty()) return;
  const Result<User> user = find_user(config.user);
  if (user.ok()) return;
  diagnostics.warn(config.user_place, user.error() + "; where there is none, no server starts");
}

}  // namespace rhumb
