#include "server/control_socket.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <system_error>

#include "server/socket_address.h"

namespace rhumb {
namespace {

constexpr mode_t kSocketMode = 0660;
constexpr mode_t kSocketFolderMode = 0755;
constexpr int kControlBacklog = 64;
constexpr int kKeepAliveS = 30;

Error socket_failed(const std::string& path, const std::string& what) {
  return {"control socket " + path + ": " + what};
}

Error socket_failed(const std::string& path, int code) {
  return socket_failed(path, std::generic_category().message(code));
}

Error http_failed(const Endpoint& endpoint, int code) {
  std::string text = "cannot listen on " + to_string(endpoint) +
                     " (http): " + std::generic_category().message(code);
  if (code == EADDRINUSE) {
    text += "; another server has this port, stop it or change \"http.listen\"";
  }
  if (code == EACCES) text += "; ports below 1024 need root or CAP_NET_BIND_SERVICE";
  if (code == EADDRNOTAVAIL) text += "; no interface of this machine has this address";
  return {text};
}

void set_option(const Fd& fd, int level, int option, int value) {
  (void)setsockopt(fd.get(), level, option, &value, sizeof value);  // for comfort, not for meaning
}

std::optional<sockaddr_un> address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof(address.sun_path)) return std::nullopt;
  std::copy(path.begin(), path.end(), address.sun_path);
  return address;
}

const sockaddr* generic(const sockaddr_un& address) {
  return reinterpret_cast<const sockaddr*>(&address);  // NOLINT: how sockets are typed
}

Fd open_socket() { return Fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)); }

void make_folder(const std::string& path, const User* owner) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos || slash == 0) return;
  // What is wrong with it, bind() will say.
  make_folder_for(path.substr(0, slash), kSocketFolderMode, owner);
}

// What this process makes meanwhile has the very mode that it is given.
class NoUmask {
 public:
  NoUmask() : before_(umask(0)) {}
  NoUmask(const NoUmask&) = delete;
  NoUmask& operator=(const NoUmask&) = delete;
  ~NoUmask() { umask(before_); }

 private:
  const mode_t before_;
};

// 0 or errno. The file has its mode from its first moment, and not by its path afterwards: whoever
// may write to the folder could have put a link there by then.
int bind_as_file(const Fd& fd, const sockaddr_un& address) {
  const NoUmask none;
  const bool is_done =
      fchmod(fd.get(), kSocketMode) == 0 && bind(fd.get(), generic(address), sizeof(address)) == 0;
  return is_done ? 0 : errno;
}

// Makes room for a new socket. A backlog that is full (EAGAIN) is a server's too.
std::optional<Error> remove_stale(const std::string& path, const sockaddr_un& address) {
  struct stat found {};
  if (lstat(path.c_str(), &found) != 0) return std::nullopt;
  if (!S_ISSOCK(found.st_mode)) return socket_failed(path, "there is a file, and it is no socket");
  const Fd probe = open_socket();
  const int connected = connect(probe.get(), generic(address), sizeof(address));
  if (connected == 0 || errno == EAGAIN) return socket_failed(path, "another rhumb is running");
  if (errno != ECONNREFUSED && errno != ENOENT) return socket_failed(path, errno);
  if (unlink(path.c_str()) != 0 && errno != ENOENT) return socket_failed(path, errno);
  return std::nullopt;
}

}  // namespace

Result<Fd> bind_control_socket(const std::string& path, const User* owner) {
  const auto address = address_of(path);
  if (!address) return socket_failed(path, "the path is too long");
  make_folder(path, owner);
  if (auto refused = remove_stale(path, *address)) return *refused;
  Fd fd = open_socket();
  if (!fd.valid()) return socket_failed(path, errno);
  if (const int code = bind_as_file(fd, *address); code != 0) return socket_failed(path, code);
  if (owner != nullptr) {
    if (const auto error = give_file(path, *owner)) return socket_failed(path, error->message);
  }
  if (listen(fd.get(), kControlBacklog) != 0) return socket_failed(path, errno);
  return fd;
}

Result<Fd> bind_http_socket(const Endpoint& endpoint) {
  const int domain = endpoint.address.is_v4() ? AF_INET : AF_INET6;
  Fd fd(socket(domain, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd.valid()) return http_failed(endpoint, errno);
  if (domain == AF_INET6) set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
  set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);  // past connections in TIME_WAIT
  // Taken over by each connection: a follower that fell silent for good is noticed.
  set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
  set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, kKeepAliveS);
  set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, kKeepAliveS);
  const SocketAddress address = to_socket_address(endpoint);
  if (bind(fd.get(), address.get(), address.size) != 0) return http_failed(endpoint, errno);
  if (listen(fd.get(), kControlBacklog) != 0) return http_failed(endpoint, errno);
  return fd;
}

std::string user_of(int connection) {
  ucred peer{};
  socklen_t size = sizeof(peer);
  if (getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return "";
  return "uid=" + std::to_string(peer.uid);
}

std::optional<Unreached> why_not_reached(const std::string& path) {
  const auto address = address_of(path);
  if (!address) {
    const std::size_t most = sizeof(sockaddr_un::sun_path) - 1;
    return Unreached{"a socket's path has 1 to " + std::to_string(most) + " bytes"};
  }
  const Fd probe = open_socket();
  if (connect(probe.get(), generic(*address), sizeof(*address)) == 0 || errno == EAGAIN) {
    return std::nullopt;
  }
  const int code = errno;
  return Unreached{std::generic_category().message(code), code == ENOENT || code == ECONNREFUSED};
}

}  // namespace rhumb
