#include "tranche/inspect/show.hpp"

#include <nlohmann/json.hpp>
#include <utility>

#include "arguments.hpp"
#include "retry_events.hpp"
#include "tranche/base/errors.hpp"

namespace tranche::inspect {
namespace {

using Json = nlohmann::ordered_json;

std::string hex(std::uint64_t value) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string text(16, '0');
  for (std::size_t k = 0; k < 16; ++k) text[15 - k] = digits[(value >> (4 * k)) & 0xf];
  return text;
}

std::uint64_t from_hex(const std::string& text) {
  return text.empty() ? 0 : std::stoull(text, nullptr, 16);
}

SampleState state_from(const std::string& name) {
  for (std::size_t k = 0; k < sample_state_count; ++k)
    if (sample_state_names[k] == name) return static_cast<SampleState>(k);
  return SampleState::pending;
}

Json to_json(const ledger::RunRow& run) {
  const auto& record = run.record;
  return {{"attempt", record.id.attempt()},
          {"state", to_string(record.state)},
          {"final", record.final},
          {"reason", record.reason},
          {"message", record.message},
          {"exit_code", record.exit_code},
          {"signal", record.signal},
          {"wall_s", record.wall_s},
          {"cpu_s", record.cpu_s},
          {"max_rss_kb", record.max_rss_kb},
          {"started_at", record.started_at},
          {"host", run.host},
          {"slot", record.slot},
          {"epoch", run.epoch},
          {"simulator", run.simulator},
          {"checksum", hex(record.checksum)}};
}

ledger::RunRow run_from(const Json& object, std::uint16_t revision, SampleIndex index) {
  ledger::RunRow run;
  auto& record = run.record;
  record.id = RunId{revision, index, object.value("attempt", std::uint8_t{0})};
  record.state = state_from(object.value("state", ""));
  record.final = object.value("final", true);
  record.reason = object.value("reason", "");
  record.message = object.value("message", "");
  record.exit_code = object.value("exit_code", 0);
  record.signal = object.value("signal", 0);
  record.wall_s = object.value("wall_s", 0.0);
  record.cpu_s = object.value("cpu_s", 0.0);
  record.max_rss_kb = object.value("max_rss_kb", std::int64_t{0});
  record.started_at = object.value("started_at", 0.0);
  record.slot = object.value("slot", std::uint16_t{0});
  record.checksum = from_hex(object.value("checksum", ""));
  run.host = object.value("host", "");
  run.epoch = object.value("epoch", std::uint64_t{0});
  run.simulator = object.value("simulator", "");
  return run;
}

/// The stage a sample belongs to, if it has begun.
std::optional<StageKey> stage_of(const ledger::Ledger& ledger, std::uint16_t revision, SampleIndex index) {
  for (const auto& stage : ledger.stages())
    if (stage.key.revision == revision && stage.range.begin <= index && index < stage.range.end)
      return stage.key;
  return std::nullopt;
}

}  // namespace

SampleRuns sample_runs(const ledger::Ledger& ledger, std::uint16_t revision, SampleIndex index) {
  SampleRuns sample{revision, index, SampleState::pending, 0, ledger.runs_of(revision, index), {}};
  if (const auto stage = stage_of(ledger, revision, index))
    for (const auto& rules : rules_of_runs(sample.runs, retry_events(ledger.events(), *stage)))
      sample.with.push_back(rules.with);
  sample.with.resize(sample.runs.size());
  for (const auto& run : sample.runs) {
    if (!run.record.final) continue;
    sample.state = run.record.state;
    sample.checksum = run.record.checksum;
  }
  return sample;
}

std::string to_json_text(const SampleRuns& sample) {
  auto runs = Json::array();
  for (std::size_t k = 0; k < sample.runs.size(); ++k) {
    runs.push_back(to_json(sample.runs[k]));
    runs.back()["with"] = k < sample.with.size() ? sample.with[k] : "";
  }
  const Json document{{"revision", sample.revision},
                      {"index", sample.index},
                      {"state", to_string(sample.state)},
                      {"checksum", hex(sample.checksum)},
                      {"runs", runs}};
  return document.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::optional<SampleRuns> sample_runs_from_json(const std::string& text) {
  const auto document = Json::parse(text, nullptr, false);
  if (!document.is_object() || !document.contains("runs")) return std::nullopt;
  try {
    SampleRuns sample;
    sample.revision = document.value("revision", std::uint16_t{1});
    sample.index = document.value("index", SampleIndex{0});
    sample.state = state_from(document.value("state", ""));
    sample.checksum = from_hex(document.value("checksum", ""));
    for (const auto& run : document.at("runs")) {
      sample.runs.push_back(run_from(run, sample.revision, sample.index));
      sample.with.push_back(run.value("with", ""));
    }
    return sample;
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

std::string answer_show(const ledger::Ledger& ledger, const std::string& arguments_json) {
  const Arguments arguments{"show", arguments_json};
  const auto index = arguments.count("index");
  const auto revision = arguments.count("revision").value_or(1);
  if (!index || *index > max_sample_index || !std::in_range<std::uint16_t>(revision)) {
    Problem problem;
    problem.what = "show needs the index of a sample";
    throw ConfigError{std::move(problem)};
  }
  return to_json_text(sample_runs(ledger, static_cast<std::uint16_t>(revision), *index));
}

}  // namespace tranche::inspect
