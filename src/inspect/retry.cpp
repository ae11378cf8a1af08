#include "tranche/inspect/retry.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "arguments.hpp"
#include "tranche/base/errors.hpp"
#include "tranche/base/text.hpp"
#include "tranche/campaign/settings.hpp"
#include "tranche/inspect/count_events.hpp"
#include "tranche/inspect/show.hpp"

namespace tranche::inspect {
namespace {

using Json = nlohmann::ordered_json;
using ledger::StageRow;

[[noreturn]] void refuse(const std::string& what, const std::string& fix) {
  Problem problem;
  problem.what = what;
  problem.fix = fix;
  throw ConfigError{std::move(problem)};
}

constexpr unsigned last_attempt = 255;
constexpr const char* why_not = "cannot run again: attempt 255 is the last that can be numbered";

struct Wanted {
  ledger::RequeueChoice choice;
  std::optional<StageKey> stage;
  std::optional<double> timeout_s;
  std::string with;  ///< empty: as the campaign has it
  bool dry_run = false;
};

SampleState state_called(const std::string& name) {
  for (const auto state : {SampleState::failed, SampleState::timeout, SampleState::crashed})
    if (to_string(state) == name) return state;
  const std::vector<std::string> names{"failed", "timeout", "crashed"};
  const auto guess = did_you_mean(name, names);
  refuse(name == "ok" || name == "invalid" ? "what is " + name + " never runs again"
                                           : "there is no state `" + name + "` that runs again",
         guess ? "did you mean: tranche retry --state " + *guess : "one of failed, timeout, crashed");
}

StageKey stage_called(const campaign::StagePlan& plan, const std::string& name) {
  if (const auto* found = plan.find(name)) return found->key;
  std::string known;
  for (const auto& stage : plan.stages()) known += (known.empty() ? "" : ", ") + stage.name;
  refuse("there is no stage `" + name + "`", "stages: " + known);
}

Wanted read_arguments(const CampaignView& view, const std::string& arguments_json) {
  const Arguments arguments{"retry", arguments_json};
  Wanted wanted;
  if (const auto state = arguments.text("state")) wanted.choice.state = state_called(*state);
  if (const auto stage = arguments.text("stage")) wanted.stage = stage_called(view.plan, *stage);
  wanted.choice.reason = arguments.text("reason");
  wanted.choice.index = arguments.count("index");
  wanted.timeout_s = arguments.positive("timeout_s");
  if (const auto with = arguments.text("with"))
    wanted.with = campaign::settings_text(campaign::read_settings(view.spec, *with));
  wanted.dry_run = arguments.flag("dry_run");
  return wanted;
}

/// One sample is meant: say what it is if it cannot run again. Narrows the choice to its stage.
void require_failed(const ledger::Ledger& ledger, const CampaignView& view, Wanted& wanted) {
  const auto index = *wanted.choice.index;
  if (index >= view.plan.points())
    refuse("there is no sample " + std::to_string(index),
           "the design has " + std::to_string(view.plan.points()) + " points, counted from 0");
  const auto key = view.plan.stage_of(index).key;
  const auto sample = sample_runs(ledger, key.revision, index);
  const auto state = sample.state;
  if (!is_failure(state))
    refuse("sample " + std::to_string(index) + " is " + std::string{to_string(state)} +
               ": only what failed, timed out or crashed runs again",
           "tranche show " + std::to_string(index));
  if (sample.runs.back().record.id.attempt() == last_attempt)
    refuse("sample " + std::to_string(index) + " " + why_not, "tranche show " + std::to_string(index));
  if (wanted.stage && *wanted.stage != key)
    refuse("sample " + std::to_string(index) + " is not in that stage", "leave --stage out");
  wanted.stage = key;
}

/// A reason that nothing has was mistyped.
void require_known_reason(const ledger::Ledger& ledger, const std::string& reason) {
  std::vector<std::string> known;
  for (const auto& row : ledger.reasons())
    if (is_failure(row.state)) known.push_back(row.reason);
  if (known.empty() || std::find(known.begin(), known.end(), reason) != known.end()) return;
  const auto guess = did_you_mean(reason, known);
  refuse("no sample failed for the reason `" + reason + "`",
         guess ? "did you mean: tranche retry --reason " + *guess : "tranche failures lists the reasons");
}

bool matches(const ledger::ReasonCount& row, const ledger::RequeueChoice& choice) {
  return row.count > 0 && is_failure(row.state) && (!choice.state || *choice.state == row.state) &&
         (!choice.reason || *choice.reason == row.reason);
}

/// How many samples of the stage the choice takes, by state and reason.
Json counts(const ledger::Ledger& ledger, const StageRow& stage, const ledger::RequeueChoice& choice) {
  auto rows = Json::array();
  if (choice.index) {
    const auto sample = sample_runs(ledger, stage.key.revision, *choice.index);
    const auto& last = sample.runs.back().record;
    if (matches({last.state, last.reason, 1, 0, 0, {}, 1}, choice))
      rows.push_back({{"state", to_string(last.state)}, {"reason", last.reason}, {"count", 1}});
    return rows;
  }
  for (const auto& row : ledger.reasons(stage.key))
    if (matches(row, choice))
      rows.push_back({{"state", to_string(row.state)}, {"reason", row.reason}, {"count", row.count}});
  return rows;
}

std::uint64_t sum_of(const Json& rows) {
  std::uint64_t sum = 0;
  for (const auto& row : rows) sum += row.at("count").get<std::uint64_t>();
  return sum;
}

/// What open_samples() needs to know which samples were meant.
std::string rule_json(const ledger::Ledger& ledger, const Wanted& wanted) {
  const auto& choice = wanted.choice;
  Json rule{{"epoch", ledger.last_epoch()}};
  if (choice.state) rule["state"] = to_string(*choice.state);
  if (choice.reason) rule["reason"] = *choice.reason;
  if (choice.index) rule["index"] = *choice.index;
  if (wanted.timeout_s) rule["timeout_s"] = *wanted.timeout_s;
  if (!wanted.with.empty()) rule["with"] = wanted.with;
  return rule.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string line(const StageRow& stage, const Wanted& wanted, std::uint64_t samples, const Json& rows,
                 bool reopens) {
  const bool dry_run = wanted.dry_run;
  std::string reasons;
  constexpr std::size_t most_named = 3;
  for (std::size_t k = 0; k < std::min(rows.size(), most_named); ++k) {
    const auto reason = rows[k].at("reason").get<std::string>();
    reasons += (k == 0 ? "" : ", ") + format_count(rows[k].at("count").get<std::uint64_t>()) + " " +
               rows[k].at("state").get<std::string>() + (reason.empty() ? "" : " (" + reason + ")");
  }
  if (rows.size() > most_named) reasons += ", ...";
  return "stage " + stage.name + ": " + format_count(samples) + (samples == 1 ? " sample" : " samples") +
         (dry_run ? " would run again" : " will run again") +
         (wanted.with.empty() ? "" : " with " + wanted.with) +
         (wanted.timeout_s ? ", for " + format_duration(*wanted.timeout_s) + " at most: " : ": ") + reasons +
         (reopens ? dry_run ? "; the sealed stage would reopen" : "; the sealed stage is open again" : "");
}

/// Of the samples that were meant, some may have had all attempts that can be numbered.
std::string line_of_spent(const StageRow& stage, std::uint64_t samples) {
  return "stage " + stage.name + ": " + format_count(samples) + (samples == 1 ? " sample " : " samples ") +
         why_not;
}

void add_line(std::string& lines, const std::string& line) {
  lines += (lines.empty() ? "" : "\n") + line;
}

StageRow row_now(const ledger::Ledger& ledger, StageKey key) {
  const auto rows = ledger.stages();
  return *std::find_if(rows.begin(), rows.end(), [&](const auto& row) { return row.key == key; });
}

}  // namespace

Change retry_requested(ledger::Ledger& ledger, const CampaignView& view, const ChangeRequest& request) {
  auto wanted = read_arguments(view, request.arguments_json);
  if (wanted.choice.index) require_failed(ledger, view, wanted);
  if (wanted.choice.reason) require_known_reason(ledger, *wanted.choice.reason);
  Change change;
  Json stages = Json::array();
  for (const auto& stage : ledger.stages()) {
    if (wanted.stage && *wanted.stage != stage.key) continue;
    const auto rows = counts(ledger, stage, wanted.choice);
    if (rows.empty()) continue;
    const bool reopens = stage.state == ledger::StageState::sealed;
    auto samples = sum_of(rows);
    if (!wanted.dry_run) {
      auto taken = ledger.requeue(stage.key, wanted.choice);
      if (taken.size() < samples) add_line(change.text, line_of_spent(stage, samples - taken.size()));
      if (taken.empty()) continue;
      samples = taken.size();
      change.requeued.push_back({stage.key, std::move(taken)});
    }
    const auto text = line(stage, wanted, samples, rows, reopens);
    if (!wanted.dry_run)
      add_count_event(ledger, "retry", row_now(ledger, stage.key), text, request.at,
                      rule_json(ledger, wanted));
    add_line(change.text, text);
    stages.push_back({{"stage", stage.key.stage},
                      {"name", stage.name},
                      {"reopened", reopens},
                      {"samples", samples},
                      {"reasons", rows}});
  }
  change.changed = !change.requeued.empty();
  if (change.text.empty()) change.text = "no sample failed that way: nothing runs again";
  change.data_json = Json{{"stages", std::move(stages)}, {"dry_run", wanted.dry_run}}.dump(
      -1, ' ', false, Json::error_handler_t::replace);
  change.phase = "stopped";
  change.next = "tranche run";
  return change;
}

}  // namespace tranche::inspect
