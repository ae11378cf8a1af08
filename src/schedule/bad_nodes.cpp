#include "tranche/schedule/bad_nodes.hpp"

#include <cmath>

namespace tranche::schedule {

bool is_fault(const RunRecord& run) noexcept {
  return is_failure(run.state) && run.reason != "allocation";
}

double out_of_line(const Conduct& agent, const Conduct& others, const BadNodeRule& rule) noexcept {
  if (agent.faults < rule.fewest_faults || others.runs < rule.fewest_others) return 0;
  const double here = agent.rate();
  const double elsewhere = others.rate();
  if (here < rule.times * elsewhere || here < elsewhere + rule.above) return 0;
  const Conduct all{agent.runs + others.runs, agent.faults + others.faults};
  double sum = here * std::log(here / all.rate());
  if (here < 1) sum += (1 - here) * std::log((1 - here) / (1 - all.rate()));
  const double evidence = static_cast<double>(agent.runs) * sum;
  return evidence < rule.evidence ? 0 : evidence;
}

void NodeWatch::join(Id agent, const Conduct& conduct, bool out) {
  agents_[agent] = {conduct, out};
  if (out) {
    ++out_;
    return;
  }
  all_.runs += conduct.runs;
  all_.faults += conduct.faults;
}

void NodeWatch::count(Id agent, std::span<const RunRecord> runs) {
  auto& [conduct, out] = agents_.at(agent);
  if (out) return;
  const auto before = conduct;
  for (const auto& run : runs) {
    if (run.id.attempt() != 0) continue;
    ++conduct.runs;
    conduct.faults += is_fault(run) ? 1 : 0;
    if (conduct.runs >= rule_.memory) conduct = {conduct.runs / 2, conduct.faults / 2};
  }
  all_.runs += conduct.runs - before.runs;  // may wrap around, and back
  all_.faults += conduct.faults - before.faults;
}

void NodeWatch::put_out(Id agent) {
  auto& [conduct, out] = agents_.at(agent);
  if (out) return;
  out = true;
  ++out_;
  all_.runs -= conduct.runs;
  all_.faults -= conduct.faults;
}

Conduct NodeWatch::others(Id agent) const {
  const auto& [conduct, out] = agents_.at(agent);
  if (out) return all_;
  return {all_.runs - conduct.runs, all_.faults - conduct.faults};
}

std::optional<NodeWatch::Id> NodeWatch::suspect() const {
  if (!rule_.watch || 2 * (out_ + 1) > agents_.size()) return std::nullopt;
  std::optional<Id> worst;
  double most = 0;
  for (const auto& [id, agent] : agents_) {
    if (agent.out || agent.conduct.faults < rule_.fewest_faults) continue;
    const double evidence = out_of_line(agent.conduct, others(id), rule_);
    if (evidence <= most) continue;
    most = evidence;
    worst = id;
  }
  return worst;
}

}  // namespace tranche::schedule
