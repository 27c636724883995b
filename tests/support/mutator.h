// Makes what a server is not to be harmed by out of good questions: noise, or such a question cut
// short, with octets changed, or with more behind it. The same seed makes the same.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <utility>
#include <vector>

namespace rhumb::test {

class Mutator {
 public:
  using Message = std::vector<std::uint8_t>;

  // Requires: `questions` in wire form, at least one.
  Mutator(std::vector<Message> questions, std::uint64_t seed)
      : questions_(std::move(questions)), engine_(seed) {}

  // Writes one over `message`.
  void next(Message& message) {
    message = questions_[roll(questions_.size())];
    message[0] = any_octet();  // with the next: its id
    message[1] = any_octet();
    switch (roll(5)) {
      case 0:
        message.resize(roll(kMaxNoise));
        for (auto& octet : message) octet = any_octet();
        break;
      case 1:
        message.resize(roll(message.size()));
        break;
      case 2:
        for (std::size_t i = 0, end = roll(40); i < end; ++i) message.push_back(any_octet());
        break;
      default:
        for (std::size_t i = 0, end = 1 + roll(6); i < end; ++i)
          message[roll(message.size())] = any_octet();
    }
  }

  // 0 to `limit` - 1.
  std::size_t roll(std::size_t limit) { return static_cast<std::size_t>(engine_() % limit); }

 private:
  static constexpr std::size_t kMaxNoise = 600;  // octets

  std::uint8_t any_octet() { return static_cast<std::uint8_t>(engine_()); }

  std::vector<Message> questions_;
  std::mt19937_64 engine_;
};

}  // namespace rhumb::test
