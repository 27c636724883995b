#include "server/seccomp_filter.h"

#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <system_error>

#include "server/instrumented.h"
#include "server/syscall_lists.h"

namespace rhumb {
namespace {

struct Release {
  void operator()(void* filter) const { seccomp_release(filter); }
};

// A list under construction. What goes wrong is kept until load().
class Filter {
 public:
  Filter() : filter_(seccomp_init(SCMP_ACT_KILL_PROCESS)) {
    if (filter_ == nullptr) {
      error_ = -ENOMEM;
      return;
    }
    set(SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
    set(SCMP_FLTATR_CTL_TSYNC, 1);
    // Nobody else's code runs here, against which the processor would have to be slowed down.
    set(SCMP_FLTATR_CTL_SSB, 1);
    set(SCMP_FLTATR_CTL_OPTIMIZE, 2);  // a tree rather than a row of comparisons
  }
  void allow(std::span<const char* const> names) {
    for (const char* const name : names) add(SCMP_ACT_ALLOW, name, {});
  }
  void allow_if(const char* name, scmp_arg_cmp condition) {
    add(SCMP_ACT_ALLOW, name, {condition});
  }
  void allow_if(const char* name, scmp_arg_cmp one, scmp_arg_cmp other) {
    add(SCMP_ACT_ALLOW, name, {one, other});
  }
  void refuse(const char* name, std::uint32_t code) { add(SCMP_ACT_ERRNO(code), name, {}); }
  void refuse_if(const char* name, scmp_arg_cmp condition, std::uint32_t code) {
    add(SCMP_ACT_ERRNO(code), name, {condition});
  }
  std::optional<Error> load() {
    if (error_ == 0) note(seccomp_load(filter_.get()));
    if (error_ == 0) return std::nullopt;
    return Error{std::generic_category().message(-error_)};
  }

 private:
  void set(scmp_filter_attr attribute, std::uint32_t value) {
    // An older kernel lacks some: then without.
    (void)seccomp_attr_set(filter_.get(), attribute, value);
  }
  // What this machine or this libseccomp has no such call for cannot be made.
  void add(std::uint32_t action, const char* name, std::initializer_list<scmp_arg_cmp> conditions) {
    const int number = seccomp_syscall_resolve_name(name);
    if (number == __NR_SCMP_ERROR || error_ != 0) return;
    const auto count = static_cast<unsigned>(conditions.size());
    const int code =
        seccomp_rule_add_array(filter_.get(), action, number, count, conditions.begin());
    const bool is_known = code == -EEXIST;  // as a whole
    if (code != -EDOM && !is_known) note(code);
  }
  void note(int code) {
    if (error_ == 0 && code < 0) error_ = code;
  }

  std::unique_ptr<void, Release> filter_;
  int error_ = 0;  // of the first call that failed, negative
};

scmp_arg_cmp is(unsigned argument, std::uint64_t value) {
  return {argument, SCMP_CMP_EQ, value, 0};
}

scmp_arg_cmp has_bits(unsigned argument, std::uint64_t mask, std::uint64_t bits) {
  return {argument, SCMP_CMP_MASKED_EQ, mask, bits};
}

// Only what reads, makes nothing and cuts nothing off.
void allow_reading(Filter& filter) {
  constexpr std::uint64_t kNotToRead = O_ACCMODE | O_CREAT | O_TRUNC;
  filter.allow_if("openat", has_bits(2, kNotToRead, O_RDONLY));
  filter.allow_if("open", has_bits(1, kNotToRead, O_RDONLY));
}

// Beside that, and nothing that reads: to cut a file off by O_RDONLY | O_TRUNC is to write it,
// which Landlock sees only since Linux 6.2. Where it may write, Landlock says.
void allow_writing(Filter& filter) {
  filter.allow(calls_to_write());
  for (const auto access : {std::uint64_t{O_WRONLY}, std::uint64_t{O_RDWR}}) {
    filter.allow_if("openat", has_bits(2, O_ACCMODE, access));
    filter.allow_if("open", has_bits(1, O_ACCMODE, access));
  }
}

// A thread, and never a process. What clone3() is to do stands in memory, where no filter looks;
// without it glibc takes clone().
void allow_threads(Filter& filter) {
  filter.allow_if("clone", has_bits(0, CLONE_THREAD, CLONE_THREAD));
  filter.refuse("clone3", ENOSYS);
}

// Three families. Who asks for another, as glibc does for AF_NETLINK, does without it.
void allow_sockets(Filter& filter) {
  for (std::uint64_t family = 0; family <= AF_INET6; ++family) {
    if (family == AF_UNIX || family == AF_INET || family == AF_INET6) {
      filter.allow_if("socket", is(0, family));
    } else {
      filter.refuse_if("socket", is(0, family), EAFNOSUPPORT);
    }
  }
  filter.refuse_if("socket", {0, SCMP_CMP_GT, AF_INET6, 0}, EAFNOSUPPORT);
}

void allow_some_arguments(Filter& filter) {
  for (const int option : {PR_SET_NAME, PR_GET_NAME, PR_SET_VMA}) {
    filter.allow_if("prctl", is(0, static_cast<std::uint64_t>(option)));
  }
  for (const std::uint64_t request : requests_of_server()) filter.allow_if("ioctl", is(1, request));
  filter.allow_if("prlimit64", is(2, 0));  // to ask
  filter.allow_if("tgkill", is(0, static_cast<std::uint64_t>(getpid())));
}

// What a build that watches or counts its own code does beside.
void allow_instruments(Filter& filter) {
  filter.allow(calls_of_instruments());
  filter.refuse("execve", EPERM);
}

}  // namespace

std::optional<Error> allow_only(Calls calls) {
  Filter filter;
  filter.allow(calls_of_all());
  allow_reading(filter);
  if (kIsInstrumented) allow_instruments(filter);
  switch (calls) {
    case Calls::kServerWithState:
      allow_writing(filter);
      [[fallthrough]];
    case Calls::kServer:
      filter.allow(calls_of_server());
      allow_threads(filter);
      allow_sockets(filter);
      allow_some_arguments(filter);
      break;
    case Calls::kCompile:
      filter.allow_if("tgkill", is(0, static_cast<std::uint64_t>(getpid())));
      break;
  }
  return filter.load();
}

}  // namespace rhumb
