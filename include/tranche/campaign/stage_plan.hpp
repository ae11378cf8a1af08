/// \file
/// Ordered stages of one design revision: which indices each owns.
/// Layer: campaign (pure). The same spec gives the same plan on every machine.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "tranche/base/ids.hpp"
#include "tranche/campaign/spec.hpp"

namespace tranche::campaign {

struct Stage {
  StageKey key;  ///< stage numbers count from 1, dropped stages are not counted
  std::string name;
  IndexRange range;
  GateSpec gate;
};

/// Immutable. Invariants: at least one stage, each with at least one index; ranges contiguous,
/// ascending, from 0; names unique.
class StagePlan {
 public:
  /// Applies the rounding rule of the design (nested_lhs: exact Latin hypercube prefixes; others:
  /// rounded fractions). Stages that come out empty are dropped and named in `notes`.
  static StagePlan build(const CampaignSpec& spec);

  std::span<const Stage> stages() const noexcept { return stages_; }
  const Stage& stage(std::uint8_t number) const { return stages_.at(number - 1u); }
  /// Stage that owns `index`. Precondition: index < points().
  const Stage& stage_of(SampleIndex index) const noexcept;
  /// Stage called `name` (or its number as text), or nullptr.
  const Stage* find(std::string_view name) const noexcept;
  std::uint64_t points() const noexcept { return stages_.back().range.end; }
  /// Cumulative sizes the design was built with (for exact_count the last is larger than points()).
  std::span<const std::uint64_t> design_sizes() const noexcept { return design_sizes_; }
  /// What was rounded or dropped and why, one sentence each.
  std::span<const std::string> notes() const noexcept { return notes_; }

 private:
  std::vector<Stage> stages_;
  std::vector<std::uint64_t> design_sizes_;
  std::vector<std::string> notes_;
};

}  // namespace tranche::campaign
