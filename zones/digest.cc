#include "zones/digest.h"

#include <algorithm>
#include <string_view>

#include "base/hash.h"
#include "zones/rdata_names.h"

namespace rhumb {
namespace {

constexpr std::size_t kSoaTailSize = 20;  // they end the rdata; the serial is the first of them
constexpr std::size_t kSerialSize = 4;

// What a hash is of, so that no group is taken for a record.
enum class Part : std::uint8_t { kRecord = 1, kGroup = 2, kCheck = 3 };

// One hash of values in sequence.
class Sequence {
 public:
  explicit Sequence(Part part) : hash_(static_cast<std::uint64_t>(part)) {}

  template <typename T>
  requires std::is_integral_v<T> || std::is_enum_v<T> Sequence& operator<<(T number) {
    hash_ = mix(hash_, static_cast<std::uint64_t>(number));
    return *this;
  }
  Sequence& operator<<(std::span<const std::uint8_t> bytes) {
    hash_ = hash_bytes(hash_, bytes);
    return *this;
  }
  Sequence& operator<<(std::string_view text) {
    return *this << std::span(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
  }
  Sequence& operator<<(const std::vector<std::pair<std::string, std::string>>& pairs) {
    *this << pairs.size();
    for (const auto& [name, value] : pairs)
      *this << std::string_view(name) << std::string_view(value);
    return *this;
  }
  [[nodiscard]] std::uint64_t value() const { return hash_; }

 private:
  std::uint64_t hash_;
};

}  // namespace

void Digest::add(const RecordSet& set) {
  const std::uint64_t seed =
      (Sequence(Part::kRecord) << set.owner << set.type << set.ttl_s).value();
  for (const std::span<const std::uint8_t> rdata : set.rdata) {
    sum_ += hash_rdata(seed, set.type, rdata);
  }
}

void Digest::add(const GroupSpec& group) {
  Sequence hash(Part::kGroup);
  hash << group.owner.lower().wire() << group.type << group.policy << group.on_all_unhealthy
       << group.max_answers << group.min_healthy << group.sticky << group.no_match_meant;
  for (const GroupSpec::Set& set : group.sets) {
    hash << std::string_view(set.identifier) << std::string_view(set.check_id) << set.tier
         << set.weight << set.ttl_s << set.labels << set.location.has_value()
         << set.alias.has_value() << set.rdata.size();
    if (set.location) hash << std::string_view(key_of(Rule{{*set.location}}));
    if (set.alias) {
      hash << set.alias->target.lower().wire() << set.alias->evaluate_health << set.alias->of_pair;
    }
    std::uint64_t values = 0;
    for (const std::vector<std::uint8_t>& rdata : set.rdata) {
      values += hash_rdata(0, group.type, rdata);
    }
    hash << values;
  }
  sum_ += hash.value();
}

void Digest::add(const CheckSpec& check) {
  Sequence hash(Part::kCheck);
  hash << std::string_view(check.id) << check.labels << check.disabled << check.inverted
       << check.type << std::string_view(check.address) << check.port << check.family
       << std::string_view(check.host) << std::string_view(check.path)
       << std::string_view(check.method) << check.headers << check.expected_status.size();
  for (const StatusRange range : check.expected_status) hash << range.first << range.last;
  hash << std::string_view(check.body_contains) << check.verify_tls
       << std::string_view(check.ca_file) << check.interval_ms << check.timeout_ms
       << check.failure_threshold << check.success_threshold << check.recheck_interval_ms
       << check.hold_down_ms << check.recovery << check.initial_state;
  sum_ += hash.value();
}

std::uint64_t Digest::hash_rdata(std::uint64_t seed, Type type,
                                 std::span<const std::uint8_t> rdata) {
  const std::span<const std::uint8_t> canonical = canonical_rdata(type, rdata, buffer_);
  if (type == Type::kSoa) {
    std::fill_n(buffer_.end() - kSoaTailSize, kSerialSize, std::uint8_t{0});
  }
  return hash_bytes(seed, canonical);
}

std::string digest_text(std::uint64_t digest) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text(16, '0');
  for (std::size_t i = text.size(); i-- > 0; digest >>= 4U) text[i] = kDigits[digest & 15U];
  return text;
}

}  // namespace rhumb
