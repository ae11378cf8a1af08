/// \file
/// The samples of a campaign that a surrogate can learn from.
/// Layer: application (trainer).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <Eigen/Core>

#include "tranche/inspect/campaign_view.hpp"

namespace tranche::trainer {

/// Samples that are `ok`, stage after stage, in the order of their index.
struct Dataset {
  std::vector<SampleIndex> index;
  Eigen::MatrixXd x;  ///< n x parameters, as in campaign.yaml
  Eigen::MatrixXd y;  ///< n x points, as stored
  std::string stages;  ///< names of those that were read
  std::string digest;  ///< of their seals, in order; of a stage that still runs: `open`
};

/// Output number `output` of all stages up to `last` that have a file. Reads columns whole, never row by row.
/// \throws Failure{usage} if there is no ok sample
Dataset read_dataset(const inspect::CampaignView& view, std::size_t output, std::optional<std::uint8_t> last);

}  // namespace tranche::trainer
