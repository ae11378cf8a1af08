#include "retry_events.hpp"

#include <nlohmann/json.hpp>

namespace tranche::inspect {

bool RetryEvent::takes(const RunRecord& run) const {
  return is_failure(run.state) && (!state || *state == to_string(run.state)) &&
         (!reason || *reason == run.reason) && (!index || *index == run.id.index());
}

std::vector<RetryEvent> retry_events(const std::vector<ledger::EventRow>& events, StageKey stage) {
  std::vector<RetryEvent> all;
  for (const auto& event : events) {
    if (event.kind != "retry") continue;
    const auto facts = nlohmann::json::parse(event.json, nullptr, false);
    if (!facts.is_object() || facts.value("revision", 0) != stage.revision ||
        facts.value("stage", 0) != stage.stage || !facts.contains("epoch"))
      continue;
    RetryEvent retry;
    retry.epoch = facts.value("epoch", std::uint64_t{0});
    if (facts.contains("state")) retry.state = facts.value("state", std::string{});
    if (facts.contains("reason")) retry.reason = facts.value("reason", std::string{});
    if (facts.contains("index")) retry.index = facts.value("index", SampleIndex{0});
    retry.timeout_s = facts.value("timeout_s", 0.0);
    retry.with = facts.value("with", std::string{});
    all.push_back(std::move(retry));
  }
  return all;
}

std::vector<RetryEvent> rules_of_runs(const std::vector<ledger::RunRow>& runs,
                                      const std::vector<RetryEvent>& retries) {
  std::vector<RetryEvent> rules(runs.size());
  for (const auto& retry : retries) {
    std::size_t after = 0;
    while (after < runs.size() && runs[after].epoch <= retry.epoch) ++after;
    if (after == 0 || !retry.takes(runs[after - 1].record)) continue;
    for (std::size_t k = after; k < runs.size(); ++k) rules[k] = retry;
  }
  return rules;
}

}  // namespace tranche::inspect
