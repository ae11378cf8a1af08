// What the scheduler costs at the largest campaigns: loading finished samples, memory, grants, records.
// One line a figure: name, value, unit. Usage: bench_schedule
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <functional>
#include <numeric>
#include <random>
#include <vector>

#include "tranche/schedule/master_state.hpp"

using namespace tranche;
using namespace tranche::schedule;

namespace {

constexpr std::uint32_t agents = 1000;
constexpr std::uint32_t slots = 128;
constexpr std::uint64_t block_bytes = 8192;

double seconds_of(const std::function<void()>& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

void tell(const char* name, double value, const char* unit) {
  std::printf("%-52s %12.4g %s\n", name, value, unit);
}

/// Resident memory of this process now.
double resident_mb() {
  std::ifstream file{"/proc/self/statm"};
  double total = 0;
  double resident = 0;
  file >> total >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE)) / 1e6;
}

MasterState master_of(IndexSet settled) {
  MasterState master{{}, {{1, 1}, std::move(settled), {}}, 1, 0.0};
  for (AgentId id = 0; id < agents; ++id) master.apply(AgentJoined{id, slots}, 0);
  return master;
}

/// Every byte of the bitmap is `byte`: 0xff all finished, 0x7f every eighth missing.
void load(const char* name, std::uint64_t size, std::uint8_t byte) {
  const std::vector<std::uint8_t> bitmap(size / 8, byte);
  IndexSet set;
  const auto s = seconds_of([&] { set = IndexSet::from_bitmap({0, size}, bitmap); });
  tell(name, s * 1e3, "ms");
  tell("  its memory", static_cast<double>(set.memory_bytes()) / 1e6, "MB");
}

void load_by_blocks(std::uint64_t size) {
  const std::vector<std::uint8_t> block(block_bytes, 0xff);
  IndexSet set{{0, size}};
  const auto s = seconds_of([&] {
    for (SampleIndex first = 0; first < size; first += block_bytes * 8)
      set.insert_bits(first, std::span{block}.first(std::min(block_bytes, (size - first) / 8)));
  });
  tell("load 10^9 finished samples block by block", s * 1e3, "ms");
}

void memory_at_start(const char* name, IndexSet settled) {
  const auto before = resident_mb();
  auto master = master_of(std::move(settled));
  const auto actions = master.decide(0);
  for (const auto& action : actions)
    if (const auto* grant = std::get_if<SendGrant>(&action))
      master.apply(GrantSent{grant->agent, grant->grant}, 0);
  tell(name, resident_mb() - before, "MB");
}

/// An agent reports that it is nearly dry, the master grants: again and again.
void grants(std::uint64_t count) {
  auto master = master_of(IndexSet{{0, 1'000'000'000}});
  std::vector<wire::Report> last(agents);
  std::uint64_t sent = 0;
  const auto send_all = [&](double now) {
    for (const auto& action : master.decide(now))
      if (const auto* grant = std::get_if<SendGrant>(&action)) {
        ++sent;
        for (const auto& range : grant->grant.ranges) last[grant->agent].granted += range.size();
        master.apply(GrantSent{grant->agent, grant->grant}, now);
      }
  };
  send_all(0);
  const auto first = sent;
  const auto s = seconds_of([&] {
    for (AgentId id = 0; sent < first + count; id = (id + 1) % agents) {
      auto& report = last[id];
      report.runs = report.granted;
      report.wall_s = static_cast<double>(report.runs) * 1.0;  // runs of 1 s
      master.apply(AgentReported{id, report}, 1);
      send_all(1);
    }
  });
  tell("report, decision and grant, 1000 agents", s / static_cast<double>(sent - first) * 1e6, "us");
}

/// Samples that shall run again, while 1000 agents own others.
void requeue(std::uint64_t count) {
  IndexSet settled{{0, 100'000'000}};
  settled.insert(IndexRange{0, 50'000'000});
  auto master = master_of(std::move(settled));
  for (const auto& action : master.decide(0))
    if (const auto* grant = std::get_if<SendGrant>(&action))
      master.apply(GrantSent{grant->agent, grant->grant}, 0);
  SamplesRequeued event;
  for (std::uint64_t k = 0; k < count; ++k) event.samples.push_back({k * 400, 1});
  tell("100 000 samples shall run again, 1000 agents", seconds_of([&] { master.apply(event, 0); }) * 1e3,
       "ms");
}

void record(const char* name, const std::vector<SampleIndex>& order) {
  MasterState master{{}, {{1, 1}, IndexSet{{0, 1'000'000'000}}, {}}, 1, 0.0};
  master.apply(AgentJoined{0, slots}, 0);
  master.apply(GrantSent{0, {{{0, order.size()}}, {}}}, 0);
  master.apply(EpochStarted{1}, 0);
  wire::EpochRecords records;
  records.number = 1;
  for (const auto index : order) {
    auto& run = records.runs.emplace_back();
    run.id = RunId{1, index, 0};
    run.state = SampleState::ok;
  }
  const auto s = seconds_of([&] {
    master.apply(EpochRecorded{0, &records}, 0);
    master.apply(EpochCommitted{1}, 0);
  });
  tell(name, s / static_cast<double>(order.size()) * 1e9, "ns");
}

void records(std::size_t count) {
  std::vector<SampleIndex> order(count);
  std::iota(order.begin(), order.end(), SampleIndex{0});
  record("a record of an epoch of 2 million, in order", order);
  for (std::size_t at = 0; at + 1 < count; at += 2) std::swap(order[at], order[at + 1]);
  record("  neighbours swapped", order);
  std::mt19937_64 engine{1};
  for (std::size_t at = 0; at < count; at += 1024)
    std::shuffle(order.begin() + static_cast<std::ptrdiff_t>(at),
                 order.begin() + static_cast<std::ptrdiff_t>(std::min(at + 1024, count)), engine);
  record("  shuffled within 1024", order);
  std::shuffle(order.begin(), order.end(), engine);
  record("  shuffled throughout", order);
}

}  // namespace

int main() {
  memory_at_start("master at the start, 10^9 samples, 1000 agents", IndexSet{{0, 1'000'000'000}});
  {
    IndexSet done{{0, 1'000'000'000}};
    done.insert(done.universe());
    memory_at_start("  all finished", std::move(done));
  }
  load("load 10^8 finished samples", 100'000'000, 0xff);
  load("load 10^8 with every eighth missing", 100'000'000, 0x7f);
  load_by_blocks(1'000'000'000);
  grants(200'000);
  requeue(100'000);
  records(2'000'000);
}
