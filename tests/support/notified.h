// Where a service manager would listen to what its services tell it (sd_notify(3)).
#pragma once

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <cstddef>
#include <cstring>
#include <string>

#include "server/listeners.h"

namespace rhumb::test {

class Notified {
 public:
  // A path, or @NAME of an abstract socket.
  explicit Notified(const std::string& name) : fd_(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, name.data(), name.size());
    const bool is_abstract = name[0] == '@';
    if (is_abstract) address.sun_path[0] = '\0';
    const std::size_t size = offsetof(sockaddr_un, sun_path) + name.size() + (is_abstract ? 0 : 1);
    const auto* generic = reinterpret_cast<const sockaddr*>(&address);
    EXPECT_EQ(bind(fd_.get(), generic, static_cast<socklen_t>(size)), 0);
  }
  // What it is told next; empty: nothing is there.
  [[nodiscard]] std::string next() const {
    std::array<char, 1024> text{};
    const ssize_t size = recv(fd_.get(), text.data(), text.size(), MSG_DONTWAIT);
    return size > 0 ? std::string(text.data(), static_cast<std::size_t>(size)) : "";
  }

 private:
  Fd fd_;
};

}  // namespace rhumb::test
