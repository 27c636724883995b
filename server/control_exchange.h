// One request over the API's HTTP and what has become of it, and the listener that it came by.
// Plain records of server/control.cc; libmicrohttpd's types are only named.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "server/control_api.h"
#include "server/http_access.h"

struct MHD_Connection;
struct MHD_Daemon;

namespace rhumb {

// A listener: its daemon, and what that borrows.
struct ControlDoor {
  bool is_http = false;
  HttpAccess access{};  // with the certificate that it shows
  MHD_Daemon* daemon = nullptr;
  int epoll_fd = -1;
  bool retired = false;  // takes no more clients, and ends with its last one
  unsigned int clients = 0;
  unsigned int followers = 0;
};

// It is suspended from being read until its reply is there, since libmicrohttpd would otherwise ask
// for the reply again and again; so is a stream until there is more of it.
struct ControlExchange {
  std::uint64_t id = 0;
  void* server = nullptr;  // whose it is
  ControlDoor& door;
  MHD_Connection* connection = nullptr;
  ControlRequest request{};
  std::size_t body_bytes = 0;  // received, kept or not
  bool asked = false;
  bool answered = false;
  bool wordless = false;  // there was no memory for an answer
  ControlReply reply{};
  std::string piece{};  // of the stream, not yet sent
  bool streams = false;
  bool ended = false;  // the stream goes on no more
};

}  // namespace rhumb
