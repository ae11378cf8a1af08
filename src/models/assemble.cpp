#include "tranche/models/assemble.hpp"

#include <algorithm>
#include <limits>

#include "tranche/base/errors.hpp"
#include "tranche/learn/accuracy.hpp"
#include "tranche/models/samples.hpp"
#include "tranche/models/spread.hpp"
#include "tranche/surrogate/surrogate.hpp"

namespace tranche::models {
namespace {

constexpr std::uint64_t most_judged = 20'000;
constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

surrogate::Surrogate load_trial(const directory::ModelPaths& paths, std::uint64_t number) {
  auto loaded = surrogate::load(paths.trial(number) / "surrogate.h5");
  loaded.members.front().trial = number;
  loaded.provenance.model = paths.name();
  return loaded;
}

/// Points within `window` of a row's largest value.
Eigen::Array<bool, Eigen::Dynamic, Eigen::Dynamic> judged_points(const Eigen::MatrixXd& truth,
                                                                 double window) {
  Eigen::Array<bool, Eigen::Dynamic, Eigen::Dynamic> judged(truth.rows(), truth.cols());
  for (Eigen::Index row = 0; row < truth.rows(); ++row)
    judged.row(row) = truth.row(row).array() >= truth.row(row).maxCoeff() - window;
  return judged;
}

/// Mean of the members, their standard deviation, and how far that is from the truth.
void judge(surrogate::Surrogate& ensemble, const inspect::CampaignView& campaign,
           const learn::TrialSettings& trial, Choice& choice) {
  const auto samples = read_samples(campaign, trial, Part::held_out, most_judged);
  const auto truth = learn::softened(ensemble.members.front().targets.floor_dex, samples.y);
  Eigen::MatrixXd mean = Eigen::MatrixXd::Zero(truth.rows(), truth.cols());
  Eigen::MatrixXd squares = mean;
  for (std::size_t k = 0; k < ensemble.members.size(); ++k) {
    const Eigen::MatrixXd one = ensemble.evaluate_member(k, samples.x);
    const Eigen::MatrixXd step = one - mean;
    mean += step / static_cast<double>(k + 1);  // Welford
    squares += step.cwiseProduct(one - mean);
  }
  const Eigen::MatrixXd spread = (squares / static_cast<double>(ensemble.members.size())).cwiseSqrt();
  const double window = ensemble.log10 ? trial.window : std::numeric_limits<double>::infinity();
  ensemble.accuracy = learn::accuracy(truth, mean, window);
  const auto fit = fit_spread(truth, mean, spread, judged_points(truth, window));
  choice.result.accuracy = ensemble.accuracy;
  choice.result.held_out = static_cast<std::uint64_t>(truth.rows());
  ensemble.spread_scale = choice.spread_scale = fit.scale;
  ensemble.coverage_1 = choice.coverage_1 = fit.coverage_1;
  ensemble.coverage_2 = choice.coverage_2 = fit.coverage_2;
}

/// What members cost adds up.
learn::TrialResult sum_of(const std::vector<learn::TrialResult>& members) {
  auto sum = members.front();
  for (std::size_t k = 1; k < members.size(); ++k) {
    sum.cpu_s += members[k].cpu_s;
    sum.parameters += members[k].parameters;
    sum.latency_us += members[k].latency_us;
  }
  return sum;
}

void require_alike(const surrogate::Surrogate& first, const surrogate::Surrogate& other,
                   std::uint64_t number) {
  if (first.output == other.output && first.points() == other.points()) return;
  throw Failure{ExitCode::usage,
                "trial " + std::to_string(number) + " learned `" + other.output + "` and the best one `" +
                    first.output + "`: they are no ensemble",
                "tranche models --select EXPR --ensemble 1"};
}

}  // namespace

Choice choose(const inspect::CampaignView& campaign, const directory::ModelPaths& paths,
              const Leaderboard& board, const ChoiceOptions& options) {
  const auto results = board.results();
  auto order = Selection{options.select}.ranking(results);
  if (order.empty())
    throw Failure{ExitCode::failure_limit, "no trial of " + paths.name() + " came to a good end",
                  "tranche models " + paths.name() + " says how they ended"};
  order.resize(std::min<std::size_t>(order.size(), options.members));
  Choice choice;
  choice.select = options.select;
  choice.chosen_at = options.now;
  choice.spread_scale = choice.coverage_1 = choice.coverage_2 = unknown;
  std::vector<learn::TrialResult> members;
  for (const auto number : order) {
    choice.trials.push_back(number);
    members.push_back(results[number]);
  }
  choice.result = sum_of(members);
  auto chosen = load_trial(paths, order.front());
  for (std::size_t k = 1; k < order.size(); ++k) {
    auto other = load_trial(paths, order[k]);
    require_alike(chosen, other, order[k]);
    chosen.members.push_back(std::move(other.members.front()));
    chosen.provenance.training_cpu_s += other.provenance.training_cpu_s;
  }
  if (chosen.members.size() > 1) judge(chosen, campaign, board.trials[order.front()], choice);
  surrogate::save(chosen, paths.surrogate());
  write_choice(paths, choice);
  return choice;
}

}  // namespace tranche::models
