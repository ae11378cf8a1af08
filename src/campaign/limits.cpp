#include "tranche/campaign/limits.hpp"

#include <algorithm>
#include <cstdio>

#include "tranche/base/text.hpp"

namespace tranche::campaign {
namespace {

std::string hours(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4g", value);
  return text;
}

/// Samples may have been queued again since: nothing is counted below zero.
std::uint64_t beyond(std::uint64_t value, std::uint64_t from) {
  return value - std::min(value, from);
}

std::optional<std::string> reached_rate(const LimitSpec& limits, const LimitFacts& facts) {
  if (!limits.fail_rate) return std::nullopt;
  const auto finished = beyond(facts.stage.finished(), facts.counted_from.finished);
  const auto failures = beyond(facts.stage.failures(), facts.counted_from.failures);
  if (finished == 0 || finished < limits.after) return std::nullopt;
  const double rate = static_cast<double>(failures) / static_cast<double>(finished);
  if (rate < *limits.fail_rate) return std::nullopt;
  return format_count(failures) + " of " + format_count(finished) + " samples failed (" + format_share(rate) +
         "); the limit is " + format_share(*limits.fail_rate) + " after " + format_count(limits.after);
}

}  // namespace

void FailureStreak::add(std::vector<Completion> completions) {
  std::stable_sort(completions.begin(), completions.end(),
                   [](const auto& a, const auto& b) { return a.at < b.at; });
  for (const auto& each : completions) {
    current_ = is_failure(each.state) ? current_ + 1 : 0;
    longest_ = std::max(longest_, current_);
  }
}

std::optional<std::string> reached_limit(const LimitSpec& limits, const LimitFacts& facts) {
  if (auto reached = reached_rate(limits, facts)) return reached;
  if (!limits.consecutive || facts.longest_streak < *limits.consecutive) return std::nullopt;
  return format_count(facts.longest_streak) + " samples in a row failed; the limit is " +
         format_count(*limits.consecutive);
}

std::optional<std::string> spent_budget(const BudgetSpec& budget, const Tally& all) {
  if (!budget.core_hours || all.core_hours() < *budget.core_hours) return std::nullopt;
  return "the budget of " + hours(*budget.core_hours) + " core hours is spent: " + hours(all.core_hours()) +
         " so far";
}

}  // namespace tranche::campaign
