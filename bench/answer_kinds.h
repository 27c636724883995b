// The kinds of answer that are measured: one question of each, as answer_bench times it and
// instructions counts it. Measures nothing itself.
#pragma once

#include <string>
#include <vector>

#include "answer/view.h"
#include "tests/answer/ask.h"

namespace rhumb::bench {

struct AnswerKind {
  std::string name;  // in snake_case, each once
  const View* view;  // it stands as long as the program
  testing::Ask question;
};

std::vector<AnswerKind> answer_kinds();

}  // namespace rhumb::bench
