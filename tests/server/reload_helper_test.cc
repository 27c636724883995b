// Reloads whose maps the real helper compiles: none waits for maps that are renewed in the
// background.
#include <sys/stat.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <future>
#include <memory>
#include <optional>
#include <string>

#include "server/helper.h"
#include "server/reload.h"
#include "tests/server/places.h"
#include "tests/support/process.h"

namespace rhumb {
namespace {

// Children of a process that do a job.
int count_jobs(pid_t pid) {
  const std::string text = std::to_string(pid);
  std::ifstream children("/proc/" + text + "/task/" + text + "/children");
  int count = 0;
  for (pid_t child = 0; children >> child;) {
    std::ifstream name("/proc/" + std::to_string(child) + "/comm");
    std::string is;
    count += name >> is && is == "rhumb-job" ? 1 : 0;
  }
  return count;
}

class ReloadHelper : public ::testing::Test {
 protected:
  ReloadHelper() {
    folder_.write("x.mmdb", test::city_database("DE"));
    folder_.write("a.yaml", test::zone_with(test::by_country("www", "DE")));
    const std::string path = folder_.write(
        "rhumb.yaml", "log: {level: error}\nzones: [a.yaml]\ngeo: {database: x.mmdb}\n");
    Diagnostics diagnostics;
    const auto loaded = load(path, nullptr, diagnostics, compiler_of(&helper_));
    for (const Diagnostic& found : diagnostics.all()) ADD_FAILURE() << to_string(found);
    std::promise<void> adopted;
    monitor_.adopt(loaded, [&](Adoption) { adopted.set_value(); });
    adopted.get_future().wait();
    reloader_.emplace(loaded, monitor_, clock_, log_,
                      [this](MapJob job, Haste haste, const Wanted& wanted) {
                        if (endless_ && haste == Haste::kIdle) job.atlas.database = pipe_;
                        return helper_.compile(job, haste, wanted);
                      });
  }
  // A renewal that takes for ever: nobody writes into the pipe that it reads.
  void begin_endless_renewal() {
    ASSERT_EQ(mkfifo(pipe_.c_str(), 0600), 0);
    endless_ = true;
    folder_.write("x.mmdb", test::city_database("FR"));
    reloader_->request_maps();
    ASSERT_TRUE(test::wait_until([&] { return count_jobs(helper_.pid()) == 1; }));
    endless_ = false;
  }
  ~ReloadHelper() override {
    reloader_->stop();
    helper_.stop();
    monitor_.stop();
  }
  std::future<ReloadOutcome> reload() {
    const auto outcome = std::make_shared<std::promise<ReloadOutcome>>();
    auto future = outcome->get_future();
    reloader_->request([outcome](const ReloadOutcome& got) { outcome->set_value(got); });
    return future;
  }
  static bool is_there(const std::future<ReloadOutcome>& outcome) {
    return test::wait_until(
        [&] { return outcome.wait_for(std::chrono::seconds(0)) == std::future_status::ready; });
  }
  // The location that a client in the database's network gets now.
  int location() {
    const auto reader = views_.reader();
    const auto view = reader->pin();
    return view->maps->of_rule.at(0)->order_of(*IpAddress::parse("192.0.2.1"))[0];
  }

  test::TempDir folder_;
  Helper helper_;  // before there is any thread
  const std::string pipe_ = folder_.path() + "/pipe";
  std::atomic<bool> endless_{false};
  Clock clock_;
  Log log_{LogLevel::kError, LogFormat::kText};
  Published<View> views_;
  Monitor monitor_{views_, clock_, log_};
  std::optional<Reloader> reloader_;
};

TEST_F(ReloadHelper, DoesNotWaitForARenewalAndEndsIt) {
  begin_endless_renewal();
  auto outcome = reload();
  ASSERT_TRUE(is_there(outcome));
  EXPECT_TRUE(outcome.get().ok);
  EXPECT_EQ(location(), 1);
  EXPECT_EQ(reloader_->maps_error(), "");
  EXPECT_TRUE(test::wait_until([&] { return count_jobs(helper_.pid()) == 0; }));
}

TEST_F(ReloadHelper, ARefusedOneLetsTheRenewalBeginAnew) {
  begin_endless_renewal();
  folder_.write("a.yaml", "nonsense");
  auto outcome = reload();
  ASSERT_TRUE(is_there(outcome));
  EXPECT_FALSE(outcome.get().ok);
  EXPECT_TRUE(test::wait_until([&] { return location() == 1; }));
}

}  // namespace
}  // namespace rhumb
