// Exchanges with targets, many at once on a libuv loop, through libcurl: each with one given
// address, at bounded cost, and over a connection of its own unless it says otherwise. It follows
// no redirects, knows no proxies and looks no names up. Why libcurl:
// docs/decisions/0003-probing-through-libcurl.md.
#pragma once

#include <uv.h>

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "server/connection_pools.h"
#include "server/transfer.h"

namespace rhumb {

class Transfers {
 public:
  using Done = std::function<void(const TransferResult&)>;

  // `loop` outlives it, and runs once more after its end to free its handles.
  explicit Transfers(uv_loop_t* loop);
  Transfers(const Transfers&) = delete;
  Transfers& operator=(const Transfers&) = delete;
  // Drops what is under way: no `done` is called any more.
  ~Transfers();

  // Calls `done` once, from the loop. The caller bounds how many run at once. If a connection that
  // is used again turns out to be dead, a new one is tried within the same time.
  void start(const TransferRequest& request, Done done);
  // How many connections may wait to be used again: the callers' that ask for it.
  void keep_connections(std::size_t count);

 private:
  class Multi;
  uv_loop_t* loop_;
  // By CA file, since libcurl caches the certificates of one alone: two in turn cost 15 ms each
  // time; and by pool.
  std::map<std::pair<std::string, std::size_t>, std::unique_ptr<Multi>> multis_;
  ConnectionPools pools_;
};

}  // namespace rhumb
