/// \file
/// The processes below a process, from /proc.
/// Layer: adapter (simulate). In the zygote only.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tranche::simulate {

/// Direct children of `pid`, zombies included. O(children), or O(processes of the machine) with a kernel
/// that does not list children.
std::vector<pid_t> children_of(pid_t pid);

/// Threads of `pid` and processes below it; stops counting soon after `enough`.
std::size_t count_tasks(pid_t pid, std::size_t enough);

/// Threads of the whole machine modulo 2^16: one cheap call that tells whether counting is worth the time.
std::uint16_t tasks_on_machine() noexcept;

}  // namespace tranche::simulate
