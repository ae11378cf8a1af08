/// Which points, how many, in which order.
#include <algorithm>
#include <array>

#include "readers.hpp"
#include "scalars.hpp"
#include "tranche/base/text.hpp"
#include "tranche/design/stage_sizes.hpp"

namespace tranche::config {
namespace {

using campaign::DesignMethod;

const std::vector<std::string> method_names{"nested-lhs", "random", "grid", "list", "sobol"};

bool has_own_size(DesignMethod method) {
  return method == DesignMethod::grid || method == DesignMethod::list;
}

std::string method_text(DesignMethod method) {
  return ticked(method_names[static_cast<std::size_t>(method)]);
}

/// Nothing after a problem.
std::optional<DesignMethod> read_method(const YamlNode& node, Findings& findings) {
  const auto choice = read_choice(node, "`method`", method_names, findings);
  if (!choice) return std::nullopt;
  return static_cast<DesignMethod>(*choice);
}

void read_rounding(MapReader& keys, DesignMethod method, Reading& reading) {
  auto& design = reading.spec.design;
  const auto refuse = [&](const char* key) {
    keys.refuse(key,
                {ticked(key) + " belongs to `nested-lhs`, not to " + method_text(method), "", "remove it"});
  };
  if (method == DesignMethod::sobol) {
    refuse("exact_count");
    if (const auto* node = keys.find("rounding"))
      if (read_choice(*node, "`rounding` of `sobol`", {"pow2"}, reading.findings))
        design.rounding = campaign::Rounding::pow2;
    return;
  }
  if (method != DesignMethod::nested_lhs) {
    refuse("rounding");
    refuse("exact_count");
    return;
  }
  if (const auto* node = keys.find("rounding"))
    if (const auto choice =
            read_choice(*node, "`rounding`", {"up", "down", "nearest", "pow2"}, reading.findings))
      design.rounding = static_cast<campaign::Rounding>(*choice);
  const auto* exact = keys.find("exact_count");
  if (exact == nullptr) return;
  design.exact_count = read_flag(*exact, "`exact_count`", reading.findings).value_or(false);
  if (design.exact_count && design.rounding != campaign::Rounding::up)
    reading.findings.add(*exact,
                         {"`exact_count` needs `rounding: up`",
                          "rounded down, a design may have fewer points than you asked for", "rounding: up"});
}

/// Number of values a parameter takes in a grid; 0 after a problem.
std::uint64_t grid_count(campaign::Parameter& parameter, const ParameterSource& source, Findings& findings) {
  if (!source.sound) return 0;
  const auto owner = ticked(parameter.name);
  const auto* levels = std::get_if<campaign::Levels>(&parameter.domain);
  const auto* whole = std::get_if<campaign::IntegerRange>(&parameter.domain);
  const std::uint64_t all = levels  ? levels->names.size()
                            : whole ? static_cast<std::uint64_t>(whole->hi - whole->lo) + 1
                                    : 0;
  if (source.grid_points == nullptr) {
    if (all == 0)
      findings.add(*source.key, {owner + " needs `n`",
                                 "a grid has n values of each parameter with a range, both ends included",
                                 parameter.name + ": {range: [...], n: 5}"});
    return all;
  }
  if (levels != nullptr) {
    findings.add(*source.grid_points,
                 {owner + " has `n` beside `values`", "a grid has every level", "remove it"});
    return 0;
  }
  const auto n =
      read_count(*source.grid_points, "`n` of " + owner, {1, whole ? all : design::max_points}, findings);
  parameter.grid_points = n;
  return n.value_or(0);
}

void read_grid(const YamlNode& at, Reading& reading) {
  std::uint64_t points = 1;
  bool sound = true;
  bool fits = true;
  for (std::size_t k = 0; k < reading.parameters.size(); ++k) {
    const auto n = grid_count(reading.spec.parameters[k], reading.parameters[k], reading.findings);
    sound = sound && n > 0;
    fits = fits && n <= design::max_points / points;
    if (sound && fits) points *= n;
  }
  if (sound && !fits)
    reading.findings.add(at,
                         {"this grid has more than 2^40 points", "", "smaller `n`, or method: nested-lhs"});
  reading.spec.design.points = sound && fits ? points : 0;
}

void refuse_grid_points(Reading& reading) {
  for (const auto& source : reading.parameters)
    if (source.grid_points != nullptr)
      reading.findings.add(*source.grid_points,
                           {"`n` belongs to `method: grid`", "here `points` of `design` says how many",
                            "remove it, or design: {method: grid}"});
}

/// `points`: a number for nested-lhs, sobol and random, a file for a list, nothing for a grid.
void read_points(MapReader& keys, DesignMethod method, Reading& reading) {
  auto& design = reading.spec.design;
  if (method == DesignMethod::grid) {
    keys.refuse("points",
                {"a grid has no `points`", "it has as many as the product of every `n`", "remove it"});
    return;
  }
  if (method == DesignMethod::list) {
    if (const auto* node = keys.require("points", "points: points.csv")) read_list_file(*node, reading);
    return;
  }
  const auto* node = keys.require("points", "points: 10_000");
  if (node == nullptr) return;
  design.points = read_count(*node, "`points`", {1, design::max_points}, reading.findings).value_or(0);
}

void read_order(MapReader& keys, DesignMethod method, Reading& reading) {
  if (!has_own_size(method)) {
    keys.refuse("order",
                {"`order` belongs to `grid` and `list`, not to " + method_text(method), "", "remove it"});
    return;
  }
  if (const auto* node = keys.find("order"))
    if (const auto choice = read_choice(*node, "`order`", {"permuted", "file"}, reading.findings))
      reading.spec.design.order = static_cast<campaign::Visit>(*choice);
}

void read_method_keys(MapReader& keys, const DesignMethod& method, const YamlNode& method_node,
                      Reading& reading) {
  reading.spec.design.method = method;
  read_points(keys, method, reading);
  read_order(keys, method, reading);
  read_rounding(keys, method, reading);
  if (method == DesignMethod::grid)
    read_grid(method_node, reading);
  else
    refuse_grid_points(reading);
}

/// Keys of every method are known when the method is not.
void accept_any_method(MapReader& keys) {
  for (const char* key : {"points", "order", "rounding", "exact_count"}) keys.find_or_empty(key);
}

}  // namespace

void read_design(const YamlNode* node, Reading& reading) {
  auto& design = reading.spec.design;
  const std::string example = "design: {method: nested-lhs, points: 10_000, seed: 1}";
  if (node == nullptr || !expect_map(*node, "`design`", example, reading.findings)) return;
  design.where = reading.place(*node);
  design.seed = 1;
  MapReader keys{*node, "`design`", reading.findings};
  const auto* method_node = keys.require("method", "method: nested-lhs");
  const auto method = method_node ? read_method(*method_node, reading.findings) : std::nullopt;
  if (const auto* seed = keys.find("seed"))
    design.seed = read_count(*seed, "`seed`", {}, reading.findings).value_or(1);
  keys.refuse_later({{"optimize", "optimise the first stages"}});
  if (method)
    read_method_keys(keys, *method, *method_node, reading);
  else
    accept_any_method(keys);
  keys.finish();
}

}  // namespace tranche::config
