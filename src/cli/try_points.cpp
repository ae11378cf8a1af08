#include "try_points.hpp"

#include <stdlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "parameters.hpp"
#include "tranche/base/errors.hpp"
#include "tranche/directory/scratch_folder.hpp"
#include "tranche/simulate/simulator_files.hpp"

namespace tranche::cli {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse(const std::string& what, const std::string& fix) {
  Problem problem;
  problem.what = what;
  problem.fix = fix;
  throw ConfigError{std::move(problem)};
}

TryPoint design_point(const inspect::CampaignView& view, SampleIndex index) {
  if (index >= view.plan.points())
    refuse("there is no sample " + std::to_string(index),
           "the design has " + std::to_string(view.plan.points()) + " points, counted from 0");
  TryPoint point{"sample " + std::to_string(index), index, std::vector<double>(view.space.width()), false};
  view.space.evaluate(index, point.x);
  point.excluded = !view.space.feasible(point.x);
  return point;
}

TryPoint chosen_point(const inspect::CampaignView& view, const std::string& label,
                      const std::vector<double>& parameters) {
  const auto space = space_of_points(view.spec, {parameters});
  TryPoint point{label, std::nullopt, std::vector<double>(space.width()), false};
  space.evaluate(0, point.x);
  point.excluded = !space.feasible(point.x);
  return point;
}

/// The point that --at changes: sample --index, or the centre.
TryPoint point_at(const inspect::CampaignView& view, const TryOptions& options) {
  auto parameters = centre_of(view.spec);
  std::string label = "centre";
  if (!options.indices.empty()) {
    const auto base = design_point(view, options.indices.front());
    std::copy_n(base.x.begin(), parameters.size(), parameters.begin());
    label = base.label;
  }
  apply_settings(view.spec, options.at, parameters);
  for (const auto& setting : options.at) label += ", " + setting;
  return chosen_point(view, label, parameters);
}

std::vector<TryPoint> usual_points(const inspect::CampaignView& view, std::uint64_t count) {
  std::vector<TryPoint> points;
  if (auto centre = chosen_point(view, "centre", centre_of(view.spec)); !centre.excluded)
    points.push_back(std::move(centre));
  for (SampleIndex index = 0; index < view.plan.points() && points.size() < count; ++index) {
    auto point = design_point(view, index);
    if (!point.excluded) points.push_back(std::move(point));
  }
  points.resize(std::min<std::size_t>(points.size(), count));
  return points;
}

/// Indices of points without one: from the top of the range, where no design reaches.
SampleIndex task_index(const std::vector<TryPoint>& points, std::size_t which) {
  return points[which].index.value_or(max_sample_index - which);
}

simulate::SampleInputs inputs_of(const inspect::CampaignView& view, const std::vector<TryPoint>& points) {
  const auto evaluate = [points](SampleIndex index, std::span<double> x) {
    for (std::size_t k = 0; k < points.size(); ++k)
      if (task_index(points, k) == index) std::copy(points[k].x.begin(), points[k].x.end(), x.begin());
  };
  return {evaluate, [design = view.space.design()](SampleIndex index) { return design.seed_of(index); }};
}

simulate::HostOptions host_options(const inspect::CampaignView& view,
                                   const directory::ScratchFolder& scratch) {
  const auto root = view.paths.root().string();
  simulate::HostOptions options;
  options.campaign_dir = root;
  options.simulator = simulate::require_simulator(root, view.spec.simulator);
  options.scratch_dir = scratch.path();
  return options;
}

}  // namespace

bool TryResult::reproducible() const {
  return std::all_of(runs.begin(), runs.end(), [&](const simulate::ForegroundRun& run) {
    return run.record.state == runs.front().record.state &&
           run.record.checksum == runs.front().record.checksum;
  });
}

std::vector<TryPoint> choose_points(const inspect::CampaignView& view, const TryOptions& options) {
  if (!options.at.empty()) return {point_at(view, options)};
  if (options.indices.empty()) return usual_points(view, options.points);
  std::vector<TryPoint> points;
  for (const auto index : options.indices) points.push_back(design_point(view, index));
  return points;
}

void try_points(const inspect::CampaignView& view, const std::vector<TryPoint>& points, std::uint32_t repeat,
                const std::function<void(const TryResult&)>& finished) {
  const directory::ScratchFolder scratch;
  simulate::SimulatorHost host{view.spec, inputs_of(view, points), host_options(view, scratch)};
  host.start();
  for (std::size_t k = 0; k < points.size(); ++k) {
    TryResult result{points[k], {}};
    const auto stage = points[k].index ? view.plan.stage_of(*points[k].index).key : StageKey{};
    for (std::uint32_t run = 0; run < std::max(1u, repeat); ++run)
      result.runs.push_back(
          simulate::run_one(host, view.spec, {stage.revision, stage.stage, 0, task_index(points, k)}));
    finished(result);
  }
  host.stop(5);
}

}  // namespace tranche::cli
