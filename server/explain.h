// Why a client gets the answer it gets: puts a question to the pure core as a query from that
// client, and writes the answer and all that led to it as JSON. Decides nothing by itself.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "answer/view.h"
#include "base/error.h"
#include "base/ip.h"
#include "dns/name.h"
#include "dns/types.h"
#include "server/operator.h"

namespace rhumb {

struct ExplainQuestion {
  Name name;
  Type type = Type::kA;
  IpAddress client;                // where the query comes from
  std::optional<IpPrefix> subnet;  // that it tells of (RFC 7871)
  std::uint64_t entropy = 0;       // decides every draw
};

// The parts as a person gives them: a name with or without its final dot, "A", an address, and a
// prefix or an address or "". The error says what is wrong and what to write.
Result<ExplainQuestion> read_question(std::string_view name, std::string_view type,
                                      std::string_view client, std::string_view subnet);

struct CheckWords {
  std::string text;
  bool of_operator = false;  // it says that an operator has a hand in it
};

// Who knows what the zones do not.
struct Tellers {
  // What is to be said of the health check of an id, such as "healthy for 3m: status 200".
  std::function<CheckWords(const std::string& id)> check;
  // What drains say of a set with these labels; empty: nothing.
  std::function<std::string(std::span<const Label> labels)> drains;
};

// The explanation of the reference in docs/commands.md.
std::string explain_json(const View& view, const ExplainQuestion& question, const Tellers& tellers);

}  // namespace rhumb
