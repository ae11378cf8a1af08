/// \file
/// When a run ends by itself: too many failures, or the budget is spent.
/// Layer: campaign (pure). Asked after each commit, so that the answer is about recorded samples only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tranche/base/sample_state.hpp"
#include "tranche/campaign/spec.hpp"
#include "tranche/campaign/tally.hpp"

namespace tranche::campaign {

/// Samples with a final state, and those among them that failed, timed out or crashed.
struct FinishedCount {
  std::uint64_t finished = 0;
  std::uint64_t failures = 0;
};

/// A sample that has its final state.
struct Completion {
  double at = 0;  ///< Unix time
  SampleState state = SampleState::ok;
};

/// The longest row of failures since a run began, in order of completion. What is ok, and what the simulator
/// called invalid, ends a row.
class FailureStreak {
 public:
  /// The samples of one commit, in any order. Those of a later commit come after all of an earlier one.
  void add(std::vector<Completion> completions);
  std::uint64_t longest() const noexcept { return longest_; }

 private:
  std::uint64_t current_ = 0;
  std::uint64_t longest_ = 0;
};

struct LimitFacts {
  Tally stage;                       ///< of the running stage
  FinishedCount counted_from;        ///< of it that does not count any more: what a limit has stopped once
  std::uint64_t longest_streak = 0;  ///< of this run
};

/// Why the run must end, as a sentence; nothing while it may go on. fail_rate is reached when, of the
/// samples that count, at least `after` have finished and that share or more of them failed.
std::optional<std::string> reached_limit(const LimitSpec& limits, const LimitFacts& facts);

/// The same for the budget; `all` is the tally of all stages.
std::optional<std::string> spent_budget(const BudgetSpec& budget, const Tally& all);

}  // namespace tranche::campaign
