#include "cores.hpp"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>

#include "control_groups.hpp"
#include "tranche/base/text.hpp"
#include "tranche/slurm/allocation.hpp"

namespace tranche::daemon {
namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

/// A machine may have more cores than a cpu_set_t has places.
std::uint32_t cores_in_affinity(std::uint32_t otherwise) {
  for (int places = CPU_SETSIZE; places <= 1 << 20; places *= 2) {
    const std::unique_ptr<cpu_set_t, void (*)(cpu_set_t*)> set{CPU_ALLOC(places),
                                                               [](cpu_set_t* each) { CPU_FREE(each); }};
    const auto size = CPU_ALLOC_SIZE(places);
    if (set && sched_getaffinity(0, size, set.get()) == 0)
      return static_cast<std::uint32_t>(CPU_COUNT_S(size, set.get()));
    if (errno != EINVAL) break;
  }
  return otherwise;
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
  auto bound = std::min(facts.affinity, facts.cpuset.value_or(facts.affinity));
  if (facts.quota) bound = std::min(bound, static_cast<std::uint32_t>(std::clamp(*facts.quota, 1.0, 1e9)));
  const bool narrowed = bound < facts.online;
  auto cores = bound;
  if (facts.slurm) cores = narrowed ? std::min(*facts.slurm, bound) : *facts.slurm;
  return std::max(1u, cores / std::max(1u, facts.ranks_here));
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
  std::ifstream membership{"/proc/self/cgroup"};
  const auto limits = group_limits("/sys/fs/cgroup", membership);
  facts.cpuset = limits.cpus;
  facts.quota = limits.quota;
  if (const auto allocation = slurm::read_allocation()) facts.slurm = allocation->cpus_here();
  facts.ranks_here = ranks_on_this_node();
  return facts;
}

}  // namespace tranche::daemon
