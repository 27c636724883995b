#include "zones/sources.h"

#include <filesystem>
#include <system_error>
#include <utility>

namespace rhumb {

Sources::Sources(KeptFiles kept) : kept_(std::make_shared<const KeptFiles>(std::move(kept))) {}

Result<SourceText> Sources::read(const std::string& path, std::size_t max_size) const {
  const KeptCopy* const kept = copy_of(path);
  if (kept == nullptr) return SourceText::read(path, max_size);
  Result<SourceText> text = SourceText::read(kept->copy, max_size);
  if (!text.ok()) return Error{"its last good copy " + text.error()};
  if (text.value().text().size() != kept->stamp.size) return Error{"its last good copy is damaged"};
  return std::move(text).value().known_as({.path = path, .stamp = kept->stamp});
}

Result<FileStamp> Sources::stamp(const std::string& path) const {
  const KeptCopy* const kept = copy_of(path);
  return kept == nullptr ? stamp_file(path) : Result<FileStamp>(kept->stamp);
}

std::string Sources::path_to_open(const std::string& path) const {
  const KeptCopy* const kept = copy_of(path);
  return kept == nullptr ? path : kept->copy;
}

const KeptCopy* Sources::copy_of(const std::string& path) const {
  if (kept_ == nullptr) return nullptr;
  const auto found = kept_->copies.find(path_from_root(path));
  return found == kept_->copies.end() ? nullptr : &found->second;
}

std::string path_from_root(const std::string& path) {
  std::error_code failed;
  const std::filesystem::path whole = std::filesystem::absolute(path, failed);
  return failed ? path : whole.lexically_normal().string();
}

}  // namespace rhumb
