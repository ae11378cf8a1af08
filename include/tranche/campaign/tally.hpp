/// \file
/// Counters of a stage: what the ledger keeps by one UPDATE per epoch.
/// Layer: campaign (pure).
#pragma once

#include <array>
#include <cstdint>

#include "tranche/base/sample_state.hpp"

namespace tranche::campaign {

/// `samples[state]` counts final states (excluded included, pending derived); sums run over all
/// attempts, so that a retried crash is paid for.
struct Tally {
  std::uint64_t total = 0;  ///< indices of the stage
  std::array<std::uint64_t, sample_state_count> samples{};
  std::uint64_t runs = 0;  ///< attempts recorded
  double wall_s = 0;
  double cpu_s = 0;
  double core_s = 0;  ///< wall x threads per slot

  std::uint64_t of(SampleState state) const { return samples[static_cast<std::size_t>(state)]; }
  std::uint64_t finished() const;  ///< ran to a final state: ok, failed, timeout, crashed, invalid
  std::uint64_t failures() const;  ///< failed + timeout + crashed
  std::uint64_t pending() const;   ///< total - finished - excluded
  double fail_rate() const;        ///< failures / finished; 0 when nothing finished
  double fail_rate_hi() const;     ///< upper end of the 95 % Wilson interval; 1 when nothing finished
  double core_hours() const { return core_s / 3600; }
  Tally& operator+=(const Tally& other);
};

}  // namespace tranche::campaign
