#include "server/counters.h"

#include <algorithm>
#include <cassert>
#include <cstdlib>
#include <new>

namespace rhumb {
namespace {

constexpr std::size_t kOtherType = kCountedTypes - 1;

struct TypeName {
  Type type;
  std::string_view name;
};

// What clients ask for, and what they had better not.
constexpr std::array<TypeName, kOtherType> kTypes = {{
    {Type::kA, "A"},         {Type::kNs, "NS"},         {Type::kCname, "CNAME"},
    {Type::kSoa, "SOA"},     {Type::kPtr, "PTR"},       {Type::kHinfo, "HINFO"},
    {Type::kMx, "MX"},       {Type::kTxt, "TXT"},       {Type::kAaaa, "AAAA"},
    {Type::kSrv, "SRV"},     {Type{35}, "NAPTR"},       {Type::kDname, "DNAME"},
    {Type::kDs, "DS"},       {Type::kDnskey, "DNSKEY"}, {Type::kSvcb, "SVCB"},
    {Type::kHttps, "HTTPS"}, {Type{257}, "CAA"},        {Type::kAny, "ANY"},
    {Type::kAxfr, "AXFR"},   {Type::kIxfr, "IXFR"},
}};

constexpr auto kTypeNames = [] {
  std::array<std::string_view, kCountedTypes> names{};
  for (std::size_t i = 0; i < kTypes.size(); ++i) names[i] = kTypes[i].name;
  names[kOtherType] = "other";
  return names;
}();

// The place of a type among those that are counted.
constexpr auto kTypePlaces = [] {
  std::array<std::uint8_t, 258> places{};
  places.fill(kOtherType);
  for (std::size_t i = 0; i < kTypes.size(); ++i) {
    places[static_cast<std::size_t>(kTypes[i].type)] = static_cast<std::uint8_t>(i);
  }
  return places;
}();

constexpr std::array<Rcode, kCountedRcodes> kRcodes = {
    Rcode::kNoError, Rcode::kFormErr,  Rcode::kServFail, Rcode::kNxDomain, Rcode::kNotImp,
    Rcode::kRefused, Rcode::kYxDomain, Rcode::kNotAuth,  Rcode::kBadVers,  Rcode::kBadCookie};

// Upper bounds: from one datagram that was alone to a machine that is out of breath.
constexpr std::array<std::uint64_t, 15> kDurationBoundsNs = {
    5'000,     10'000,    20'000,     50'000,     100'000,    200'000,     500'000,      1'000'000,
    2'000'000, 5'000'000, 10'000'000, 20'000'000, 50'000'000, 100'000'000, 1'000'000'000};

// A question that cannot be read has no type.
std::size_t place_of_type(const Query& query) {
  const auto type = static_cast<std::size_t>(query.type);
  return query.question.empty() || type >= kTypePlaces.size() ? kOtherType : kTypePlaces[type];
}

// The codes up to YXDOMAIN have the places of their numbers.
std::size_t place_of_rcode(Rcode rcode) {
  if (rcode <= Rcode::kYxDomain) [[likely]]
    return static_cast<std::size_t>(rcode);
  return static_cast<std::size_t>(std::ranges::find(kRcodes, rcode) - kRcodes.begin());
}

// The first line that nothing before `memory` is on.
template <typename T>
T* first_of_own_lines(void* memory) {
  auto* const octets = static_cast<std::byte*>(memory);
  const auto at = reinterpret_cast<std::uintptr_t>(memory);
  return reinterpret_cast<T*>(octets + (whole_lines(at) - at));  // NOLINT
}

void add_counts(const std::uint64_t* from, std::uint64_t* to, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) to[i] += read_count(from[i]);
}

}  // namespace

std::string_view to_string(Drop reason) {
  switch (reason) {
    case Drop::kShort:
      return "short";
    case Drop::kResponse:
      return "response";
    case Drop::kOversize:
      return "oversize";
    case Drop::kSourcePort:
      return "sourcePort";
    case Drop::kNotSent:
      return "notSent";
    case Drop::kConnectionLimit:
      return "connectionLimit";
  }
  return "";
}

std::string_view to_string(Withheld way) {
  switch (way) {
    case Withheld::kDropped:
      return "dropped";
    case Withheld::kSlipped:
      return "slipped";
  }
  return "";
}

std::span<const std::string_view> counted_types() { return kTypeNames; }
std::span<const Rcode> counted_rcodes() { return kRcodes; }

// From calloc, which maps what is large as zeros that take no memory until they are counted up.
// With room before and behind, so that they share no line with another worker's.
WorkerCounters::WorkerCounters(Transport transport, std::size_t zone_counts)
    : transport_(transport),
      zone_counts_(zone_counts),
      durations_(kDurationBoundsNs),
      memory_(std::calloc(zone_counts * sizeof(ZoneCounts) + 2 * kCacheLine, 1)),
      zones_(first_of_own_lines<ZoneCounts>(memory_.get())) {
  if (memory_ == nullptr) throw std::bad_alloc();
}

void WorkerCounters::Free::operator()(void* memory) const noexcept {
  std::free(memory);  // NOLINT(cppcoreguidelines-no-malloc)
}

void WorkerCounters::count(const View& view, const Query& query, const Outcome& outcome) noexcept {
  const std::size_t family = query.source.is_v4() ? 0 : 1;
  count_up(requests_[family][place_of_type(query)]);
  const std::size_t rcode = place_of_rcode(outcome.rcode);
  if (outcome.zone == Outcome::kNone) return count_up(zones_[0].responses[rcode]);
  const ZoneRef& zone = view.zones->refs()[outcome.zone];
  const std::size_t at = zone.counter_slot + std::size_t{1};
  assert(at < zone_counts_);
  ZoneCounts& counts = zones_[at];
  count_up(counts.responses[rcode]);
  if (outcome.group == Outcome::kNone) return;
  const auto policy = static_cast<std::size_t>(zone.zone->groups()[outcome.group].policy);
  count_up(counts.answers[policy][static_cast<std::size_t>(outcome.choice) - 1]);
}

WorkerCounters& Counters::add(Transport transport) {
  auto counters = std::make_unique<WorkerCounters>(transport, zone_counts_);
  const std::lock_guard lock(mutex_);
  return *workers_.emplace_back(std::move(counters));
}

WithheldCounts Counters::withheld() const {
  WithheldCounts all{};
  const std::lock_guard lock(mutex_);
  for (const auto& worker : workers_) {
    add_counts(worker->withheld_.data(), all.data(), kWithheldWays);
  }
  return all;
}

DnsCounts Counters::sum() const {
  DnsCounts all;
  all.withheld = withheld();
  all.durations.bounds_ns = kDurationBoundsNs;
  all.zones.resize(zone_counts_);
  const std::lock_guard lock(mutex_);
  for (const auto& worker : workers_) {
    RequestCounts& requests = all.requests[static_cast<std::size_t>(worker->transport_)];
    for (std::size_t family = 0; family < requests.size(); ++family) {
      add_counts(worker->requests_[family].data(), requests[family].data(), kCountedTypes);
    }
    add_counts(worker->dropped_.data(), all.dropped.data(), kDrops);
    all.durations.add(worker->durations_.read());
    for (std::size_t i = 0; i < zone_counts_; ++i) {
      const ZoneCounts& from = worker->zones_[i];
      add_counts(from.responses.data(), all.zones[i].responses.data(), kCountedRcodes);
      for (std::size_t policy = 0; policy < kPolicies; ++policy) {
        add_counts(from.answers[policy].data(), all.zones[i].answers[policy].data(), kChoices);
      }
    }
  }
  return all;
}

}  // namespace rhumb
