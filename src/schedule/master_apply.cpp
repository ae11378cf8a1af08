#include <algorithm>
#include <functional>
#include <utility>

#include "tranche/base/errors.hpp"
#include "tranche/schedule/master_state.hpp"

namespace tranche::schedule {
namespace {

/// From one's next index to the other's, in turns: O(runs of the set that has fewer).
bool overlap(const IndexSet& a, const IndexSet& b) {
  auto at = a.next_run(a.universe().begin, 1);
  for (const auto* other = &b; at; other = other == &b ? &a : &b) {
    const auto from = at->begin;
    at = other->next_run(from, 1);
    if (at && at->begin == from) return true;
  }
  return false;
}

}  // namespace

MasterState::MasterState(MasterOptions options, StageWork work, std::uint64_t next_epoch, double now)
    : options_{options},
      key_{work.key},
      claimed_{std::move(work.settled)},
      settled_{claimed_.count()},
      cursor_{claimed_.universe().begin},
      next_epoch_{next_epoch},
      last_epoch_at_{now} {
  attempts_.reserve(work.attempts.size());
  for (const auto& from : work.attempts) attempts_.push_back(from.index << 8 | from.attempt);
  std::sort(attempts_.begin(), attempts_.end());
}

void MasterState::apply(const Event& event, double now) {
  std::visit([&](const auto& fact) { on(fact, now); }, event);
}

MasterState::Agent& MasterState::agent(AgentId id) {
  const auto found = agents_.find(id);
  ensure(found != agents_.end(), "a message comes from an agent that has joined");
  return found->second;
}

/// Changes what the agent has been granted or has reported; all that is sorted or counted by it follows.
template <class Change>
void MasterState::change_load(AgentId id, Agent& agent, Change change) {
  finished_ -= finished(agent) ? 1 : 0;
  const Need before{backlog(agent), id};
  change();
  finished_ += finished(agent) ? 1 : 0;
  const Need after{backlog(agent), id};
  if (after == before) return;
  auto& needs = needs_.at(agent.slots);
  auto need = needs.extract(before);
  need.value() = after;
  needs.insert(std::move(need));
}

std::uint64_t MasterState::granted(AgentId id) const {
  const auto found = agents_.find(id);
  ensure(found != agents_.end(), "an agent has joined");
  return found->second.granted;
}

void MasterState::on(const AgentJoined& event, double /*now*/) {
  ensure(!agents_.contains(event.agent), "an agent joins once");
  ensure(epoch_ == EpochPhase::none, "agents join between epochs");
  auto& agent = agents_[event.agent];
  agent.slots = event.slots;
  agent.granted = agent.last.granted = event.granted;
  agent.owned = IndexSet{claimed_.universe()};
  total_slots_ += event.slots;
  needs_[agent.slots].insert({backlog(agent), event.agent});
  finished_ += finished(agent) ? 1 : 0;
}

void MasterState::on(const AgentReported& event, double /*now*/) {
  auto& sender = agent(event.agent);
  const auto& last = sender.last;
  reported_.runs += event.report.runs - last.runs;
  reported_.wall_s += event.report.wall_s - last.wall_s;
  reported_.buffered_bytes += event.report.buffered_bytes - last.buffered_bytes;
  change_load(event.agent, sender, [&] { sender.last = event.report; });
}

void MasterState::on(const GrantSent& event, double /*now*/) {
  auto& owner = agent(event.agent);
  ensure(!owner.withdraw_sent, "no grant follows a withdrawal");
  std::uint64_t size = 0;
  for (const auto& range : event.grant.ranges) {
    ensure(claimed_.insert(range) == range.size(), "an index has one owner at a time");
    owner.owned.insert(range);
    size += range.size();
  }
  change_load(event.agent, owner, [&] { owner.granted += size; });
  const auto gap = claimed_.next_gap(cursor_, 1);
  cursor_ = gap ? gap->begin : claimed_.universe().end;
}

void MasterState::on(const WithdrawSent& event, double /*now*/) {
  auto& owner = agent(event.agent);
  ensure(draining_ && !owner.withdraw_sent, "an agent is asked once to withdraw, at a drain");
  owner.withdraw_sent = true;
  ++withdraws_sent_;
}

void MasterState::on(const AgentWithdrew& event, double /*now*/) {
  auto& owner = agent(event.agent);
  ensure(owner.withdraw_sent && !owner.withdrew, "an agent withdraws once, when asked");
  owner.withdrew = true;
  ++withdrew_;
  for (const auto& range : event.ranges) {
    ensure(owner.owned.erase(range) == range.size(), "an agent gives back what it owns");
    claimed_.erase(range);
    cursor_ = std::min(cursor_, range.begin);
  }
}

void MasterState::on(const EpochStarted& event, double /*now*/) {
  ensure(epoch_ == EpochPhase::none && event.number == next_epoch_, "one epoch at a time, in order");
  ensure(!agents_.empty(), "an epoch has agents");
  epoch_ = EpochPhase::writing;
  final_epoch_ = draining_ && all_withdrew();
  for (auto& [id, agent] : agents_) agent.recorded = false;
  recorded_ = 0;
}

void MasterState::settle(Agent& owner, IndexRange range) {
  ensure(owner.owned.erase(range) == range.size(), "an agent records what it owns, and once");
  settling_ += range.size();
}

/// The sample may wait for its next attempt, and be given back, with this one still unrecorded.
void MasterState::expect_attempt(const Agent& owner, SampleIndex index) const {
  ensure(owner.owned.contains(index) ||
             (owner.withdrew && claimed_.universe().contains(index) && !claimed_.contains(index)),
         "an agent records what it owns or gave back");
}

/// Final runs of neighbours are settled together.
void MasterState::record(Agent& owner, const std::vector<RunRecord>& runs) {
  IndexRange finished;
  for (const auto& run : runs) {
    ensure(run.id.revision() == key_.revision, "a run belongs to the open revision");
    const auto index = run.id.index();
    if (run.final && index == finished.end && !finished.empty()) {
      ++finished.end;
      continue;
    }
    settle(owner, finished);
    finished = run.final ? IndexRange{index, index + 1} : IndexRange{};
    if (!run.final) expect_attempt(owner, index);
  }
  settle(owner, finished);
}

void MasterState::on(const EpochRecorded& event, double /*now*/) {
  auto& owner = agent(event.agent);
  ensure(epoch_ == EpochPhase::writing && !owner.recorded && event.records->number == next_epoch_,
         "an agent records once an epoch");
  owner.recorded = true;
  ++recorded_;
  reported_.buffered_bytes -= owner.last.buffered_bytes;
  owner.last.buffered_bytes = 0;  // an older report must not make the next epoch due
  for (const auto& range : event.records->skipped) settle(owner, range);
  record(owner, event.records->runs);
  if (recorded_ == agents_.size()) epoch_ = EpochPhase::recorded;
}

void MasterState::on(const EpochCommitted& event, double now) {
  ensure(epoch_ == EpochPhase::recorded && event.number == next_epoch_,
         "what is committed has been recorded");
  settled_ += std::exchange(settling_, 0);
  if (final_epoch_) ensure(claimed_.count() == settled_, "what an agent does not give back it has recorded");
  final_epoch_done_ = final_epoch_;
  epoch_ = EpochPhase::none;
  last_epoch_at_ = now;
  ++next_epoch_;
}

void MasterState::on(const SamplesRequeued& event, double /*now*/) {
  IndexSet again{claimed_.universe()};
  for (const auto& sample : event.samples) again.insert(sample.index);
  const bool owned = std::any_of(agents_.begin(), agents_.end(),
                                 [&](const auto& item) { return overlap(item.second.owned, again); });
  for (const auto& sample : event.samples) {
    ensure(!owned && settled_ > 0 && claimed_.erase(sample.index), "a sample that runs again was settled");
    --settled_;
    cursor_ = std::min(cursor_, sample.index);
    attempts_.push_back(sample.index << 8 | sample.attempt);
  }
  std::sort(attempts_.begin(), attempts_.end(), std::greater<>{});  // of a sample, the latest first
  const auto same_sample = [](auto a, auto b) { return a >> 8 == b >> 8; };
  attempts_.erase(std::unique(attempts_.begin(), attempts_.end(), same_sample), attempts_.end());
  std::reverse(attempts_.begin(), attempts_.end());
}

void MasterState::on(const ReachMeasured& event, double /*now*/) {
  auto& grants = options_.grants;
  grants.ahead_s = std::max(grants.ahead_s, event.seconds);
  grants.largest_s = std::max(grants.largest_s, grants.ahead_s);
}

void MasterState::on(const DrainRequested& event, double /*now*/) {
  draining_ = true;
  drain_ = event.order;
}

}  // namespace tranche::schedule
