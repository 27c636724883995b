#include "server/keeper.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "base/pack.h"
#include "server/clock.h"
#include "server/helper_process.h"
#include "server/packets.h"
#include "server/process_bounds.h"

namespace rhumb {
namespace {

std::uint8_t bits_of(const HelperTerms& terms) {
  return static_cast<std::uint8_t>((terms.user ? 1U : 0U) | (terms.confine.seccomp ? 2U : 0U) |
                                   (terms.confine.landlock ? 4U : 0U));
}

std::optional<Error> take_on(const HelperTerms& terms) {
  if (!terms.user) {
    give_up_capabilities();
    return std::nullopt;
  }
  if (auto error = become(*terms.user)) return error;
  // It holds no secret; and a command must be able to say that it is to go first.
  prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
  return std::nullopt;
}

// Waits until it ends.
std::uint32_t await(pid_t helper) {
  int status = 0;
  while (waitpid(helper, &status, 0) < 0 && errno == EINTR) {
  }
  return static_cast<std::uint32_t>(status);
}

// It ends by itself once there is no server.
bool is_over(std::uint32_t end) {
  const int status = static_cast<int>(end);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

// Ends it once there is no server.
void rest_until(std::int64_t at_ms, const Fd& requests) {
  const std::int64_t left_ms = std::max<std::int64_t>(at_ms - monotonic_ms(), 0);
  if (is_deserted(requests, static_cast<int>(left_ms))) _exit(0);
}

// The number of a new helper; negative: there can be none.
pid_t start_helper(const Fd& requests, const HelperTerms& terms) {
  const pid_t keeper = getpid();
  const pid_t helper = _Fork();
  if (helper == 0) run_helper(requests, keeper, terms.confine);
  return helper;
}

[[noreturn]] void keep(const Fd& server, const Fd& requests, const HelperTerms& terms,
                       KeeperFacts& facts) {
  for (bool is_first = true;; is_first = false) {
    const std::int64_t begun_ms = monotonic_ms();
    const pid_t helper = start_helper(requests, terms);
    const int why_none = helper < 0 ? errno : 0;
    if (is_first && why_none != 0) {
      (void)send_packet(server, std::generic_category().message(why_none));
      _exit(1);
    }
    facts.helper = helper;
    const bool was_missing = facts.why_none.exchange(why_none) != 0;
    if (why_none == 0) {
      if (!is_first) ++facts.restarts;
      (void)try_send_packet(server, kHelperBegun);
      facts.last_end = await(helper);
      if (is_over(facts.last_end)) _exit(0);
    } else if (!was_missing) {
      (void)try_send_packet(server, kHelperMissing);
    }
    rest_until(begun_ms + kRestartGapMs, requests);
  }
}

}  // namespace

std::string pack(const HelperTerms& terms) {
  Packer to;
  to.number(bits_of(terms));
  if (!terms.user) return to.bytes();
  to.number(std::uint32_t{terms.user->uid});
  to.number(std::uint32_t{terms.user->gid});
  to.count(terms.user->groups.size());
  for (const gid_t group : terms.user->groups) to.number(std::uint32_t{group});
  return to.bytes();
}

std::optional<HelperTerms> unpack_terms(std::string_view bytes) {
  Unpacker from(bytes);
  HelperTerms terms;
  const auto bits = from.number<std::uint8_t>();
  terms.confine = {.seccomp = (bits & 2U) != 0, .landlock = (bits & 4U) != 0};
  if ((bits & 1U) != 0) {
    User& user = terms.user.emplace();
    user.uid = from.number<std::uint32_t>();
    user.gid = from.number<std::uint32_t>();
    user.groups.resize(from.count(kMaxUserGroups));
    for (gid_t& group : user.groups) group = from.number<std::uint32_t>();
  }
  if (!from.done()) return std::nullopt;
  return terms;
}

void run_keeper(const Fd& server, const Fd& requests, pid_t server_pid, KeeperFacts& facts) {
  end_with(server_pid);
  prctl(PR_SET_NAME, "rhumb-keeper");
  // They go to all processes of a terminal or service; the server decides what comes of them.
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) signal(number, SIG_IGN);
  close_all_but(server, requests);
  forget_environment();
  const auto packet = receive_packet(server, -1);
  const auto terms = packet ? unpack_terms(packet->bytes) : std::nullopt;
  if (!terms) _exit(0);
  if (const auto error = take_on(*terms)) {
    (void)send_packet(server, error->message);
    _exit(1);
  }
  end_with(server_pid);  // the kernel forgets it with a change of user
  keep(server, requests, *terms, facts);
}

}  // namespace rhumb
