/// \file
/// The model card: how good a surrogate is, where it errs, how fast it is, and where it comes from.
/// Layer: application library (inspect, surrogate, report).
#pragma once

#include <optional>
#include <string>

#include "tranche/inspect/campaign_view.hpp"
#include "tranche/inspect/text_style.hpp"
#include "tranche/models/hold_out_errors.hpp"
#include "tranche/models/leaderboard.hpp"
#include "tranche/models/speed.hpp"
#include "tranche/surrogate/surrogate.hpp"

namespace tranche::models {

/// All that a card says. Its two forms are pure functions of it.
struct ModelCard {
  surrogate::Surrogate surrogate;
  JudgedRows rows;       ///< hold-out samples, or a random part of many
  double window = 0;     ///< decades below a spectrum's peak in which errors count; infinity: all points
  HoldOutErrors errors;  ///< on `rows`
  Speed speed;
  double simulation_core_s = 0;  ///< what a sample costs the simulator; 0: unknown
  std::optional<Leaderboard> board;
  std::optional<std::string> curve;  ///< what more samples would bring, as a sentence
  std::string command;               ///< that writes the card again
};

struct CardOptions {
  double simulation_core_s = 0;  ///< where the surrogate does not say it
};

/// Reads models/NAME and the hold-out of the campaign it belongs to, judges, measures.
/// \throws Failure{usage} if there is no surrogate yet, if it is of another campaign, or if no sample of the
/// hold-out is ok; as visit_ok_rows() and load()
ModelCard make_card(const inspect::CampaignView& campaign, const directory::ModelPaths& paths,
                    const CardOptions& options);

/// One file that needs no other.
std::string card_html(const ModelCard& card);
/// The same in about 60 lines.
std::string card_text(const ModelCard& card, const inspect::TextStyle& style);

/// models/NAME/card.html and card.txt, each replaced atomically.
void write_card(const ModelCard& card, const directory::ModelPaths& paths);

}  // namespace tranche::models
