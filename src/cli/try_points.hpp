/// \file
/// Points to try: which ones, and running them one after the other in one slot.
/// Layer: application (cli).
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "commands.hpp"
#include "tranche/directory/scratch_folder.hpp"
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

/// --index and --at as given; otherwise the centre, corners of the ranges, and the first points of the
/// design, in this order and none of them excluded. \throws ConfigError
std::vector<TryPoint> choose_points(const inspect::CampaignView& view, const TryOptions& options);

/// A point with these parameters, which need not be one of the design.
TryPoint chosen_point(const inspect::CampaignView& view, const std::string& label,
                      const std::vector<double>& parameters);

/// One slot in the foreground, for points known beforehand; its scratch directory goes with it.
class TryHost {
 public:
  /// Of `options`: `with`, and `keep`. \throws Failure{environment} if the simulator cannot be loaded or
  /// opened
  TryHost(const inspect::CampaignView& view, std::vector<TryPoint> points, const TryOptions& options = {});

  /// Runs point number `which` `repeat` times.
  TryResult run(std::size_t which, std::uint32_t repeat);
  /// Moves what the last run of the point has left to `place`. False if it left nothing.
  bool move_kept(std::size_t which, const std::filesystem::path& place) const;
  void stop() { host_.stop(5); }

 private:
  simulate::Task task(std::size_t which) const;

  const inspect::CampaignView& view_;
  std::vector<TryPoint> points_;
  directory::ScratchFolder scratch_;
  simulate::SimulatorHost host_;
  std::uint64_t with_ = 0;
};

}  // namespace tranche::cli
