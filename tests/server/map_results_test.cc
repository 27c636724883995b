#include "server/map_results.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include "geo/compile.h"
#include "server/sealed_memory.h"

namespace rhumb {
namespace {

using ::testing::HasSubstr;
using Kind = JobReport::Kind;

MapJob job_of(std::size_t rules, bool special) {
  MapJob job;
  job.atlas.database = "city.mmdb";
  job.rules.assign(rules, {{Area{.country = Code("DE")}, Area{}}});
  job.special = special;
  return job;
}

std::vector<Fd> sealed(std::span<const std::byte> bytes) {
  std::vector<Fd> fds;
  fds.push_back(std::move(seal(bytes).value()));
  return fds;
}

std::vector<std::byte> map_of(const Rule& rule) { return compile_maps({rule}, {}, {})[0]; }
std::vector<Fd> good_map() { return sealed(map_of(job_of(1, false).rules[0])); }
std::vector<Fd> special_map() { return sealed(compile_special({})); }

bool say(MapResults& results, const JobReport& report, const std::vector<Fd>& fds = {}) {
  return results.take(pack(report), fds);
}

// What comes of it when the child has ended like this.
std::string failure_of(MapResults& results, std::uint32_t status = 0) {
  say(results, {.kind = Kind::kEnded, .status = status});
  const CompileResult result = results.finish("");
  const auto* failure = std::get_if<CompileFailure>(&result);
  return failure == nullptr ? "" : failure->message;
}

TEST(MapResults, AreAllMapsInTheirOrder) {
  const MapJob job = job_of(2, true);
  MapResults results(job);
  EXPECT_TRUE(say(results, {.kind = Kind::kBegun, .part = JobPart::kDatabase}));
  EXPECT_TRUE(
      say(results,
          {.kind = Kind::kInfo, .part = JobPart::kDatabase, .info = {"City", 1'700'000'000, 5}}));
  EXPECT_TRUE(say(results, {.kind = Kind::kBegun}));
  EXPECT_TRUE(say(results, {.kind = Kind::kMap}, good_map()));
  EXPECT_TRUE(say(results, {.kind = Kind::kMap}, good_map()));
  EXPECT_TRUE(say(results, {.kind = Kind::kMap}, special_map()));
  EXPECT_TRUE(say(results, {.kind = Kind::kDone}));
  EXPECT_FALSE(say(results, {.kind = Kind::kEnded}));
  const CompileResult result = results.finish("");
  ASSERT_TRUE(std::holds_alternative<CompiledMaps>(result));
  const auto& maps = std::get<CompiledMaps>(result);
  EXPECT_EQ(maps.of_rule.size(), 2U);
  EXPECT_NE(maps.special, nullptr);
  EXPECT_EQ(maps.database, (DatabaseInfo{"City", 1'700'000'000, 5}));
}

TEST(MapResults, AreNoneWhenOneIsMissing) {
  const MapJob job = job_of(2, false);
  MapResults results(job);
  say(results, {.kind = Kind::kMap}, good_map());
  say(results, {.kind = Kind::kDone});
  EXPECT_EQ(failure_of(results),
            "the client maps could not be compiled: the process compiling them ended with code 0");
}

TEST(MapResults, AreNoneWithoutAnEnd) {
  const MapJob job = job_of(1, false);
  MapResults results(job);
  say(results, {.kind = Kind::kMap}, good_map());
  EXPECT_EQ(failure_of(results, SIGBUS),
            "the client maps could not be compiled: the process compiling them was killed by "
            "signal 7 (Bus error)");
  MapResults silent(job);
  EXPECT_EQ(std::get<CompileFailure>(silent.finish("it is gone")).message, "it is gone");
}

TEST(MapResults, NameTheDatabaseThatWasRead) {
  const MapJob job = job_of(1, false);
  MapResults results(job);
  say(results, {.kind = Kind::kBegun, .part = JobPart::kDatabase});
  EXPECT_EQ(failure_of(results, SIGXCPU),
            "the database \"city.mmdb\" could not be compiled: the process reading it used more "
            "processor time than it may");
}

TEST(MapResults, TheFirstFailureCounts) {
  const MapJob job = job_of(1, false);
  MapResults results(job);
  say(results, {.kind = Kind::kBegun, .part = JobPart::kDatabase});
  say(results, {.kind = Kind::kFailed, .text = "is bad"});
  say(results, {.kind = Kind::kFailed, .text = "is worse"});
  EXPECT_EQ(failure_of(results, SIGKILL), "the database \"city.mmdb\" is bad");
}

TEST(MapResults, SayWhyNothingWasStarted) {
  const MapJob job = job_of(0, false);
  MapResults results(job);
  say(results, {.kind = Kind::kNotStarted, .text = "there can be no process for it"});
  EXPECT_EQ(failure_of(results),
            "the compile of client maps failed: there can be no process for it");
}

TEST(MapResults, MakeTextsHarmless) {
  const MapJob job = job_of(0, false);
  MapResults failed(job);
  say(failed, {.kind = Kind::kFailed, .text = "\x1b[2J\n\xff"});
  EXPECT_EQ(failure_of(failed), "the compile of client maps ?[2J??");
  MapResults told(job);
  say(told, {.kind = Kind::kInfo,
             .part = JobPart::kDatabase,
             .info = {"\x1b]City", 0xFFFF'FFFF'FFFF'FFFF, 1}});
  say(told, {.kind = Kind::kDone});
  say(told, {.kind = Kind::kEnded});
  const CompileResult result = told.finish("");
  EXPECT_EQ(std::get<CompiledMaps>(result).database, (DatabaseInfo{"?]City", 253'402'300'799, 1}));
}

TEST(MapResults, TakeNoMemoryThatCanStillChange) {
  const MapJob job = job_of(1, false);
  const std::vector<std::byte> map = map_of(job.rules[0]);
  std::vector<Fd> open;
  open.emplace_back(memfd_create("open", MFD_ALLOW_SEALING | MFD_CLOEXEC));
  ASSERT_EQ(write(open[0].get(), map.data(), map.size()), static_cast<ssize_t>(map.size()));
  for (const int seals : {0, F_SEAL_SHRINK | F_SEAL_GROW}) {
    ASSERT_EQ(fcntl(open[0].get(), F_ADD_SEALS, seals), 0);
    MapResults results(job);
    EXPECT_FALSE(say(results, {.kind = Kind::kMap}, open));
    EXPECT_EQ(failure_of(results),
              "the compile of client maps gave a map that cannot be used: it is not sealed");
  }
}

TEST(MapResults, TakeNoFileForMemory) {
  const MapJob job = job_of(1, false);
  std::vector<Fd> file;
  file.emplace_back(open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
  MapResults results(job);
  EXPECT_FALSE(say(results, {.kind = Kind::kMap}, file));
  EXPECT_THAT(failure_of(results), HasSubstr("it is not sealed"));
}

TEST(MapResults, TakeNoMapThatLooksElsewhere) {
  const MapJob job = job_of(1, false);
  const std::vector<std::byte> map = map_of(job.rules[0]);
  MapResults cut(job);
  EXPECT_FALSE(say(cut, {.kind = Kind::kMap}, sealed(std::span(map).first(map.size() - 1))));
  EXPECT_THAT(failure_of(cut), HasSubstr("gave a map that cannot be used: "));
  MapResults none(job);
  EXPECT_FALSE(say(none, {.kind = Kind::kMap}));
  EXPECT_THAT(failure_of(none), HasSubstr("there is no memory beside it"));
  MapResults empty(job);
  EXPECT_FALSE(say(empty, {.kind = Kind::kMap}, sealed({})));
  EXPECT_THAT(failure_of(empty), HasSubstr("its size is 0"));
}

TEST(MapResults, TakeNoMapOfMoreLocationsThanTheRuleHas) {
  MapJob job = job_of(1, false);
  job.rules[0].locations.resize(1);
  MapResults results(job);
  EXPECT_FALSE(say(results, {.kind = Kind::kMap}, good_map()));
  EXPECT_EQ(failure_of(results), "the compile of client maps gave a map that nobody asked for");
}

TEST(MapResults, TakeNoMapTooMany) {
  for (const bool special : {false, true}) {
    const MapJob job = job_of(1, special);
    MapResults results(job);
    EXPECT_TRUE(say(results, {.kind = Kind::kMap}, good_map()));
    EXPECT_EQ(special && say(results, {.kind = Kind::kMap}, special_map()), special);
    EXPECT_FALSE(say(results, {.kind = Kind::kMap}, special_map()));
    EXPECT_THAT(failure_of(results), HasSubstr("nobody asked for"));
  }
}

TEST(MapResults, AChildThatSaysTooMuchIsHeardNoLonger) {
  const MapJob job = job_of(0, false);
  MapResults results(job);
  int taken = 0;
  while (say(results, {.kind = Kind::kBegun})) ASSERT_LT(++taken, 100);
  EXPECT_EQ(failure_of(results), "the compile of client maps says what makes no sense");
}

TEST(MapResults, APacketIsWholeOrNone) {
  const std::string whole = pack(JobReport{.kind = Kind::kInfo, .info = {"City", 1, 2}});
  EXPECT_TRUE(unpack_report(whole));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(unpack_report(whole.substr(0, size)));
  }
  EXPECT_FALSE(unpack_report(whole + "x"));
  std::string unknown = whole;
  unknown[0] = 100;
  EXPECT_FALSE(unpack_report(unknown));
  const std::string request = pack(JobRequest{.haste = Haste::kIdle, .cpu_s = 7, .wall_s = 9});
  EXPECT_EQ(unpack_request(request), (JobRequest{JobKind::kMaps, Haste::kIdle, 7, 9}));
  EXPECT_FALSE(unpack_request(request.substr(1)));
}

}  // namespace
}  // namespace rhumb
