/// \file
/// What `tranche train` is asked for: section `train` with the words of the command line, and the folder it
/// becomes. Layer: application (cli).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "commands.hpp"
#include "tranche/campaign/train.hpp"
#include "tranche/directory/models.hpp"
#include "tranche/inspect/campaign_view.hpp"
#include "tranche/learn/trial.hpp"

namespace tranche::cli {

/// Of a model, beside its trials: models/NAME/train.json.
struct TrainRequest {
  std::vector<learn::TrialSettings> trials;
  std::string select = "median";
  std::uint64_t ensemble = 1;
  bool curve = false;
  std::uint32_t ranks = 1;
};

/// Whether the command line says anything about the trainings.
bool has_words(const TrainOptions& options);

/// The section with the words of the command line. \throws Failure{usage}
campaign::TrainSpec with_words(campaign::TrainSpec train, const TrainOptions& options);

/// The trials that are meant. Without a stage they learn from the last one that is complete, or all that is
/// recorded if none is; `pinned`: from this one. \throws ConfigError with all problems, Failure{usage}
TrainRequest make_request(const inspect::CampaignView& view, const campaign::TrainSpec& train,
                          const TrainOptions& options, const std::optional<std::string>& pinned);

/// Writes trials.json, train.json and campaign.yaml.
void write_request(const directory::ModelPaths& paths, const campaign::CampaignSpec& parent,
                   const TrainRequest& request);
/// Nothing if there is none. \throws DamageError
std::optional<TrainRequest> read_request(const directory::ModelPaths& paths);

/// What is otherwise than in `before`, a line each.
std::vector<std::string> differences(const TrainRequest& before, const TrainRequest& after);

}  // namespace tranche::cli
