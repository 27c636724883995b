// The server of flat_bench, with all that it reads and can be changed: a zone of many static names,
// record sets that hang on checks, groups that hang on a database, and the DNS server that the
// checks ask.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string>
#include <thread>

#include "bench/generator.h"
#include "server/listeners.h"
#include "tests/support/process.h"
#include "tests/support/rhumb.h"
#include "text/json.h"

namespace rhumb::bench {

// The DNS server that the checks ask: answers, or while it flips SERVFAIL and an answer in turn.
class FlatSite {
 public:
  FlatSite();
  FlatSite(const FlatSite&) = delete;
  FlatSite& operator=(const FlatSite&) = delete;
  ~FlatSite();
  [[nodiscard]] std::uint16_t port() const { return port_; }
  void flip(bool on) { flips_ = on; }

 private:
  void run();
  void reply();

  Fd socket_;
  std::uint16_t port_ = 0;
  std::array<bool, 256> is_well_{};  // by the first octet of the asked name
  std::atomic<bool> flips_ = false;
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

// A file that stands there in two editions, so that to change it costs a link and a rename.
class ChangingFile {
 public:
  ChangingFile(const test::TempDir& folder, const std::string& path,
               const std::array<std::string, 2>& texts);
  void change();
  [[nodiscard]] std::size_t edition() const { return (turns_ + 1) % 2; }

 private:
  std::string path_;
  std::array<std::string, 2> editions_;
  unsigned turns_ = 0;
};

// What has happened in the server since its start.
struct FlatCounts {
  std::uint64_t reloads = 0;
  std::uint64_t flips = 0;  // of checks
  std::uint64_t maps = 0;   // times that databases were taken into use
  std::uint64_t views = 0;  // published
};

class FlatServer {
 public:
  // One worker; all threads and children on `core`. `binary` may be empty: the one that this
  // program was built with.
  FlatServer(FlatSite& site, const std::string& core, const std::string& binary);

  [[nodiscard]] bool wait_serving() { return rhumb_.wait_serving(); }
  [[nodiscard]] const Endpoint& endpoint() const { return rhumb_.endpoint(); }
  [[nodiscard]] std::string log() const { return rhumb_.process().output(); }
  [[nodiscard]] FlatCounts counts() const;
  // Processor time of its processes, those that have ended too.
  [[nodiscard]] double cpu_s() const;
  // Half of them of static names, 5 % of these of none; a quarter of checked pairs; a quarter of
  // places, from clients all over the world.
  static Questions questions();

  // Whether checks are asked every 100 ms or next to never. False: that cannot be.
  [[nodiscard]] bool set_probing(bool on);
  void reload();
  void change_database() { database_.change(); }
  [[nodiscard]] bool is_compiling() const;
  // No maps are being made, and those in use are of the database as it is.
  [[nodiscard]] bool is_settled() const;

 private:
  [[nodiscard]] JsonValue status() const;
  void write_checks(const std::string& interval) const;

  FlatSite& site_;
  test::TempDir folder_;
  ChangingFile records_;
  ChangingFile database_;
  test::Rhumb rhumb_;
};

}  // namespace rhumb::bench
