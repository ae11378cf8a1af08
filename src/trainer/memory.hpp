/// \file
/// How much memory rows may take.
/// Layer: application (trainer; /proc, control groups).
#pragma once

#include <cstdint>
#include <filesystem>
#include <iosfwd>
#include <optional>

namespace tranche::trainer {

/// 4 GB, or half of this process's share of what is free if that is less: as many trials may run at once as
/// find `threads` CPUs each.
std::uint64_t memory_budget(int threads);

/// The tightest memory limit on the way from the groups of a process to their roots; control groups 1 and 2.
/// \param root  where they are mounted: /sys/fs/cgroup \param membership  the lines of /proc/PID/cgroup
std::optional<std::uint64_t> memory_limit(const std::filesystem::path& root, std::istream& membership);

}  // namespace tranche::trainer
