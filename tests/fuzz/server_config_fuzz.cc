// Any bytes as rhumb.yaml: read without harm, and what is good of it within its bounds.
#include <algorithm>
#include <cctype>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/error.h"
#include "server/config.h"

namespace rhumb {
namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

// It would read the files of the machine that it runs on. Escapes could spell it, too.
bool names_root(std::string_view text) {
  if (text.find('\\') != std::string_view::npos) return true;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '/') continue;
    if (i == 0 || std::isalnum(static_cast<unsigned char>(text[i - 1])) == 0) return true;
  }
  return false;
}

void check(const Config& config) {
  require(config.listen.size() <= kMaxListenAddresses);
  require(config.workers >= 0 && config.workers <= kMaxWorkers);
  require(config.control_socket.size() <= kMaxSocketPathBytes);
  require(config.options.udp_size >= 512);
  require(config.startup_wait_ms >= 0 && config.shutdown_delay_ms >= 0);
  require(config.options.identity != nullptr);
  const auto named = [](const CheckSpec& check) { return !check.id.empty(); };
  require(std::ranges::all_of(config.checks, named));
}

}  // namespace
}  // namespace rhumb

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);  // NOLINT: bytes as text
  if (rhumb::names_root(text)) return 0;
  rhumb::Diagnostics diagnostics;
  const rhumb::Config config = rhumb::read_config_text(text, "/nowhere/rhumb.yaml", diagnostics);
  if (diagnostics.error_count() == 0) rhumb::check(config);
  // As a reload does, over what it had read.
  rhumb::Diagnostics again;
  (void)rhumb::read_config_text(text, "/nowhere/rhumb.yaml", again, &config);
  rhumb::require((again.error_count() == 0) == (diagnostics.error_count() == 0));
  return 0;
}
