// Databases cut short, each read by the real helper: the maps in use stay, with an error that names
// the file and says what is wrong with it.
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>

#include "server/helper.h"
#include "server/loader.h"
#include "tests/server/places.h"
#include "tests/support/mmdb.h"
#include "tests/support/process.h"
#include "tests/support/sanitized.h"

namespace rhumb {
namespace {

using ::testing::HasSubstr;

constexpr std::size_t kStep = test::kSanitized ? 1009 : 97;  // each is a process

const std::filesystem::path kMaxmind = RHUMB_SOURCE_DIR "/../shared/geoip";

std::string generated_city() {
  test::MmdbWriter writer({.type = "Test-City"});
  for (int i = 0; i < 200; ++i) {
    GeoPlace place;
    place.country = Code(i % 2 == 0 ? "DE" : "FR");
    place.coordinates = {i / 3.0, i / 2.0};
    writer.add("81.2." + std::to_string(i) + ".0/24", test::mmdb_city(place));
  }
  return writer.bytes();
}

std::string generated_asns() {
  test::MmdbWriter writer({.type = "Test-ASN"});
  for (std::uint32_t i = 0; i < 200; ++i) {
    writer.add("81.2." + std::to_string(i) + ".0/24", test::mmdb_asn(64'512 + i % 50));
  }
  return writer.bytes();
}

// MaxMind's own, where it is present.
std::string database_or(const std::string& name, std::string generated) {
  if (std::filesystem::exists(kMaxmind / name)) return test::read_file(kMaxmind / name);
  std::cout << name << " is not at " << kMaxmind << ": a generated one stands for it\n";
  return generated;
}

class TruncatedDatabase : public ::testing::Test {
 protected:
  void SetUp() override {
    city_ = database_or("GeoIP2-City-Test.mmdb", generated_city());
    asns_ = database_or("GeoLite2-ASN-Test.mmdb", generated_asns());
    folder_.write("city.mmdb", city_);
    folder_.write("asns.mmdb", asns_);
    folder_.write("a.yaml",
                  test::zone_with(test::by_country("www", "DE") +
                                  "- {name: as, type: A, setIdentifier: a, values: [192.0.2.1], "
                                  "geoLocation: {asn: 64513}}\n"
                                  "- {name: as, type: A, setIdentifier: b, values: [192.0.2.2], "
                                  "geoLocation: {default: true}}\n"));
    folder_.write("rhumb.yaml",
                  "zones: [a.yaml]\ngeo: {database: city.mmdb, asnDatabase: asns.mmdb}\n");
    now_ = load(folder_.path() + "/rhumb.yaml", nullptr, diagnostics_, compiler_of(&helper_));
    ASSERT_NE(now_, nullptr) << to_string(diagnostics_.all().at(0));
  }
  // The first error of renewing the maps; empty: they were renewed.
  std::string renew() {
    Diagnostics diagnostics;
    if (load_maps_again(*now_, compiler_of(&helper_), diagnostics) != nullptr) return "";
    return diagnostics.all().empty() ? "no reason" : to_string(diagnostics.all()[0]);
  }
  // The marker of a file's description stands at its end, so nothing that is cut can be read.
  void expect_every_cut_refused(const std::string& name, const std::string& whole) {
    const std::string named = "error: the database \"" + folder_.path() + "/" + name + "\" ";
    for (std::size_t size = 0; size < whole.size(); size += kStep) {
      folder_.write(name, whole.substr(0, size));
      ASSERT_THAT(renew(), HasSubstr(named + "is ")) << size << " octets";
    }
    folder_.write(name, whole);
    EXPECT_EQ(renew(), "");
  }

  test::TempDir folder_;
  Helper helper_;
  Diagnostics diagnostics_;
  std::shared_ptr<const Loaded> now_;
  std::string city_;
  std::string asns_;
};

TEST_F(TruncatedDatabase, OfPlacesKeepsTheMapsAndSaysWhy) {
  expect_every_cut_refused("city.mmdb", city_);
}

TEST_F(TruncatedDatabase, OfAsNumbersKeepsTheMapsAndSaysWhy) {
  expect_every_cut_refused("asns.mmdb", asns_);
}

}  // namespace
}  // namespace rhumb
