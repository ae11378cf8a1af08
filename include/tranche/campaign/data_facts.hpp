/// \file
/// Everything in a campaign that decides its data, as comparable lines.
/// Layer: campaign (pure). The same campaign gives the same lines on every machine.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "tranche/campaign/spec.hpp"

namespace tranche::campaign {

/// One decision, e.g. `parameters.R` = `1: range [1e+15, 1e+18], scale log, unit cm`.
struct DataFact {
  std::string key;
  std::string value;
  bool operator==(const DataFact&) const = default;
};

/// In the order of the file. Numbers are written so that they read back exactly; axis values to 12
/// digits, since logarithms may differ by an ulp between machines. Not in it, because they may change
/// freely: timeouts, memory, retries, gates, resources, store.epoch and store.write.
std::vector<DataFact> data_facts(const CampaignSpec& spec);

/// digest128 of the facts, 32 hexadecimal digits.
std::string source_digest(const CampaignSpec& spec);

/// One line per key that differs: `parameters.delta: <old> -> <new>`; `(absent)` where there is none.
std::vector<std::string> describe_difference(std::span<const DataFact> before,
                                             std::span<const DataFact> after);

}  // namespace tranche::campaign
