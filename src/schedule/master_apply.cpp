#include <algorithm>
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
      watch_{options.bad_nodes},
      next_epoch_{next_epoch},
      last_epoch_at_{now} {
  for (const auto& from : work.attempts) courses_[from.index] = course_of(from);
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
  if (after == before || watch_.out(id)) return;
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
  for (auto* set : {&agent.owned, &agent.withheld, &agent.reopened}) *set = IndexSet{claimed_.universe()};
  watch_.join(event.agent, event.conduct, event.out);
  if (!event.out) {
    total_slots_ += event.slots;
    needs_[agent.slots].insert({backlog(agent), event.agent});
  }
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
  ensure(!owner.withdraw_sent && !watch_.out(event.agent), "no grant follows a withdrawal");
  std::uint64_t size = 0;
  for (const auto& range : event.grant.ranges) {
    ensure(claimed_.insert(range) == range.size(), "an index has one owner at a time");
    owner.owned.insert(range);
    size += range.size();
  }
  for (const auto& from : event.grant.attempts) courses_.at(from.index).base = from.attempt;
  change_load(event.agent, owner, [&] { owner.granted += size; });
  const auto gap = claimed_.next_gap(cursor_, 1);
  cursor_ = gap ? gap->begin : claimed_.universe().end;
}

void MasterState::on(const WithdrawSent& event, double /*now*/) {
  auto& owner = agent(event.agent);
  ensure((draining_ || watch_.out(event.agent)) && !owner.withdraw_sent,
         "an agent is asked once to withdraw, at a drain or when it is put out");
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
    if (watch_.out(event.agent)) {
      owner.withheld.insert(range);
      continue;
    }
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
  courses_.erase(courses_.lower_bound(range.begin), courses_.lower_bound(range.end));
}

/// The sample may wait for its next attempt, and be given back, with this one still unrecorded.
void MasterState::expect_attempt(const Agent& owner, SampleIndex index) const {
  ensure(owner.owned.contains(index) || owner.withheld.contains(index) ||
             (owner.withdrew && claimed_.universe().contains(index) && !claimed_.contains(index)),
         "an agent records what it owns or gave back");
}

/// How the sample goes on if this run, and those before it on the same agent, do not count.
wire::AttemptFrom MasterState::after_fault(const RunRecord& run) const {
  const auto found = courses_.find(run.id.index());
  const auto course = found == courses_.end() ? Course{} : found->second;
  const unsigned next = run.id.attempt() + 1u;
  const unsigned forgiven = course.forgiven + next - std::min<unsigned>(next, course.base);
  return {run.id.index(), static_cast<std::uint8_t>(next),
          static_cast<std::uint8_t>(std::min(forgiven, 255u)), course.timeout_s, course.with};
}

void MasterState::record_retry(AgentId id, const Agent& owner, const RunRecord& run) {
  expect_attempt(owner, run.id.index());
  const auto next = after_fault(run);
  auto& course = courses_[run.id.index()];
  course.attempt = next.attempt;
  if (!watch_.out(id)) return;
  course.forgiven = next.forgiven;
  course.base = next.attempt;
}

/// A final fault: remembered, in case that it was the node's; or reopened, if that is known.
void MasterState::record_fault(AgentId id, Agent& owner, const RunRecord& run) {
  const auto next = after_fault(run);
  if (counts_as_final(id, run)) {
    if (!watch_.out(id) && next.attempt != 0) owner.failed_now.push_back(next);
    return settle(owner, {run.id.index(), run.id.index() + 1});
  }
  ensure(owner.owned.erase(run.id.index()), "an agent records what it owns, and once");
  reopen(owner, next);
}

/// Precondition: claimed, and counted neither as owned nor as settled or settling.
void MasterState::reopen(Agent& owner, const wire::AttemptFrom& next) {
  owner.reopened.insert(next.index);
  courses_[next.index] = course_of(next);
}

