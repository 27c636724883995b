// Clients of the API that ask for too much, wrongly or too slowly: each is let go, and a line of
// the log tells of all of its kind.
#include <gmock/gmock.h>
#include <poll.h>

#include <string>
#include <vector>

#include "server/refusal_log.h"
#include "server/socket_address.h"
#include "tests/server/control_server.h"
#include "tests/server/hostile_server.h"
#include "tests/server/log_lines.h"

namespace rhumb {
namespace {

using test::connect_to;
using test::read_to_end;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;
using Strings = std::vector<std::string>;

constexpr std::int64_t kShortPatienceMs = 200;

class ControlRefusals : public test::ControlTest {
 protected:
  // The lines of a server's log while `act` is done to it.
  Strings lines_of(ControlLimits limits, const std::function<void()>& act) {
    return test::lines_of(LogLevel::kWarning, LogFormat::kText, [&](Log& log) {
      listen(http_.fd(), 128);
      serve(limits, log, Fd(dup(http_.fd())));
      act();
      server_.reset();
    });
  }
  // What comes back by http.listen for what is sent, until the connection ends.
  [[nodiscard]] std::string send_http(const std::string& text) const {
    const Fd client = connect_http();
    send(client.get(), text.data(), text.size(), MSG_NOSIGNAL);
    return read_to_end(client);
  }
  [[nodiscard]] Fd connect_http() const {
    const SocketAddress server = to_socket_address(http_.endpoint());
    Fd client(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    EXPECT_EQ(connect(client.get(), server.get(), server.size), 0);
    return client;
  }

  BoundSocket http_{ip("127.0.0.1"), SOCK_STREAM};
};

TEST_F(ControlRefusals, EachKindOfRequestIsToldOfOnce) {
  const std::string end = "\r\nHost: x\r\nConnection: close\r\n";
  const Strings lines = lines_of({}, [&] {
    for (int i = 0; i < 5; ++i) {
      EXPECT_THAT(send_http("GET /api/v1/explain?name=a%00 HTTP/1.1" + end + "\r\n"),
                  StartsWith("HTTP/1.1 400 "));
      EXPECT_THAT(
          send_http("GET /healthz HTTP/1.1" + end + "X: " + std::string(40'000, 'x') + "\r\n\r\n"),
          StartsWith("HTTP/1.1 431 "));
      EXPECT_THAT(
          send_http("POST /api/v1/reload HTTP/1.1" + end + "Content-Length: 1000000000\r\n\r\n"),
          StartsWith("HTTP/1.1 413 "));
    }
  });
  EXPECT_THAT(
      lines,
      ElementsAre(
          AllOf(HasSubstr("API request refused from=127.0.0.1:"), HasSubstr("reason=\"400: ")),
          AllOf(HasSubstr("method=GET path=/healthz reason=\"431: "), HasSubstr(" refused=1")),
          AllOf(HasSubstr("path=/api/v1/reload reason=\"413: "), HasSubstr(" refused=1"))));
}

TEST_F(ControlRefusals, WhatTheLibraryRefusesItselfIsToldOfToo) {
  const Strings lines = lines_of({}, [&] {
    for (int i = 0; i < 3; ++i) {
      EXPECT_THAT(send_http("GET /" + std::string(100'000, 'x') + " HTTP/1.1\r\n"),
                  StartsWith("HTTP/1.1 414 "));
    }
  });
  EXPECT_THAT(lines, ElementsAre(HasSubstr("API request refused from=unknown reason=414")));
}

TEST_F(ControlRefusals, ABodyWithoutAnEndIsToldOf) {
  const Strings lines = lines_of({}, [&] {
    const Fd client = connect_http();
    const std::string head =
        "POST /api/v1/push/two HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
    send(client.get(), head.data(), head.size(), MSG_NOSIGNAL);
    const std::string chunk = "8000\r\n" + std::string(0x8000, 'x') + "\r\n";
    while (send(client.get(), chunk.data(), chunk.size(), MSG_NOSIGNAL) > 0) {
    }
  });
  EXPECT_THAT(lines, ElementsAre(HasSubstr("path=/api/v1/push/two reason=\"413: ")));
}

// Its time is that of the whole request, whatever comes meanwhile.
TEST_F(ControlRefusals, AClientThatDripsByteByByteIsCutOffAllTheSame) {
  constexpr int kMostDrips = 100;
  int drips = 0;
  const Strings lines = lines_of({.patience_ms = kShortPatienceMs}, [&] {
    const Fd client = connect_http();
    const std::string head = "GET /healthz HTTP/1.1\r\nX: ";
    send(client.get(), head.data(), head.size(), MSG_NOSIGNAL);
    pollfd end{client.get(), POLLIN | POLLRDHUP, 0};
    while (drips < kMostDrips && poll(&end, 1, kShortPatienceMs / 4) == 0) {
      drips += send(client.get(), "x", 1, MSG_NOSIGNAL) == 1 ? 1 : kMostDrips;
    }
  });
  EXPECT_LT(drips, kMostDrips);
  EXPECT_THAT(lines, ElementsAre(HasSubstr("API client cut off from=127.0.0.1:")));
}

TEST_F(ControlRefusals, OfClientsThatSendNothingOneIsNamed) {
  const Strings lines = lines_of({.patience_ms = kShortPatienceMs}, [&] {
    const Fd first = connect_http();
    const Fd second = connect_to(path());
    EXPECT_EQ(read_to_end(first) + read_to_end(second), "");
  });
  EXPECT_THAT(lines, ElementsAre(HasSubstr("API client cut off from=")));
}

TEST_F(ControlRefusals, WhoIsIdleBetweenTwoRequestsIsLetGoWithoutAWord) {
  const Strings lines = lines_of({.patience_ms = kShortPatienceMs}, [&] {
    EXPECT_THAT(send_http("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"), StartsWith("HTTP/1.1 200 "));
  });
  EXPECT_THAT(lines, IsEmpty());
}

TEST_F(ControlRefusals, OfIdleClientsThatGiveWayToOthersOneIsNamed) {
  const Strings lines = lines_of({}, [&] {
    std::vector<Fd> clients;
    for (unsigned int i = 0; i < kMaxApiConnectionsOfClient + 3; ++i) {
      clients.push_back(connect_http());
    }
    for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(read_to_end(clients[i]), "");
  });
  EXPECT_THAT(lines, ElementsAre(AllOf(HasSubstr("API client turned away from=127.0.0.1:"),
                                       HasSubstr("reason=\"others need its connection\""),
                                       HasSubstr(" refused=1"))));
}

TEST(RefusalLog, AKindIsToldOfOnceAMinuteWithItsNumber) {
  const RefusedClient client{.from = "192.0.2.1:5", .method = "GET", .path = "/x", .reason = "why"};
  const Strings lines = test::lines_of(LogLevel::kWarning, LogFormat::kText, [&](Log& log) {
    RefusalLog refusals(log);
    for (std::int64_t at_ms = 0; at_ms < kRefusalLogMs; at_ms += 1'000) {
      refusals.note(Refusal::kLargeBody, client, at_ms);
    }
    refusals.note(Refusal::kSlow, {.from = "192.0.2.2:5", .reason = "late"}, 2'000);
    refusals.note(Refusal::kLargeBody, client, kRefusalLogMs);
  });
  EXPECT_THAT(lines,
              ElementsAre(HasSubstr("API request refused from=192.0.2.1:5 method=GET path=/x "
                                    "reason=why refused=1"),
                          HasSubstr("API client cut off from=192.0.2.2:5 reason=late refused=1"),
                          HasSubstr("path=/x reason=why refused=60")));
}

TEST(RefusalLog, ShowsLittleOfWhatAClientHasSent) {
  const Strings lines = test::lines_of(LogLevel::kWarning, LogFormat::kText, [&](Log& log) {
    RefusalLog(log).note(
        Refusal::kMalformed,
        {.from = "x", .method = "GET", .path = std::string(30'000, 'p'), .reason = "why"}, 0);
  });
  EXPECT_THAT(lines,
              ElementsAre(HasSubstr("path=" + std::string(kMaxRefusalBytes, 'p') + " reason=why")));
}

}  // namespace
}  // namespace rhumb
