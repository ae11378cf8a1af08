#include "tranche/campaign/settings.hpp"

#include <algorithm>
#include <optional>
#include <stdexcept>

#include "tranche/base/errors.hpp"
#include "tranche/base/text.hpp"
#include "tranche/campaign/kind_name.hpp"
#include "tranche/deck/deck.hpp"

namespace tranche::campaign {
namespace {

[[noreturn]] void refuse(const std::string& what, const std::string& why, const std::string& fix) {
  Problem problem;
  problem.what = what;
  problem.why = why;
  problem.fix = fix;
  throw ConfigError{std::move(problem)};
}

std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const auto end = std::min(text.find(','), text.size());
    parts.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

std::optional<Setting> parse_setting(std::string_view text) {
  const auto equals = text.find('=');
  if (equals == std::string_view::npos || equals == 0) return std::nullopt;
  const auto value = parse_number(text.substr(equals + 1));
  if (!value) return std::nullopt;
  return Setting{std::string{text.substr(0, equals)}, *value};
}

/// A sample has its coordinates; what a program is told beside them may differ.
void require_constant(const CampaignSpec& spec, const Setting& setting) {
  std::vector<std::string> constants;
  for (const auto& each : spec.constants) constants.push_back(each.name);
  if (std::ranges::find(constants, setting.name) != constants.end()) return;
  const auto all = placeholder_names(spec);
  if (std::ranges::any_of(all, [&](const auto& each) { return each.name == setting.name; }))
    refuse("`" + setting.name + "` cannot change between attempts at a sample",
           "the store would say that the sample was computed with another value",
           "--with takes constants of campaign.yaml");
  const auto guess = did_you_mean(setting.name, constants);
  refuse("there is no constant `" + setting.name + "`", "",
         guess ? "did you mean --with " + *guess + "=" + deck::exact_number(setting.value) + "?"
               : "--with takes constants of campaign.yaml");
}

void require_command(const SimulatorSpec& simulator) {
  if (std::holds_alternative<CommandSpec>(simulator.kind)) return;
  refuse("--with is for commands, and " + label(simulator) + " is a " + kind_name(simulator),
         "the values it is given are those of the sample, which the store describes",
         "the same without --with: the code is told `attempt`, and may do otherwise when it is above 0");
}

}  // namespace

std::vector<Setting> read_settings(const CampaignSpec& spec, std::string_view text) {
  require_command(spec.simulator);
  std::vector<Setting> settings;
  for (const auto part : split(text)) {
    const auto setting = parse_setting(part);
    if (!setting) refuse("`--with " + std::string{part} + "` is no NAME=VALUE", "", "--with dt=0.5");
    require_constant(spec, *setting);
    settings.push_back(*setting);
  }
  return settings;
}

std::string settings_text(const std::vector<Setting>& settings) {
  std::string text;
  for (const auto& each : settings)
    text += (text.empty() ? "" : ",") + each.name + "=" + deck::exact_number(each.value);
  return text;
}

std::vector<Setting> parse_settings(std::string_view text) {
  std::vector<Setting> settings;
  for (const auto part : split(text)) {
    auto setting = parse_setting(part);
    if (!setting) throw std::invalid_argument{"`" + std::string{part} + "` is no NAME=VALUE"};
    settings.push_back(std::move(*setting));
  }
  return settings;
}

}  // namespace tranche::campaign
