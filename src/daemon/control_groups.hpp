/// \file
/// What the control groups of a process leave it of the machine's cores.
/// Layer: daemon.
#pragma once

#include <cstdint>
#include <filesystem>
#include <iosfwd>
#include <optional>
#include <string_view>

namespace tranche::daemon {

struct GroupLimits {
  std::optional<double> quota;        ///< CPU time a second, in cores
  std::optional<std::uint32_t> cpus;  ///< of the cpuset
};

/// The tightest limits on the way from the groups of a process to their roots; control groups 1, 2 and both
/// at once. Inside a container the way may be another one than the process is told: what is not there is
/// passed over. \param root  where the control groups are mounted: /sys/fs/cgroup \param membership  the
/// lines of /proc/PID/cgroup
GroupLimits group_limits(const std::filesystem::path& root, std::istream& membership);

/// `200000 100000` is 2 cores (cpu.max of control groups 2); nothing for `max`.
std::optional<double> parse_quota(std::string_view text);

/// `0-3,8` is 5 CPUs; nothing for an empty list or for what is none.
std::optional<std::uint32_t> parse_cpu_list(std::string_view text);

}  // namespace tranche::daemon
