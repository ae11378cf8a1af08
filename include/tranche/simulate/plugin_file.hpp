/// \file
/// Where a plug-in is, and what identifies it.
/// Layer: adapter (files).
#pragma once

#include <string>
#include <variant>

#include "tranche/base/checksum.hpp"
#include "tranche/base/errors.hpp"
#include "tranche/campaign/spec.hpp"

namespace tranche::simulate {

/// Absolute path of plug-in `name`: an absolute name as it is, else beside campaign.yaml, else in
/// ../lib/tranche/ as seen from the running program (build and install tree alike). A Problem that lists
/// the places if it is in none of them.
std::variant<std::string, Problem> find_plugin(const std::string& campaign_dir, const std::string& name);

/// As find_plugin, for a campaign's simulator. \throws ConfigError at the place in campaign.yaml
std::string require_plugin(const std::string& campaign_dir, const campaign::SimulatorSpec& simulator);

/// digest128 of a file's bytes. \throws IoError.
Digest file_digest(const std::string& path);

}  // namespace tranche::simulate
