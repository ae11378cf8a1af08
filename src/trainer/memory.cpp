#include "memory.hpp"

#include <sched.h>

#include <algorithm>
#include <fstream>
#include <memory>
#include <string>
#include <thread>

namespace tranche::trainer {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t most = 4'000'000'000;

std::optional<std::uint64_t> available() {
  std::ifstream file{"/proc/meminfo"};
  std::string key;
  std::uint64_t kilobytes = 0;
  for (std::string rest; file >> key >> kilobytes; std::getline(file, rest))
    if (key == "MemAvailable:") return kilobytes * 1024;
  return std::nullopt;
}

/// A machine may have more CPUs than a cpu_set_t has places.
std::uint64_t cpus_of_this_process() {
  for (int places = CPU_SETSIZE; places <= 1 << 20; places *= 2) {
    const std::unique_ptr<cpu_set_t, void (*)(cpu_set_t*)> set{CPU_ALLOC(places),
                                                               [](cpu_set_t* each) { CPU_FREE(each); }};
    const auto size = CPU_ALLOC_SIZE(places);
    if (set && ::sched_getaffinity(0, size, set.get()) == 0)
      return static_cast<std::uint64_t>(std::max(1, CPU_COUNT_S(size, set.get())));
  }
  return std::max(1u, std::thread::hardware_concurrency());
}

/// `max`, or a number near the largest there is: no limit.
void tighten(std::optional<std::uint64_t>& limit, const fs::path& path) {
  std::ifstream file{path};
  if (std::uint64_t bytes = 0; file >> bytes) limit = std::min(limit.value_or(bytes), bytes);
}

}  // namespace

std::optional<std::uint64_t> memory_limit(const fs::path& root, std::istream& membership) {
  std::optional<std::uint64_t> limit;
  // `0::/group`, or `4:memory:/group` of control groups 1.
  for (std::string line; std::getline(membership, line);) {
    const auto first = line.find(':');
    const auto second = first == line.npos ? line.npos : line.find(':', first + 1);
    if (second == line.npos) continue;
    const auto controllers = "," + line.substr(first + 1, second - first - 1) + ",";
    const bool unified = controllers == ",,";
    if (!unified && controllers.find(",memory,") == controllers.npos) continue;
    const auto hierarchy = unified ? root : root / "memory";
    for (auto group = fs::path{line.substr(second + 1)}.relative_path();; group = group.parent_path()) {
      tighten(limit, hierarchy / group / (unified ? "memory.max" : "memory.limit_in_bytes"));
      if (group.empty()) break;
    }
  }
  return limit;
}

std::uint64_t memory_budget(int threads) {
  auto free = available();
  std::ifstream membership{"/proc/self/cgroup"};
  if (const auto limit = memory_limit("/sys/fs/cgroup", membership))
    free = std::min(free.value_or(*limit), *limit);
  if (!free) return most;
  const auto cpus = cpus_of_this_process();
  const auto own = std::clamp<std::uint64_t>(static_cast<std::uint64_t>(std::max(1, threads)), 1, cpus);
  return std::min(most, *free / cpus * own / 2);
}

}  // namespace tranche::trainer
