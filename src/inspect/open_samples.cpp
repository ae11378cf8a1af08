#include "tranche/inspect/open_samples.hpp"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <unordered_map>

#include "retry_events.hpp"
#include "tranche/base/text.hpp"

namespace tranche::inspect {
namespace {

using Json = nlohmann::ordered_json;

/// A host that was put in quarantine, and the time of that job.
struct BadHost {
  std::string host;
  double from = 0;
  double to = std::numeric_limits<double>::infinity();
};

Json facts_of(const ledger::EventRow& event) {
  auto facts = Json::parse(event.json, nullptr, false);
  return facts.is_object() ? facts : Json::object();
}

std::vector<BadHost> bad_hosts(const ledger::Ledger& ledger, const std::vector<ledger::EventRow>& events) {
  std::vector<BadHost> hosts;
  for (const auto& event : events) {
    if (event.kind != "quarantine") continue;
    BadHost bad{facts_of(event).value("host", std::string{})};
    for (const auto& job : ledger.jobs()) {
      if (job.started_at <= event.at) bad.from = job.started_at;
      if (job.started_at > event.at) bad.to = std::min(bad.to, job.started_at);
    }
    hosts.push_back(std::move(bad));
  }
  return hosts;
}

/// None if all of them leave the rules of the campaign as they are.
std::vector<RetryEvent> retries_with_rules(const std::vector<ledger::EventRow>& events, StageKey stage) {
  auto all = retry_events(events, stage);
  const bool any = std::any_of(all.begin(), all.end(), [](const auto& each) { return each.has_rules(); });
  return any ? all : std::vector<RetryEvent>{};
}

/// What the runs of an open sample say.
struct History {
  unsigned kills = 0;
  unsigned faults_of_nodes = 0;
  std::vector<RunRecord> last;  ///< run before each retry, by retry; pending: none
};

}  // namespace

std::string add_quarantine_event(ledger::Ledger& ledger, const Quarantine& quarantine, double at) {
  const auto& [stage, host, rank, here, elsewhere] = quarantine;
  const auto text = host + " (rank " + std::to_string(rank) + "): " + format_count(here.faults) + " of " +
                    format_count(here.runs) + " samples failed there, " + format_share(elsewhere.rate()) +
                    " on the other nodes; it gets no more work in this job, and they run again elsewhere";
  const Json event{{"revision", stage.revision},
                   {"stage", stage.stage},
                   {"host", host},
                   {"rank", rank},
                   {"runs", here.runs},
                   {"failures", here.faults},
                   {"runs_elsewhere", elsewhere.runs},
                   {"failures_elsewhere", elsewhere.faults},
                   {"text", text}};
  ledger.add_event("quarantine", event.dump(-1, ' ', false, Json::error_handler_t::replace), at);
  return text;
}

std::vector<wire::AttemptFrom> open_samples(const ledger::Ledger& ledger, StageKey stage) {
  std::vector<wire::AttemptFrom> open;
  std::unordered_map<SampleIndex, History> histories;
  for (const auto& each : ledger.open_attempts(stage)) {
    open.push_back({each.index, each.next_attempt});
    histories[each.index];
  }
  if (open.empty()) return open;
  const auto events = ledger.events();
  const auto bad = bad_hosts(ledger, events);
  const auto asked = retries_with_rules(events, stage);
  ledger.visit_not_final(stage, [&](const ledger::RunRow& run) {
    const auto found = histories.find(run.record.id.index());
    if (found == histories.end()) return;
    auto& history = found->second;
    const bool of_node =
        schedule::is_fault(run.record) && std::any_of(bad.begin(), bad.end(), [&](const auto& each) {
          return each.host == run.host && run.record.started_at >= each.from &&
                 run.record.started_at < each.to;
        });
    if (of_node)
      ++history.faults_of_nodes;
    else if (killed_from_outside(run.record))
      ++history.kills;
    history.last.resize(asked.size());
    for (std::size_t k = 0; k < asked.size(); ++k) {
      auto& last = history.last[k];
      const bool later = last.state == SampleState::pending || last.id < run.record.id;
      if (run.epoch <= asked[k].epoch && later) last = run.record;
    }
  });
  for (auto& sample : open) {
    const auto& history = histories.at(sample.index);
    const unsigned forgiven = history.faults_of_nodes + std::min(history.kills, most_forgiven_kills);
    sample.forgiven = static_cast<std::uint8_t>(std::min<unsigned>(forgiven, sample.attempt));
    for (std::size_t k = 0; k < history.last.size(); ++k)
      if (asked[k].takes(history.last[k])) {
        sample.timeout_s = asked[k].timeout_s;
        sample.with = asked[k].with;
      }
  }
  return open;
}

}  // namespace tranche::inspect
