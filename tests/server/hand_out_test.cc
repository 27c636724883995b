#include "server/hand_out.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "server/control_socket.h"
#include "server/handover_socket.h"
#include "server/packets.h"
#include "server/state_file.h"
#include "server/take_over.h"
#include "tests/server/log_lines.h"
#include "tests/support/process.h"
#include "tests/support/sanitized.h"

namespace rhumb {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

SavedState state_with(const std::string& id) {
  SavedState state;
  state.overrides.push_back({id, Health::kUnhealthy, std::nullopt, "disk"});
  return state;
}

// An old server's side, at work in a thread as a server's main one.
class HandOutThreads : public ::testing::Test {
 protected:
  HandOutThreads() {
    config_.control_socket = path_;
    config_.listen = {endpoint_};
    config_.http.emplace().listen = {*IpAddress::parse("127.0.0.1"), test::free_port("127.0.0.1")};
    auto obtained = obtain_sockets(config_, 2, nullptr, Start::kBesideNone, {}, log_);
    if (!obtained) return;
    obtained_ = *std::move(obtained);
    const HandOutSource source{.first_state = [] { return write_state(state_with("first")); },
                               .freeze = [this] { return freeze(); },
                               .thaw = [this] { frozen_ = false; }};
    hand_out_ = std::make_unique<HandOut>(obtained_, config_, ManagerTerms{"@manager", 3'000'000},
                                          source, log_);
    thread_ = std::thread([this] {
      while (!stop_ && successor_ == 0) {
        std::array<pollfd, 2> watched{};
        for (std::size_t i = 0; i < 2; ++i) watched[i] = {hand_out_->watched()[i], POLLIN, 0};
        poll(watched.data(), watched.size(), 10);
        successor_ = hand_out_->turn();
      }
    });
  }
  ~HandOutThreads() override {
    stop_ = true;
    if (thread_.joinable()) thread_.join();
  }
  Result<std::string> freeze() {
    if (reloads_) return Error{"it reloads"};
    frozen_ = true;
    return write_state(state_with("last"));
  }
  [[nodiscard]] bool wait_frozen(bool frozen) {
    return test::wait_until([this, frozen] { return frozen_ == frozen; });
  }

