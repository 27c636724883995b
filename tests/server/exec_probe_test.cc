#include "server/exec_probe.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <optional>
#include <span>

#include "server/exec_job.h"
#include "server/instrumented.h"
#include "server/packets.h"
#include "server/sealed_memory.h"
#include "tests/support/process.h"

namespace rhumb {
namespace {

using ::testing::HasSubstr;

class ExecProbeTest : public testing::Test {
 protected:
  ExecProbeTest() {
    uv_loop_init(&loop_);
    probes_.emplace(&loop_, &helper_);
  }
  ~ExecProbeTest() override {
    probes_.reset();
    uv_run(&loop_, UV_RUN_DEFAULT);
    EXPECT_EQ(uv_loop_close(&loop_), 0) << "handles were left open";
  }

  // A check whose command is a script of this text.
  CheckSpec script(const std::string& text, int mode = 0700) {
    const std::string path = folder_.write("check.sh", "#!/bin/sh\n" + text + "\n");
    chmod(path.c_str(), static_cast<mode_t>(mode));
    CheckSpec spec;
    spec.id = "disk";
    spec.type = CheckType::kExec;
    spec.command = {path};
    spec.timeout_ms = 20'000;  // far above what a good probe takes; bad ones set their own
    return spec;
  }

  ProbeResult probe(const CheckSpec& spec) {
    std::optional<ProbeResult> outcome;
    probes_->start(std::make_shared<CheckSpec>(spec), spec.timeout_ms,
                   [&](ProbeResult result) { outcome = std::move(result); });
    EXPECT_FALSE(outcome) << "called back from within start()";
    while (!outcome) uv_run(&loop_, UV_RUN_ONCE);
    return *outcome;
  }

  // What a script has written into a file of the folder, once it is there.
  std::string written(const std::string& name) {
    const std::string path = folder_.path() + "/" + name;
    EXPECT_TRUE(test::wait_until([&] { return !test::read_file(path).empty(); }));
    return test::read_file(path);
  }
  pid_t written_pid(const std::string& name) { return std::stoi(written(name)); }

