/// \file
/// Points to try: which ones, and running them one after the other in one slot.
/// Layer: application (cli).
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "commands.hpp"
#include "tranche/inspect/campaign_view.hpp"
#include "tranche/simulate/foreground.hpp"

namespace tranche::cli {

struct TryPoint {
  std::string label;
  std::optional<SampleIndex> index;  ///< of the design; nothing for values chosen by hand
  std::vector<double> x;             ///< parameters, constants, derived
  bool excluded = false;
};

struct TryResult {
  TryPoint point;
  std::vector<simulate::ForegroundRun> runs;  ///< one a repetition
  bool reproducible() const;
};

/// --index and --at as given; otherwise the centre and the first points of the design that are not
/// excluded. \throws ConfigError
std::vector<TryPoint> choose_points(const inspect::CampaignView& view, const TryOptions& options);

/// Runs every point `repeat` times, in order, in a scratch directory that is removed afterwards.
/// \throws Failure{environment} if the plug-in does not load
void try_points(const inspect::CampaignView& view, const std::vector<TryPoint>& points, std::uint32_t repeat,
                const std::function<void(const TryResult&)>& finished);

}  // namespace tranche::cli
