#include "tranche/models/baselines.hpp"

#include <algorithm>
#include <limits>

#include "tranche/base/errors.hpp"
#include "tranche/campaign/make_design.hpp"
#include "tranche/learn/baselines.hpp"
#include "tranche/models/samples.hpp"
#include "tranche/models/settings.hpp"
#include "tranche/surrogate/surrogate.hpp"

namespace tranche::models {
namespace {

constexpr std::uint64_t most_learned = 20'000;
constexpr std::uint64_t most_judged = 2'000;

/// The one with the most samples.
const learn::TrialSettings& largest(const campaign::StagePlan& plan,
                                    const std::vector<learn::TrialSettings>& trials) {
  const auto stage_of = [&](const learn::TrialSettings& trial) -> int {
    const auto* stage = trial.stage.empty() ? nullptr : plan.find(trial.stage);
    return stage == nullptr ? std::numeric_limits<int>::max() : stage->key.stage;
  };
  return *std::ranges::max_element(trials, [&](const auto& a, const auto& b) {
    return stage_of(a) != stage_of(b) ? stage_of(a) < stage_of(b) : a.fraction < b.fraction;
  });
}

Eigen::MatrixXd scaled(const campaign::CampaignSpec& spec, const Eigen::MatrixXd& x) {
  Eigen::MatrixXd u(x.rows(), x.cols());
  for (Eigen::Index column = 0; column < x.cols(); ++column) {
    const auto& parameter = spec.parameters[static_cast<std::size_t>(column)];
    const auto domain = campaign::make_domain(parameter);
    const surrogate::Input input{parameter.name, parameter.unit,
                                 static_cast<surrogate::Input::Scale>(domain.kind()), domain.lo(),
                                 domain.hi()};
    for (Eigen::Index row = 0; row < x.rows(); ++row) u(row, column) = input.scaled(x(row, column));
  }
  return u;
}

void require_enough(const Samples& learned, const Samples& held_out) {
  if (learned.x.rows() >= 2 && held_out.x.rows() >= 1) return;
  throw Failure{ExitCode::usage,
                "there are " + std::to_string(learned.x.rows()) + " samples to learn from, and " +
                    std::to_string(held_out.x.rows()) + " to judge by: too few",
                "tranche run, another --stage, or --set hold_out=20%"};
}

void require_sense(const Samples& learned, const std::string& output) {
  if (!learned.y.allFinite())
    throw Failure{ExitCode::usage, "output `" + output + "` has samples that are not finite",
                  "checks: [finite]"};
  if ((learned.y.rowwise() - learned.y.row(0)).cwiseAbs().maxCoeff() == 0)
    throw Failure{ExitCode::usage,
                  "output `" + output + "` is the same in all samples: there is nothing to learn",
                  "tranche train --output NAME"};
}

}  // namespace

std::vector<Baseline> compute_baselines(const inspect::CampaignView& campaign,
                                        const std::vector<learn::TrialSettings>& trials) {
  const auto& trial = largest(campaign.plan, trials);
  const auto name = output_of(campaign.spec, trial);
  const auto learned = read_samples(campaign, trial, Part::learned, most_learned);
  const auto held_out = read_samples(campaign, trial, Part::held_out, most_judged);
  require_enough(learned, held_out);
  require_sense(learned, name);
  const auto& output = *std::ranges::find(campaign.spec.outputs, name, &campaign::Output::name);
  const bool log10 = output.transform == campaign::Transform::log10;
  const auto floor = log10 ? trial.targets.floor_dex : std::nullopt;
  const double window = log10 ? trial.window : std::numeric_limits<double>::infinity();
  const Eigen::MatrixXd u = scaled(campaign.spec, learned.x);
  const Eigen::MatrixXd at = scaled(campaign.spec, held_out.x);
  const Eigen::MatrixXd y = learn::softened(floor, learned.y);
  const Eigen::MatrixXd truth = learn::softened(floor, held_out.y);
  const auto judged = [&](const std::string& kind, const Eigen::MatrixXd& predicted) {
    Baseline baseline{kind, {}};
    baseline.result.accuracy = learn::accuracy(truth, predicted, window);
    baseline.result.samples = static_cast<std::uint64_t>(u.rows());
    baseline.result.held_out = static_cast<std::uint64_t>(at.rows());
    return baseline;
  };
  return {judged("nearest", learn::nearest_neighbour(u, y, at)),
          judged("ridge", learn::quadratic_ridge(u, y, at))};
}

}  // namespace tranche::models