bool MasterState::counts_as_final(AgentId id, const RunRecord& run) const {
  constexpr unsigned last_attempt = 255;
  return run.final && !(watch_.out(id) && is_fault(run) && run.id.attempt() < last_attempt);
}

/// Final runs of neighbours are settled together.
void MasterState::record(AgentId id, Agent& owner, const std::vector<RunRecord>& runs) {
  watch_.count(id, runs);
  IndexRange finished;
  for (const auto& run : runs) {
    ensure(run.id.revision() == key_.revision, "a run belongs to the open revision");
    const auto index = run.id.index();
    if (run.final && is_fault(run)) {
      record_fault(id, owner, run);
      continue;
    }
    if (run.final && index == finished.end && !finished.empty()) {
      ++finished.end;
      continue;
    }
    settle(owner, finished);
    finished = run.final ? IndexRange{index, index + 1} : IndexRange{};
    if (!run.final) record_retry(id, owner, run);
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
  record(event.agent, owner, event.records->runs);
  if (owner.withdrew) {  // nothing of what it gave back is unrecorded any more
    const auto all = owner.withheld.universe();
    for (auto run = owner.withheld.next_run(all.begin, all.size()); run;
         run = owner.withheld.next_run(run->end, all.size()))
      owner.reopened.insert(*run);
    owner.withheld = IndexSet{all};
  }
  if (recorded_ == agents_.size()) epoch_ = EpochPhase::recorded;
}

void MasterState::on(const EpochCommitted& event, double now) {
  ensure(epoch_ == EpochPhase::recorded && event.number == next_epoch_,
         "what is committed has been recorded");
  settled_ += std::exchange(settling_, 0);
  release_reopened();
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
    courses_[sample.index] = course_of(sample);
  }
  for (auto& [id, agent] : agents_)  // they are open: nothing to take back
    std::erase_if(agent.failed, [&](const auto& failed) { return again.contains(failed.index); });
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

void MasterState::on(const AgentPutOut& event, double /*now*/) {
  auto& bad = agent(event.agent);
  ensure(epoch_ == EpochPhase::recorded && !watch_.out(event.agent),
         "an agent is put out once, before a commit");
  needs_.at(bad.slots).erase({backlog(bad), event.agent});
  watch_.put_out(event.agent);
  total_slots_ -= bad.slots;
  ensure(settling_ >= bad.failed_now.size() && settled_ >= bad.failed.size(),
         "what failed there was counted");
  settling_ -= bad.failed_now.size();
  settled_ -= bad.failed.size();
  for (const auto* failed : {&bad.failed, &bad.failed_now})
    for (const auto& next : *failed) reopen(bad, next);
  bad.failed.clear();
  bad.failed_now.clear();
  // What it still owns goes on elsewhere as if it had not been here.
  for (auto at = courses_.begin(); at != courses_.end(); ++at)
    if (bad.owned.contains(at->first)) {
      auto& course = at->second;
      course.forgiven = static_cast<std::uint8_t>(course.forgiven + (course.attempt - course.base));
      course.base = course.attempt;
    }
}

void MasterState::release_reopened() {
  constexpr std::size_t most_remembered = 4096;
  for (auto& [id, agent] : agents_) {
    agent.failed.insert(agent.failed.end(), agent.failed_now.begin(), agent.failed_now.end());
    agent.failed_now.clear();
    if (agent.failed.size() > most_remembered)
      agent.failed.erase(agent.failed.begin(), agent.failed.end() - most_remembered);
    if (agent.reopened.count() == 0) continue;
    const auto all = agent.reopened.universe();
    for (auto run = agent.reopened.next_run(all.begin, all.size()); run;
         run = agent.reopened.next_run(run->end, all.size())) {
      claimed_.erase(*run);
      cursor_ = std::min(cursor_, run->begin);
    }
    agent.reopened = IndexSet{all};
  }
}

}  // namespace tranche::schedule
