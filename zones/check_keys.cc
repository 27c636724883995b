#include "zones/check_keys.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "text/quote.h"

namespace rhumb {
namespace {

using Types = std::uint32_t;  // a bit a CheckType

constexpr std::array kAllTypes = {CheckType::kHttp,   CheckType::kHttps,      CheckType::kTcp,
                                  CheckType::kTls,    CheckType::kDns,        CheckType::kGrpc,
                                  CheckType::kExec,   CheckType::kPrometheus, CheckType::kPush,
                                  CheckType::kSwitch, CheckType::kCalculated};

template <typename... T>
constexpr Types types(T... each) {
  return ((Types{1} << static_cast<unsigned>(each)) | ...);
}

template <typename Is>
constexpr Types types_that(Is is) {
  Types found = 0;
  for (const CheckType type : kAllTypes) found |= is(type) ? types(type) : 0;
  return found;
}

constexpr Types kHttp = types(CheckType::kHttp, CheckType::kHttps);
constexpr Types kAsking = types_that(has_address);
constexpr Types kOverTls =
    types(CheckType::kHttps, CheckType::kTls, CheckType::kGrpc, CheckType::kPrometheus);
constexpr Types kProbed = types_that(is_probed);

struct KeyUse {
  std::string_view key;
  Types by;
};

constexpr KeyUse kUses[] = {
    {"address", kAsking},
    {"port", kAsking},
    {"family", kAsking | types(CheckType::kPrometheus)},
    {"host", kHttp | types(CheckType::kTls, CheckType::kGrpc)},
    {"path", kHttp},
    {"method", kHttp},
    {"headers", kHttp | types(CheckType::kPrometheus)},
    {"expectedStatus", kHttp},
    {"bodyContains", kHttp},
    {"keepAlive", kHttp},
    {"verifyTls", kOverTls},
    {"caFile", kOverTls},
    {"minDaysLeft", types(CheckType::kTls)},
    {"query", types(CheckType::kDns, CheckType::kPrometheus)},
    {"queryType", types(CheckType::kDns)},
    {"expectedRcode", types(CheckType::kDns)},
    {"expectedValue", types(CheckType::kDns)},
    {"service", types(CheckType::kGrpc)},
    {"tls", types(CheckType::kGrpc)},
    {"command", types(CheckType::kExec)},
    {"url", types(CheckType::kPrometheus)},
    {"condition", types(CheckType::kPrometheus)},
    {"onNoData", types(CheckType::kPrometheus)},
    {"tokenFile", types(CheckType::kPrometheus, CheckType::kPush)},
    {"expiresAfter", types(CheckType::kPush)},
    {"default", types(CheckType::kSwitch)},
    {"children", types(CheckType::kCalculated)},
    {"healthThreshold", types(CheckType::kCalculated)},
    {"interval", kProbed},
    {"timeout", kProbed},
    {"recheckInterval", kProbed},
    {"holdDown", kProbed},
    {"failureThreshold", kProbed},
    {"successThreshold", kProbed},
    {"recovery", kProbed},
    {"initialState", kProbed},
};

// What the URL of a PROMETHEUS check says.
constexpr std::array<std::string_view, 5> kInUrl = {"address", "port", "host", "path", "tls"};

// `HTTP, HTTPS and TCP`
std::string names_of(Types set) {
  std::vector<std::string_view> names;
  for (const CheckType type : kAllTypes) {
    if ((set & types(type)) != 0) names.push_back(to_string(type));
  }
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) text += i + 1 == names.size() ? " and " : ", ";
    text += names[i];
  }
  return text;
}

std::string refusal(const KeyUse& use, CheckType type) {
  const bool is_in_url = std::find(kInUrl.begin(), kInUrl.end(), use.key) != kInUrl.end();
  if (type == CheckType::kPrometheus && is_in_url) {
    return " is not for PROMETHEUS checks; their url says it";
  }
  if (use.by == kProbed) {
    return " is for checks that are probed; " + std::string(to_string(type)) + " checks are not";
  }
  return " is for " + names_of(use.by) + " checks alone";
}

}  // namespace

void judge_check_keys(Fields& fields, CheckType type, Diagnostics& diagnostics) {
  for (const KeyUse& use : kUses) {
    if ((use.by & types(type)) != 0 || !fields.has(use.key)) continue;
    diagnostics.error(fields.key_place(use.key), in_quotes(use.key) + refusal(use, type));
  }
}

void forget_unused(CheckSpec& spec) {
  const CheckSpec built_in;
  if (!has_address(spec.type) && spec.type != CheckType::kPrometheus) {
    spec.address = built_in.address;
    spec.port = built_in.port;
    spec.family = built_in.family;
    spec.host = built_in.host;
  }
  if (is_probed(spec.type)) return;
  spec.timeout_ms = built_in.timeout_ms;
  forget_pace(spec);
}

}  // namespace rhumb
