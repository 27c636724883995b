// The words of an explanation: what each part of an Explain says to a person.
#pragma once

#include <string>

#include "answer/explain.h"
#include "server/explain.h"

namespace rhumb {

class ExplainWords {
 public:
  // All borrowed.
  ExplainWords(const View& view, const Explain& explain, const Tellers& tellers)
      : view_(view), explain_(explain), tellers_(tellers) {}

  // How the client was found: "where the query comes from", …
  [[nodiscard]] std::string client(const ExplainQuestion& question) const;
  // Which set or group the smallest TTL is of. Requires: there is one.
  [[nodiscard]] std::string ttl() const;
  // What makes the scope as long as it is.
  [[nodiscard]] std::string scope() const;

  // Why there is nothing but an rcode: no name of ours was asked, or no question. Empty: a step
  // says.
  [[nodiscard]] std::string rcode(const ExplainQuestion& question) const;
  // The owner of what was asked in this step, or of the zone that has no such name; and the type
  // of what was found or missed there, empty where there is no name to have it.
  [[nodiscard]] std::string name(const Explain::Step& step) const;
  [[nodiscard]] static std::string type(const Explain::Step& step);
  [[nodiscard]] static std::string policy(const Explain::Step& step);
  // What came of it.
  [[nodiscard]] std::string outcome(const Explain::Step& step) const;
  [[nodiscard]] static const GroupInfo::Set& set(const Explain::Step& step, std::uint16_t number);
  // Why a set is alive or dead, or why it is not for this client.
  [[nodiscard]] std::string reason(const Explain::Step& step,
                                   const Explain::Candidate& candidate) const;

 private:
  [[nodiscard]] std::string of_operator(const Explain::Candidate& candidate,
                                        const GroupInfo::Set& info, bool is_said) const;
  [[nodiscard]] std::string of_group(const Explain::Step& step) const;
  [[nodiscard]] std::string of_alias(const Explain::Step& step, std::uint32_t link) const;

  const View& view_;
  const Explain& explain_;
  const Tellers& tellers_;
};

}  // namespace rhumb
