#include "tranche/schedule/grant_policy.hpp"

#include <algorithm>
#include <cmath>

namespace tranche::schedule {
namespace {

/// Before the first run has finished nobody knows how long one takes: a few for each slot.
constexpr std::uint64_t blind_samples_per_slot = 4;
constexpr double largest_grant = 1 << 24;
constexpr double shortest_wall_s = 1e-7;  ///< first in max(): what is not a number counts as this

std::uint64_t samples_in(double seconds, double mean_wall_s, std::uint32_t slots) {
  const double samples = seconds / std::max(shortest_wall_s, mean_wall_s) * slots;
  return static_cast<std::uint64_t>(std::ceil(std::min(samples, largest_grant)));
}

}  // namespace

std::uint64_t grant_size(const GrantPolicy& policy, const AgentLoad& agent, const StageLoad& stage) {
  if (stage.open == 0 || agent.slots == 0) return 0;
  const auto slots = std::uint64_t{agent.slots};
  const auto ahead = stage.mean_wall_s ? samples_in(policy.ahead_s, *stage.mean_wall_s, agent.slots) : slots;
  if (agent.backlog >= slots + ahead) return 0;

  const auto divisor = 2 * std::uint64_t{std::max(stage.total_slots, 1u)};
  const auto guided = (stage.open * slots + divisor - 1) / divisor;
  const auto bound = stage.mean_wall_s ? samples_in(policy.largest_s, *stage.mean_wall_s, agent.slots)
                                       : slots * blind_samples_per_slot;
  return std::clamp<std::uint64_t>(guided, 1, std::min(stage.open, std::max<std::uint64_t>(bound, 1)));
}

}  // namespace tranche::schedule
