/// Axes, outputs and meta: what a simulator returns and how it is kept.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "readers.hpp"
#include "scalars.hpp"
#include "tranche/base/text.hpp"

namespace tranche::config {
namespace {

using campaign::Axis;
using campaign::Output;

constexpr std::uint64_t most_axis_values = 10'000'000;
constexpr std::uint64_t most_elements = std::uint64_t{1} << 28;

const std::vector<std::string> axis_kinds{"linear", "log", "values"};

/// n values from low to high, both ends exact, evenly spaced or with equal ratios.
std::vector<double> spaced(NumberPair ends, std::uint64_t n, bool log) {
  std::vector<double> values(n);
  const double low = log ? std::log(ends.low) : ends.low;
  const double high = log ? std::log(ends.high) : ends.high;
  for (std::uint64_t k = 0; k < n; ++k) {
    const double share = static_cast<double>(k) / static_cast<double>(n - 1);
    const double at = low * (1 - share) + high * share;
    values[k] = log ? std::exp(at) : at;
  }
  values.front() = ends.low;
  values.back() = ends.high;
  return values;
}

bool ascending(const std::vector<double>& values) {
  return std::ranges::adjacent_find(values, std::greater_equal<>{}) == values.end();
}

std::vector<double> read_spaced(const YamlNode& node, const std::string& kind, MapReader& keys,
                                const YamlNode& map, const std::string& owner, Findings& findings) {
  const auto pair = read_pair(node, owner, kind, findings);
  const auto* count = keys.find("n");
  if (count == nullptr) {
    findings.add(map, {owner + " needs `n`", "the number of its values, both ends included",
                       kind + ": [a, b], n: 100"});
    return {};
  }
  const auto n = read_count(*count, "`n` of " + owner, {2, most_axis_values}, findings);
  if (!pair || !n) return {};
  if (pair->low >= pair->high) {
    findings.add(node.items[0],
                 {"the first value " + node.items[0].text + " of " + owner + " is not below the last one " +
                      node.items[1].text,
                  "axes ascend", kind + ": [" + node.items[1].text + ", " + node.items[0].text + "]"});
    return {};
  }
  if (kind == "log" && pair->low <= 0) {
    findings.add(node.items[0],
                 {"the first value " + node.items[0].text + " of " + owner + " is not above 0",
                  "a log axis has no place for 0 or negative numbers", "a value above 0, or linear: [...]"});
    return {};
  }
  auto values = spaced(*pair, *n, kind == "log");
  if (ascending(values)) return values;
  findings.add(*count, {owner + " has more values than doubles between its ends", "", "a smaller n"});
  return {};
}

std::vector<double> read_listed(const YamlNode& node, MapReader& keys, const std::string& owner,
                                Findings& findings) {
  keys.refuse("n", {"`n` has no meaning beside `values`", "", "remove it"});
  if (!expect_sequence(node, "`values` of " + owner, "values: [1, 2, 5]", findings)) return {};
  if (node.items.empty() || node.items.size() > most_axis_values) {
    findings.add(node, {"`values` of " + owner + " needs 1 to 10 000 000 numbers", "", "values: [1, 2, 5]"});
    return {};
  }
  std::vector<double> values;
  for (const auto& item : node.items) {
    const auto value = read_number(item, "`values` of " + owner, findings);
    if (!value) return {};
    if (!values.empty() && *value <= values.back()) {
      findings.add(item, {item.text + " is not above the value before it, " + number_text(values.back()),
                          "axes ascend", "sort the values of " + owner});
      return {};
    }
    values.push_back(*value);
  }
  return values;
}

std::vector<double> read_axis_values(const YamlEntry& entry, MapReader& keys, const std::string& owner,
                                     Findings& findings) {
  std::vector<std::string> found;
  const YamlNode* node = nullptr;
  for (const auto& kind : axis_kinds)
    if (const auto* candidate = keys.find_or_empty(kind)) {
      found.push_back(kind);
      node = candidate;
    }
  if (found.size() != 1) {
    keys.find_or_empty("n");
    findings.add(entry.key, {owner + (found.empty() ? " needs one of " : " has more than one of ") +
                                 listed(axis_kinds, "or"),
                             "", entry.key.text + ": {linear: [0, 1], n: 11}"});
    return {};
  }
  return found.front() == "values" ? read_listed(*node, keys, owner, findings)
                                   : read_spaced(*node, found.front(), keys, entry.value, owner, findings);
}

void read_axis(const YamlEntry& entry, Reading& reading) {
  auto& findings = reading.findings;
  const auto owner = "axis " + ticked(entry.key.text);
  const bool named = reading.datasets.claim_dataset(entry.key, "an axis", findings);
  Axis axis;
  axis.name = entry.key.text;
  axis.where = reading.place(entry.key);
  if (expect_map(entry.value, owner, entry.key.text + ": {linear: [0, 1], n: 11}", findings)) {
    MapReader keys{entry.value, owner, findings};
    axis.values = read_axis_values(entry, keys, owner, findings);
    if (const auto* unit = keys.find("unit"))
      axis.unit = reading.units.read(*unit, owner, findings).value_or("1");
    keys.finish();
  }
  if (named) reading.spec.axes.push_back(std::move(axis));
}

std::uint64_t values_together(const std::vector<Axis>& axes) {
  return std::accumulate(axes.begin(), axes.end(), std::uint64_t{0},
                         [](auto sum, const Axis& axis) { return sum + axis.values.size(); });
}

void read_output_axes(const YamlNode& node, Output& output, const std::string& owner, Reading& reading) {
  const auto& axes = reading.spec.axes;
  std::vector<std::string> names;
  for (const auto& axis : axes) names.push_back(axis.name);
  if (!expect_sequence(node, "`axes` of " + owner, "axes: [nu]", reading.findings)) return;
  for (const auto& item : node.items) {
    const auto name = read_text(item, "an axis of " + owner, reading.findings);
    if (!name) continue;
    const auto position = static_cast<std::size_t>(std::ranges::find(names, *name) - names.begin());
    if (position == names.size()) {
      reading.findings.add(item, {"there is no axis " + ticked(*name) + hint(*name, names), "",
                                  names.empty() ? "axes: {" + *name + ": {linear: [0, 1], n: 11}}"
                                                : "axes here: " + listed(names)});
      continue;
    }
    const auto length = std::max<std::uint64_t>(1, axes[position].values.size());
    output.axes.push_back(static_cast<std::uint32_t>(position));
    output.size = output.size > most_elements / length ? most_elements + 1 : output.size * length;
  }
  if (output.size > most_elements)
    reading.findings.add(node, {owner + " has more than 2^28 values in each sample", "", "shorter axes"});
}

void read_floor(const YamlNode* node, const YamlNode& map, Output& output, const std::string& owner,
                Findings& findings) {
  if (output.transform == campaign::Transform::none) {
    if (node != nullptr)
      findings.add(*node,
                   {"`floor` belongs to `transform: log10`", "", "remove it, or add transform: log10"});
    return;
  }
  if (node == nullptr) {
    findings.add(map, {"`store` of " + owner + " needs `floor`",
                       "log10 of 0 is minus infinity; smaller values are stored as log10(floor)",
                       "store: {transform: log10, floor: 1e-60}"});
    return;
  }
  const auto floor = read_number(*node, "`floor`", findings);
  if (floor && *floor <= 0)
    findings.add(
        *node, {"`floor` must be above 0", "its log10 is what smaller values are stored as", "floor: 1e-60"});
  output.floor = floor.value_or(1);
}

void read_output_store(const YamlNode& node, Output& output, const std::string& owner, Findings& findings) {
  if (!expect_map(node, "`store` of " + owner, "store: {transform: log10, floor: 1e-60}", findings)) return;
  MapReader keys{node, "`store` of " + owner, findings};
  bool sound = true;
  if (const auto* transform = keys.find("transform")) {
    const auto choice = read_choice(*transform, "`transform`", {"none", "log10"}, findings);
    sound = choice.has_value();
    output.transform = static_cast<campaign::Transform>(choice.value_or(0));
  }
  const auto* floor = keys.find("floor");
  if (sound) read_floor(floor, node, output, owner, findings);
  if (const auto* type = keys.find("dtype"))
    output.type = static_cast<campaign::StoredType>(
        read_choice(*type, "`dtype`", {"float32", "float64"}, findings).value_or(0));
  keys.finish();
}

void read_checks(const YamlNode& node, Output& output, const std::string& owner, Findings& findings) {
  if (!expect_sequence(node, "`checks` of " + owner, "checks: [finite, nonnegative]", findings)) return;
  output.check_finite = false;
  for (const auto& item : node.items) {
    const auto choice = read_choice(item, "a check", {"finite", "nonnegative"}, findings);
    if (!choice) continue;
    (*choice == 0 ? output.check_finite : output.check_nonnegative) = true;
  }
}

/// A command's output must be found somewhere.
void read_source(MapReader& keys, const YamlEntry& entry, Output& output, const std::string& owner,
                 Reading& reading) {
  if (const auto* read = keys.find("read")) {
    output.read = read_result(*read, owner, &output, reading);
  } else if (std::holds_alternative<campaign::CommandSpec>(reading.spec.simulator.kind)) {
    keys.miss({"read"}, entry.key.mark,
              {owner + " needs `read`", "a command leaves its numbers in a file, or prints them",
               "read: {file: spectrum.dat, column: 2}"});
  }
}

void read_output(const YamlEntry& entry, Reading& reading) {
  auto& findings = reading.findings;
  const auto owner = "output " + ticked(entry.key.text);
  const bool named = reading.datasets.claim_dataset(entry.key, "an output", findings);
  Output output;
  output.name = entry.key.text;
  output.where = reading.place(entry.key);
  if (expect_map(entry.value, owner, entry.key.text + ": {axes: [nu], unit: erg s-1}", findings)) {
    MapReader keys{entry.value, owner, findings};
    if (const auto* axes = keys.find("axes")) read_output_axes(*axes, output, owner, reading);
    if (const auto* unit = keys.find("unit"))
      output.unit = reading.units.read(*unit, owner, findings).value_or("1");
    if (const auto* store = keys.find("store")) read_output_store(*store, output, owner, findings);
    if (const auto* checks = keys.find("checks")) read_checks(*checks, output, owner, findings);
    read_source(keys, entry, output, owner, reading);
    for (const char* key : {"transform", "floor", "dtype"})
      keys.refuse(key,
                  {ticked(key) + " stands inside `store`", "", std::string{"store: {"} + key + ": ...}"});
    keys.finish();
  }
  if (named) reading.spec.outputs.push_back(std::move(output));
}

/// `iterations: {read: ...}`; of other simulators than commands `iterations: {}`, or nothing behind the
/// colon.
void read_meta_entry(const YamlEntry& entry, Reading& reading) {
  auto& findings = reading.findings;
  const auto owner = "meta " + ticked(entry.key.text);
  const bool command = std::holds_alternative<campaign::CommandSpec>(reading.spec.simulator.kind);
  const bool named = reading.meta_names.claim(entry.key, "a meta number", findings);
  std::optional<campaign::ReadSpec> read;
  if (!entry.value.is_null() || command) {
    if (!expect_map(entry.value, owner, entry.key.text + ": {read: {key: " + entry.key.text + "}}", findings))
      return;
    MapReader keys{entry.value, owner, findings};
    const auto* node =
        command ? keys.require("read", "read: {key: " + entry.key.text + "}") : keys.find("read");
    if (node != nullptr) read = read_result(*node, owner, nullptr, reading);
    keys.finish();
  }
  if (!named) return;
  reading.spec.meta.push_back(entry.key.text);
  if (command) reading.spec.meta_reads.push_back(read.value_or(campaign::ReadSpec{}));
}

}  // namespace

void read_axes(const YamlNode* node, Reading& reading) {
  if (node == nullptr ||
      !expect_map(*node, "`axes`", "axes: {nu: {log: [1e8, 1e30], n: 177}}", reading.findings))
    return;
  for (const auto& entry : node->entries) {
    read_axis(entry, reading);
    if (values_together(reading.spec.axes) <= most_axis_values) continue;
    reading.findings.add(entry.key, {"the axes up to here have more than 10 000 000 values together",
                                     "each value is kept in memory", "a smaller n"});
    return;
  }
}

void read_outputs(const YamlNode* node, Reading& reading) {
  if (node == nullptr || !expect_map(*node, "`outputs`", "outputs: {flux: {axes: [nu]}}", reading.findings))
    return;
  for (const auto& entry : node->entries) read_output(entry, reading);
}

void read_meta(const YamlNode* node, Reading& reading) {
  if (node == nullptr) return;
  const bool command = std::holds_alternative<campaign::CommandSpec>(reading.spec.simulator.kind);
  if (node->is_map()) {
    for (const auto& entry : node->entries) read_meta_entry(entry, reading);
    return;
  }
  if (command) {
    reading.findings.add(*node,
                         {"`meta` of a command must be a map", "each number has a place it is read from",
                          "meta: {iterations: {read: {key: iterations}}}"});
    return;
  }
  if (!expect_sequence(*node, "`meta`", "meta: [iterations]", reading.findings)) return;
  for (const auto& item : node->items)
    if (read_text(item, "a name in `meta`", reading.findings) &&
        reading.meta_names.claim(item, "a meta number", reading.findings))
      reading.spec.meta.push_back(item.text);
}

}  // namespace tranche::config
