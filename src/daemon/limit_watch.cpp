#include "limit_watch.hpp"

#include <algorithm>

#include "tranche/inspect/count_events.hpp"

namespace tranche::daemon {

void LimitWatch::begin(StageKey stage) {
  stage_ = stage;
  counted_from_ = inspect::counted_from(ledger_, stage);
}

/// Only final runs are samples; retries on the way to them are not.
void LimitWatch::committed(const ledger::EpochCommit& epoch) {
  if (!spec_.limits.consecutive) return;
  std::vector<campaign::Completion> completions;
  for (const auto& agent : epoch.agents)
    for (const auto& run : agent.runs)
      if (run.final) completions.push_back({run.started_at + run.wall_s, run.state});
  streak_.add(std::move(completions));
}

std::optional<directory::Outcome> LimitWatch::verdict(double at) {
  const auto stages = ledger_.stages();
  const auto stage =
      std::find_if(stages.begin(), stages.end(), [&](const auto& s) { return s.key == stage_; });
  if (stage == stages.end()) return std::nullopt;
  if (const auto why =
          campaign::reached_limit(spec_.limits, {stage->tally, counted_from_, streak_.longest()})) {
    inspect::add_count_event(ledger_, "limit", *stage, *why, at);
    return directory::Outcome{ExitCode::failure_limit,
                              "failure limit in stage `" + stage->name + "`: " + *why,
                              "tranche failures shows the reasons; tranche run goes on, with `limits` of "
                              "campaign.yaml counted anew"};
  }
  auto spent = budget_spent();
  if (spent) inspect::add_count_event(ledger_, "budget", *stage, spent->text, at);
  return spent;
}

std::optional<directory::Outcome> LimitWatch::budget_spent() const {
  const auto why = campaign::spent_budget(spec_.budget, ledger_.totals());
  if (!why) return std::nullopt;
  return directory::Outcome{ExitCode::gate, *why,
                            "raise `budget: {core_hours: ...}` in campaign.yaml, then tranche run"};
}

}  // namespace tranche::daemon
