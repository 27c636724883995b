// Any search tree and any data section as a MaxMind DB: read without harm, in order. The metadata
// is always good: how libmaxminddb reads that is its own affair, and known not to be safe, which is
// why the server has such a file read by a process that may die.
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "geo/maxmind.h"
#include "tests/support/mmdb.h"

namespace {

using rhumb::test::mmdb_metadata;

// The first octet tells the sizes, the second how many nodes the tree has.
std::string database_of(std::string_view input) {
  const auto form = static_cast<std::uint8_t>(input[0]);
  const auto nodes = std::max<std::uint32_t>(1, static_cast<std::uint8_t>(input[1]));
  rhumb::test::MmdbWriter::Options options;
  options.record_size = 24 + 4 * (form % 3);
  options.ip_version = (form & 0x80U) != 0 ? 4 : 6;
  const std::size_t tree_size = nodes * static_cast<std::size_t>(options.record_size) / 4;
  input.remove_prefix(2);
  std::string file(input.substr(0, tree_size));
  file.resize(tree_size + 16);
  file += input.substr(std::min(tree_size, input.size()));
  return file + mmdb_metadata(options, nodes);
}

void check(const rhumb::PlaceTable& table, const std::vector<rhumb::PlaceStretch>& stretches) {
  for (std::size_t i = 0; i < stretches.size(); ++i) {
    if (stretches[i].place >= table.places.size()) std::abort();
    if (i == 0 ? stretches[i].first != rhumb::AddressNumber{}
               : stretches[i].first <= stretches[i - 1].first) {
      std::abort();
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string file = database_of({reinterpret_cast<const char*>(data), size});  // NOLINT
  const int fd = memfd_create("maxmind_fuzz", MFD_CLOEXEC);
  if (write(fd, file.data(), file.size()) != static_cast<ssize_t>(file.size())) std::abort();
  const std::string path = "/proc/self/fd/" + std::to_string(fd);
  for (const auto read : {rhumb::read_places, rhumb::read_asns}) {
    const auto got = read(path);
    if (!got.ok()) continue;
    check(got.value().table, got.value().table.v4);
    check(got.value().table, got.value().table.v6);
  }
  close(fd);
  return 0;
}
