#include <algorithm>

#include "tranche/schedule/master_state.hpp"

namespace tranche::schedule {
namespace {

std::uint64_t common(const IndexSet& a, const IndexSet& b) {
  std::uint64_t count = 0;
  const auto all = a.universe();
  for (auto run = a.next_run(all.begin, all.size()); run; run = a.next_run(run->end, all.size()))
    for (auto part = b.next_run(run->begin, run->size()); part && part->begin < run->end;
         part = b.next_run(part->end, run->size()))
      count += std::min(part->end, run->end) - part->begin;
  return count;
}

}  // namespace

std::vector<std::string> MasterState::broken_invariants() const {
  std::vector<std::string> broken;
  const auto expect = [&](bool holds, const char* text) {
    if (!holds) broken.emplace_back(text);
  };
  std::uint64_t owned = 0;
  std::uint64_t runs = 0;
  std::uint64_t buffered_bytes = 0;
  std::size_t finished_agents = 0;
  std::size_t needs = 0;
  for (const auto& [slots, line] : needs_) needs += line.size();
  std::size_t in = 0;
  std::uint64_t returning = 0;
  for (auto a = agents_.begin(); a != agents_.end(); ++a) {
    finished_agents += finished(a->second) ? 1 : 0;
    in += watch_.out(a->first) ? 0 : 1;
    expect(watch_.out(a->first) || needs_.at(a->second.slots).contains({backlog(a->second), a->first}),
           "an agent is out of line for grants");
    for (const auto* set : {&a->second.withheld, &a->second.reopened}) {
      returning += set->count();
      expect(common(*set, claimed_) == set->count(), "what goes back is not claimed");
      expect(common(*set, a->second.owned) == 0, "what goes back is owned");
      expect(set->count() == 0 || watch_.out(a->first), "an agent that is in gives back through the drain");
    }
    owned += a->second.owned.count();
    runs += a->second.last.runs;
    buffered_bytes += a->second.last.buffered_bytes;
    expect(common(a->second.owned, claimed_) == a->second.owned.count(), "an owned index is not claimed");
    for (auto b = std::next(a); b != agents_.end(); ++b)
      expect(common(a->second.owned, b->second.owned) == 0, "an index has two owners");
  }
  expect(needs == in, "an agent is not in line once");
  expect(claimed_.count() == settled_ + settling_ + owned + returning, "the counts do not add up");
  expect(epoch_ != EpochPhase::none || settling_ == 0, "records wait outside an epoch");
  const auto agents_with = [&](bool Agent::*flag) {
    return static_cast<std::size_t>(
        std::count_if(agents_.begin(), agents_.end(), [&](const auto& item) { return item.second.*flag; }));
  };
  expect(finished_ == finished_agents && withdraws_sent_ == agents_with(&Agent::withdraw_sent) &&
             withdrew_ == agents_with(&Agent::withdrew) && recorded_ == agents_with(&Agent::recorded),
         "the counts of agents do not add up");
  expect(reported_.runs == runs && reported_.buffered_bytes == buffered_bytes,
         "the sums of the reports do not add up");
  const auto gap = claimed_.next_gap(claimed_.universe().begin, 1);
  expect(!gap || gap->begin >= cursor_, "an open index lies below the cursor");
  return broken;
}

}  // namespace tranche::schedule
