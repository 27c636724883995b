#include "server/syscall_lists.h"

#include <linux/sockios.h>
#include <sys/ioctl.h>

#include <array>

namespace rhumb {
namespace {

constexpr std::array kOfAll = {
    // memory
    "brk", "madvise", "membarrier", "memfd_create", "mmap", "mprotect", "mremap", "munmap",
    // what is open
    "close", "close_range", "dup", "dup2", "dup3", "fcntl", "fstat", "ftruncate", "lseek",
    "pread64", "pwrite64", "read", "readv", "write", "writev", "fstatfs", "fadvise64", "getdents64",
    // files, from outside
    "access", "faccessat", "faccessat2", "getcwd", "lstat", "newfstatat", "readlink", "readlinkat",
    "stat", "statfs", "statx",
    // packets to and from other processes
    "recvfrom", "recvmsg", "sendmsg", "sendto", "poll", "ppoll",
    // time, and waiting
    "clock_getres", "clock_gettime", "clock_nanosleep", "futex", "gettimeofday", "nanosleep",
    "restart_syscall", "sched_yield", "time",
    // oneself
    "arch_prctl", "exit", "exit_group", "getcpu", "getegid", "geteuid", "getgid", "getpid",
    "getppid", "getrandom", "getrlimit", "getrusage", "gettid", "getuid", "rseq", "rt_sigaction",
    "rt_sigprocmask", "rt_sigreturn", "sched_getaffinity", "set_robust_list", "sigaltstack",
    "sysinfo", "times", "uname"};

constexpr std::array kOfServer = {
    // sockets
    "accept",
    "accept4",
    "connect",
    "getpeername",
    "getsockname",
    "getsockopt",
    "listen",
    "recvmmsg",
    "sendmmsg",
    "setsockopt",
    "shutdown",
    "socketpair",
    // loops
    "epoll_create",
    "epoll_create1",
    "epoll_ctl",
    "epoll_pwait",
    "epoll_pwait2",
    "epoll_wait",
    "eventfd",
    "eventfd2",
    "pipe",
    "pipe2",
    "pselect6",
    "select",
    "signalfd4",
    "timerfd_create",
    "timerfd_gettime",
    "timerfd_settime",
    // threads, and how urgent they are
    "get_robust_list",
    "getpriority",
    "rt_sigpending",
    "rt_sigtimedwait",
    "sched_get_priority_max",
    "sched_get_priority_min",
    "sched_getparam",
    "sched_getscheduler",
    "set_tid_address",
    "setpriority",
    // the end of the helper
    "wait4",
    "waitid",
    // the control socket's
    "unlink",
    "unlinkat",
};

constexpr std::array kToWrite = {"copy_file_range", "fdatasync", "flock",    "fsync",     "mkdir",
                                 "mkdirat",         "rename",    "renameat", "renameat2", "syncfs"};

constexpr std::array kOfInstruments = {"clone",
                                       "getdents",
                                       "kill",
                                       "mkdir",
                                       "mlock",
                                       "munlock",
                                       "open",
                                       "openat",
                                       "personality",
                                       "prctl",
                                       "prlimit64",
                                       "process_vm_readv",
                                       "ptrace",
                                       "sched_setaffinity",
                                       "setrlimit",
                                       "tgkill",
                                       "tkill",
                                       "wait4",
                                       "flock",
                                       "unlink",
                                       "mincore",
                                       "msync",
                                       "pipe",
                                       "pipe2",
                                       "set_tid_address",
                                       "get_robust_list"};

constexpr std::array<std::uint64_t, 7> kRequests = {FIONBIO, FIOCLEX,  FIONCLEX,    FIONREAD,
                                                    TCGETS,  SIOCOUTQ, SIOCGIFINDEX};

}  // namespace

std::span<const char* const> calls_of_all() { return kOfAll; }
std::span<const char* const> calls_of_server() { return kOfServer; }
std::span<const char* const> calls_to_write() { return kToWrite; }
std::span<const char* const> calls_of_instruments() { return kOfInstruments; }
std::span<const std::uint64_t> requests_of_server() { return kRequests; }

}  // namespace rhumb
