// What the agent makes of shared memory in which user code has written.
#include "slot_queue.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

#include "tranche/base/checksum.hpp"

using namespace tranche;
using namespace tranche::simulate;

namespace {

constexpr std::size_t output_bytes = 40;

/// The agent's end of a queue, and a slot played by the test: it runs what its entries say.
class PlayedSlot {
 public:
  PlayedSlot()
      : memory_{AreaLayout{8, output_bytes + 16}, 1},
        area_{memory_.slot(0)},
        queue_{0, area_, output_bytes} {}

  SlotQueue& queue() { return queue_; }
  const SlotArea& area() const { return area_; }

  void submit(SampleIndex count) {
    for (SampleIndex index = 0; index < count; ++index) queue_.submit({1, 1, 0, index});
  }

  /// Runs one task that is waiting. False: there is none.
  bool run_one() {
    const auto sequence = area_.header->counters.begin();
    if (!sequence) return false;
    const TaskEntry entry = area_.task(*sequence);
    RunResult& result = area_.result(entry.cell);
    result = {};
    result.tag = *sequence + 1;
    result.task = entry;
    result.state = static_cast<std::uint8_t>(SampleState::ok);
    const auto row = area_.row(entry.cell);
    std::fill(row.begin(), row.end(), static_cast<std::byte>(entry.index));
    result.checksum = checksum64(row.first(output_bytes));
    result.meta_checksum = checksum64(row.subspan(output_bytes));
    result.seal = result.seal_now();
    area_.header->counters.finish();
    ran_.insert(entry.index);
    return true;
  }

  /// Kills the slot and sets its queue up anew, as host and zygote do together.
  std::size_t replace(std::vector<Finished>& out) {
    RunResult verdict{};
    verdict.state = static_cast<std::uint8_t>(SampleState::crashed);
    return queue_.mend(verdict, out);
  }

  /// Runs and collects until nothing is left; how many replacements that took.
  int finish(std::vector<Finished>& out) {
    int replacements = 0;
    while (queue_.outstanding() > 0) {
      queue_.publish();
      while (run_one()) continue;
      queue_.collect(out);
      if (queue_.trusted()) continue;
      replace(out);
      REQUIRE(++replacements < 10);
    }
    return replacements;
  }

  bool has_run(SampleIndex index) const { return ran_.contains(index); }

 private:
  SharedMemory memory_;
  SlotArea area_;
  SlotQueue queue_;
  std::set<SampleIndex> ran_;
};

/// Each of 0 .. count-1 once and ok.
void check_all_ok(const std::vector<Finished>& runs, SampleIndex count) {
  std::set<SampleIndex> indices;
  for (const Finished& run : runs) {
    CHECK(run.record.state == SampleState::ok);
    CHECK(run.record.checksum == checksum64(run.row.first(output_bytes)));
    for (const std::byte byte : run.row) CHECK(byte == static_cast<std::byte>(run.record.id.index()));
    indices.insert(run.record.id.index());
  }
  CHECK(runs.size() == count);
  CHECK(indices.size() == count);
}

}  // namespace

TEST_CASE("a played slot without damage is never replaced") {
  PlayedSlot slot;
  slot.submit(8);
  std::vector<Finished> runs;
  CHECK(slot.finish(runs) == 0);
  check_all_ok(runs, 8);
}

TEST_CASE("a run of other inputs than were queued is not recorded, and all run again") {
  const auto alter = GENERATE(
      as<void (*)(TaskEntry&)>{}, [](TaskEntry& entry) { entry.index = 77; },
      [](TaskEntry& entry) { entry.revision = 9; }, [](TaskEntry& entry) { entry.stage = 3; },
      [](TaskEntry& entry) { entry.attempt = 2; }, [](TaskEntry& entry) { entry.cell = 5; });
  PlayedSlot slot;
  slot.submit(4);
  alter(slot.area().task(2));
  std::vector<Finished> runs;
  CHECK(slot.finish(runs) == 1);
  check_all_ok(runs, 4);
}

TEST_CASE("the last task of a queue is not blamed for what was written over it") {
  PlayedSlot slot;
  slot.submit(2);
  std::vector<Finished> runs;
  slot.run_one();
  slot.area().task(1).index = 77;
  slot.queue().collect(runs);
  CHECK(slot.finish(runs) == 1);
  CHECK(slot.has_run(77));
  check_all_ok(runs, 2);
}

TEST_CASE("a suspect that alters a waiting entry alters nothing: it is written anew") {
  PlayedSlot slot;
  slot.submit(2);
  std::vector<Finished> runs;
  slot.area().task(0).index = 77;
  slot.run_one();
  slot.queue().collect(runs);
  REQUIRE(!slot.queue().trusted());
  slot.replace(runs);
  for (std::uint32_t k = 0; k < 8; ++k) {
    if (slot.area().task(k).index == 1) slot.area().task(k).index = 78;
  }
  CHECK(slot.finish(runs) == 0);
  CHECK(!slot.has_run(78));
  check_all_ok(runs, 2);
}

TEST_CASE("a task that is altered each time it runs alone is the one that gets the verdict") {
  PlayedSlot slot;
  slot.submit(1);
  std::vector<Finished> runs;
  for (const std::size_t expected : {0, 1}) {
    REQUIRE(slot.area().header->counters.load().waiting() == 1);
    slot.area().task(slot.area().header->counters.load().begun).index = 77;
    slot.run_one();
    slot.queue().collect(runs);
    REQUIRE(!slot.queue().trusted());
    CHECK(slot.replace(runs) == expected);
  }
  REQUIRE(runs.size() == 1);
  CHECK(runs.front().record.state == SampleState::crashed);
  CHECK(runs.front().record.id == RunId{1, 0, 0});
  CHECK(slot.queue().outstanding() == 0);
}

TEST_CASE("a finished run that is written over before it is collected is not recorded, but run again") {
  using Alter = void (*)(const SlotArea&, std::uint32_t cell);
  const auto alter = GENERATE(
      as<Alter>{}, [](const SlotArea& area, std::uint32_t cell) { area.row(cell)[3] ^= std::byte{1}; },
      [](const SlotArea& area, std::uint32_t cell) { area.row(cell)[output_bytes + 9] ^= std::byte{1}; },
      [](const SlotArea& area, std::uint32_t cell) { area.result(cell).checksum ^= 1; },
      [](const SlotArea& area, std::uint32_t cell) { area.result(cell).wall_s = 1e9; },
      [](const SlotArea& area, std::uint32_t cell) {
        area.result(cell).state = static_cast<std::uint8_t>(SampleState::invalid);
      });
  PlayedSlot slot;
  slot.submit(4);
  while (slot.run_one()) continue;
  alter(slot.area(), slot.area().task(1).cell);
  std::vector<Finished> runs;
  CHECK(slot.queue().collect(runs) == 1);
  CHECK(!slot.queue().trusted());
  CHECK(slot.finish(runs) == 1);
  check_all_ok(runs, 4);
}