  test::TempDir folder_;
  std::string path_ = folder_.path() + "/control.sock";
  Endpoint endpoint_{*IpAddress::parse(test::own_address()), test::free_port(test::own_address())};
  Log log_{LogLevel::kError, LogFormat::kText};
  Config config_;
  ObtainedSockets obtained_;
  std::atomic<bool> reloads_ = false;
  std::atomic<bool> frozen_ = false;
  std::atomic<bool> stop_ = false;
  std::atomic<std::int64_t> successor_ = 0;
  std::unique_ptr<HandOut> hand_out_;
  std::thread thread_;
};

TEST_F(HandOutThreads, ASuccessorGetsEverySocketAndWhatIsKnown) {
  auto begun = TakeOver::begin(path_);
  ASSERT_TRUE(begun.ok()) << begun.error();
  TakeOver& taking = begun.value();
  const GivenSockets sockets = taking.take_sockets();
  std::vector<std::pair<Transport, int>> dns;
  for (const Listener& each : sockets.dns) {
    EXPECT_EQ(each.endpoint, endpoint_);
    dns.emplace_back(each.transport, each.worker);
  }
  const std::vector<std::pair<Transport, int>> expected = {
      {Transport::kUdp, 0}, {Transport::kUdp, 1}, {Transport::kTcp, 0}, {Transport::kTcp, 1}};
  EXPECT_EQ(dns, expected);
  EXPECT_EQ(sockets.http_endpoint, config_.http->listen);
  EXPECT_TRUE(sockets.http.valid());
  EXPECT_TRUE(sockets.control.valid());
  EXPECT_TRUE(sockets.handover.valid());
  EXPECT_EQ(taking.take_state(), state_with("first"));
  EXPECT_EQ(taking.manager(), (ManagerTerms{"@manager", 3'000'000}));
  EXPECT_FALSE(frozen_);

  const auto last = taking.last_state();
  ASSERT_TRUE(last.ok()) << last.error();
  EXPECT_EQ(last.value(), state_with("last"));
  EXPECT_TRUE(frozen_);
  EXPECT_EQ(successor_, 0);
  EXPECT_FALSE(taking.finish());
  EXPECT_TRUE(test::wait_until([this] { return successor_ == getpid(); }));
  EXPECT_TRUE(frozen_);
}

TEST_F(HandOutThreads, OneThatDiesWhileItLoadsChangesNothing) {
  { ASSERT_TRUE(TakeOver::begin(path_).ok()); }
  // Until it is noticed, the next one is refused.
  EXPECT_TRUE(test::wait_until([this] { return TakeOver::begin(path_).ok(); }));
  EXPECT_EQ(successor_, 0);
}

TEST_F(HandOutThreads, OneThatDiesAtTheLastMomentIsForgotten) {
  {
    auto begun = TakeOver::begin(path_);
    ASSERT_TRUE(begun.ok()) << begun.error();
    ASSERT_TRUE(begun.value().last_state().ok());
    EXPECT_TRUE(frozen_);
  }
  EXPECT_TRUE(wait_frozen(false));
  EXPECT_EQ(successor_, 0);
  EXPECT_TRUE(test::wait_until([this] { return TakeOver::begin(path_).ok(); }));
}

TEST_F(HandOutThreads, ASecondOneIsRefusedWhileTheFirstLoads) {
  const auto first = TakeOver::begin(path_);
  ASSERT_TRUE(first.ok()) << first.error();
  const auto second = TakeOver::begin(path_);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error(),
            "process " + std::to_string(getpid()) + " is about to replace it already");
}

TEST_F(HandOutThreads, ItTellsWhyItCannotBeTakenNow) {
  auto begun = TakeOver::begin(path_);
  ASSERT_TRUE(begun.ok()) << begun.error();
  reloads_ = true;
  const auto last = begun.value().last_state();
  ASSERT_FALSE(last.ok());
  EXPECT_EQ(last.error(), "it reloads");
  EXPECT_FALSE(frozen_);
}

TEST_F(HandOutThreads, AnotherVersionIsRefusedClearly) {
  const auto connection = connect_to_predecessor(path_);
  ASSERT_TRUE(connection.ok()) << connection.error();
  ASSERT_TRUE(send_packet(connection.value(),
                          R"({"rhumb":"handover","version":2,"kind":"hello","program":"9"})"));
  const auto heard = hear(connection.value());
  ASSERT_FALSE(heard.ok());
  EXPECT_THAT(heard.error(), HasSubstr("speaks version 2 of the handover"));
}

TEST_F(HandOutThreads, OneThatSpeaksOutOfTurnIsRefused) {
  for (const HandoverKind kind : {HandoverKind::kTaken, HandoverKind::kYours}) {
    const auto connection = connect_to_predecessor(path_);
    ASSERT_TRUE(connection.ok()) << connection.error();
    HandoverMessage message;
    message.kind = kind;
    ASSERT_TRUE(say(connection.value(), message));
    const auto heard = hear(connection.value());
    ASSERT_FALSE(heard.ok());
    EXPECT_EQ(heard.error(), "it says something else than was to be said now");
  }
  EXPECT_EQ(successor_, 0);
}

