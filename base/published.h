// One immutable value that a single writer swaps while many threads read it without locks. A reader
// pins what it reads in a slot of its own; the writer frees an old value once no slot holds it.
// Publishing never waits for a reader; a reader waits only for a publish that happens between its
// two loads.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "base/own_lines.h"

namespace rhumb {

template <typename T>
class Published {
 public:
  static constexpr std::size_t kMaxReaders = 256;

  // A reader's own cache line. It belongs to one thread at a time.
  struct alignas(kCacheLine) Slot {
    std::atomic<const T*> held{nullptr};
    std::atomic<bool> taken{false};
  };

  // Keeps one value alive for as long as it stands; at most one a Reader at a time, and never
  // across a call that may block.
  class Pin {
   public:
    Pin(const Pin&) = delete;
    Pin& operator=(const Pin&) = delete;
    ~Pin() { slot_.held.store(nullptr, std::memory_order_release); }
    const T& operator*() const { return *value_; }
    const T* operator->() const { return value_; }

   private:
    friend class Published;
    Pin(Slot& slot, const T* value) : slot_(slot), value_(value) {}
    Slot& slot_;
    const T* value_;
  };

  // A thread's right to pin. Owns a slot until it is destroyed. It is read at each pin, so nothing
  // that others write stands beside it.
  class alignas(kCacheLine) Reader {
   public:
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;
    ~Reader() { slot_.taken.store(false, std::memory_order_release); }
    // Requires: something has been published.
    [[nodiscard]] Pin pin() { return Pin(slot_, published_.hold(slot_)); }

   private:
    friend class Published;
    Reader(const Published& published, Slot& slot) : published_(published), slot_(slot) {}
    const Published& published_;
    Slot& slot_;
  };

  Published() = default;
  Published(const Published&) = delete;
  Published& operator=(const Published&) = delete;
  // Requires: no Reader is left.
  ~Published() { delete current_.load(); }

  // A slot for the calling thread; null when kMaxReaders threads have one.
  [[nodiscard]] std::unique_ptr<Reader> reader() {
    for (Slot& slot : slots_) {
      bool taken = false;
      if (slot.taken.compare_exchange_strong(taken, true)) {
        return std::unique_ptr<Reader>(new Reader(*this, slot));
      }
    }
    return nullptr;
  }

  // Writer's thread only. Replaces the value and frees those that no reader holds any more. Throws
  // std::bad_alloc before anything has changed.
  void publish(std::unique_ptr<const T> value) {
    retired_.reserve(retired_.size() + 1);
    const T* old = current_.exchange(value.release());
    if (old != nullptr) retired_.emplace_back(old);
    sweep();
  }

  // Writer's thread only. Frees retired values that no slot holds; returns how many are still held.
  std::size_t sweep() {
    std::erase_if(retired_, [this](const auto& old) { return !is_held(old.get()); });
    return retired_.size();
  }

  // Writer's thread only. Null before the first publish.
  [[nodiscard]] const T* current() const { return current_.load(std::memory_order_relaxed); }

 private:
  const T* hold(Slot& slot) const {
    const T* value = current_.load(std::memory_order_acquire);
    while (true) {
      // Sequentially consistent: either the writer's sweep sees the slot, or the reload sees the
      // swap.
      slot.held.exchange(value);
      const T* again = current_.load();
      if (again == value) return value;
      value = again;
    }
  }

  [[nodiscard]] bool is_held(const T* value) const {
    for (const Slot& slot : slots_) {
      if (slot.held.load() == value) return true;
    }
    return false;
  }

  std::atomic<const T*> current_{nullptr};
  std::array<Slot, kMaxReaders> slots_;
  std::vector<std::unique_ptr<const T>> retired_;
};

}  // namespace rhumb
