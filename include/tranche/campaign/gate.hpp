/// \file
/// Gates between stages: facts of a finished stage against what the user asked for.
/// Layer: campaign (pure).
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tranche/campaign/spec.hpp"
#include "tranche/campaign/tally.hpp"

namespace tranche::campaign {

/// Names a condition may use. All are of the finished stage, except core_hours, which counts every
/// stage before it too, and r2, median_error and roughness, which are those of the surrogate that was chosen
/// last. Shares (`fail_rate`, `fail_rate_hi`, `invalid_rate`) run from 0 to 1.
std::span<const std::string> gate_metrics();

/// Reads `fail_rate < 5%`. \throws nothing; an error text instead of a condition.
struct ParsedCondition {
  std::optional<Condition> condition;
  std::string error;       ///< what is wrong, as a sentence
  std::string fix;         ///< what to type; may be empty
  std::size_t offset = 0;  ///< of the mistake, in bytes from the start of the text
};
ParsedCondition parse_condition(std::string_view text);

enum class Verdict : std::uint8_t { open, wait, stop };

struct GateDecision {
  Verdict verdict = Verdict::wait;
  std::vector<std::string> lines;  ///< one per condition: `fail_rate = 3.2 % < 5 %: holds`
};

/// How good a surrogate is, on samples that it has not seen.
struct ModelFacts {
  std::string name;
  double r2 = 0;
  double median_error = 0;  ///< absolute, in the units of the stored output (dex for log10)
  double roughness = 0;
  double chosen_at = 0;  ///< Unix time
};

/// Decides from the facts of the finished stage (and all before it for core_hours). A condition on a model
/// where none has been chosen asks, whatever `otherwise` says.
GateDecision decide_gate(const GateSpec& gate, const Tally& stage, const Tally& so_far,
                         const std::optional<ModelFacts>& model = {});

}  // namespace tranche::campaign
