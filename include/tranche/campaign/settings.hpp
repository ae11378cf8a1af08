/// \file
/// Other values of constants for some runs of a command: `dt=0.5,n=3`.
/// Layer: campaign (pure).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tranche/campaign/spec.hpp"

namespace tranche::campaign {

/// As a person wrote it. \throws ConfigError unless the simulator is a command, each name is one of its
/// constants and each value a number
std::vector<Setting> read_settings(const CampaignSpec& spec, std::string_view text);

/// `dt=0.5,n=3`: the shortest texts that read back as the same numbers.
std::string settings_text(const std::vector<Setting>& settings);

/// What settings_text() wrote. \throws std::invalid_argument
std::vector<Setting> parse_settings(std::string_view text);

}  // namespace tranche::campaign
