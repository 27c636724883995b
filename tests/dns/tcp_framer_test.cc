#include "dns/tcp_framer.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/dns/octets.h"

namespace rhumb {
namespace {

// As a socket would: as much of `stream` as there is room for. Returns the rest.
Octets receive(TcpFramer& framer, const Octets& stream) {
  const auto space = framer.space();
  const auto size = std::min(space.size(), stream.size());
  std::copy_n(stream.begin(), size, space.begin());
  framer.filled(size);
  return {stream.begin() + static_cast<std::ptrdiff_t>(size), stream.end()};
}

// The messages that wait, copied.
std::vector<Octets> take_all(TcpFramer& framer) {
  std::vector<Octets> messages;
  for (auto message = framer.next(); message.whole; message = framer.next()) {
    messages.emplace_back(message.bytes.begin(), message.bytes.end());
  }
  return messages;
}

// All messages of `stream`, read in pieces of `piece` octets.
std::vector<Octets> frame(const Octets& stream, std::size_t piece) {
  TcpFramer framer;
  std::vector<Octets> messages;
  for (std::size_t at = 0; at < stream.size(); at += piece) {
    const auto end = std::min(stream.size(), at + piece);
    Octets rest(stream.begin() + static_cast<std::ptrdiff_t>(at),
                stream.begin() + static_cast<std::ptrdiff_t>(end));
    while (!rest.empty()) {
      rest = receive(framer, rest);
      for (auto& message : take_all(framer)) messages.push_back(std::move(message));
    }
  }
  EXPECT_TRUE(framer.idle());
  return messages;
}

Octets framed(const Octets& message) {
  return Octets{static_cast<std::uint8_t>(message.size() >> 8U),
                static_cast<std::uint8_t>(message.size())} +
         message;
}

TEST(TcpFramer, HoldsNothingAtFirst) {
  TcpFramer framer;
  EXPECT_TRUE(framer.idle());
  EXPECT_FALSE(framer.next().whole);
  EXPECT_EQ(framer.capacity(), 0U);
  EXPECT_GE(framer.space().size(), 512U);
}

TEST(TcpFramer, HandsOutAMessageWithoutItsLength) {
  TcpFramer framer;
  receive(framer, octets("\0\5hello"));
  const auto message = framer.next();
  EXPECT_TRUE(message.whole);
  EXPECT_EQ(Octets(message.bytes.begin(), message.bytes.end()), octets("hello"));
  EXPECT_FALSE(framer.next().whole);
  EXPECT_TRUE(framer.idle());
}

TEST(TcpFramer, WaitsForTheLastOctet) {
  TcpFramer framer;
  const Octets stream = octets("\0\5hello");
  for (std::size_t at = 0; at + 1 < stream.size(); ++at) {
    receive(framer, {stream[at]});
    const auto message = framer.next();
    EXPECT_FALSE(message.whole) << at;
    EXPECT_TRUE(message.bytes.empty());
    EXPECT_FALSE(framer.idle());
  }
  receive(framer, octets("o"));
  EXPECT_TRUE(framer.next().whole);
  EXPECT_TRUE(framer.idle());
}

TEST(TcpFramer, HandsOutAnEmptyMessage) {
  TcpFramer framer;
  receive(framer, octets("\0\0\0\1x\0\0"));
  EXPECT_EQ(take_all(framer), (std::vector<Octets>{{}, octets("x"), {}}));
}

TEST(TcpFramer, IsSplitAnywhere) {
  const Octets stream = octets("\0\5hello\0\0\0\1x\0\3abc");
  const std::vector<Octets> messages = {octets("hello"), {}, octets("x"), octets("abc")};
  for (std::size_t split = 0; split <= stream.size(); ++split) {
    TcpFramer framer;
    const auto middle = stream.begin() + static_cast<std::ptrdiff_t>(split);
    receive(framer, {stream.begin(), middle});
    auto found = take_all(framer);
    receive(framer, {middle, stream.end()});
    for (auto& message : take_all(framer)) found.push_back(message);
    EXPECT_EQ(found, messages) << split;
    EXPECT_TRUE(framer.idle());
  }
}

TEST(TcpFramer, ReadsPiecesOfAnySize) {
  const Octets stream = octets("\0\5hello\0\0\0\1x\0\3abc");
  const std::vector<Octets> messages = {octets("hello"), {}, octets("x"), octets("abc")};
  for (std::size_t piece = 1; piece <= stream.size(); ++piece) {
    EXPECT_EQ(frame(stream, piece), messages) << piece;
  }
}

TEST(TcpFramer, HandsOutPipelinedMessagesOfOneRead) {
  TcpFramer framer;
  receive(framer, octets("\0\1a\0\1b\0\1c\0\4d"));
  const auto first = framer.next();
  const auto second = framer.next();
  const auto third = framer.next();
  EXPECT_FALSE(framer.next().whole);
  // All are borrowed until the next space().
  EXPECT_EQ(first.bytes[0], 'a');
  EXPECT_EQ(second.bytes[0], 'b');
  EXPECT_EQ(third.bytes[0], 'c');
  EXPECT_FALSE(framer.idle());
  receive(framer, octets("ef."));
  EXPECT_EQ(take_all(framer), std::vector<Octets>{octets("def.")});
}

TEST(TcpFramer, TakesTheLongestMessage) {
  Octets longest(65535);
  for (std::size_t i = 0; i < longest.size(); ++i) longest[i] = static_cast<std::uint8_t>(i % 251);
  const Octets stream = octets("\0\1a") + framed(longest) + framed(longest) + octets("\0\1b");
  for (const std::size_t piece : {1000U, 4096U, 65536U, 200000U}) {
    EXPECT_EQ(frame(stream, piece),
              (std::vector<Octets>{octets("a"), longest, longest, octets("b")}));
  }
}

TEST(TcpFramer, NeverHoldsMoreThanOneLongestMessage) {
  TcpFramer framer;
  Octets rest = framed(Octets(65535, 'x')) + framed(Octets(65535, 'y'));
  while (!rest.empty()) {
    const auto before = rest.size();
    rest = receive(framer, rest);
    EXPECT_LE(framer.capacity(), 65537U);
    if (rest.size() == before) break;  // no space: messages wait
  }
  EXPECT_EQ(rest.size(), 65537U);
  EXPECT_EQ(take_all(framer), std::vector<Octets>{Octets(65535, 'x')});
  EXPECT_EQ(framer.space().size(), 2048U);
}

TEST(TcpFramer, DoesNotTakeTheClientsWordForALength) {
  TcpFramer framer;
  receive(framer, octets("\xFF\xFFx"));
  EXPECT_FALSE(framer.next().whole);
  EXPECT_LE(framer.capacity(), 2048U);
  receive(framer, Octets(2045, 'x'));
  EXPECT_EQ(framer.space().size(), 2048U);  // doubled once it was full
  EXPECT_EQ(framer.capacity(), 4096U);
}

TEST(TcpFramer, DoesNotGrowWhileAMessageWaits) {
  TcpFramer framer;
  Octets rest = framed(Octets(2046, 'x')) + framed(Octets(10, 'y'));
  rest = receive(framer, rest);
  EXPECT_TRUE(framer.space().empty());
  EXPECT_EQ(framer.capacity(), 2048U);
  EXPECT_EQ(take_all(framer), std::vector<Octets>{Octets(2046, 'x')});
  EXPECT_FALSE(framer.space().empty());
}

TEST(TcpFramer, GivesMemoryBackWhenIdle) {
  TcpFramer framer;
  Octets rest = framed(Octets(60000, 'x'));
  while (!rest.empty()) rest = receive(framer, rest);
  EXPECT_EQ(framer.capacity(), 65537U);
  framer.trim();  // not yet idle
  EXPECT_EQ(framer.capacity(), 65537U);
  EXPECT_EQ(take_all(framer), std::vector<Octets>{Octets(60000, 'x')});
  framer.trim();
  EXPECT_LE(framer.capacity(), 2048U);
  receive(framer, octets("\0\1a"));
  EXPECT_EQ(take_all(framer), std::vector<Octets>{octets("a")});
}

TEST(TcpFramer, GivesMemoryBackAtTheNextReadToo) {
  TcpFramer framer;
  Octets rest = framed(Octets(60000, 'x'));
  while (!rest.empty()) rest = receive(framer, rest);
  take_all(framer);
  EXPECT_EQ(framer.space().size(), 2048U);
  EXPECT_LE(framer.capacity(), 2048U);
}

}  // namespace
}  // namespace rhumb
