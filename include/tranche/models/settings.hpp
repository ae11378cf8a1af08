/// \file
/// From section `train` to the trials it means, or to all that is wrong with it.
/// Layer: application library (campaign, learn).
#pragma once

#include <string>
#include <vector>

#include "tranche/campaign/spec.hpp"
#include "tranche/learn/trial.hpp"

namespace tranche::models {

/// All that is wrong with the section, each at its place; empty if a training could begin.
std::vector<Problem> train_problems(const campaign::CampaignSpec& spec, const campaign::TrainSpec& train);

/// One trial for each combination of the sweep. An ensemble of more members than there are trials is trained
/// with so many seeds, unless `seed` is swept. \pre train_problems() finds none
std::vector<learn::TrialSettings> read_trials(const campaign::TrainSpec& train);

/// Name of the output that a trial learns: its own, or the first with an axis, or the first.
/// \pre the campaign has outputs
std::string output_of(const campaign::CampaignSpec& spec, const learn::TrialSettings& trial);

/// `width 256, seed 2`: what tells each trial from the others; empty if nothing does.
std::vector<std::string> labels_of(const std::vector<learn::TrialSettings>& trials);

}  // namespace tranche::models
