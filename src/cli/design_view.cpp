#include "design_view.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <variant>

#include "tranche/base/text.hpp"
#include "tranche/campaign/row_codec.hpp"
#include "tranche/inspect/text_table.hpp"
#include "tranche/simulate/simulator_files.hpp"

namespace tranche::cli {
namespace {

using campaign::GateSpec;
using inspect::Align;
using inspect::format_value;
using inspect::TextTable;
using Json = nlohmann::ordered_json;

/// Points that one stage may look at, so that all stages together stay within a second or so.
constexpr std::uint64_t survey_points = 400'000;
constexpr double bytes_beside_values = 8 + 2 + 1 + 1 + 8;  ///< index, revision, stage, state, checksum

std::string domain_text(const campaign::Parameter& parameter) {
  struct Words {
    std::string operator()(const campaign::RealRange& range) const {
      return format_value(range.lo) + " .. " + format_value(range.hi);
    }
    std::string operator()(const campaign::IntegerRange& range) const {
      return std::to_string(range.lo) + " .. " + std::to_string(range.hi);
    }
    std::string operator()(const campaign::Levels& levels) const {
      std::string text;
      for (const auto& name : levels.names) text += (text.empty() ? "" : ", ") + name;
      return text;
    }
  };
  return std::visit(Words{}, parameter.domain);
}

std::string scale_text(const campaign::Parameter& parameter) {
  if (const auto* range = std::get_if<campaign::RealRange>(&parameter.domain))
    return range->scale == campaign::Scale::log ? "log" : "linear";
  return std::holds_alternative<campaign::IntegerRange>(parameter.domain) ? "whole numbers" : "choice";
}

std::string unit_text(const std::string& unit) {
  return unit == "1" ? "" : unit;
}

std::string gate_text(const GateSpec& gate) {
  if (gate.kind == GateSpec::Kind::ask) return "ask";
  return gate.kind == GateSpec::Kind::pass ? "pass" : "conditions";
}

/// `fail_rate < 5%, core_hours < 50, else ask`; empty for a gate without conditions.
std::string conditions_text(const GateSpec& gate) {
  if (gate.kind != GateSpec::Kind::require) return {};
  std::string text;
  for (const auto& condition : gate.conditions) text += condition.text + ", ";
  return text + (gate.otherwise == GateSpec::Otherwise::ask ? "else ask" : "else stop");
}

std::string excluded_text(const design::ExcludedShare& excluded) {
  if (!excluded.exact()) return std::string{"~"}.append(format_share(excluded.share));
  return excluded.excluded == 0 ? std::string{"none"} : format_count(excluded.excluded);
}

double row_bytes(const campaign::CampaignSpec& spec) {
  const auto values = spec.parameters.size() + spec.derived.size();
  return static_cast<double>(campaign::RowCodec{spec}.row_bytes() + 8 * values) + bytes_beside_values;
}

std::string parameters_text(const campaign::CampaignSpec& spec, const inspect::TextStyle& style) {
  TextTable table{{{"parameter"}, {"range"}, {"scale"}, {"unit"}}};
  for (const auto& each : spec.parameters)
    table.add({each.name, domain_text(each), scale_text(each), unit_text(each.unit)});
  auto text = table.text(style);
  TextTable more{{{"passed on"}, {"value"}, {"unit"}}};
  for (const auto& each : spec.constants)
    more.add({each.name, format_value(each.value), unit_text(each.unit)});
  for (const auto& each : spec.derived) more.add({each.name, each.expression, unit_text(each.unit)});
  if (!more.empty()) text += '\n' + more.text(style);
  return text;
}

std::string outputs_text(const campaign::CampaignSpec& spec, const inspect::TextStyle& style) {
  TextTable table{{{"output"}, {"axes"}, {"unit"}, {"stored as"}}};
  for (const auto& output : spec.outputs) {
    std::string axes;
    for (const auto axis : output.axes)
      axes += (axes.empty() ? "" : " x ") + spec.axes[axis].name + " (" +
              std::to_string(spec.axes[axis].values.size()) + ")";
    std::string stored = output.type == campaign::StoredType::float32 ? "float32" : "float64";
    if (output.transform == campaign::Transform::log10)
      stored = "log10, " + stored + ", floor " + format_value(output.floor);
    table.add({output.name, axes.empty() ? "single number" : axes, unit_text(output.unit), stored});
  }
  if (table.empty()) return "  no outputs: only run records are kept\n";
  return table.text(style);
}

std::string stages_text(const inspect::CampaignView& view, const DesignFacts& facts,
                        const inspect::TextStyle& style) {
  TextTable table{{{"stage"},
                   {"samples", Align::right},
                   {"in all", Align::right},
                   {"excluded", Align::right},
                   {"store", Align::right},
                   {"gate behind it"}}};
  double bytes = 0;
  for (std::size_t k = 0; k < facts.stages.size(); ++k) {
    const auto& stage = view.plan.stages()[k];
    const auto& forecast = facts.stages[k];
    const bool last = k + 1 == facts.stages.size();
    bytes += forecast.store_bytes;
    table.add({stage.name, format_count(stage.range.size()), format_count(stage.range.end),
               excluded_text(forecast.excluded), format_size(forecast.store_bytes),
               last ? "" : gate_text(stage.gate)});
  }
  auto text = table.text(style) + "  " + format_size(bytes) + " on disk in all\n";
  for (const auto& stage : view.plan.stages())
    if (const auto conditions = conditions_text(stage.gate); !conditions.empty())
      text += "  " + inspect::wrapped("gate behind " + stage.name + ": " + conditions, style.width, 2) + '\n';
  return text;
}

std::string notes_text(const inspect::CampaignView& view, const DesignFacts& facts,
                       const inspect::TextStyle& style) {
  std::string text;
  const auto note = [&](const std::string& line) {
    text += "  - " + inspect::wrapped(line, style.width, 4) + '\n';
  };
  for (const auto& line : view.plan.notes()) note(line);
  for (std::size_t k = 0; k < facts.stages.size(); ++k) {
    const auto& excluded = facts.stages[k].excluded;
    if (excluded.exact()) continue;
    note(view.plan.stages()[k].name + ": excluded share estimated from " + format_count(excluded.examined) +
         " points, " + format_share(excluded.low) + " .. " + format_share(excluded.high) + " (95 %)");
  }
  return text;
}

std::string simulator_text(const inspect::CampaignView& view, const DesignFacts& facts,
                           const inspect::TextStyle& style) {
  const auto& simulator = view.spec.simulator;
  auto text = "  simulator  " + campaign::label(simulator);
  text += simulator.timeout_s ? ", at most " + format_duration(*simulator.timeout_s) + " a run"
                              : ", no time limit";
  if (simulator.memory_bytes)
    text += ", " + format_size(static_cast<double>(*simulator.memory_bytes)) + " a slot";
  text += '\n';
  if (!facts.simulator.empty()) return text + "             " + style.dim(facts.simulator) + '\n';
  return text + "             " + style.yellow("not found: ") +
         inspect::wrapped(facts.simulator_missing, style.width, 24) + '\n';
}

Json domain_json(const campaign::Parameter& parameter) {
  if (const auto* range = std::get_if<campaign::RealRange>(&parameter.domain)) return {range->lo, range->hi};
  if (const auto* range = std::get_if<campaign::IntegerRange>(&parameter.domain))
    return {range->lo, range->hi};
  return std::get<campaign::Levels>(parameter.domain).names;
}

std::string missing_text(const Problem& problem) {
  if (problem.why.empty()) return problem.what;
  return problem.why.starts_with("looked for") ? problem.why : problem.what + " (" + problem.why + ")";
}

}  // namespace

DesignFacts survey(const inspect::CampaignView& view) {
  DesignFacts facts;
  const double bytes = row_bytes(view.spec);
  for (const auto& stage : view.plan.stages()) {
    StageForecast forecast;
    forecast.excluded = view.space.constrained() ? design::excluded_share(view.space, stage.range.begin,
                                                                          stage.range.end, survey_points)
                                                 : design::ExcludedShare{stage.range.size()};
    forecast.store_bytes = bytes * static_cast<double>(stage.range.size());
    facts.stages.push_back(forecast);
  }
  const auto found = simulate::find_simulator(view.paths.root().string(), view.spec.simulator);
  if (const auto* files = std::get_if<simulate::SimulatorFiles>(&found))
    facts.simulator = files->program;
  else
    facts.simulator_missing = missing_text(std::get<Problem>(found));
  return facts;
}

std::string design_text(const inspect::CampaignView& view, const DesignFacts& facts,
                        const inspect::TextStyle& style) {
  const auto& spec = view.spec;
  const auto method = std::string{design::name(view.space.design().method())};
  std::string text = style.bold(spec.name) + ": " + format_count(view.plan.points()) + " points in " +
                     std::to_string(spec.parameters.size()) + " dimensions, " + method + ", seed " +
                     std::to_string(spec.design.seed) + "\n\n";
  text += parameters_text(spec, style) + '\n' + outputs_text(spec, style) + '\n' +
          stages_text(view, facts, style);
  for (const auto& constraint : spec.constraints) text += "  excluded unless " + constraint.expression + '\n';
  text += '\n' + simulator_text(view, facts, style);
  const auto notes = notes_text(view, facts, style);
  return notes.empty() ? text : text + '\n' + notes;
}

Json design_json(const inspect::CampaignView& view, const DesignFacts& facts) {
  const auto& spec = view.spec;
  Json document{{"tranche_check", 1},
                {"campaign", spec.name},
                {"points", view.plan.points()},
                {"method", design::name(view.space.design().method())},
                {"seed", spec.design.seed}};
  document["parameters"] = Json::array();
  for (const auto& each : spec.parameters)
    document["parameters"].push_back({{"name", each.name},
                                      {"domain", domain_json(each)},
                                      {"scale", scale_text(each)},
                                      {"unit", each.unit}});
  document["stages"] = Json::array();
  for (std::size_t k = 0; k < facts.stages.size(); ++k) {
    const auto& stage = view.plan.stages()[k];
    const auto& excluded = facts.stages[k].excluded;
    document["stages"].push_back({{"name", stage.name},
                                  {"begin", stage.range.begin},
                                  {"end", stage.range.end},
                                  {"gate", gate_text(stage.gate)},
                                  {"conditions", conditions_text(stage.gate)},
                                  {"store_bytes", facts.stages[k].store_bytes},
                                  {"excluded",
                                   {{"examined", excluded.examined},
                                    {"count", excluded.excluded},
                                    {"share", excluded.share},
                                    {"low", excluded.low},
                                    {"high", excluded.high},
                                    {"exact", excluded.exact()}}}});
  }
  document["notes"] = view.plan.notes();
  document["simulator"] = facts.simulator.empty() ? Json(nullptr) : Json(facts.simulator);
  document["locked"] = view.lock.has_value();
  return document;
}

}  // namespace tranche::cli
