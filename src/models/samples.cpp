#include "tranche/models/samples.hpp"

#include "tranche/inspect/training_rows.hpp"
#include "tranche/learn/hold_out.hpp"
#include "tranche/models/settings.hpp"

namespace tranche::models {
namespace {

using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

Eigen::MatrixXd matrix(const std::vector<double>& values, std::size_t width) {
  return Eigen::Map<const RowMajor>(values.data(), static_cast<Eigen::Index>(values.size() / width),
                                    static_cast<Eigen::Index>(width));
}

}  // namespace

Samples read_samples(const inspect::CampaignView& campaign, const learn::TrialSettings& trial, Part part,
                     std::uint64_t most) {
  const auto& spec = campaign.spec;
  const auto name = output_of(spec, trial);
  inspect::RowQuestion question;
  while (spec.outputs.at(question.output).name != name) ++question.output;
  const auto* stage =
      trial.stage.empty() || part == Part::held_out ? nullptr : campaign.plan.find(trial.stage);
  if (stage != nullptr) question.last_stage = stage->key.stage;
  std::uint64_t found = 0;
  question.wanted = [&](SampleIndex index) {
    const bool held_out = learn::is_held_out(index, trial.hold_out);
    return held_out == (part == Part::held_out) && found < most && ++found > 0;
  };
  std::vector<double> x;
  std::vector<double> y;
  inspect::visit_ok_rows(campaign, question, [&](const inspect::RowBlock& block) {
    x.insert(x.end(), block.x.begin(), block.x.end());
    y.insert(y.end(), block.y.begin(), block.y.end());
  });
  return {matrix(x, spec.parameters.size()), matrix(y, spec.outputs[question.output].size)};
}

}  // namespace tranche::models
