/// \file
/// Samples of a campaign as matrices: what a trial learns from, or is judged by.
/// Layer: application library (inspect).
#pragma once

#include <Eigen/Core>
#include <cstdint>

#include "tranche/inspect/campaign_view.hpp"
#include "tranche/learn/trial.hpp"

namespace tranche::models {

enum class Part : std::uint8_t { learned, held_out };

struct Samples {
  Eigen::MatrixXd x;  ///< n x parameters, as in campaign.yaml
  Eigen::MatrixXd y;  ///< n x points, as stored
};

/// The first `most` samples of that part: learned from up to the trial's stage, held out of all stages, as
/// the trials are judged. `fraction` is not looked at.
Samples read_samples(const inspect::CampaignView& campaign, const learn::TrialSettings& trial, Part part,
                     std::uint64_t most);

}  // namespace tranche::models
