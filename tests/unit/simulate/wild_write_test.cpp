// Stray stores of one sample into the task or the row of another: real slots, real rows.
#include <sys/mman.h>

#include <atomic>
#include <cstdio>
#include <cstring>
#include <span>

#include "host_fixture.hpp"
#include "shared_area.hpp"
#include "tranche/base/checksum.hpp"

using namespace tranche;
using namespace tranche::test;

namespace {

constexpr std::uint32_t depth = 32;
constexpr SampleIndex count = 20;
/// A number that lies nowhere else by chance.
constexpr SampleIndex first = SampleIndex{0x5eed} << 16;

/// The memory that the calling slot shares with its agent.
std::span<std::byte> slot_memory() {
  std::FILE* maps = std::fopen("/proc/self/maps", "r");
  char line[512];
  std::span<std::byte> found;
  while (std::fgets(line, sizeof line, maps) != nullptr) {
    unsigned long begin = 0, end = 0;
    if (std::strstr(line, "tranche-slots") == nullptr || std::strstr(line, " rw-s ") == nullptr) continue;
    if (std::sscanf(line, "%lx-%lx", &begin, &end) == 2)
      found = {reinterpret_cast<std::byte*>(begin), end - begin};
  }
  std::fclose(maps);
  return found;
}

/// Where `index` lies in it, as an aligned word; null: nowhere.
std::uint64_t* find_word(SampleIndex index) {
  const auto memory = slot_memory();
  auto* const words = reinterpret_cast<std::uint64_t*>(memory.data());
  for (std::size_t k = 0; k < memory.size() / sizeof index; ++k) {
    if (std::atomic_ref{words[k]}.load() == index) return words + k;
  }
  return nullptr;
}

std::uint64_t* wait_for_word(SampleIndex index) {
  for (int round = 0; round < 10'000; ++round) {
    if (auto* const word = find_word(index)) return word;
    ::usleep(1000);
  }
  return nullptr;
}

/// Task 10 waits behind this one: its index becomes another.
bool alter_waiting_task() {
  std::uint64_t* const word = wait_for_word(first + 10);
  if (word != nullptr) *word = first + 1010;
  return word != nullptr;
}

/// Task 1 has finished before this one: its row changes.
bool alter_finished_row() {
  auto* at = reinterpret_cast<std::byte*>(slot_memory().data());
  const auto memory = slot_memory();
  const std::size_t last = memory.size() - sizeof(simulate::RunResult);
  for (std::size_t offset = 0; offset < last; offset += alignof(simulate::RunResult)) {
    const auto& result = *reinterpret_cast<const simulate::RunResult*>(at + offset);
    if (result.task.index != first + 1 || result.seal != result.seal_now()) continue;
    simulate::SlotArea area;
    area.layout = {depth, campaign::RowCodec{hostile_spec()}.row_bytes()};
    const std::size_t results_bytes = (depth * sizeof(simulate::RunResult) + 63) / 64 * 64;
    area.rows = at + offset - result.task.cell * sizeof(simulate::RunResult) + results_bytes;
    const auto row = area.row(result.task.cell);
    if (checksum64(row.first(campaign::RowCodec{hostile_spec()}.output_bytes())) != result.checksum)
      return false;
    row[2] ^= std::byte{0x40};
    return true;
  }
  return false;
}

/// 0: not yet; 1: written; 2: found nothing to write to. Shared with the slots, so that it happens once.
std::atomic<int>& progress() {
  static auto* const shared = new (::mmap(nullptr, sizeof(std::atomic<int>), PROT_READ | PROT_WRITE,
                                          MAP_SHARED | MAP_ANONYMOUS, -1, 0)) std::atomic<int>{0};
  return *shared;
}

/// Runs the samples; sample 2 does `damage` once. All are recorded as if it had not.
void check_undone(bool (*damage)()) {
  progress().store(0);
  simulate::SampleInputs inputs;
  inputs.seed_of = [](SampleIndex index) { return index; };
  inputs.evaluate = [damage](SampleIndex index, std::span<double> x) {
    x[0] = static_cast<double>(Mode::ok);
    x[1] = static_cast<double>(index - first);
    if (index == first + 2 && progress().load() == 0) progress().store(damage() ? 1 : 2);
  };
  const auto expected = HostFixture{Script{}, 1}.run_all(count);
  TemporaryFolder folder;
  simulate::HostOptions options;
  options.campaign_dir = folder.str();
  options.simulator.program = test_plugin("hostile");
  options.scratch_dir = folder.str() + "/scratch";
  options.queue_depth = depth;
  simulate::SimulatorHost host{hostile_spec(), inputs, options};
  host.start();
  for (SampleIndex k = 0; k < count; ++k) host.submit({1, 1, 0, first + k});
  while (progress().load() == 0) ::usleep(1000);  // nothing is collected before
  REQUIRE(progress().load() == 1);
  std::map<SampleIndex, std::uint64_t> checksums;
  while (checksums.size() < count) {
    std::vector<simulate::Finished> runs;
    host.poll(runs);
    for (const auto& run : runs) {
      INFO("sample " << run.record.id.index() - first << ": " << run.record.message);
      CHECK(run.record.state == SampleState::ok);
      const SampleIndex k = run.record.id.index() - first;
      CHECK(checksums.emplace(k, run.record.checksum).second);
      REQUIRE(k < count);
      CHECK(run.record.checksum == expected.at(k).record.checksum);
      CHECK(std::ranges::equal(run.row, expected.at(k).row));
      host.release(run.ticket);
    }
    if (runs.empty()) ::usleep(1000);
  }
}

}  // namespace

TEST_CASE("a store into a waiting task makes no wrong row") {
  check_undone(alter_waiting_task);
}

TEST_CASE("a store into the row of a finished run makes no wrong row") {
  check_undone(alter_finished_row);
}
