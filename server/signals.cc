#include "server/signals.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

namespace rhumb {
namespace {

sigset_t steering_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : {SIGHUP, SIGTERM, SIGINT}) sigaddset(&set, number);
  return set;
}

}  // namespace

Signals::Signals() {
  const sigset_t set = steering_signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  // What they are about, a write says as well: EPIPE, EFBIG.
  for (const int number : {SIGPIPE, SIGXFSZ}) signal(number, SIG_IGN);
  signals_ = Fd(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  notified_ = Fd(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
}

Event Signals::wait(int timeout_ms, std::array<int, 2> others) {
  std::array<pollfd, 4> watched = {{{signals_.get(), POLLIN, 0},
                                    {notified_.get(), POLLIN, 0},
                                    {others[0], POLLIN, 0},
                                    {others[1], POLLIN, 0}}};
  bool is_over = false;
  while (true) {
    signalfd_siginfo info{};
    if (read(signals_.get(), &info, sizeof(info)) == static_cast<ssize_t>(sizeof(info))) {
      return info.ssi_signo == SIGHUP ? Event::kReload : Event::kStop;
    }
    eventfd_t count = 0;
    if (eventfd_read(notified_.get(), &count) == 0) return Event::kNotified;
    if (is_over) return Event::kNothing;
    if ((watched[2].revents | watched[3].revents) != 0) return Event::kReadable;
    is_over = poll(watched.data(), watched.size(), timeout_ms) == 0;
  }
}

void Signals::notify() { eventfd_write(notified_.get(), 1); }

void Signals::end_at_once() {
  for (const int number : {SIGTERM, SIGINT}) signal(number, [](int) { _exit(0); });
  signal(SIGHUP, SIG_IGN);
  const sigset_t set = steering_signals();
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

}  // namespace rhumb
