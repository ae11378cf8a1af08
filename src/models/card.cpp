#include "tranche/models/card.hpp"

#include <algorithm>
#include <limits>

#include "tranche/atlas/index_sample.hpp"
#include "tranche/base/errors.hpp"
#include "tranche/inspect/failure_places.hpp"
#include "tranche/inspect/training_rows.hpp"
#include "tranche/learn/hold_out.hpp"
#include "tranche/learn/trial_json.hpp"
#include "tranche/models/curve.hpp"

namespace tranche::models {
namespace {

using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// Numbers of the truth that are held at a time: more samples are thinned.
constexpr std::uint64_t most_numbers = 4'000'000;
constexpr std::uint64_t most_samples = 20'000;
constexpr std::uint64_t fewest_samples = 200;

[[noreturn]] void refuse(const std::string& what, const std::string& fix) {
  throw Failure{ExitCode::usage, what, fix};
}

/// \throws Failure{usage} if the campaign has other parameters, or not the output
std::size_t output_number(const campaign::CampaignSpec& spec, const surrogate::Surrogate& surrogate,
                          const std::string& model) {
  const auto train = "tranche train makes one of this campaign";
  bool same = spec.parameters.size() == surrogate.inputs.size();
  for (std::size_t k = 0; same && k < spec.parameters.size(); ++k)
    same = spec.parameters[k].name == surrogate.inputs[k].name;
  if (!same) refuse("the surrogate of " + model + " has other parameters than campaign.yaml", train);
  for (std::size_t k = 0; k < spec.outputs.size(); ++k)
    if (spec.outputs[k].name == surrogate.output && spec.outputs[k].size == surrogate.points()) return k;
  refuse("the surrogate of " + model + " is of output `" + surrogate.output + "` with " +
             std::to_string(surrogate.points()) + " points, which campaign.yaml has not",
         train);
}

learn::TrialSettings settings_of(const surrogate::Surrogate& surrogate) {
  if (surrogate.provenance.settings.empty()) return {};
  return learn::settings_from_json(surrogate.provenance.settings, "surrogate.h5");
}

/// Which samples of the hold-out to look at: all, or an even part of many.
std::vector<SampleIndex> chosen_samples(const inspect::CampaignView& campaign, inspect::RowQuestion question,
                                        const surrogate::Surrogate& surrogate) {
  const double share = surrogate.provenance.hold_out_share;
  atlas::IndexSample sample{
      static_cast<std::size_t>(std::clamp(most_numbers / surrogate.points(), fewest_samples, most_samples))};
  question.wanted = [&](SampleIndex index) {
    if (learn::is_held_out(index, share)) sample.add(index);
    return false;  // nothing is read yet
  };
  inspect::visit_ok_rows(campaign, question, [](const auto&) {});
  return sample.indices();
}

Eigen::MatrixXd matrix(const std::vector<double>& values, std::size_t width) {
  return Eigen::Map<const RowMajor>(values.data(), static_cast<Eigen::Index>(values.size() / width),
                                    static_cast<Eigen::Index>(width));
}

JudgedRows read_rows(const inspect::CampaignView& campaign, inspect::RowQuestion question,
                     const surrogate::Surrogate& surrogate) {
  const auto chosen = chosen_samples(campaign, question, surrogate);
  if (chosen.empty())
    refuse("no sample of the hold-out is ok: there is nothing to judge the surrogate by", "tranche run");
  question.wanted = [&](SampleIndex index) {
    return std::binary_search(chosen.begin(), chosen.end(), index);
  };
  JudgedRows rows;
  std::vector<double> x;
  std::vector<double> y;
  inspect::visit_ok_rows(campaign, question, [&](const inspect::RowBlock& block) {
    rows.index.insert(rows.index.end(), block.index.begin(), block.index.end());
    x.insert(x.end(), block.x.begin(), block.x.end());
    y.insert(y.end(), block.y.begin(), block.y.end());
  });
  rows.x = matrix(x, surrogate.inputs.size());
  rows.truth = learn::softened(surrogate.members.front().targets.floor_dex, matrix(y, surrogate.points()));
  const auto prediction = surrogate.predict(rows.x);
  rows.predicted = prediction.mean;
  if (surrogate.members.size() > 1) rows.spread = prediction.spread * surrogate.spread_scale;
  return rows;
}

}  // namespace

ModelCard make_card(const inspect::CampaignView& campaign, const directory::ModelPaths& paths,
                    const CardOptions& options) {
  const auto& model = paths.name();
  if (!std::filesystem::exists(paths.surrogate()))
    refuse("model `" + model + "` has no surrogate yet", "tranche train " + model + " --resume");
  ModelCard card;
  card.surrogate = surrogate::load(paths.surrogate());
  const auto& provenance = card.surrogate.provenance;
  if (!campaign.lock || campaign.lock->stamp.campaign_id != provenance.campaign_id)
    refuse("the surrogate of " + model + " is of another campaign",
           "tranche train makes one of this campaign");
  const auto settings = settings_of(card.surrogate);
  card.window = card.surrogate.log10 ? settings.window : std::numeric_limits<double>::infinity();
  inspect::RowQuestion question;
  question.output = output_number(campaign.spec, card.surrogate, model);
  card.rows = read_rows(campaign, question, card.surrogate);
  card.errors =
      hold_out_errors(card.surrogate.inputs, inspect::atlas_axes(campaign.spec), card.rows, card.window);
  card.speed = measure_speed(card.surrogate, card.rows.x);
  card.simulation_core_s =
      provenance.simulation_core_s > 0 ? provenance.simulation_core_s : options.simulation_core_s;
  if (std::filesystem::exists(paths.settings())) {
    card.board = read_leaderboard(paths, {});
    card.board->output = card.surrogate.output;
  }
  card.curve = curve_text(paths);
  card.command = "tranche models " + model + " --card";
  return card;
}

void write_card(const ModelCard& card, const directory::ModelPaths& paths) {
  inspect::TextStyle plain;
  plain.glyphs = inspect::Glyphs::ascii;
  directory::write_atomically(paths.folder() / "card.txt", card_text(card, plain),
                              directory::Durability::fsynced);
  directory::write_atomically(paths.folder() / "card.html", card_html(card), directory::Durability::fsynced);
}

}  // namespace tranche::models
