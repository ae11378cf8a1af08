/// Parameters: what varies, and over which values.
#include <algorithm>
#include <cmath>
#include <string_view>
#include <unordered_set>

#include "readers.hpp"
#include "scalars.hpp"
#include "tranche/base/text.hpp"

namespace tranche::config {
namespace {

using campaign::IntegerRange;
using campaign::Levels;
using campaign::Parameter;
using campaign::RealRange;
using campaign::Scale;

using Domain = std::variant<RealRange, IntegerRange, Levels>;

constexpr std::size_t most_levels = 65'535;
constexpr double most_whole = 0x1p53;

/// Keys that say what kind of parameter this is; exactly one must be there.
const std::vector<std::string> kinds{"range", "integer", "values"};

/// Low below high, or a problem.
bool check_order(const YamlNode& node, const std::string& name, const std::string& key, NumberPair pair,
                 Findings& findings) {
  const auto &low = node.items[0], &high = node.items[1];
  if (pair.low < pair.high) return true;
  if (pair.low == pair.high)
    findings.add(low, {"the " + key + " of " + ticked(name) + " is the single value " + low.text,
                       "what does not vary is a constant", "constants: {" + name + ": " + low.text + "}"});
  else
    findings.add(low, {"the lower bound " + low.text + " of " + ticked(name) +
                           " is not below the upper bound " + high.text,
                       "a " + key + " is [low, high]", key + ": [" + high.text + ", " + low.text + "]"});
  return false;
}

std::optional<Domain> read_range(const YamlNode& node, MapReader& keys, const std::string& name,
                                 Findings& findings) {
  const auto owner = ticked(name);
  const auto* scale = keys.find("scale");
  std::optional<std::size_t> choice{0};
  if (scale != nullptr) choice = read_choice(*scale, "`scale`", {"linear", "log"}, findings);
  const auto pair = read_pair(node, owner, "range", findings);
  if (!pair || !choice) return std::nullopt;
  if (!check_order(node, name, "range", *pair, findings)) return std::nullopt;
  if (*choice == 1 && pair->low <= 0) {
    findings.add(node.items[0],
                 {"the lower bound " + node.items[0].text + " of " + owner + " is not above 0",
                  "a log scale has no place for 0 or negative numbers", "a bound above 0, or scale: linear"});
    return std::nullopt;
  }
  if (!std::isfinite(pair->high - pair->low)) {
    findings.add(node, {"the range of " + owner + " is wider than a double can hold", "", "narrower bounds"});
    return std::nullopt;
  }
  return RealRange{pair->low, pair->high, *choice == 1 ? Scale::log : Scale::linear};
}

std::optional<Domain> read_integers(const YamlNode& node, const std::string& name, Findings& findings) {
  const auto owner = ticked(name);
  const auto pair = read_pair(node, owner, "integer", findings);
  if (!pair) return std::nullopt;
  bool whole = true;
  for (const auto& item : node.items) whole = read_whole(item, owner, findings).has_value() && whole;
  if (!whole || (pair->low != pair->high && !check_order(node, name, "integer", *pair, findings)))
    return std::nullopt;
  if (pair->high - pair->low >= most_whole) {
    findings.add(node, {owner + " has more than 2^53 values", "", "narrower bounds, or a range"});
    return std::nullopt;
  }
  return IntegerRange{static_cast<std::int64_t>(pair->low), static_cast<std::int64_t>(pair->high)};
}

std::optional<Domain> read_levels(const YamlNode& node, const std::string& owner, Findings& findings) {
  const std::string example = "values: [blr, torus]";
  if (!expect_sequence(node, "`values` of " + owner, example, findings)) return std::nullopt;
  if (node.items.empty() || node.items.size() > most_levels) {
    findings.add(node, {"`values` of " + owner + " needs 1 to " + std::to_string(most_levels) + " levels", "",
                        example});
    return std::nullopt;
  }
  Levels levels;
  std::unordered_set<std::string_view> seen;
  bool sound = true;
  for (const auto& item : node.items) {
    const auto name = read_text(item, "a level of " + owner, findings);
    sound = sound && name;
    if (name && !seen.insert(item.text).second) {
      findings.add(item,
                   {"level " + ticked(*name) + " of " + owner + " is there twice", "", "remove one of them"});
      sound = false;
    }
    if (name) levels.names.push_back(*name);
  }
  if (!sound) return std::nullopt;
  return levels;
}

bool refuse_distributions(MapReader& keys, const YamlNode& map) {
  keys.refuse_later({{"normal", "draw from normal distributions", "range: [low, high]"},
                     {"lognormal", "draw from lognormal distributions", "range: [low, high], scale: log"},
                     {"truncnormal", "draw from truncated normal distributions", "range: [low, high]"},
                     {"triangular", "draw from triangular distributions", "range: [low, high]"},
                     {"empirical", "draw from measured distributions", "range: [low, high]"},
                     {"distribution", "draw from other distributions", "range: [low, high]"},
                     {"weights", "weight the levels"}});
  keys.refuse("uniform", {"`uniform` is written as a range", "", "range: [low, high]"});
  keys.refuse("loguniform",
              {"`loguniform` is written as a range with a scale", "", "range: [low, high], scale: log"});
  static const std::vector<std::string> others{"normal",    "lognormal",    "truncnormal", "triangular",
                                               "empirical", "distribution", "uniform",     "loguniform"};
  return std::ranges::any_of(map.entries, [](const YamlEntry& entry) {
    return std::ranges::find(others, entry.key.text) != others.end();
  });
}

/// The one key that says the kind, or nullptr after a problem.
const YamlNode* find_kind(MapReader& keys, const YamlEntry& entry, const std::string& owner, bool other_kind,
                          std::string& kind, Findings& findings) {
  const YamlNode* found = nullptr;
  bool single = true;
  for (const auto& candidate : kinds) {
    const auto* node = keys.find_or_empty(candidate);
    if (node == nullptr) continue;
    single = found == nullptr;
    if (!single) break;
    found = node;
    kind = candidate;
  }
  if (found != nullptr && single) return found;
  if (found != nullptr)
    findings.add(entry.key, {owner + " has more than one of " + listed(kinds, "or"), "", "keep one of them"});
  else if (!other_kind)
    keys.miss(kinds, entry.key.mark,
              {owner + " needs one of " + listed(kinds, "or"), "", entry.key.text + ": {range: [0, 1]}"});
  return nullptr;
}

std::optional<Domain> read_domain(MapReader& keys, const YamlEntry& entry, const std::string& owner,
                                  Findings& findings) {
  const bool other_kind = refuse_distributions(keys, entry.value);
  std::string kind;
  const auto* node = find_kind(keys, entry, owner, other_kind, kind, findings);
  if (node == nullptr || kind == "range") {
    if (node != nullptr) return read_range(*node, keys, entry.key.text, findings);
    keys.find("scale");
    return std::nullopt;
  }
  keys.refuse("scale", {"`scale` belongs to a range, not to " + ticked(kind), "", "remove it"});
  return kind == "integer" ? read_integers(*node, entry.key.text, findings)
                           : read_levels(*node, owner, findings);
}

void read_unit(MapReader& keys, Parameter& parameter, const std::string& owner, Reading& reading) {
  if (std::holds_alternative<Levels>(parameter.domain)) {
    keys.refuse("unit",
                {"levels have no unit", "the simulator gets the position of the level, from 0", "remove it"});
    return;
  }
  const auto* node = keys.find("unit");
  if (node == nullptr) return;
  if (const auto unit = reading.units.read(*node, owner, reading.findings)) {
    parameter.unit = *unit;
    reading.declared_units[parameter.name] = *unit;
  }
}

void read_parameter(const YamlEntry& entry, Reading& reading) {
  auto& findings = reading.findings;
  const auto owner = ticked(entry.key.text);
  const bool named = reading.variables.claim_variable(entry.key, "a parameter", findings);
  Parameter parameter;
  parameter.name = entry.key.text;
  parameter.where = reading.place(entry.key);
  ParameterSource source{&entry.key, nullptr, false};
  const std::string fix = entry.value.is_sequence() && entry.value.items.size() == 2
                              ? entry.key.text + ": {range: [" + entry.value.items[0].text + ", " +
                                    entry.value.items[1].text + "]}"
                              : entry.key.text + ": {range: [0, 1]}";
  if (expect_map(entry.value, owner, fix, findings)) {
    MapReader keys{entry.value, owner, findings};
    const auto domain = read_domain(keys, entry, owner, findings);
    if (domain) parameter.domain = *domain;
    source.sound = domain.has_value();
    source.grid_points = keys.find("n");
    read_unit(keys, parameter, owner, reading);
    keys.finish();
  }
  if (!named) return;
  reading.spec.parameters.push_back(std::move(parameter));
  reading.parameters.push_back(source);
}

}  // namespace

std::optional<NumberPair> read_pair(const YamlNode& node, const std::string& owner, const std::string& key,
                                    Findings& findings) {
  if (!node.is_sequence() || node.items.size() != 2) {
    const bool ends = node.is_sequence() && node.items.size() > 2 && node.items.front().is_scalar() &&
                      node.items.back().is_scalar();
    const std::string bounds = ends ? node.items.front().text + ", " + node.items.back().text : "1, 10";
    findings.add(node, {ticked(key) + " of " + owner + " must be two numbers, [low, high]", "",
                        key + ": [" + bounds + "]"});
    return std::nullopt;
  }
  const auto low = read_number(node.items[0], ticked(key) + " of " + owner, findings);
  const auto high = read_number(node.items[1], ticked(key) + " of " + owner, findings);
  if (!low || !high) return std::nullopt;
  return NumberPair{*low, *high};
}

void read_parameters(const YamlNode* node, Reading& reading) {
  if (node == nullptr) return;
  const std::string example = "parameters: {x: {range: [0, 1]}}";
  if (!expect_map(*node, "`parameters`", example, reading.findings)) return;
  if (node->entries.empty()) reading.findings.add(*node, {"`parameters` is empty", "", example});
  reading.parameters.reserve(node->entries.size());
  for (const auto& entry : node->entries) read_parameter(entry, reading);
}

}  // namespace tranche::config
