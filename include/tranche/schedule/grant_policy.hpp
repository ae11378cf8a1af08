/// \file
/// How many indices an agent gets next: guided self-scheduling (Polychronopoulos & Kuck 1987), bounded
/// in seconds of predicted work.
/// Layer: schedule (pure).
#pragma once

#include <cstdint>
#include <optional>

namespace tranche::schedule {

struct GrantPolicy {
  double ahead_s = 1;    ///< work an agent should have queued behind what runs
  double largest_s = 5;  ///< predicted work in one grant
};

struct AgentLoad {
  std::uint32_t slots = 1;
  std::uint64_t backlog = 0;  ///< owned and not finished, running ones included
};

struct StageLoad {
  std::uint64_t open = 0;  ///< indices nobody owns
  std::uint32_t total_slots = 1;
  std::optional<double> mean_wall_s;  ///< of finished runs; none before the first
};

/// Indices to grant now; 0: the agent has enough, or nothing is open.
std::uint64_t grant_size(const GrantPolicy& policy, const AgentLoad& agent, const StageLoad& stage);

}  // namespace tranche::schedule
