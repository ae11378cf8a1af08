#include "tranche/models/selection.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "tranche/base/errors.hpp"
#include "tranche/base/text.hpp"
#include "tranche/expression/expression.hpp"

namespace tranche::models {
namespace {

struct Metric {
  std::string name;
  double (*value)(const learn::TrialResult& result);
};

using Result = learn::TrialResult;

const std::vector<Metric>& metrics() {
  static const std::vector<Metric> all{
      {"median", [](const Result& r) { return r.accuracy.median; }},
      {"mean", [](const Result& r) { return r.accuracy.mean; }},
      {"p95", [](const Result& r) { return r.accuracy.p95; }},
      {"p99", [](const Result& r) { return r.accuracy.p99; }},
      {"max", [](const Result& r) { return r.accuracy.max; }},
      {"r2", [](const Result& r) { return r.accuracy.r2; }},
      {"mse", [](const Result& r) { return r.accuracy.mse; }},
      {"roughness", [](const Result& r) { return r.accuracy.roughness; }},
      {"cpu_s", [](const Result& r) { return r.cpu_s; }},
      {"parameters", [](const Result& r) { return static_cast<double>(r.parameters); }},
      {"latency_us", [](const Result& r) { return r.latency_us; }},
      {"samples", [](const Result& r) { return static_cast<double>(r.samples); }},
      {"epochs", [](const Result& r) { return r.epochs; }},
  };
  return all;
}

/// Names in an expression: `max` is a function there.
const std::vector<std::string>& variables() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (const auto& each : metrics()) all.push_back(each.name == "max" ? "max_error" : each.name);
    return all;
  }();
  return names;
}

bool is_metric(const std::string& text) {
  return std::ranges::find(metric_names(), text) != metric_names().end();
}

}  // namespace

std::span<const std::string> metric_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (const auto& each : metrics()) all.push_back(each.name);
    return all;
  }();
  return names;
}

double metric(const learn::TrialResult& result, const std::string& name) {
  const auto found = std::ranges::find(metrics(), name, &Metric::name);
  ensure(found != metrics().end(), "a metric has a name that exists");
  return found->value(result);
}

std::optional<std::string> selection_problem(const std::string& text) {
  if (is_metric(text)) return std::nullopt;
  try {
    const auto compiled = expression::Expression::compile(text, variables());
    if (!compiled.uses().empty()) return std::nullopt;
    return "select: `" + text + "` uses no metric";
  } catch (const expression::ExpressionError& error) {
    std::string names;
    for (const auto& name : variables()) names += (names.empty() ? "" : ", ") + name;
    const auto near =
        error.unknown_name().empty() ? std::nullopt : did_you_mean(error.unknown_name(), variables());
    return "select: `" + text + "`: " + error.what() +
           (near ? "; did you mean `" + *near + "`?" : "; the metrics are " + names);
  }
}

Selection::Selection(std::string text) : text_{std::move(text)} {
  if (const auto problem = selection_problem(text_))
    throw Failure{ExitCode::usage, *problem, "for example: --select median, --select \"p99 + roughness\""};
}

double Selection::score(const learn::TrialResult& result) const {
  if (text_ == "r2") return -result.accuracy.r2;
  if (is_metric(text_)) return metric(result, text_);
  std::vector<double> values;
  for (const auto& each : metrics()) values.push_back(each.value(result));
  return expression::Expression::compile(text_, variables())(values);
}

std::vector<std::size_t> Selection::ranking(std::span<const learn::TrialResult> results) const {
  std::vector<std::size_t> order;
  std::vector<double> scores;
  for (std::size_t k = 0; k < results.size(); ++k) {
    const double value = results[k].end == learn::TrialEnd::ok ? score(results[k]) : 0;
    scores.push_back(std::isnan(value) ? std::numeric_limits<double>::infinity() : value);
    if (results[k].end == learn::TrialEnd::ok) order.push_back(k);
  }
  std::ranges::stable_sort(order, {}, [&](std::size_t k) { return scores[k]; });
  return order;
}

}  // namespace tranche::models
