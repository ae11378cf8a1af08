/// \file
/// The processes below a process, from /proc.
/// Layer: adapter (simulate). In zygote and slots.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tranche::simulate {

/// Direct children of `pid`, zombies included. O(children), or O(processes of the machine) with a kernel
/// that does not list children.
std::vector<pid_t> children_of(pid_t pid);

/// `pid` and the processes below it.
std::vector<pid_t> tree_of(pid_t pid);

/// What `pid` and all processes below it use together.
struct TreeUse {
  std::uint64_t resident = 0;   ///< bytes; what they share is counted as often as it is shared
  double cpu_s = 0;             ///< user + system, of these and of what they have waited for
  std::int64_t max_rss_kb = 0;  ///< peak of the largest of them
};
TreeUse tree_use(pid_t pid);

/// As TreeUse::resident, but what is shared counts once. Milliseconds for large processes.
std::uint64_t tree_memory(pid_t pid);

/// Threads of `pid` and processes below it; stops counting somewhere above `enough`.
std::size_t count_tasks(pid_t pid, std::size_t enough);

/// Threads of the whole machine: cheap, and tells whether counting is worth the time. From /proc/loadavg;
/// without it modulo 2^16, as sysinfo() has it.
std::size_t tasks_on_machine() noexcept;

/// Threads and processes that one sample may have: more than any that computes, less than a machine.
std::size_t process_limit(std::uint32_t threads) noexcept;

/// A limit on the threads and processes of the user (RLIMIT_NPROC) that innocent samples never meet: what
/// the machine has now, and what `slots` slots may have, at least 4096.
std::size_t user_process_limit(std::size_t tasks, std::uint32_t slots, std::uint32_t threads) noexcept;

}  // namespace tranche::simulate
