/// \file
/// The rows a surrogate learns from, or is judged by: samples that are ok, a block at a time.
/// Layer: application library (store). Memory is that of one block, whatever the campaign's size.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tranche/inspect/campaign_view.hpp"

namespace tranche::inspect {

struct RowQuestion {
  std::size_t output = 0;                             ///< its number in campaign.yaml
  std::optional<std::uint8_t> last_stage;             ///< stages up to this one; nothing: all
  std::function<bool(SampleIndex)> wanted;            ///< empty: every sample that is ok
  std::uint64_t block_rows = std::uint64_t{1} << 14;  ///< rows of the store that are read at once
};

/// Rows in ascending order of their index, all of one stage.
struct RowBlock {
  std::vector<SampleIndex> index;
  std::vector<double> x;  ///< index.size() x parameters, as in campaign.yaml
  std::vector<double> y;  ///< index.size() x size of the output, as stored (log10 if so declared)
};

struct RowSources {
  std::string stages;  ///< names of those that were read
  std::string digest;  ///< of their seals, in order; of a stage that still runs: `open`
};

/// Calls `visit` with every block that has a wanted row, stage after stage. Works while the campaign runs:
/// `ok` in a stage file means recorded. Stages without a file are left out.
/// \throws Failure{usage} if the campaign has not begun; as StageReader
RowSources visit_ok_rows(const CampaignView& view, const RowQuestion& question,
                         const std::function<void(const RowBlock&)>& visit);

}  // namespace tranche::inspect
