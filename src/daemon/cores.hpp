/// \file
/// How many cores a rank may count as its own.
/// Layer: daemon.
#pragma once

#include <cstdint>
#include <optional>

namespace tranche::daemon {

/// What is told about the cores of this node, each by somebody else.
struct CoreFacts {
  std::uint32_t online = 1;             ///< cores of the machine
  std::uint32_t affinity = 1;           ///< those this process may be scheduled on (cpuset, taskset, binding)
  std::optional<std::uint32_t> cpuset;  ///< CPUs of the control group
  std::optional<double> quota;          ///< of the control group, in cores
  std::optional<std::uint32_t> slurm;   ///< given to the job on this node
  std::uint32_t ranks_here = 1;         ///< that share them
};

/// The least of all that is told, shared by the ranks; at least 1. Only Slurm may count more cores than the
/// machine has, as long as nothing narrows the process: then its nodes are told to be larger than they are.
std::uint32_t cores_of_rank(const CoreFacts& facts);

/// Slots of a rank that has `cores`: as many as were asked for, else as campaign.yaml says, else as many as
/// the cores hold (at least 1).
std::uint32_t slots_of_rank(std::uint32_t asked, std::optional<std::uint32_t> written,
                            std::uint32_t cores_each, std::uint32_t cores);
/// Whether so many slots have to share the cores.
bool shares_cores(std::uint32_t slots, std::uint32_t cores_each, std::uint32_t cores);

/// Of this process.
CoreFacts look_at_cores();
inline std::uint32_t usable_cores() {
  return cores_of_rank(look_at_cores());
}

}  // namespace tranche::daemon
