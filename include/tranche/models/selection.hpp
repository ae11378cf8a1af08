/// \file
/// Which trial is the best: by a metric, or by an expression over the metrics.
/// Layer: application library (expression, learn).
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tranche/learn/trial.hpp"

namespace tranche::models {

/// Numbers of a trial by name: median mean p95 p99 max r2 mse roughness cpu_s parameters latency_us samples
/// epochs.
std::span<const std::string> metric_names();
/// \pre `name` is one of metric_names()
double metric(const learn::TrialResult& result, const std::string& name);

/// What is wrong with a selection, as a sentence.
std::optional<std::string> selection_problem(const std::string& text);

/// Scores of trials: the smaller the better. `r2` alone: the larger the better. In an expression the largest
/// error is called `max_error`, since `max` is a function. NaN is worse than all.
class Selection {
 public:
  /// \throws Failure{usage}
  explicit Selection(std::string text);
  const std::string& text() const noexcept { return text_; }
  double score(const learn::TrialResult& result) const;
  /// Positions of `results` that are ok, best first; equal ones in their order.
  std::vector<std::size_t> ranking(std::span<const learn::TrialResult> results) const;

 private:
  std::string text_;
};

}  // namespace tranche::models
