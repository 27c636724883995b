// Generated zones and thousands of random questions to rhumb, NSD and Knot. Where the two peers
// agree rhumb says the same; where they differ it equals one of them (docs/differences.md says
// which, and why).
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "tests/support/dns_client.h"
#include "tests/support/peers.h"
#include "tests/support/process.h"
#include "tests/support/rhumb.h"
#include "tests/support/sanitized.h"

namespace rhumb {
namespace {

constexpr int kZoneCount = 40;
constexpr int kOwnersAZone = 30;
constexpr int kQuestionsAZone = test::kSanitized ? 150 : 500;
constexpr std::uint64_t kFirstSeed = 20'261'120;

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : engine_(seed) {}
  // 0…limit−1, the same on every standard library.
  std::size_t roll(std::size_t limit) { return static_cast<std::size_t>(engine_() % limit); }
  bool chance(std::size_t percent) { return roll(100) < percent; }
  template <typename List>
  const auto& pick(const List& list) {
    return list[roll(std::size(list))];
  }

 private:
  std::mt19937_64 engine_;
};

// A zone under construction: one kind of data an owner.
struct Draft {
  std::string apex;
  std::map<std::string, std::vector<std::string>> records;  // owner → "TTL TYPE RDATA"
  std::set<std::string> cuts;
  std::set<std::string> dnames;
  std::string child;  // a zone of its own on the same server; empty: none
};

bool is_below(const std::string& name, const std::string& ancestor) {
  const std::string tail = "." + ancestor;
  return name.size() > tail.size() &&
         name.compare(name.size() - tail.size(), tail.size(), tail) == 0;
}

bool is_below_any(const std::string& name, const std::set<std::string>& ancestors) {
  return std::any_of(ancestors.begin(), ancestors.end(),
                     [&](const std::string& ancestor) { return is_below(name, ancestor); });
}

const std::vector<std::string> kLabels = {"a", "b", "c", "d", "www"};

std::string random_name(Dice& dice, const std::string& apex, std::size_t max_depth) {
  std::string name = apex;
  for (std::size_t depth = 1 + dice.roll(max_depth); depth > 0; --depth)
    name = dice.pick(kLabels) + "." + name;
  return name;
}

std::string random_target(Dice& dice, const Draft& zone) {
  if (dice.chance(15)) return "out.elsewhere.";
  return random_name(dice, zone.apex, 3);
}

std::string ttl(Dice& dice) { return std::to_string(60 * (1 + dice.roll(5))) + " "; }

void add_data(Dice& dice, const Draft& zone, std::vector<std::string>& records) {
  const std::string number = std::to_string(1 + dice.roll(250));
  std::set<std::size_t> kinds;
  for (std::size_t count = 1 + dice.roll(3); count > 0; --count) kinds.insert(dice.roll(5));
  const std::string same_ttl = ttl(dice);
  if (kinds.count(0) != 0) {
    records.push_back(same_ttl + "A 192.0.2." + number);
    if (dice.chance(40)) records.push_back(same_ttl + "A 198.51.100." + number);
  }
  if (kinds.count(1) != 0) records.push_back(ttl(dice) + "AAAA 2001:db8::" + number);
  if (kinds.count(2) != 0) records.push_back(ttl(dice) + "TXT \"text " + number + "\" \"more\"");
  if (kinds.count(3) != 0) records.push_back(ttl(dice) + "MX 10 " + random_target(dice, zone));
  if (kinds.count(4) != 0) records.push_back(ttl(dice) + "SRV 1 2 80 " + random_target(dice, zone));
}

void add_cut(Dice& dice, Draft& zone, const std::string& owner) {
  const std::string same_ttl = ttl(dice);
  auto& records = zone.records[owner];
  const bool in_domain = dice.chance(60);
  if (in_domain) records.push_back(same_ttl + "NS ns." + owner);
  if (!in_domain || dice.chance(40)) records.push_back(same_ttl + "NS ns.elsewhere.");
  if (dice.chance(30)) records.push_back(same_ttl + "NS ns1." + zone.apex);
  if (dice.chance(40)) records.push_back(ttl(dice) + "DS 12345 13 2 " + std::string(64, 'A'));
  if (!in_domain) return;
  zone.records["ns." + owner].push_back(ttl(dice) + "A 203.0.113." +
                                        std::to_string(1 + dice.roll(250)));
  if (dice.chance(50)) zone.records["ns." + owner].push_back(ttl(dice) + "AAAA 2001:db8:9::1");
}

void add_owner(Dice& dice, Draft& zone) {
  const bool wildcard = dice.chance(20);
  const std::string owner = (wildcard ? "*." : "") + random_name(dice, zone.apex, wildcard ? 2 : 4);
  if (zone.records.count(owner) != 0 || is_below_any(owner, zone.dnames)) return;
  // NSD refuses a zone for what another one holds under the same names.
  if (!zone.child.empty() && is_below(owner, zone.child)) return;
  const bool hidden = is_below_any(owner, zone.cuts);
  const std::size_t kind = hidden ? 99 : dice.roll(100);
  const auto has_names_below = [&] {
    return std::any_of(zone.records.begin(), zone.records.end(),
                       [&](const auto& entry) { return is_below(entry.first, owner); });
  };
  if (kind < 15) {
    zone.records[owner].push_back(ttl(dice) + "CNAME " + random_target(dice, zone));
  } else if (kind < 25 && !wildcard && !has_names_below()) {
    zone.records[owner].push_back(ttl(dice) + "DNAME " + random_target(dice, zone));
    zone.dnames.insert(owner);
    if (dice.chance(50)) add_data(dice, zone, zone.records[owner]);
  } else if (kind < 40 && !wildcard && !has_names_below()) {
    add_cut(dice, zone, owner);
    zone.cuts.insert(owner);
  } else if (!(hidden && wildcard)) {
    add_data(dice, zone, zone.records[owner]);
  }
}

Draft make_zone(Dice& dice, const std::string& apex, const std::string& child) {
  Draft zone;
  zone.apex = apex;
  zone.child = child;
  zone.records[apex] = {"3600 SOA ns1." + apex + " hostmaster." + apex + " 1 3600 900 604800 " +
                            std::to_string(30 + dice.roll(5000)),
                        "3600 NS ns1." + apex, "3600 NS ns.elsewhere."};
  zone.records["ns1." + apex] = {"3600 A 192.0.2.53"};
  if (!child.empty()) {
    zone.records[child] = {"3600 NS ns1." + child, "3600 DS 12345 13 2 " + std::string(64, 'B')};
    zone.records["ns1." + child] = {"3600 A 192.0.2.53"};
    zone.cuts.insert(child);
  }
  for (int i = 0; i < kOwnersAZone; ++i) add_owner(dice, zone);
  return zone;
}

std::string text_of(const Draft& zone) {
  std::string text = "$ORIGIN " + zone.apex + "\n";
  for (const auto& [owner, records] : zone.records) {
    for (const std::string& record : records) text += owner + " " + record + "\n";
  }
  return text;
}

test::Ask make_question(Dice& dice, const Draft& zone) {
  static const std::vector<std::string> kTypes = {"A",  "A",   "AAAA", "TXT",   "MX",    "NS",
                                                  "DS", "SRV", "SOA",  "CNAME", "DNAME", "PTR"};
  auto owner = zone.records.begin();
  std::advance(owner, static_cast<std::ptrdiff_t>(dice.roll(zone.records.size())));
  std::string name = owner->first;
  const std::size_t kind = dice.roll(100);
  if (kind < 35) {
    name = random_name(dice, zone.apex, 5);
  } else if (kind < 55) {
    name = dice.pick(kLabels) + "." + name;
  } else if (kind < 60 && name.find('.') + 1 < name.size() && name != zone.apex) {
    name = name.substr(name.find('.') + 1);
  } else if (kind < 62) {
    name = random_name(dice, "not.served.", 2);
  }
  for (char& letter : name) {
    if (dice.chance(30)) letter = static_cast<char>(std::toupper(letter));
  }
  return {.name = name, .type = dice.pick(kTypes), .edns_size = 1232};
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

void append(std::string& text, const char* section, std::vector<std::string> lines) {
  for (std::string& line : lines) line = lower(line);
  std::sort(lines.begin(), lines.end());
  for (const std::string& line : lines) text += std::string("  ") + section + " " + line + "\n";
}

// What is compared: rcode, AA, answer and authority always, glue in referrals, also in those that a
// chain of CNAMEs ends in.
std::string essence(const std::optional<test::Reply>& reply) {
  if (!reply) return "no reply\n";
  std::string text = reply->rcode + (reply->aa ? " aa" : "") + (reply->tc ? " tc" : "") + "\n";
  append(text, "answer", reply->answer);
  const bool referral =
      std::any_of(reply->authority.begin(), reply->authority.end(),
                  [](const std::string& line) { return line.find(" NS ") != std::string::npos; });
  append(text, "authority", reply->authority);
  if (referral) append(text, "additional", reply->additional);
  return text;
}

TEST(Differential, EqualsNsdOrKnotOnThousandsOfQuestions) {
  const test::TempDir folder;
  Dice dice(kFirstSeed);
  std::vector<Draft> drafts;
  std::vector<test::ZoneFile> files;
  for (int i = 0; i < kZoneCount; ++i) {
    // Every fourth zone is a child of the one before, so that parent and child stand on one server.
    const std::string own = "z" + std::to_string(i) + ".test.";
    const std::string apex = i % 4 == 3 ? drafts.back().child : own;
    drafts.push_back(make_zone(dice, apex, i % 4 == 2 ? "a." + own : ""));
    files.push_back(
        {apex, folder.write("zones/" + std::to_string(i) + ".zone", text_of(drafts.back()))});
  }
  test::Rhumb rhumb(folder, "zones: [\"zones/*.zone\"]\n");
  rhumb.start();
  ASSERT_TRUE(rhumb.wait_serving()) << rhumb.process().output();
  const Endpoint nsd_at{*IpAddress::parse(test::own_address(1)),
                        test::free_port(test::own_address(1))};
  const Endpoint knot_at{*IpAddress::parse(test::own_address(2)),
                         test::free_port(test::own_address(2))};
  const auto nsd = test::start_nsd(folder, nsd_at, files);
  const auto knot = test::start_knot(folder, knot_at, files);
  ASSERT_TRUE(nsd != nullptr && knot != nullptr) << "install nsd and knot, as scripts/test does";

  int asked = 0;
  int peers_differ = 0;
  int like_nsd = 0;
  int wrong = 0;
  for (const Draft& zone : drafts) {
    for (int i = 0; i < kQuestionsAZone; ++i) {
      const test::Ask question = make_question(dice, zone);
      const std::string ours = essence(rhumb.ask(question));
      const std::string theirs = essence(test::ask(nsd_at, question));
      const std::string knots = essence(test::ask(knot_at, question));
      ++asked;
      if (theirs != knots) {
        ++peers_differ;
        like_nsd += ours == theirs ? 1 : 0;
      }
      if (ours == theirs || ours == knots) continue;
      ++wrong;
      if (wrong > 20) continue;
      ADD_FAILURE() << question.name << " " << question.type << "\nrhumb: " << ours
                    << "NSD: " << theirs << "Knot: " << knots;
    }
  }
  std::printf("%d questions; NSD and Knot differ on %d, rhumb is with NSD on %d of these\n", asked,
              peers_differ, like_nsd);
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(asked, kZoneCount * kQuestionsAZone);
}

}  // namespace
}  // namespace rhumb