// Without a thread of its own.
TEST(HandOutFaults, OneThatCannotBeLetInIsToldOfOnceAndLeftAloneForAWhile) {
  if (test::kSanitized) GTEST_SKIP() << "a sanitizer needs descriptors of its own";
  const test::TempDir folder;
  const std::string path = folder.path() + "/control.sock";
  const auto control = bind_control_socket(path);
  ASSERT_TRUE(control.ok()) << control.error();
  ObtainedSockets obtained;
  obtained.handover = bind_handover_socket(path).value();
  const HandOutSource source{.first_state = [] { return write_state(state_with("first")); },
                             .freeze = [] { return Result<std::string>(""); },
                             .thaw = [] {}};
  bool is_let_in = false;
  const auto lines = test::lines_of(LogLevel::kWarning, LogFormat::kText, [&](Log& log) {
    HandOut hand_out(obtained, Config(), {}, source, log);
    const auto successor = connect_to_predecessor(path);
    ASSERT_TRUE(successor.ok()) << successor.error();
    HandoverMessage hello;
    hello.program = "9";
    ASSERT_TRUE(say(successor.value(), hello));
    rlimit limit{};
    ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
    const rlimit none{.rlim_cur = 3, .rlim_max = limit.rlim_max};
    ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
    EXPECT_EQ(hand_out.turn(), 0);
    EXPECT_EQ(hand_out.watched()[0], -1) << "it would be readable all the time";
    EXPECT_TRUE(test::wait_until([&] { return hand_out.watched()[0] >= 0; }));
    EXPECT_EQ(hand_out.turn(), 0);
    EXPECT_EQ(hand_out.watched()[0], -1);
    ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
    is_let_in = test::wait_until([&] {
      (void)hand_out.turn();
      return has_packet(successor.value(), 0);
    });
  });
  EXPECT_TRUE(is_let_in);
  ASSERT_THAT(lines, SizeIs(1));
  EXPECT_THAT(lines[0], HasSubstr("cannot be let in reason=\"Too many open files\""));
}

TEST(ControlSocket, WhereNobodyIsDiffersFromWhereNobodyKnows) {
  const test::TempDir folder;
  const std::string path = folder.path() + "/control.sock";
  EXPECT_TRUE(why_not_reached(path)->is_nobody);
  {
    const auto socket = bind_control_socket(path);
    ASSERT_TRUE(socket.ok()) << socket.error();
    EXPECT_FALSE(why_not_reached(path));
  }
  EXPECT_TRUE(why_not_reached(path)->is_nobody) << "its server has died";
  const auto unknown = why_not_reached(folder.write("file", "") + "/control.sock");
  ASSERT_TRUE(unknown);
  EXPECT_FALSE(unknown->is_nobody);
  EXPECT_EQ(unknown->why, "Not a directory");
}

TEST(TakeOver, SaysThatNobodyWaitsForIt) {
  const test::TempDir folder;
  const std::string path = folder.path() + "/control.sock";
  const auto socket = bind_control_socket(path);
  ASSERT_TRUE(socket.ok());
  const auto begun = TakeOver::begin(path);
  ASSERT_FALSE(begun.ok());
  EXPECT_THAT(begun.error(), HasSubstr("it waits for no successor"));
}

// Any process may have bound the name; what it hands over is looked at.
TEST(TakeOver, RefusesASocketThatIsNotWhatItIsSaidToBe) {
  const test::TempDir folder;
  const std::string path = folder.path() + "/control.sock";
  const auto control = bind_control_socket(path);
  ASSERT_TRUE(control.ok());
  const auto listener = bind_handover_socket(path);
  ASSERT_TRUE(listener.ok()) << listener.error();
  std::thread old([&] {
    Fd successor;
    (void)test::wait_until([&] {
      successor = accept_successor(listener.value()).value();
      return successor.valid();
    });
    const auto hello = hear(successor);
    HandoverMessage message;
    message.kind = HandoverKind::kSocket;
    message.socket = {SocketUse::kDns, Transport::kUdp, *Endpoint::parse("192.0.2.1:53"), 0};
    (void)say(successor, message, control.value().get());
  });
  const auto begun = TakeOver::begin(path);
  old.join();
  ASSERT_FALSE(begun.ok());
  EXPECT_EQ(begun.error(), "a socket that it hands over is not what it says");
}

}  // namespace
}  // namespace rhumb
