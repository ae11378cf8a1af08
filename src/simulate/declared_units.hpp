/// \file
/// Units that a result file names against those that campaign.yaml has.
/// Layer: adapter (simulate). Made in the zygote; slots inherit it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tranche/campaign/spec.hpp"
#include "tranche/units/unit_system.hpp"

namespace tranche::simulate {

class DeclaredUnits {
 public:
  explicit DeclaredUnits(const campaign::CampaignSpec& spec);

  /// Why the numbers of output `k` cannot be taken as they are; nothing if they can, or if `found` is no unit
  /// (many words are none).
  std::optional<std::string> mismatch(std::size_t k, const std::string& found) const;

 private:
  const campaign::CampaignSpec& spec_;
  std::optional<units::UnitSystem> system_;  ///< if there is anything to compare
};

}  // namespace tranche::simulate
