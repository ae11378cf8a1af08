/// \file
/// What a stage file contains: names, shapes, units, version (docs/formats/store.md).
/// Layer: store (pure part: no HDF5).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tranche/base/ids.hpp"
#include "tranche/campaign/spec.hpp"
#include "tranche/campaign/stage_plan.hpp"

namespace tranche::store {

/// Grows with every change that a reader of the older format would misunderstand.
inline constexpr int format_version = 1;

/// Names of the format at the root of a file; no axis and no output may be called so.
bool is_reserved_name(std::string_view name) noexcept;

/// Facts written as attributes and needed to open a file again.
struct StageLayout {
  StageKey key;
  std::string stage_name;
  IndexRange range;  ///< row k = index range.begin + k
  campaign::CampaignSpec spec;
  std::vector<std::string> stage_names;
  std::vector<std::uint64_t> stage_sizes;  ///< cumulative
  std::string tranche_version;
  std::string simulator_digest;
  std::string simulator_version;  ///< what a command says of itself; empty: it was not asked
  std::string campaign_id;        ///< nonce made with the campaign: files of two campaigns never mix

  /// `r1.s2.h5`, below `store/`.
  std::string file_name() const;
};

}  // namespace tranche::store
