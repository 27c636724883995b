// What the contract's "What is chosen" says, as plainly as it can be written: lists and strings, no
// maps of addresses, no bits, no tables made ahead. It tells of everything that may be answered,
// for tests to hold answer() against; it shares nothing with it but names of policies and places.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/ip.h"
#include "geo/atlas.h"
#include "geo/rule.h"
#include "zones/group.h"

namespace rhumb::testing {

struct ModelSet {
  std::string id;
  std::string check;  // empty: none
  int tier = 1;
  int weight = 1;
  std::optional<Location> location;
  std::optional<std::string> alias;  // a name
  bool evaluate_health = true;
  std::vector<std::string> values;  // rdata as text; of an alias none
  int ttl_s = 30;
};

// Of type A, or of type CNAME at a name that has nothing else.
struct ModelGroup {
  std::string name;
  bool is_cname = false;
  Policy policy = Policy::kWeighted;
  OnAllUnhealthy on_all_unhealthy = OnAllUnhealthy::kIgnoreHealth;
  int max_answers = 1;
  int min_healthy = 1;
  bool sticky = false;
  std::vector<ModelSet> sets;
};

struct ModelPlain {
  int ttl_s = 300;
  std::vector<std::string> values;  // empty: the name is there, but not the type
};

struct ModelWorld {
  std::vector<ModelGroup> groups;           // aliases and CNAMEs lead to later ones only
  std::map<std::string, ModelPlain> plain;  // A records
  Atlas atlas;                              // without databases
  std::set<std::string> unhealthy;          // checks
  std::set<std::string> out;                // checks that an operator took out
};

// What a reply may hold: "NAME TTL TYPE RDATA", without an order.
struct ModelAnswer {
  std::string rcode;
  std::set<std::string> records;

  auto operator<=>(const ModelAnswer&) const = default;
};

class Model {
 public:
  static constexpr std::size_t kTooMany = 3000;  // answers that are not told one by one

  // Who asks: an address and, when the query has it, a subnet. Borrows the world.
  Model(const ModelWorld& world, const IpAddress& source, const std::optional<IpPrefix>& subnet);

  // All possible answers to a question for the A records of `name`; nullopt: kTooMany.
  [[nodiscard]] std::optional<std::set<ModelAnswer>> answers(std::string_view name);
  // The client subnet's scope in every one of them. Requires: there is a subnet.
  [[nodiscard]] int scope(std::string_view name);

  // The sets of a group by their indices: those that suit the client, in order of preference; lots
  // are drawn among those that stand together.
  [[nodiscard]] std::vector<std::vector<std::size_t>> order(const ModelGroup& group) const;
  // What may be taken of them, in no order.
  [[nodiscard]] std::set<std::set<std::size_t>> choices(const ModelGroup& group) const;
  [[nodiscard]] bool is_alive(const ModelSet& set) const;
  [[nodiscard]] const IpAddress& client() const { return client_; }

 private:
  // What a group, or a name, may give: values with the TTL of the path, or a failure.
  struct Result {
    bool fails = false;
    std::map<std::string, int> values;  // and the TTL of the path to each

    auto operator<=>(const Result&) const = default;
  };
  using Results = std::set<Result>;

  [[nodiscard]] const ModelGroup* find(std::string_view name) const;
  void find_alive();
  [[nodiscard]] bool is_taken_out(const ModelSet& set) const;
  bool add_results(const ModelGroup& group);
  [[nodiscard]] Results results_of(const ModelSet& set) const;

  const ModelWorld& world_;
  IpAddress client_;
  std::optional<IpAddress> asked_for_;      // whose scope is told
  std::set<std::string> dead_groups_;       // for aliases
  std::set<std::string> groups_out_;        // likewise, by operators alone
  std::map<std::string, Results> results_;  // by group
};

}  // namespace rhumb::testing
