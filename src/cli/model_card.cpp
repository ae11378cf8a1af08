#include "model_card.hpp"

#include "ask.hpp"
#include "records.hpp"
#include "tranche/models/card.hpp"

namespace tranche::cli {
namespace {

/// Mean over all samples that ran, failed ones included; 0: unknown.
double core_seconds_of_a_sample(const inspect::CampaignView& view) {
  if (!view.lock || !std::filesystem::exists(view.paths.ledger())) return 0;
  if (owner_may_live(directory::look_at_owner(view.paths))) return 0;
  const auto totals = open_ledger(view).totals();
  return totals.finished() == 0 ? 0 : totals.core_s / static_cast<double>(totals.finished());
}

}  // namespace

void write_model_card(const inspect::CampaignView& view, const directory::ModelPaths& paths,
                      const Context& context) {
  const auto card = models::make_card(view, paths, {core_seconds_of_a_sample(view)});
  models::write_card(card, paths);
  context.say("models/" + paths.name() + "/card.html and card.txt are written");
}

}  // namespace tranche::cli
