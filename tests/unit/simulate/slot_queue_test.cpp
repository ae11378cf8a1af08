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

  RunResult& last_result() { return area_.result(area_.task(area_.header->counters.finished() - 1).cell); }

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
      [](TaskEntry& entry) { entry.attempt = 2; }, [](TaskEntry& entry) { entry.timeout_s = 1e9; },
      [](TaskEntry& entry) { entry.cell = 5; });
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

TEST_CASE(
    "a task with damage gets the verdict if no other had been in its process, else it runs again first") {
  const SampleIndex innocent = GENERATE(0, 1, 3);
  PlayedSlot slot;
  std::vector<Finished> runs;
  for (SampleIndex index = 0; index < innocent; ++index) {
    slot.queue().submit({1, 1, 0, index});
    REQUIRE(slot.run_one());
    slot.queue().collect(runs);
  }
  slot.queue().submit({1, 1, 2, innocent});
  for (const bool alone : {false, true}) {
    if (!alone && innocent == 0) continue;
    REQUIRE(slot.area().header->counters.load().waiting() == 1);
    slot.area().task(slot.area().header->counters.load().begun).index = 77;
    slot.run_one();
    slot.queue().collect(runs);
    REQUIRE(!slot.queue().trusted());
    CHECK(slot.replace(runs) == (alone ? 1 : 0));
  }
  REQUIRE(runs.size() == innocent + 1);
  CHECK(runs.back().record.state == SampleState::crashed);
  CHECK(runs.back().record.id == RunId{1, innocent, 2});
  CHECK(slot.queue().outstanding() == 0);
}

TEST_CASE("damage while suspects run one at a time clears nobody whom the slot has not run again") {
  PlayedSlot slot;
  slot.submit(4);
  std::vector<Finished> runs;
  while (slot.run_one()) continue;
  slot.area().row(slot.area().task(0).cell)[0] ^= std::byte{1};
  slot.queue().collect(runs);
  REQUIRE(!slot.queue().trusted());
  slot.replace(runs);
  slot.run_one();
  CHECK(slot.queue().collect(runs) == 1);
  slot.queue().publish();
  slot.run_one();
  slot.last_result().tag += 1;
  CHECK(slot.queue().collect(runs) == 0);
  REQUIRE(!slot.queue().trusted());
  CHECK(slot.replace(runs) == 0);
  while (slot.queue().outstanding() > 0) {
    CHECK(slot.area().header->counters.load().waiting() == 1);
    REQUIRE(slot.run_one());
    slot.queue().collect(runs);
    slot.queue().publish();
  }
  check_all_ok(runs, 4);
}

TEST_CASE("a queue that was made longer or shorter is found, though nothing has finished") {
  PlayedSlot slot;
  slot.submit(4);
  auto& counters = slot.area().header->counters;
  SECTION("longer") {
    counters.append(3);
  }
  SECTION("shorter") {
    counters.take_back(4);
  }
  std::vector<Finished> runs;
  CHECK(slot.queue().collect(runs) == 0);
  CHECK(!slot.queue().trusted());
  CHECK(slot.finish(runs) == 1);
  check_all_ok(runs, 4);
}

TEST_CASE("what is written over a row after it was collected does not reach who holds it") {
  PlayedSlot slot;
  slot.submit(2);
  while (slot.run_one()) continue;
  std::vector<Finished> runs;
  CHECK(slot.queue().collect(runs) == 2);
  auto* const first = reinterpret_cast<std::byte*>(slot.area().header);
  std::fill(first, first + slot.area().layout.slot_bytes(), std::byte{0xa5});
  check_all_ok(runs, 2);
}

TEST_CASE("rows that are held stay as they are while others are released and collected") {
  PlayedSlot slot;
  std::vector<Finished> kept;
  for (SampleIndex index = 0; index < 40; index += 2) {
    slot.queue().submit({1, 1, 0, index});
    slot.queue().submit({1, 1, 0, index + 1});
    while (slot.run_one()) continue;
    std::vector<Finished> runs;
    REQUIRE(slot.queue().collect(runs) == 2);
    slot.queue().release(static_cast<std::uint32_t>(runs[index % 4 / 2].ticket));
    kept.push_back(runs[1 - index % 4 / 2]);
    if (kept.size() < 5) continue;
    for (const Finished& run : kept) {
      CHECK(checksum64(run.row.first(output_bytes)) == run.record.checksum);
      CHECK(run.row[0] == static_cast<std::byte>(run.record.id.index()));
      slot.queue().release(static_cast<std::uint32_t>(run.ticket));
    }
    kept.clear();
  }
  CHECK(slot.queue().room() == 8);
}

TEST_CASE("a failed run whose words are written over before it is collected runs again") {
  PlayedSlot slot;
  slot.submit(2);
  while (slot.run_one()) continue;
  RunResult& result = slot.area().result(slot.area().task(0).cell);
  result.state = static_cast<std::uint8_t>(SampleState::failed);
  std::fill(result.reason, result.reason + reason_bytes, 'a');
  result.seal = result.seal_now();
  const bool alters = GENERATE(false, true);
  if (alters) result.reason[2] = 'b';
  std::vector<Finished> runs;
  slot.queue().collect(runs);
  CHECK(slot.queue().trusted() == !alters);
  if (!alters) return;
  CHECK(slot.finish(runs) == 1);
  check_all_ok(runs, 2);
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
