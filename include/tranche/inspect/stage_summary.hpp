/// \file
/// What a finished stage says: the look before the next one is paid for.
/// Layer: application library (ledger). The text is a pure function of the facts.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tranche/campaign/forecast.hpp"
#include "tranche/campaign/stage_plan.hpp"
#include "tranche/inspect/text_style.hpp"
#include "tranche/ledger/ledger.hpp"

namespace tranche::inspect {

struct StageFacts {
  ledger::StageRow stage;
  campaign::Tally so_far;                    ///< this stage and all before it
  campaign::WallSummary wall;                ///< of its final runs
  std::vector<ledger::ReasonCount> reasons;  ///< most frequent first
  std::uint64_t remaining = 0;               ///< indices of the stages behind it
  std::uint64_t remaining_to_run = 0;        ///< without those expected to be excluded
  std::uint64_t slots = 1;
  std::optional<campaign::Forecast> forecast;  ///< of remaining_to_run
};

struct StageQuestion {
  StageKey stage;
  std::uint64_t slots = 1;    ///< of the whole job: decides the makespan
  std::uint32_t threads = 1;  ///< per slot
};

/// Reads the ledger. Precondition: the stage is in it. O(runs of the stage).
StageFacts stage_facts(const ledger::Ledger& ledger, const campaign::StagePlan& plan,
                       const StageQuestion& question);

/// A block of lines within the style's width.
std::string stage_summary(const StageFacts& facts, const TextStyle& style);

}  // namespace tranche::inspect
