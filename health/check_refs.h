// Checks in order, each where it stands: a list of them is no copy. Borrows them.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "health/check.h"

namespace rhumb {

class CheckRefs {
 public:
  class Iterator {
   public:
    using value_type = CheckSpec;            // NOLINT(readability-identifier-naming): std's names
    using difference_type = std::ptrdiff_t;  // NOLINT(readability-identifier-naming)
    Iterator() = default;
    explicit Iterator(const CheckSpec* const* at) : at_(at) {}
    const CheckSpec& operator*() const { return **at_; }
    const CheckSpec* operator->() const { return *at_; }
    Iterator& operator++() {
      ++at_;
      return *this;
    }
    Iterator operator++(int) { return Iterator(at_++); }
    bool operator==(const Iterator&) const = default;

   private:
    const CheckSpec* const* at_ = nullptr;
  };

  CheckRefs() = default;
  explicit CheckRefs(std::span<const CheckSpec> checks) { add(checks); }
  void reserve(std::size_t count) { checks_.reserve(count); }
  // They are not to move as long as this is used.
  void add(std::span<const CheckSpec> checks) {
    for (const CheckSpec& check : checks) checks_.push_back(&check);
  }

  [[nodiscard]] std::size_t size() const { return checks_.size(); }
  [[nodiscard]] bool empty() const { return checks_.empty(); }
  [[nodiscard]] const CheckSpec& operator[](std::size_t i) const { return *checks_[i]; }
  [[nodiscard]] Iterator begin() const { return Iterator(checks_.data()); }
  [[nodiscard]] Iterator end() const { return Iterator(checks_.data() + checks_.size()); }

 private:
  std::vector<const CheckSpec*> checks_;
};

}  // namespace rhumb
