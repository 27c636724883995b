#include "server/exec_job.h"

#include "base/pack.h"

namespace rhumb {
namespace {

void put(Packer& to, const std::vector<std::string>& words) {
  to.count(words.size());
  for (const std::string& word : words) to.text(word);
}

std::vector<std::string> take_words(Unpacker& from) {
  std::vector<std::string> words;
  for (std::size_t left = from.count(kMaxExecWords); left > 0; --left) {
    words.emplace_back(from.text(kMaxExecWordSize));
  }
  return words;
}

}  // namespace

std::string pack(const ExecJob& job) {
  Packer to;
  put(to, job.command);
  put(to, job.environment);
  to.number(job.deadline_ms);
  return to.bytes();
}

std::optional<ExecJob> unpack_exec_job(std::string_view bytes) {
  Unpacker from(bytes);
  ExecJob job;
  job.command = take_words(from);
  job.environment = take_words(from);
  job.deadline_ms = from.number<std::uint64_t>();
  if (!from.done() || job.command.empty()) return std::nullopt;
  return job;
}

}  // namespace rhumb
