#include <algorithm>

#include "tranche/schedule/master_state.hpp"

namespace tranche::schedule {
namespace {

/// Bounds one message after a resume that left many holes.
constexpr std::size_t most_ranges_per_grant = 4096;

}  // namespace

std::optional<double> MasterState::mean_wall_s() const noexcept {
  if (reported_.runs == 0) return std::nullopt;
  return reported_.wall_s / static_cast<double>(reported_.runs);
}

/// As far as the master knows: the last report, plus what was sent after it.
std::uint64_t MasterState::backlog(const Agent& agent) {
  return agent.last.backlog + (agent.granted - std::min(agent.granted, agent.last.granted));
}

bool MasterState::finished(const Agent& agent) {
  return agent.last.granted == agent.granted && agent.last.backlog == 0;
}

bool MasterState::epoch_due(double now) const {
  if (agents_.empty() || epoch_ != EpochPhase::none) return false;
  if (draining_ && all_withdrew()) return !final_epoch_done_;
  if (!draining_ && open() == 0 && finished_ == agents_.size()) return settled_ < total();
  if (reported_.buffered_bytes == 0) return false;
  return now - last_epoch_at_ >= options_.epoch_s || reported_.buffered_bytes >= options_.epoch_bytes;
}

wire::Grant MasterState::next_grant(SampleIndex& from, std::uint64_t size) const {
  wire::Grant grant;
  while (size > 0 && grant.ranges.size() < most_ranges_per_grant) {
    const auto gap = claimed_.next_gap(from, size);
    if (!gap) break;
    grant.ranges.push_back(*gap);
    size -= gap->size();
    from = gap->end;
    for (auto at = courses_.lower_bound(gap->begin); at != courses_.end() && at->first < gap->end; ++at)
      grant.attempts.push_back(
          {at->first, at->second.attempt, at->second.forgiven, at->second.timeout_s, at->second.with});
  }
  return grant;
}

void MasterState::decide_grants(std::vector<Action>& actions) const {
  StageLoad load{open(), total_slots_, mean_wall_s()};
  auto from = cursor_;
  for (const auto& [slots, needs] : needs_)
    for (const auto& need : needs) {
      const auto size = grant_size(options_.grants, {slots, need.backlog}, load);
      if (size == 0) break;  // those behind have as much or more
      auto grant = next_grant(from, size);
      if (grant.ranges.empty()) return;
      for (const auto& range : grant.ranges) load.open -= range.size();
      actions.emplace_back(SendGrant{need.agent, std::move(grant)});
    }
}

void MasterState::decide_drain(std::vector<Action>& actions) const {
  if (withdraws_sent_ == agents_.size()) return;
  for (const auto& [id, agent] : agents_)
    if (!agent.withdraw_sent) actions.emplace_back(SendWithdraw{id, drain_});
}

/// What an agent that was put out still has is given back.
void MasterState::decide_withdrawals(std::vector<Action>& actions) const {
  for (const auto& [id, agent] : agents_)
    if (watch_.out(id) && !agent.withdraw_sent && !finished(agent))
      actions.emplace_back(SendWithdraw{id, wire::Withdraw{2}});
}

/// An answer of this stage must not arrive in the next.
bool MasterState::awaits_withdrawn() const {
  return std::any_of(agents_.begin(), agents_.end(),
                     [](const auto& item) { return item.second.withdraw_sent && !item.second.withdrew; });
}

PutOut MasterState::put_out(AgentId id) const {
  PutOut action{id, watch_.conduct(id), watch_.others(id), {}};
  for (const auto& next : agents_.at(id).failed) action.recorded.push_back(next.index);
  std::sort(action.recorded.begin(), action.recorded.end());
  return action;
}

std::vector<Action> MasterState::decide(double now) const {
  std::vector<Action> actions;
  if (epoch_ == EpochPhase::recorded) {
    if (const auto suspect = watch_.suspect())
      actions.emplace_back(put_out(*suspect));
    else
      actions.emplace_back(CommitEpoch{next_epoch_});
    return actions;
  }
  if (epoch_ == EpochPhase::none && settled_ == total()) {
    if (!draining_ && awaits_withdrawn()) return actions;
    actions.emplace_back(StageOver{true});
    return actions;
  }
  if (draining_ && epoch_ == EpochPhase::none && (final_epoch_done_ || agents_.empty())) {
    actions.emplace_back(StageOver{false});
    return actions;
  }
  if (draining_) {
    decide_drain(actions);
  } else {
    decide_grants(actions);
    if (watch_.any_out()) decide_withdrawals(actions);
  }
  if (epoch_due(now)) actions.emplace_back(StartEpoch{next_epoch_});
  return actions;
}

}  // namespace tranche::schedule
