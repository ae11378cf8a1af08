/// Stages: shares of the design, and the gates between them.
#include <algorithm>
#include <cmath>

#include "readers.hpp"
#include "scalars.hpp"
#include "tranche/base/text.hpp"
#include "tranche/campaign/gate.hpp"
#include "tranche/design/stage_sizes.hpp"

namespace tranche::config {
namespace {

using campaign::GateSpec;
using campaign::StageSpec;

std::string percent_text(double share) {
  return number_text(std::round(share * 1e8) / 1e6) + "%";
}

void read_condition(const YamlNode& node, GateSpec& gate, Findings& findings) {
  if (!read_text(node, "a condition", findings)) return;
  auto parsed = campaign::parse_condition(node.text);
  if (parsed.condition)
    gate.conditions.push_back(std::move(*parsed.condition));
  else
    findings.add_inside(node, parsed.offset, {parsed.error, "", parsed.fix});
}

GateSpec read_requirement(const YamlNode& node, Findings& findings) {
  GateSpec gate;
  gate.kind = GateSpec::Kind::require;
  MapReader keys{node, "`gate`", findings};
  const std::string example = "require: [fail_rate < 5%]";
  const auto* conditions = keys.require("require", example);
  if (conditions != nullptr && expect_sequence(*conditions, "`require`", example, findings)) {
    if (conditions->items.empty())
      findings.add(*conditions, {"`require` is empty", "such a gate is always open", "gate: pass"});
    for (const auto& item : conditions->items) read_condition(item, gate, findings);
  }
  if (const auto* otherwise = keys.find("otherwise"))
    if (const auto choice = read_choice(*otherwise, "`otherwise`", {"ask", "stop"}, findings))
      gate.otherwise = static_cast<GateSpec::Otherwise>(*choice);
  keys.finish();
  return gate;
}

GateSpec read_gate(const YamlNode& node, Findings& findings) {
  if (node.is_map()) return read_requirement(node, findings);
  GateSpec gate;
  if (node.is_scalar() && campaign::parse_condition(node.text).condition) {
    findings.add(node, {"a condition must stand in `require`", "",
                        "gate: {require: [" + node.text + "], otherwise: ask}"});
    return gate;
  }
  if (node.is_scalar() && node.text == "require") {
    findings.add(node,
                 {"`require` needs its conditions", "", "gate: {require: [fail_rate < 5%], otherwise: ask}"});
    return gate;
  }
  const auto choice = read_choice(node, "`gate`", {"ask", "pass", "{require: [...]}"}, findings);
  if (choice && *choice == 1) gate.kind = GateSpec::Kind::pass;
  return gate;
}

/// The share, in ]0,1]; nothing after a problem.
std::optional<double> read_share(const YamlNode& node, const std::string& owner, Reading& reading) {
  const auto share = read_number(node, "`upto` of " + owner, reading.findings);
  if (!share || (*share > 0 && *share <= 1)) return share;
  const auto points = static_cast<double>(reading.spec.design.points);
  const bool counted = *share > 1 && *share <= points && node.text.find('%') == std::string::npos;
  reading.findings.add(node, {"`upto` of " + owner + " is " + node.text + ", not between 0 and 100 %",
                              "it is a share of the points, counted from the first one",
                              counted ? "upto: " + percent_text(*share / points) : "upto: 10%"});
  return std::nullopt;
}

bool is_number_like(const std::string& text) {
  return std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

void read_stage_name(const YamlNode& node, StageSpec& stage, Reading& reading) {
  const auto name = read_text(node, "`name` of a stage", reading.findings);
  if (!name) return;
  const auto good = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  };
  if (name->size() > 64 || !std::ranges::all_of(*name, good) || is_number_like(*name)) {
    reading.findings.add(
        node, {ticked(*name) + " cannot be the name of a stage",
               is_number_like(*name) ? "commands take a stage by name or number, so a number is no name"
                                     : "names have letters, digits, - and _, at most 64",
               "for example `pilot`"});
    return;
  }
  const auto same = std::ranges::find(reading.spec.stages, *name, &StageSpec::name);
  if (same != reading.spec.stages.end())
    reading.findings.add(
        node, {"two stages are called " + ticked(*name),
               "the first is in line " + std::to_string(same->where.line), "give one another name"});
  stage.name = *name;
}

/// Shares must grow. `last` is the largest so far.
void check_growth(const YamlNode& node, const std::string& owner, double share, double last,
                  Findings& findings) {
  if (share > last) return;
  findings.add(node,
               {"`upto` of " + owner + " is not above the stage before it, " + percent_text(last),
                "stages are cumulative: each contains those before it", "a larger share, or another order"});
}

const YamlNode* read_stage(const YamlNode& node, double& last, Reading& reading) {
  const std::string example = "{name: pilot, upto: 1%, gate: ask}";
  StageSpec stage;
  stage.where = reading.place(node);
  if (!expect_map(node, "a stage", example, reading.findings)) return nullptr;
  MapReader keys{node, "a stage", reading.findings};
  if (const auto* name = keys.require("name", example)) read_stage_name(*name, stage, reading);
  const auto owner = stage.name.empty() ? std::string{"this stage"} : "stage " + ticked(stage.name);
  const auto* upto = keys.require("upto", "upto: 10%");
  if (const auto share = upto ? read_share(*upto, owner, reading) : std::nullopt) {
    check_growth(*upto, owner, *share, last, reading.findings);
    stage.upto = *share;
    last = std::max(last, *share);
  }
  if (const auto* gate = keys.find("gate")) stage.gate = read_gate(*gate, reading.findings);
  keys.finish();
  reading.spec.stages.push_back(std::move(stage));
  return upto;
}

}  // namespace

void read_stages(const YamlNode* node, Reading& reading) {
  if (node == nullptr) {
    reading.spec.stages = {{"full", 1.0, {}, reading.spec.design.where}};
    return;
  }
  const std::string example = "stages: [{name: pilot, upto: 1%}, {name: full, upto: 100%}]";
  if (!expect_sequence(*node, "`stages`", example, reading.findings)) return;
  if (node->items.empty() || node->items.size() > design::max_stages) {
    reading.findings.add(*node, {"a campaign has 1 to " + std::to_string(design::max_stages) +
                                     " stages, not " + std::to_string(node->items.size()),
                                 "", node->items.empty() ? example : ""});
    return;
  }
  double last = 0;
  const auto before = reading.findings.count();
  const YamlNode* last_upto = nullptr;
  for (const auto& item : node->items) last_upto = read_stage(item, last, reading);
  if (last < 1 && last_upto != nullptr && reading.findings.count() == before)
    reading.findings.add(*last_upto,
                         {"the last stage ends at " + percent_text(last) + " of the points",
                          "the last stage is the whole design, so that its size is never a surprise",
                          "upto: 100%, or one more stage {name: full, upto: 100%}"});
}

}  // namespace tranche::config
