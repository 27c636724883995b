#include "text/yaml.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <exception>
#include <istream>
#include <streambuf>
#include <utility>

#include "text/yaml_builder.h"
#include "text/yaml_source.h"

namespace rhumb {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// Lets the parser read a string where it lies.
class ViewBuffer : public std::streambuf {
 public:
  explicit ViewBuffer(std::string& text) {
    setg(text.data(), text.data(), text.data() + text.size());
  }
};

// From yaml-cpp's events to the builder's. Tags and anchors are seen by the builder in the text.
class Handler final : public YAML::EventHandler {
 public:
  Handler(const YamlInput& input, YamlBuilder& builder) : input_(input), builder_(builder) {}

  void OnDocumentStart(const YAML::Mark& mark) override { builder_.start(at(mark)); }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t) override { builder_.empty(at(mark)); }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override { builder_.alias(at(mark)); }
  void OnScalar(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                const std::string& value) override {
    builder_.scalar(at(mark), value);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value style) override {
    builder_.open(at(mark), YamlKind::kList, ours(style));
  }
  void OnSequenceEnd() override { builder_.close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value style) override {
    builder_.open(at(mark), YamlKind::kMap, ours(style));
  }
  void OnMapEnd() override { builder_.close(); }

 private:
  [[nodiscard]] std::size_t at(const YAML::Mark& mark) const { return input_.offset(mark.pos); }
  static YamlStyle ours(YAML::EmitterStyle::value style) {
    return style == YAML::EmitterStyle::Flow ? YamlStyle::kBrackets : YamlStyle::kIndented;
  }

  const YamlInput& input_;
  YamlBuilder& builder_;
};

// Exceptions, the parser's and ours, end here.
void parse(YamlInput& input, YamlBuilder& builder) {
  ViewBuffer buffer(input.text());
  std::istream stream(&buffer);
  Handler handler(input, builder);
  try {
    YAML::Parser parser(stream);
    // The second call finds the end of the file, or a document too many.
    if (parser.HandleNextDocument(handler)) parser.HandleNextDocument(handler);
    builder.finish();
  } catch (const YamlStop&) {  // NOLINT(bugprone-empty-catch): the problem is noted
  } catch (const YAML::Exception& exception) {
    builder.fail(input.offset(exception.mark.pos), exception.msg);
  } catch (const std::exception& exception) {
    builder.fail(0, exception.what());
  }
}

// What can be said before parsing.
std::optional<YamlFault> find_fault(std::string_view text) {
  if (text.size() > kMaxYamlSizeBytes) {
    return YamlFault{0, "the file is larger than 1 GiB; split it"};
  }
  return find_bad_character(text);
}

}  // namespace

std::optional<YamlDocument> read_yaml(std::string_view text, std::string file_name,
                                      Diagnostics& diagnostics) {
  ReadYaml read = read_yaml_with_errors(text, std::move(file_name), diagnostics);
  return read.is_good ? std::move(read.document) : std::nullopt;
}

ReadYaml read_yaml_with_errors(std::string_view text, std::string file_name,
                               Diagnostics& diagnostics) {
  if (text.substr(0, kByteOrderMark.size()) == kByteOrderMark) {
    text.remove_prefix(kByteOrderMark.size());
  }
  if (auto fault = find_fault(text)) {
    const YamlPlaces::At at = YamlPlaces(text).at(fault->offset);
    diagnostics.error({std::move(file_name), at.line, at.column}, std::move(fault->message));
    return {};
  }
  YamlInput input(text);
  YamlBuilder builder(text);
  parse(input, builder);
  ReadYaml read;
  read.is_good = !builder.hand_over_problems(file_name, diagnostics);
  if (builder.is_whole()) read.document.emplace(builder.take(std::move(file_name)));
  return read;
}

}  // namespace rhumb
