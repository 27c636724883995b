#include "zones/counter_slots.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string_view>

namespace rhumb {
namespace {

using ::testing::ElementsAre;

Name name(std::string_view text) { return Name::parse(text, Name()).value(); }

TEST(CounterSlots, AZoneKeepsItsSlotHoweverItsApexIsWritten) {
  CounterSlots slots(10);
  EXPECT_EQ(slots.take(name("a.example.")), 1U);
  EXPECT_EQ(slots.take(name("b.example.")), 2U);
  EXPECT_EQ(slots.take(name("A.Example.")), 1U);
  EXPECT_THAT(slots.apexes(), ElementsAre("a.example.", "b.example."));
}

TEST(CounterSlots, ThosePastTheLimitShareOneAndTakeNobodyElses) {
  CounterSlots slots(1);
  EXPECT_EQ(slots.take(name("a.example.")), 1U);
  EXPECT_EQ(slots.take(name("b.example.")), CounterSlots::kShared);
  EXPECT_EQ(slots.take(name("c.example.")), CounterSlots::kShared);
  EXPECT_EQ(slots.take(name("a.example.")), 1U);
  EXPECT_THAT(slots.apexes(), ElementsAre("a.example."));
}

TEST(CounterSlots, ALimitOfNoneLetsAllShare) {
  CounterSlots slots;
  EXPECT_EQ(slots.take(name("a.example.")), CounterSlots::kShared);
  EXPECT_TRUE(slots.apexes().empty());
}

TEST(CounterSlots, ACopyGoesOnByItself) {
  CounterSlots before(10);
  before.take(name("a.example."));
  CounterSlots refused = before;
  refused.take(name("b.example."));
  EXPECT_EQ(before.take(name("c.example.")), 2U);
}

}  // namespace
}  // namespace rhumb
