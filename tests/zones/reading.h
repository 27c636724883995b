// What the tests of the readers share: a folder for files that goes away again, and zones read from
// text with all that was found wrong.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "zones/builder.h"
#include "zones/load.h"
#include "zones/master_file.h"
#include "zones/zone.h"
#include "zones/zone_yaml.h"

namespace rhumb {

class TestFolder {
 public:
  TestFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "rhumb-zones-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp");
    path_ = pattern;
  }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;
  ~TestFolder() { std::filesystem::remove_all(path_); }

  // Writes a file and returns its path.
  [[nodiscard]] std::string write(const std::string& name, std::string_view text) const {
    const std::filesystem::path path = path_ / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
    return path.string();
  }
  // The text with the folder's name taken out.
  [[nodiscard]] std::string without_folder(std::string text) const {
    const std::string prefix = path_.string() + "/";
    for (auto at = text.find(prefix); at != std::string::npos; at = text.find(prefix)) {
      text.erase(at, prefix.size());
    }
    return text;
  }

 private:
  std::filesystem::path path_;
};

struct Reading {
  std::vector<std::string> problems;  // each as it is printed
  std::shared_ptr<const Zone> zone;   // null when there was any error
};

inline Reading to_reading(ZoneBuilder& builder, Diagnostics diagnostics, bool whole = true) {
  Reading reading;
  if (whole) reading.zone = builder.build({}, diagnostics);
  if (diagnostics.has_errors()) reading.zone = nullptr;
  for (const Diagnostic& diagnostic : diagnostics.all()) {
    reading.problems.push_back(to_string(diagnostic));
  }
  return reading;
}

inline Reading read_master(std::string_view text, const std::string& path = "z.zone") {
  ZoneBuilder builder;
  Diagnostics diagnostics;
  read_master_text(text, path, {}, builder, diagnostics);
  return to_reading(builder, std::move(diagnostics));
}

inline Reading read_yaml_zone(std::string_view text, const CheckDefaults& check_defaults = {}) {
  ZoneBuilder builder;
  Diagnostics diagnostics;
  const SourceFile file{.path = "z.yaml", .stamp = {}};
  const bool whole = read_zone_yaml_text(text, file, check_defaults, builder, diagnostics);
  return to_reading(builder, std::move(diagnostics), whole);
}

// Four lines; `records` goes on at the fifth.
inline constexpr std::string_view kZoneHead =
    "zone: blog.example.com\n"
    "soa: {mname: ns1, rname: hostmaster, serial: 1}\n"
    "records:\n"
    "- {name: \"@\", type: NS, values: ns1.example.net.}\n";

inline Reading read_records(std::string_view records) {
  return read_yaml_zone(std::string(kZoneHead) + std::string(records));
}

inline std::vector<std::string> problems_of(std::string_view records) {
  return read_records(records).problems;
}

inline Reading load(const TestFolder& folder, const std::string& path) {
  Reading reading;
  Diagnostics diagnostics;
  reading.zone = load_zone(path, {}, diagnostics).zone;
  for (const Diagnostic& diagnostic : diagnostics.all()) {
    reading.problems.push_back(folder.without_folder(to_string(diagnostic)));
  }
  return reading;
}

}  // namespace rhumb
