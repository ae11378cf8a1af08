#include "shared_ring.hpp"

#include <atomic>
#include <catch2/catch.hpp>
#include <thread>
#include <vector>

using tranche::simulate::QueueWord;
using tranche::simulate::TaskCounters;

TEST_CASE("a fresh queue has nothing to begin") {
  TaskCounters counters;
  CHECK(!counters.begin());
  CHECK(counters.take_back(10) == 0);
}

TEST_CASE("tasks are begun in the order in which they were appended") {
  TaskCounters counters;
  for (int k = 0; k < 3; ++k) counters.append();
  for (std::uint32_t k = 0; k < 3; ++k) CHECK(counters.begin() == k);
  CHECK(!counters.begin());
}

TEST_CASE("what has been begun cannot be taken back") {
  TaskCounters counters;
  for (int k = 0; k < 5; ++k) counters.append();
  counters.begin();
  CHECK(counters.take_back(3) == 3);
  CHECK(counters.take_back(3) == 1);
  CHECK(!counters.begin());
}

TEST_CASE("a task that shall run again is the next to be begun") {
  TaskCounters counters;
  counters.append();
  counters.append();
  CHECK(counters.begin() == 0u);
  counters.unbegin();
  CHECK(counters.load().waiting() == 2);
  CHECK(counters.begin() == 0u);
}

TEST_CASE("the counters survive the overflow of their 32 bits") {
  const QueueWord last{0xffffffffu, 0xffffffffu};
  CHECK(QueueWord::unpack(last.pack()).begun == 0xffffffffu);
  const QueueWord wrapped{0xffffffffu, 1};
  CHECK(wrapped.waiting() == 2);
}

TEST_CASE("beginning and taking back at the same time share the tasks without a rest") {
  constexpr std::uint32_t total = 200'000;
  TaskCounters counters;
  std::atomic<bool> done{false};
  std::uint32_t begun = 0;
  std::thread slot{[&] {
    while (true) {
      const bool last_look = done.load();
      if (counters.begin()) {
        ++begun;
      } else if (last_look) {
        return;
      }
    }
  }};
  std::uint32_t taken = 0;
  for (std::uint32_t k = 0; k < total; ++k) {
    counters.append();
    if (k % 5 == 0) taken += counters.take_back(3);
  }
  done.store(true);
  slot.join();
  CHECK(begun + taken == total);
}
