#include "dns/tcp_framer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "tests/dns/octets.h"

namespace rhumb {
namespace {

// The messages that wait, copied.
std::vector<Octets> take_all(TcpFramer& framer) {
  std::vector<Octets> messages;
  for (auto message = framer.next(); message.whole; message = framer.next()) {
    messages.emplace_back(message.bytes.begin(), message.bytes.end());
  }
  return messages;
}

// The messages that `octets` complete; the octets are gone then.
std::vector<Octets> receive(TcpFramer& framer, const Octets& octets) {
  framer.lend(octets);
  std::vector<Octets> messages = take_all(framer);
  framer.keep();
  return messages;
}

// All messages of `stream`, read in pieces of `piece` octets.
std::vector<Octets> frame(const Octets& stream, std::size_t piece) {
  TcpFramer framer;
  std::vector<Octets> messages;
  for (std::size_t at = 0; at < stream.size(); at += piece) {
    const auto end = std::min(stream.size(), at + piece);
    for (auto& message : receive(framer, {stream.begin() + static_cast<std::ptrdiff_t>(at),
                                          stream.begin() + static_cast<std::ptrdiff_t>(end)})) {
      messages.push_back(std::move(message));
    }
  }
  EXPECT_TRUE(framer.idle());
  EXPECT_EQ(framer.capacity(), 0U);
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
}

TEST(TcpFramer, HandsOutAMessageWithoutItsLength) {
  TcpFramer framer;
  const Octets read = octets("\0\5hello");
  framer.lend(read);
  const auto message = framer.next();
  EXPECT_TRUE(message.whole);
  EXPECT_EQ(Octets(message.bytes.begin(), message.bytes.end()), octets("hello"));
  EXPECT_FALSE(framer.next().whole);
  EXPECT_TRUE(framer.idle());
}

TEST(TcpFramer, ReadsWholeMessagesWhereTheyLieAndHoldsNothingOfThem) {
  TcpFramer framer;
  const Octets read = octets("\0\1a\0\1b");
  framer.lend(read);
  EXPECT_EQ(framer.next().bytes.data(), read.data() + 2);
  EXPECT_EQ(framer.next().bytes.data(), read.data() + 5);
  framer.keep();
  EXPECT_EQ(framer.capacity(), 0U);
}

TEST(TcpFramer, WaitsForTheLastOctet) {
  TcpFramer framer;
  const Octets stream = octets("\0\5hello");
  for (std::size_t at = 0; at + 1 < stream.size(); ++at) {
    EXPECT_TRUE(receive(framer, {stream[at]}).empty()) << at;
    EXPECT_FALSE(framer.idle());
  }
  EXPECT_EQ(receive(framer, octets("o")), std::vector<Octets>{octets("hello")});
  EXPECT_TRUE(framer.idle());
}

TEST(TcpFramer, HandsOutAnEmptyMessage) {
  TcpFramer framer;
  EXPECT_EQ(receive(framer, octets("\0\0\0\1x\0\0")), (std::vector<Octets>{{}, octets("x"), {}}));
}

TEST(TcpFramer, ReadsPiecesOfAnySize) {
  const Octets stream = octets("\0\5hello\0\0\0\1x\0\3abc");
  const std::vector<Octets> messages = {octets("hello"), {}, octets("x"), octets("abc")};
  for (std::size_t piece = 1; piece <= stream.size(); ++piece) {
    EXPECT_EQ(frame(stream, piece), messages) << piece;
  }
}

TEST(TcpFramer, IsSplitAnywhere) {
  const Octets stream = octets("\0\5hello\0\0\0\1x\0\3abc");
  const std::vector<Octets> messages = {octets("hello"), {}, octets("x"), octets("abc")};
  for (std::size_t split = 0; split <= stream.size(); ++split) {
    TcpFramer framer;
    const auto middle = stream.begin() + static_cast<std::ptrdiff_t>(split);
    auto found = receive(framer, {stream.begin(), middle});
    for (auto& message : receive(framer, {middle, stream.end()})) found.push_back(message);
    EXPECT_EQ(found, messages) << split;
    EXPECT_TRUE(framer.idle());
  }
}

TEST(TcpFramer, HandsOutPipelinedMessagesOfOneRead) {
  TcpFramer framer;
  EXPECT_EQ(receive(framer, octets("\0\4d")), std::vector<Octets>{});
  const Octets read = octets("ef.\0\1a\0\1b\0");
  framer.lend(read);
  const auto first = framer.next();
  const auto second = framer.next();
  const auto third = framer.next();
  EXPECT_FALSE(framer.next().whole);
  // All are borrowed until keep().
  EXPECT_EQ(Octets(first.bytes.begin(), first.bytes.end()), octets("def."));
  EXPECT_EQ(second.bytes[0], 'a');
  EXPECT_EQ(third.bytes[0], 'b');
  EXPECT_FALSE(framer.idle());
}

TEST(TcpFramer, PeeksAtWhatItIsYetToHandOut) {
  TcpFramer framer;
  EXPECT_EQ(receive(framer, octets("\0\4d")), std::vector<Octets>{});
  const Octets read = octets("ef.\0\1a\0\1b\0\2x");
  framer.lend(read);
  std::array<TcpFramer::Octets, 4> messages;
  EXPECT_EQ(framer.peek(std::span(messages).first(2)), 2U);
  EXPECT_EQ(framer.peek(messages), 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(framer.next().bytes.data(), messages.at(i).data()) << i;
  }
  EXPECT_EQ(framer.peek(messages), 0U);
}

TEST(TcpFramer, KeepsTheMessagesThatWereNotTaken) {
  TcpFramer framer;
  {
    const Octets read = octets("\0\1a\0\1b\0\1c\0\2d");
    framer.lend(read);
    framer.next();
    framer.keep();
  }
  framer.next();
  framer.keep();
  EXPECT_FALSE(framer.idle());
  EXPECT_EQ(take_all(framer), std::vector<Octets>{octets("c")});
  framer.keep();
  EXPECT_EQ(receive(framer, octets("e")), std::vector<Octets>{octets("de")});
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

TEST(TcpFramer, HoldsNoMoreThanTheLongestMessage) {
  const Octets stream = framed(Octets(65535, 'x')) + framed(Octets(65535, 'y'));
  TcpFramer framer;
  for (std::size_t at = 0; at < stream.size(); at += 1001) {
    const auto end = std::min(stream.size(), at + 1001);
    receive(framer, {stream.begin() + static_cast<std::ptrdiff_t>(at),
                     stream.begin() + static_cast<std::ptrdiff_t>(end)});
    EXPECT_LE(framer.capacity(), 65537U);
  }
  EXPECT_TRUE(framer.idle());
}

TEST(TcpFramer, DoesNotTakeTheClientsWordForALength) {
  TcpFramer framer;
  receive(framer, octets("\xFF\xFFx"));
  EXPECT_EQ(framer.capacity(), 3U);
  receive(framer, Octets(997, 'x'));
  EXPECT_EQ(framer.capacity(), 1000U);
  receive(framer, {'x'});
  EXPECT_EQ(framer.capacity(), 2000U);  // doubled once it was full
}

TEST(TcpFramer, GivesMemoryBackWhenIdle) {
  TcpFramer framer;
  const Octets stream = framed(Octets(60000, 'x'));
  receive(framer, {stream.begin(), stream.end() - 1});
  EXPECT_GE(framer.capacity(), 60001U);
  EXPECT_EQ(receive(framer, {'x'}), std::vector<Octets>{Octets(60000, 'x')});
  EXPECT_EQ(framer.capacity(), 0U);
}

}  // namespace
}  // namespace rhumb
