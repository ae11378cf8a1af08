/// \file
/// What all tried points together say about a simulator, before it is run a million times.
/// Layer: application (cli).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tranche/campaign/spec.hpp"
#include "try_points.hpp"

namespace tranche::cli {

/// Sums over tried points.
class TryTotals {
 public:
  explicit TryTotals(const campaign::CampaignSpec& spec);
  void add(const TryResult& result);

  std::size_t points() const noexcept { return points_; }
  double mean_wall_s() const noexcept;
  /// Warnings, each a sentence or two: threads, waiting, values below the floor.
  std::vector<std::string> advice() const;

 private:
  struct OutputTotals {
    std::uint64_t elements = 0;
    std::uint64_t at_floor = 0;
  };
  std::vector<std::string> advice_on_cores() const;
  std::vector<std::string> advice_on_floors() const;

  const campaign::CampaignSpec& spec_;
  std::size_t points_ = 0;
  double wall_s_ = 0;
  double long_wall_s_ = 0;  ///< of the runs whose CPU time was measured
  double long_cpu_s_ = 0;
  std::vector<OutputTotals> outputs_;
};

/// Values of output `which` within a run's.
std::span<const double> values_of(const campaign::CampaignSpec& spec, const simulate::ForegroundRun& run,
                                  std::size_t which);

/// What is to be said of bins that lie beyond the axis a command wrote; empty if there are none.
std::string extrapolation_text(const campaign::CampaignSpec& spec, const simulate::ForegroundRun& run);

/// The share of one core a run kept busy; nothing for a run too short to tell.
std::optional<double> cpu_share(const RunRecord& record);

}  // namespace tranche::cli
