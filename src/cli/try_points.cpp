#include "try_points.hpp"

#include <algorithm>
#include <utility>

#include "parameters.hpp"
#include "tranche/base/errors.hpp"
#include "tranche/campaign/make_design.hpp"
#include "tranche/campaign/settings.hpp"
#include "tranche/simulate/evidence.hpp"
#include "tranche/simulate/simulator_files.hpp"

namespace tranche::cli {
namespace {

using campaign::CampaignSpec;

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

/// Ends of the ranges: first all lower, then all upper, then mixtures.
std::vector<double> corner_of(const CampaignSpec& spec, std::uint64_t number) {
  std::vector<double> corner;
  for (std::size_t k = 0; k < spec.parameters.size(); ++k) {
    const bool alternates = ((number / 2) >> (k % 32) & 1) != 0;
    const bool upper = (number % 2 != 0) != alternates;
    corner.push_back(campaign::make_domain(spec.parameters[k]).grid_value(upper ? 1 : 0, 2));
  }
  return corner;
}

std::string corner_label(std::uint64_t number) {
  if (number < 2) return number == 0 ? "lower corner" : "upper corner";
  return "corner " + std::to_string(number + 1);
}

std::vector<TryPoint> usual_points(const inspect::CampaignView& view, std::uint64_t count) {
  std::vector<TryPoint> points;
  const auto add = [&](TryPoint point) {
    if (!point.excluded && points.size() < count) points.push_back(std::move(point));
  };
  add(chosen_point(view, "centre", centre_of(view.spec)));
  const std::uint64_t corners = std::uint64_t{1} << std::min<std::size_t>(view.spec.parameters.size(), 20);
  const std::uint64_t wanted = std::min(corners, (count - 1) / 2) + points.size();
  for (std::uint64_t k = 0; k < corners && points.size() < wanted; ++k)
    add(chosen_point(view, corner_label(k), corner_of(view.spec, k)));
  for (SampleIndex index = 0; index < view.plan.points() && points.size() < count; ++index)
    add(design_point(view, index));
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

simulate::HostOptions host_options(const inspect::CampaignView& view, const directory::ScratchFolder& scratch,
                                   const TryOptions& asked) {
  const auto root = view.paths.root().string();
  simulate::HostOptions options;
  options.campaign_dir = root;
  options.simulator = simulate::require_simulator(root, view.spec.simulator);
  options.scratch_dir = scratch.path();
  if (asked.keep) options.keep = simulate::Keep::all;
  return options;
}

std::string settings_of(const inspect::CampaignView& view, const TryOptions& options) {
  if (options.with.empty()) return {};
  return campaign::settings_text(campaign::read_settings(view.spec, joined_settings(options.with)));
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

TryPoint chosen_point(const inspect::CampaignView& view, const std::string& label,
                      const std::vector<double>& parameters) {
  const auto space = space_of_points(view.spec, {parameters});
  TryPoint point{label, std::nullopt, std::vector<double>(space.width()), false};
  space.evaluate(0, point.x);
  point.excluded = !space.feasible(point.x);
  return point;
}

TryHost::TryHost(const inspect::CampaignView& view, std::vector<TryPoint> points, const TryOptions& options)
    : view_{view},
      points_{std::move(points)},
      host_{view.spec, inputs_of(view, points_), host_options(view, scratch_, options)} {
  host_.start();
  with_ = host_.settings(settings_of(view, options));
}

simulate::Task TryHost::task(std::size_t which) const {
  const auto& index = points_[which].index;
  const auto stage = index ? view_.plan.stage_of(*index).key : StageKey{};
  return {stage.revision, stage.stage, 0, task_index(points_, which), 0, with_};
}

TryResult TryHost::run(std::size_t which, std::uint32_t repeat) {
  TryResult result{points_[which], {}};
  for (std::uint32_t run = 0; run < std::max(1u, repeat); ++run)
    result.runs.push_back(simulate::run_one(host_, view_.spec, task(which)));
  return result;
}

bool TryHost::move_kept(std::size_t which, const std::filesystem::path& place) const {
  const auto run = task(which);
  return simulate::move_evidence(scratch_.path(), RunId{run.revision, run.index, run.attempt}, place);
}

}  // namespace tranche::cli
