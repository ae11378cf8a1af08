#include "cores.hpp"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tranche/base/text.hpp"
#include "tranche/slurm/allocation.hpp"

namespace tranche::daemon {
namespace {

namespace fs = std::filesystem;

const char* const control_groups = "/sys/fs/cgroup";

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::uint32_t cores_in_affinity(std::uint32_t otherwise) {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) != 0) return otherwise;
  return static_cast<std::uint32_t>(CPU_COUNT(&set));
}

std::string first_line(const fs::path& path) {
  std::ifstream file{path};
  std::string line;
  std::getline(file, line);
  return line;
}

/// Control groups 1 keep the two numbers in two files, and say -1 where there is no limit.
std::string quota_of_folder(const fs::path& folder) {
  if (const auto both = first_line(folder / "cpu.max"); !both.empty()) return both;
  const auto quota = first_line(folder / "cpu.cfs_quota_us");
  const auto period = first_line(folder / "cpu.cfs_period_us");
  return quota.empty() || period.empty() ? "" : quota + " " + period;
}

/// The tightest on the way from our group to the root.
std::optional<double> tightest_quota(const fs::path& root, fs::path group) {
  std::optional<double> least;
  for (auto path = group.relative_path();; path = path.parent_path()) {
    if (const auto quota = parse_quota(quota_of_folder(root / path)))
      least = least ? std::min(*least, *quota) : *quota;
    if (path.empty()) return least;
  }
}

/// Lines of /proc/self/cgroup: `0::/group`, or `4:cpu,cpuacct:/group` of control groups 1.
std::optional<double> quota_of_this_process() {
  std::ifstream groups{"/proc/self/cgroup"};
  std::optional<double> least;
  for (std::string line; std::getline(groups, line);) {
    const auto first = line.find(':');
    const auto second = line.find(':', first + 1);
    if (first == line.npos || second == line.npos) continue;
    const auto controllers = "," + line.substr(first + 1, second - first - 1) + ",";
    if (controllers != ",," && controllers.find(",cpu,") == controllers.npos) continue;
    const auto folder = controllers == ",," ? fs::path{control_groups} : fs::path{control_groups} / "cpu";
    if (const auto quota = tightest_quota(folder, line.substr(second + 1)))
      least = least ? std::min(*least, *quota) : *quota;
  }
  return least;
}

/// Told by Open MPI's launcher, or by srun.
std::uint32_t ranks_on_this_node() {
  if (const auto ranks = parse_count(environment("OMPI_COMM_WORLD_LOCAL_SIZE")))
    return static_cast<std::uint32_t>(std::max<std::uint64_t>(*ranks, 1));
  const auto tasks = slurm::expand_counts(environment("SLURM_STEP_TASKS_PER_NODE"));
  return tasks && !tasks->empty() ? std::max(1u, *std::max_element(tasks->begin(), tasks->end())) : 1;
}

}  // namespace

std::uint32_t cores_of_rank(const CoreFacts& facts) {
  const auto quota =
      facts.quota ? static_cast<std::uint32_t>(std::clamp(*facts.quota, 1.0, 1e9)) : facts.affinity;
  const auto bound = std::min(facts.affinity, quota);
  const bool narrowed = bound < facts.online;
  auto cores = bound;
  if (facts.slurm) cores = narrowed ? std::min(*facts.slurm, bound) : *facts.slurm;
  return std::max(1u, cores / std::max(1u, facts.ranks_here));
}

std::optional<double> parse_quota(std::string_view text) {
  std::istringstream words{std::string{text}};
  double quota = 0;
  double period = 0;
  if (!(words >> quota >> period) || quota <= 0 || period <= 0) return std::nullopt;
  return quota / period;
}

std::uint32_t slots_of_rank(std::uint32_t asked, std::optional<std::uint32_t> written,
                            std::uint32_t cores_each, std::uint32_t cores) {
  if (asked != 0) return asked;
  return written.value_or(std::max(1u, cores / std::max(1u, cores_each)));
}

bool shares_cores(std::uint32_t slots, std::uint32_t cores_each, std::uint32_t cores) {
  return std::uint64_t{slots} * std::max(1u, cores_each) > cores;
}

CoreFacts look_at_cores() {
  CoreFacts facts;
  facts.online = static_cast<std::uint32_t>(std::max(1L, ::sysconf(_SC_NPROCESSORS_ONLN)));
  facts.affinity = cores_in_affinity(facts.online);
  facts.quota = quota_of_this_process();
  if (const auto allocation = slurm::read_allocation()) facts.slurm = allocation->cpus_here();
  facts.ranks_here = ranks_on_this_node();
  return facts;
}

}  // namespace tranche::daemon
