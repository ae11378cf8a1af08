/// Units, constants, derived values and constraints.
#include <algorithm>

#include "readers.hpp"
#include "scalars.hpp"
#include "tranche/base/text.hpp"
#include "tranche/expression/expression.hpp"

namespace tranche::config {
namespace {

constexpr std::size_t longest_formula = 4000;
constexpr std::size_t most_constraints = 2000;

/// Names a formula at this point of the file may use, in the order of the values.
std::vector<std::string> names_so_far(const campaign::CampaignSpec& spec) {
  std::vector<std::string> names;
  for (const auto& parameter : spec.parameters) names.push_back(parameter.name);
  for (const auto& constant : spec.constants) names.push_back(constant.name);
  for (const auto& derived : spec.derived) names.push_back(derived.name);
  return names;
}

/// The parameter whose level has this name, and the level's position.
std::string level_fix(const std::string& word, const campaign::CampaignSpec& spec) {
  for (const auto& parameter : spec.parameters) {
    const auto* levels = std::get_if<campaign::Levels>(&parameter.domain);
    if (levels == nullptr) continue;
    const auto found = std::ranges::find(levels->names, word);
    if (found != levels->names.end())
      return parameter.name + " == " + std::to_string(found - levels->names.begin());
  }
  return {};
}

/// Why a name is unknown here. `later`: names declared further down.
Finding unknown_name(const std::string& word, const std::vector<std::string>& names,
                     const std::vector<std::string>& later, const campaign::CampaignSpec& spec) {
  Finding finding{"there is no " + ticked(word)};
  if (std::ranges::find(later, word) != later.end()) {
    const bool itself = later.front() == word;
    finding.what += itself ? " before this line" : " yet";
    finding.why = itself ? "a derived value cannot use itself"
                         : "it is declared further down, and a derived value uses only what stands before it";
    finding.fix = itself ? "a formula without " + ticked(word) : "move " + ticked(word) + " up";
    return finding;
  }
  if (const auto fix = level_fix(word, spec); !fix.empty()) {
    finding.why = "in formulas a level is its position, from 0";
    finding.fix = fix;
    return finding;
  }
  auto candidates = names;
  for (auto& reserved : expression::reserved_names()) candidates.push_back(std::move(reserved));
  finding.what += hint(word, candidates);
  finding.fix = names.empty() ? "" : "names here: " + listed(names);
  return finding;
}

/// The compiled formula, or nothing after a problem at its place inside the text.
std::optional<expression::Expression> compile(const YamlNode& node, const std::vector<std::string>& names,
                                              const std::vector<std::string>& later, Reading& reading) {
  if (node.text.size() > longest_formula) {
    reading.findings.add(node,
                         {"this formula has more than " + std::to_string(longest_formula) + " characters", "",
                          "several derived values"});
    return std::nullopt;
  }
  try {
    return expression::Expression::compile(node.text, names);
  } catch (const expression::ExpressionError& error) {
    auto finding = error.unknown_name().empty()
                       ? Finding{error.what()}
                       : unknown_name(error.unknown_name(), names, later, reading.spec);
    reading.findings.add_inside(node, error.position(), std::move(finding));
    return std::nullopt;
  }
}

void report_units(const YamlNode& node, const std::vector<units::UnitProblem>& problems, Findings& findings) {
  for (const auto& problem : problems)
    findings.add_inside(
        node, problem.position,
        {"the units of this formula do not fit", problem.message, "correct the formula or a `unit`"});
}

void read_constant(const YamlEntry& entry, Reading& reading) {
  auto& findings = reading.findings;
  const auto owner = ticked(entry.key.text);
  campaign::Constant constant;
  constant.name = entry.key.text;
  constant.where = reading.place(entry.key);
  const bool named = reading.variables.claim_variable(entry.key, "a constant", findings);
  if (entry.value.is_map()) {
    MapReader keys{entry.value, owner, findings};
    if (const auto* value = keys.require("value", "value: 2.998e10"))
      constant.value = read_number(*value, owner, findings).value_or(0);
    if (const auto* unit = keys.find("unit"))
      if (const auto text = reading.units.read(*unit, owner, findings)) {
        constant.unit = *text;
        reading.declared_units[constant.name] = *text;
      }
    keys.finish();
  } else {
    constant.value = read_number(entry.value, owner, findings).value_or(0);
  }
  if (named) reading.spec.constants.push_back(std::move(constant));
}

/// What stands in a derived entry, before it is compiled.
struct DerivedSource {
  const YamlNode* formula = nullptr;
  std::optional<std::string> unit;
};

DerivedSource read_derived_keys(const YamlEntry& entry, Reading& reading) {
  const auto owner = ticked(entry.key.text);
  const std::string example = entry.key.text + ": {expr: \"2*x\", unit: cm}";
  if (entry.value.is_scalar()) return {&entry.value, std::nullopt};
  if (!expect_map(entry.value, owner, example, reading.findings)) return {};
  MapReader keys{entry.value, owner, reading.findings};
  DerivedSource source;
  source.formula = keys.require("expr", example);
  if (const auto* unit = keys.find("unit")) source.unit = reading.units.read(*unit, owner, reading.findings);
  keys.finish();
  if (source.formula != nullptr && !read_text(*source.formula, "`expr` of " + owner, reading.findings))
    source.formula = nullptr;
  return source;
}

void check_derived_units(const DerivedSource& source, Reading& reading) {
  const auto& text = source.formula->text;
  // A formula without any declared unit around it has nothing to be checked against.
  if (reading.declared_units.empty()) return;
  const auto& system = reading.units.system();
  report_units(*source.formula,
               source.unit ? units::check(system, text, reading.declared_units, *source.unit)
                           : units::infer(system, text, reading.declared_units).problems,
               reading.findings);
}

void read_one_derived(const YamlEntry& entry, const std::vector<std::string>& later, Reading& reading) {
  const bool named = reading.variables.claim_variable(entry.key, "a derived value", reading.findings);
  const auto source = read_derived_keys(entry, reading);
  if (source.formula != nullptr && compile(*source.formula, names_so_far(reading.spec), later, reading))
    check_derived_units(source, reading);
  if (!named) return;
  campaign::Derived derived{entry.key.text, source.formula ? source.formula->text : "",
                            source.unit.value_or("1"), reading.place(entry.key)};
  if (source.unit) reading.declared_units[derived.name] = *source.unit;
  reading.spec.derived.push_back(std::move(derived));
}

void read_constraint(const YamlNode& node, Reading& reading) {
  if (!read_text(node, "a constraint", reading.findings)) return;
  const auto formula = compile(node, names_so_far(reading.spec), {}, reading);
  if (!formula) return;
  if (!formula->compares()) {
    reading.findings.add(
        node, {"this constraint compares nothing", "it would hold wherever the formula is not zero",
               "\"" + node.text + " > 0\""});
    return;
  }
  if (!reading.declared_units.empty())
    report_units(node, units::infer(reading.units.system(), node.text, reading.declared_units).problems,
                 reading.findings);
  reading.spec.constraints.push_back({node.text, reading.place(node)});
}

}  // namespace

std::optional<std::string> UnitChecker::read(const YamlNode& node, const std::string& owner,
                                             Findings& findings) {
  const auto text = read_text(node, "`unit` of " + owner, findings);
  if (!text) return std::nullopt;
  const auto error = system().parse_error(*text);
  if (!error) return text;
  findings.add(node,
               {ticked(*text) + " is not a unit",
                error->substr(error->rfind("unit: ") == std::string::npos ? 0 : error->rfind("unit: ") + 6),
                "units look like cm, erg s-1, gauss, m/s or 1"});
  return std::nullopt;
}

const units::UnitSystem& UnitChecker::system() {
  try {
    if (!system_) system_.emplace();
  } catch (const units::UnitError& error) {
    throw Failure{ExitCode::environment, std::string{"units: "} + error.what(),
                  "install UDUNITS-2 with its database"};
  }
  return *system_;
}

void read_constants(const YamlNode* node, Reading& reading) {
  if (node == nullptr || !expect_map(*node, "`constants`", "constants: {z: 0.031}", reading.findings)) return;
  for (const auto& entry : node->entries) read_constant(entry, reading);
}

void read_derived(const YamlNode* node, Reading& reading) {
  if (node == nullptr ||
      !expect_map(*node, "`derived`", "derived: {twice: {expr: \"2*x\"}}", reading.findings))
    return;
  std::vector<std::string> later;
  for (const auto& entry : node->entries) later.push_back(entry.key.text);
  for (const auto& entry : node->entries) {
    read_one_derived(entry, later, reading);
    later.erase(later.begin());
  }
}

void read_constraints(const YamlNode* node, Reading& reading) {
  if (node == nullptr ||
      !expect_sequence(*node, "`constraints`", "constraints: [\"x >= 2*y\"]", reading.findings))
    return;
  if (node->items.size() > most_constraints) {
    reading.findings.add(*node, {"more than " + std::to_string(most_constraints) + " constraints", "",
                                 "fewer, or a derived value that combines them"});
    return;
  }
  for (const auto& item : node->items) read_constraint(item, reading);
}

}  // namespace tranche::config
