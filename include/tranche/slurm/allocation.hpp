/// \file
/// What Slurm has given to the job that this process belongs to.
/// Layer: adapter (Slurm's environment variables). Pure, but for read_allocation().
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tranche::slurm {

struct AllocatedNode {
  std::string name;
  std::uint32_t cpus = 0;  ///< 0: not told
};

struct Allocation {
  std::string job_id;
  std::vector<AllocatedNode> nodes;  ///< in Slurm's order; not empty
  std::string here;                  ///< name of the node this process is on; empty: on none of them

  /// CPUs here of the step this process belongs to, which may have fewer than the job; nothing if that is not
  /// told.
  std::optional<std::uint32_t> step_cpus = {};

  /// CPUs of the node this process is on that it may use; nothing if that is not told.
  std::optional<std::uint32_t> cpus_here() const;
};

/// `n[1-3,07],login` -> n1 n2 n3 n07 login. Nothing if it cannot be read, or names too many.
std::optional<std::vector<std::string>> expand_node_list(std::string_view text);
/// `4(x3),2` -> 4 4 4 2. Nothing if it cannot be read.
std::optional<std::vector<std::uint32_t>> expand_counts(std::string_view text);

/// Value of an environment variable; empty if it is not set.
using Environment = std::function<std::string(const char* name)>;
/// Nothing outside a job.
std::optional<Allocation> allocation_from(const Environment& environment);
/// Of this process.
std::optional<Allocation> read_allocation();

}  // namespace tranche::slurm
