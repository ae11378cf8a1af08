#include "parameters.hpp"

#include <algorithm>
#include <cmath>
#include <variant>

#include "tranche/base/errors.hpp"
#include "tranche/base/text.hpp"
#include "tranche/campaign/make_design.hpp"
#include "tranche/config/sample_space_builder.hpp"

namespace tranche::cli {
namespace {

Problem problem(const std::string& what, const std::string& fix = {}) {
  Problem result;
  result.what = what;
  result.fix = fix;
  return result;
}

std::vector<std::string> parameter_names(const campaign::CampaignSpec& spec) {
  std::vector<std::string> names;
  for (const auto& parameter : spec.parameters) names.push_back(parameter.name);
  return names;
}

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t k = 0; k < names.size(); ++k)
    text += (k == 0 ? "" : ", ") + std::to_string(k) + " (" + names[k] + ")";
  return text;
}

bool is_whole(double value) {
  return std::floor(value) == value && std::abs(value) < 0x1p53;
}

/// Beyond its range a parameter may be tried; what it cannot be, it may not.
std::variant<double, Problem> parse_value(const campaign::Parameter& parameter, const std::string& text) {
  const auto* levels = std::get_if<campaign::Levels>(&parameter.domain);
  if (levels != nullptr)
    for (std::size_t k = 0; k < levels->names.size(); ++k)
      if (levels->names[k] == text) return static_cast<double>(k);
  const auto value = parse_number(text);
  if (levels != nullptr) {
    if (value && is_whole(*value) && *value >= 0 && *value < static_cast<double>(levels->names.size()))
      return *value;
    return problem("`" + parameter.name + "` has no such level", "its levels: " + listed(levels->names));
  }
  if (!value) return problem("the value is no number");
  if (std::holds_alternative<campaign::IntegerRange>(parameter.domain) && !is_whole(*value))
    return problem("`" + parameter.name + "` takes whole numbers");
  return *value;
}

/// Sets one value, or says why not.
std::optional<Problem> apply(const campaign::CampaignSpec& spec, const std::string& setting,
                             std::vector<double>& parameters) {
  const auto equals = setting.find('=');
  if (equals == std::string::npos)
    return problem("--at " + setting + ": not NAME=VALUE", "for example --at B=0.1");
  const auto name = setting.substr(0, equals);
  const auto names = parameter_names(spec);
  for (std::size_t k = 0; k < names.size(); ++k) {
    if (names[k] != name) continue;
    auto value = parse_value(spec.parameters[k], setting.substr(equals + 1));
    if (const auto* mistake = std::get_if<Problem>(&value))
      return problem("--at " + setting + ": " + mistake->what, mistake->fix);
    parameters[k] = std::get<double>(value);
    return std::nullopt;
  }
  const auto guess = did_you_mean(name, names);
  return problem("--at " + setting + ": there is no parameter `" + name + "`",
                 guess ? "did you mean " + *guess : "");
}

std::string assignment(const std::string& name, const std::string& value, const std::string& unit) {
  auto text = name + " = " + value;
  if (unit != "1" && !unit.empty()) text.append(" ").append(unit);
  return text;
}

}  // namespace

std::vector<double> centre_of(const campaign::CampaignSpec& spec) {
  std::vector<double> centre;
  for (const auto& parameter : spec.parameters)
    centre.push_back(campaign::make_domain(parameter).grid_value(0, 1));
  return centre;
}

void apply_settings(const campaign::CampaignSpec& spec, const std::vector<std::string>& settings,
                    std::vector<double>& parameters) {
  std::vector<Problem> problems;
  for (const auto& setting : settings)
    if (auto found = apply(spec, setting, parameters)) problems.push_back(std::move(*found));
  if (!problems.empty()) throw ConfigError{std::move(problems)};
}

design::SampleSpace space_of_points(const campaign::CampaignSpec& spec,
                                    const std::vector<std::vector<double>>& rows) {
  auto listed = spec;
  listed.design.method = campaign::DesignMethod::list;
  listed.design.order = campaign::Visit::file;
  listed.design.points = rows.size();
  listed.design.list_values.clear();
  for (const auto& row : rows)
    listed.design.list_values.insert(listed.design.list_values.end(), row.begin(), row.end());
  listed.stages = {campaign::StageSpec{"points", 1, {}, {}}};
  return config::make_sample_space(listed, campaign::StagePlan::build(listed));
}

std::string joined_settings(const std::vector<std::string>& settings) {
  std::string text;
  for (const auto& each : settings) text += (text.empty() ? "" : ",") + each;
  return text;
}

std::string value_text(const campaign::Parameter& parameter, double value) {
  if (const auto* levels = std::get_if<campaign::Levels>(&parameter.domain)) {
    const auto level = static_cast<std::size_t>(std::max(0.0, value));
    if (level < levels->names.size()) return levels->names[level];
  }
  return inspect::format_value(value);
}

std::string point_text(const campaign::CampaignSpec& spec, std::span<const double> x,
                       const inspect::TextStyle& style, std::size_t indent) {
  std::vector<std::string> items;
  std::size_t k = 0;
  for (const auto& each : spec.parameters)
    items.push_back(assignment(each.name, value_text(each, x[k++]), each.unit));
  k += spec.constants.size();
  for (const auto& each : spec.derived)
    items.push_back(assignment(each.name, inspect::format_value(x[k++]), each.unit));
  return std::string(indent, ' ') + inspect::wrapped_list(items, style.width, indent) + '\n';
}

}  // namespace tranche::cli
