#include "bench/answer_kinds.h"

#include <cstdint>
#include <utility>

#include "tests/answer/rich_places.h"

namespace rhumb::bench {
namespace {

using testing::Ask;
using testing::ip;
using testing::net;
using testing::rich_world;

// Groups as large as they may be: 256 sets of 15 addresses, all answered or drawn by lot or client.
const View& crowded() {
  static const View kView = [] {
    std::vector<GroupSpec> groups;
    for (const std::string_view name : {"all", "lots", "sticky"}) {
      const int addresses = name == "all" ? 15 : 1;
      std::vector<GroupSpec::Set> sets;
      for (int i = 0; i < kMaxSetsPerGroup; ++i) {
        std::vector<std::vector<std::uint8_t>> rdata;
        rdata.reserve(static_cast<std::size_t>(addresses));
        for (int j = 0; j < addresses; ++j) {
          rdata.push_back({10, 0, static_cast<std::uint8_t>(i), static_cast<std::uint8_t>(j)});
        }
        sets.push_back(testing::set_of(std::to_string(i), 1, 1, std::move(rdata)));
      }
      groups.push_back(testing::group_of(std::string(name) + ".crowded.example.", Type::kA,
                                         Policy::kWeighted, std::move(sets)));
      groups.back().max_answers = name == "all" ? 256 : 255;
      groups.back().sticky = name == "sticky";
    }
    return testing::view_of(testing::link({testing::zone_of(
        "$ORIGIN crowded.example.\n$TTL 300\n@ SOA a b 1 2 3 4 5\n@ NS ns.example.net.\n",
        std::move(groups))}));
  }();
  return kView;
}

AnswerKind plain(std::string name, std::string_view asked, Type type = Type::kA) {
  return {std::move(name), &rich_world(), {.name = asked, .type = type, .from = ip("81.2.4.5")}};
}

AnswerKind with_subnet(std::string name, std::string_view asked, std::string_view subnet) {
  AnswerKind kind = plain(std::move(name), asked);
  kind.question.ecs = net(subnet);
  return kind;
}

AnswerKind crowd(std::string name, std::string_view asked, Transport transport) {
  AnswerKind kind = plain(std::move(name), asked);
  kind.view = &crowded();
  kind.question.transport = transport;
  return kind;
}

}  // namespace

std::vector<AnswerKind> answer_kinds() {
  return {
      plain("static_exact", "www.example.org."),
      plain("static_mx", "mx.example.org.", Type::kMx),
      plain("routed_weighted", "weighted.example.org."),
      plain("routed_failover", "failover.example.org."),
      plain("routed_merged", "many.example.org."),
      plain("routed_wildcard", "x.routed.example.org."),
      plain("geolocation", "geo.example.org."),
      plain("geoproximity", "near.example.org."),
      plain("latency", "fast.example.org."),
      plain("cidr", "net.example.org."),
      plain("multivalue", "multi.example.org."),
      plain("sticky", "sticky.example.org."),
      plain("alias_of_plain", "to-child.example.org."),
      plain("alias_tree", "tree.example.org."),
      plain("alias_merged", "wide.example.org."),
      with_subnet("subnet_static_exact", "www.example.org.", "91.1.2.0/24"),
      with_subnet("subnet_geolocation", "geo.example.org.", "91.1.2.0/24"),
      with_subnet("subnet_geolocation_v6", "geo.example.org.", "2a01:200:1::/48"),
      with_subnet("subnet_sticky", "sticky.example.org.", "91.1.2.0/24"),
      with_subnet("subnet_alias_tree", "tree.example.org.", "91.1.2.0/24"),
      plain("no_data", "www.example.org.", Type::kMx),
      plain("nx_domain", "nothing.example.org."),
      plain("wildcard", "x.wild.example.org."),
      plain("referral", "www.sub.example.org."),
      plain("cname_chain", "alias2.example.org."),
      plain("dname", "x.dname.example.org."),
      plain("refused", "www.example.com."),
      crowd("crowd_over_tcp", "all.crowded.example.", Transport::kTcp),
      crowd("crowd_over_udp", "all.crowded.example.", Transport::kUdp),
      crowd("lots_over_udp", "lots.crowded.example.", Transport::kUdp),
      crowd("sticky_crowd_over_udp", "sticky.crowded.example.", Transport::kUdp),
  };
}

}  // namespace rhumb::bench