  test::TempDir folder_;
  Helper helper_;
  uv_loop_t loop_{};
  std::optional<ExecProbes> probes_;
};

TEST_F(ExecProbeTest, ExitStatusZeroIsHealthy) {
  const ProbeResult result = probe(script("echo; echo '  OK - 3 users'; echo more"));
  EXPECT_TRUE(result.ok);
  EXPECT_EQ(result.reason, "exit status 0: \"OK - 3 users\"");
}

TEST_F(ExecProbeTest, AnyOtherStatusIsNot) {
  const ProbeResult result = probe(script("echo 'disk full' >&2; exit 2"));
  EXPECT_FALSE(result.ok);
  EXPECT_EQ(result.reason, "exit status 2: \"disk full\"");
}

TEST_F(ExecProbeTest, SilenceNeedsNoWords) {
  EXPECT_EQ(probe(script("exit 1")).reason, "exit status 1");
}

TEST_F(ExecProbeTest, ASignalIsNamed) {
  EXPECT_EQ(probe(script("kill -SEGV $$")).reason, "killed by signal 11 (Segmentation fault)");
}

TEST_F(ExecProbeTest, ArgumentsPassNoShell) {
  CheckSpec spec = script("");
  spec.command = {"/bin/echo", "$HOME;", "a b", "*"};
  EXPECT_EQ(probe(spec).reason, "exit status 0: \"$HOME; a b *\"");
}

TEST_F(ExecProbeTest, TheEnvironmentIsSmallAndFixed) {
  setenv("RHUMB_SECRET", "yes", 1);
  CheckSpec spec = script("env | sort >" + folder_.path() + "/env");
  spec.command = {"/usr/bin/env", "-u", "_",
                  "/bin/sh",      "-c", "/usr/bin/env | sort >" + folder_.path() + "/env"};
  spec.address = "192.0.2.1";
  spec.port = 8080;
  EXPECT_TRUE(probe(spec).ok);
  EXPECT_EQ(written("env"),
            "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\nPWD=/\n"
            "RHUMB_ADDRESS=192.0.2.1\nRHUMB_CHECK_ID=disk\nRHUMB_PORT=8080\n");
  unsetenv("RHUMB_SECRET");
}

TEST_F(ExecProbeTest, ACommandHasNoInputAndASessionOfItsOwn) {
  const ProbeResult result =
      probe(script("read line && echo input; set -- $(cat /proc/$$/stat); "
                   "test \"$1 $1\" = \"$5 $6\" && echo own session at $(pwd)"));
  EXPECT_EQ(result.reason, "exit status 0: \"own session at /\"");
}

TEST_F(ExecProbeTest, ACommandInheritsNoFiles) {
  CheckSpec spec = script("");
  spec.command = {"/bin/sh", "-c", "echo $(ls /proc/self/fd)"};  // 3 is the folder that ls reads
  EXPECT_EQ(probe(spec).reason, "exit status 0: \"0 1 2 3\"");
}

TEST_F(ExecProbeTest, ACommandHasDefaultSignals) {
  EXPECT_EQ(probe(script("grep -E 'Sig(Blk|Ign)' /proc/$$/status | tr -d '\\n\\t'")).reason,
            "exit status 0: \"SigBlk:0000000000000000SigIgn:0000000000000000\"");
}

TEST_F(ExecProbeTest, OutputIsMadeHarmlessAndCut) {
  EXPECT_EQ(probe(script("printf '\\033[31mred\\377\\n'")).reason,
            R"(exit status 0: "\x1B[31mred\xFF")");
  EXPECT_EQ(probe(script("printf '%0300d' 0")).reason,
            "exit status 0: \"" + std::string(kMaxOutputShown, '0') + "...\"");
}

TEST_F(ExecProbeTest, AFloodIsDrained) {
  const ProbeResult result = probe(script("echo first; head -c 50000000 /dev/zero; exit 3"));
  EXPECT_EQ(result.reason, "exit status 3: \"first\"");
}

TEST_F(ExecProbeTest, WhatNeverEndsIsKilledAtItsTimeout) {
  CheckSpec spec = script("trap '' TERM INT HUP; echo $$ >" + folder_.path() +
                          "/pid; echo waiting; while :; do sleep 0.01; done");
  spec.timeout_ms = 1'000;
  EXPECT_EQ(probe(spec).reason, "timed out after 1000 ms (running the command): \"waiting\"");
  EXPECT_TRUE(test::wait_until([&] { return test::is_gone(written_pid("pid")); }));
}

TEST_F(ExecProbeTest, AnEndlessFloodIsKilledAtItsTimeout) {
  CheckSpec spec = script("exec yes");
  spec.timeout_ms = 300;
  EXPECT_EQ(probe(spec).reason, "timed out after 300 ms (running the command): \"y\"");
}

TEST_F(ExecProbeTest, ChildrenThatLingerDoNotDelayTheResultAndAreEnded) {
  const std::string to = folder_.path();
  const ProbeResult result = probe(
      script("sleep 1000 & echo $! >" + to + "/pid; setsid sh -c 'setsid sleep 1000 & echo $! >" +
             to + "/far' & while ! test -s " + to + "/far; do sleep 0.01; done; echo done"));
  EXPECT_EQ(result.reason, "exit status 0: \"done\"");
  EXPECT_TRUE(test::wait_until([&] { return test::is_gone(written_pid("pid")); }));
  EXPECT_TRUE(test::wait_until([&] { return test::is_gone(written_pid("far")); }));
}

TEST_F(ExecProbeTest, WhatCannotBeRunIsNamed) {
  CheckSpec spec = script("true", 0600);
  EXPECT_EQ(probe(spec).reason, "cannot run \"" + spec.command[0] + "\": Permission denied");
  unlink(spec.command[0].c_str());
  EXPECT_EQ(probe(spec).reason,
            "cannot run \"" + spec.command[0] + "\": No such file or directory");
  spec.command = {folder_.write("broken", "")};
  chmod(spec.command[0].c_str(), 0700);
  EXPECT_EQ(probe(spec).reason, "cannot run \"" + spec.command[0] + "\": Exec format error");
}

TEST_F(ExecProbeTest, WithoutAHelperItHasNoData) {
  probes_.emplace(&loop_, nullptr);
  const ProbeResult result = probe(script("true"));
  EXPECT_FALSE(result.counts);
  EXPECT_EQ(result.reason, "no data: there is no helper process; the check stays as it is");
}

TEST_F(ExecProbeTest, AKilledHelperIsNoDataEndsTheCommandAndIsStartedAnew) {
  std::optional<ProbeResult> outcome;
  const CheckSpec spec = script("setsid sleep 1000 & echo $! >" + folder_.path() + "/pid; wait");
  probes_->start(std::make_shared<CheckSpec>(spec), spec.timeout_ms,
                 [&](ProbeResult result) { outcome = std::move(result); });
  const pid_t command = written_pid("pid");
  kill(helper_.pid(), SIGKILL);
  while (!outcome) uv_run(&loop_, UV_RUN_ONCE);
  EXPECT_FALSE(outcome->counts);
  EXPECT_EQ(outcome->reason,
            "no data: the helper process ended or dropped the command; the check stays as it is");
  EXPECT_TRUE(test::wait_until([&] { return test::is_gone(command); }));
  EXPECT_EQ(probe(script("true")).reason, "exit status 0");
  EXPECT_EQ(helper_.problem(), "");
}

TEST_F(ExecProbeTest, WithoutItsKeeperThereIsNoHelperAnyMore) {
  ASSERT_EQ(probe(script("true")).reason, "exit status 0");
  kill(helper_.keeper_pid(), SIGKILL);
  EXPECT_TRUE(test::wait_until([&] { return helper_.is_gone() && test::is_gone(helper_.pid()); }));
  const ProbeResult next = probe(script("true"));
  EXPECT_FALSE(next.counts);
  EXPECT_EQ(next.reason,
            "no data: the helper process is gone (restart rhumb); the check stays as it is");
  EXPECT_THAT(helper_.problem(), HasSubstr("EXEC checks get no data"));
}

TEST_F(ExecProbeTest, ACommandHasBoundsAndNoNewPrivileges) {
  const ProbeResult result = probe(
      script("echo $(grep NoNewPrivs /proc/self/status) core $(ulimit -c) files $(ulimit -n) cpu "
             "$(ulimit -t) memory $(ulimit -d)"));
  EXPECT_EQ(result.reason,
            std::string("exit status 0: \"NoNewPrivs: 1 core 0 files 1024 cpu 60 memory ") +
                (kIsSanitized ? "unlimited" : "2097152") + "\"");
}

TEST_F(ExecProbeTest, AHelperThatStandsStillCostsNoMoreThanTheTimeout) {
  CheckSpec spec = script("true");
  spec.timeout_ms = 100;
  kill(helper_.pid(), SIGSTOP);
  EXPECT_EQ(
      probe(spec).reason,
      "no data: timed out after 100 ms (waiting for the helper process); the check stays as it is");
  kill(helper_.pid(), SIGCONT);
}

TEST_F(ExecProbeTest, ItsEndEndsTheCommands) {
  const CheckSpec spec = script("echo $$ >" + folder_.path() + "/pid; exec sleep 1000");
  probes_->start(std::make_shared<CheckSpec>(spec), spec.timeout_ms,
                 [&](const ProbeResult&) { ADD_FAILURE() << "called back after its end"; });
  const pid_t command = written_pid("pid");
  probes_.reset();
  EXPECT_TRUE(test::wait_until([&] { return test::is_gone(command); }));
}

TEST_F(ExecProbeTest, ManyRunAtOnceWhileMapsAreCompiled) {
  MapJob endless;  // nobody writes into the pipe
  endless.atlas.database = folder_.path() + "/pipe.mmdb";
  mkfifo(endless.atlas.database.c_str(), 0600);
  endless.special = true;
  auto compile =
      std::async(std::launch::async, [&] { return helper_.compile(endless, Haste::kNow); });
  const std::string to = folder_.path();
  // Each waits until all have begun.
  const auto spec =
      std::make_shared<CheckSpec>(script("echo x >>" + to + "/begun; while test $(wc -l <" + to +
                                         "/begun) -lt 100; do sleep 0.1; done"));
  int healthy = 0;
  int ended = 0;
  for (int i = 0; i < 100; ++i) {
    probes_->start(spec, spec->timeout_ms, [&](const ProbeResult& result) {
      ++ended;
      healthy += result.ok ? 1 : 0;
    });
  }
  while (ended < 100) uv_run(&loop_, UV_RUN_ONCE);
  EXPECT_EQ(healthy, 100);
  helper_.stop();
  EXPECT_TRUE(std::holds_alternative<CompileFailure>(compile.get()));
}

TEST_F(ExecProbeTest, MoreThanTheHelperTakesWaitInLine) {
  const auto spec = std::make_shared<CheckSpec>([&] {
    CheckSpec quick = script("");
    quick.command = {"/bin/true"};
    quick.timeout_ms = 60'000;
    return quick;
  }());
  kill(helper_.pid(), SIGSTOP);
  int healthy = 0;
  int ended = 0;
  constexpr int kMany = 512;
  for (int i = 0; i < kMany; ++i) {
    probes_->start(spec, spec->timeout_ms, [&](const ProbeResult& result) {
      ++ended;
      healthy += result.ok ? 1 : 0;
    });
  }
  uv_run(&loop_, UV_RUN_NOWAIT);
  kill(helper_.pid(), SIGCONT);
  while (ended < kMany) uv_run(&loop_, UV_RUN_ONCE);
  EXPECT_EQ(healthy, kMany);
}

TEST_F(ExecProbeTest, AHelperWithoutFilesToSpareLosesNoCommand) {
  ASSERT_EQ(probe(script("true")).reason, "exit status 0");
  // There is room for some commands at once, and not for all.
  const rlimit few{16, 16};
  ASSERT_EQ(prlimit(helper_.pid(), RLIMIT_NOFILE, &few, nullptr), 0);
  const auto spec = std::make_shared<CheckSpec>(script("sleep 0.1"));
  int healthy = 0;
  int ended = 0;
  constexpr int kMany = 40;
  for (int i = 0; i < kMany; ++i) {
    probes_->start(spec, spec->timeout_ms, [&](const ProbeResult& result) {
      ++ended;
      healthy += result.ok ? 1 : 0;
      EXPECT_TRUE(result.ok) << result.reason;
    });
  }
  while (ended < kMany) uv_run(&loop_, UV_RUN_ONCE);
  EXPECT_EQ(healthy, kMany);
}

TEST_F(ExecProbeTest, AHundredProbesLeaveNoFileOpen) {
  const CheckSpec good = script("true");
  CheckSpec none = good;
  none.command = {"/none"};
  probe(good);
  uv_run(&loop_, UV_RUN_NOWAIT);
  const std::size_t ours = test::open_files(getpid());
  EXPECT_TRUE(test::wait_until([&] { return test::open_files(helper_.pid()) == 6; }));
  for (int i = 0; i < 50; ++i) {
    probe(good);
    probe(none);
  }
  uv_run(&loop_, UV_RUN_NOWAIT);
  EXPECT_EQ(test::open_files(getpid()), ours);
  EXPECT_TRUE(test::wait_until([&] { return test::open_files(helper_.pid()) == 6; }));
}

// What is said of the check where the command could not be run for `why`.
std::string no_data(const CheckSpec& spec, const std::string& why) {
  return "no data: cannot run \"" + spec.command[0] + "\": " + why + "; the check stays as it is";
}

TEST_F(ExecProbeTest, ASupervisorThatDiesIsNoData) {
  const CheckSpec spec = script("");
  const ProbeResult result = judge_exec(spec, {.kind = JobReport::Kind::kEnded, .status = SIGKILL});
  EXPECT_FALSE(result.counts);
  EXPECT_EQ(result.reason, no_data(spec, "the process for it ended, killed by signal 9 (Killed)"));
}

TEST_F(ExecProbeTest, AReportThatMakesNoSenseIsNoData) {
  const CheckSpec spec = script("");
  const ProbeResult result = judge_exec(spec, {.kind = JobReport::Kind::kMap});
  EXPECT_FALSE(result.counts);
  EXPECT_EQ(result.reason, no_data(spec, "its report makes no sense"));
}

TEST_F(ExecProbeTest, WhatWasNotStartedIsNoData) {
  const CheckSpec spec = script("");
  const ProbeResult result =
      judge_exec(spec, {.kind = JobReport::Kind::kNotStarted, .text = "there is no room"});
  EXPECT_FALSE(result.counts);
  EXPECT_EQ(result.reason, no_data(spec, "there is no room"));
}

// Of a job of these bytes, the first report.
std::optional<JobReport> report_on(const Helper& helper, const std::string& job) {
  const Result<Fd> memory = seal(std::as_bytes(std::span(job)));
  const auto [reports, theirs] = make_packet_sockets();
  if (!memory.ok() || helper.run(memory.value(), theirs) != Sent::kYes) return std::nullopt;
  const auto packet = receive_packet(reports, test::kPatienceMs);
  return packet ? unpack_report(packet->bytes) : std::nullopt;
}

TEST_F(ExecProbeTest, WhatWaitedBeyondItsDeadlineIsNotStarted) {
  const ExecJob late{
      .command = {"/bin/touch", folder_.path() + "/done"}, .environment = {}, .deadline_ms = 1};
  EXPECT_EQ(report_on(helper_, pack(late)),
            (JobReport{.kind = JobReport::Kind::kNotStarted,
                       .text = "its time was over before there was room for it"}));
  EXPECT_FALSE(std::filesystem::exists(folder_.path() + "/done"));
}

TEST_F(ExecProbeTest, WhatIsNotUnderstoodIsNotStarted) {
  EXPECT_EQ(report_on(helper_, "nonsense"),
            (JobReport{.kind = JobReport::Kind::kNotStarted, .text = "it is not understood"}));
}

TEST_F(ExecProbeTest, NoMeansToStartACommandIsNoData) {
  ASSERT_EQ(probe(script("true")).reason, "exit status 0");
  ASSERT_TRUE(test::wait_until([&] { return test::open_files(helper_.pid()) == 6; }));
  // The helper has room for a job, and a command's supervisor has none for two pipes.
  const rlimit few{8, 8};
  ASSERT_EQ(prlimit(helper_.pid(), RLIMIT_NOFILE, &few, nullptr), 0);
  const CheckSpec spec = script("true");
  const ProbeResult result = probe(spec);
  EXPECT_FALSE(result.counts);
  EXPECT_EQ(result.reason, no_data(spec, "there can be no process for it"));
}

}  // namespace
}  // namespace rhumb
