/// \file
/// Waiting until the live run has ended.
/// Layer: application (cli).
#pragma once

#include <string>

#include "tranche/directory/files.hpp"
#include "tranche/directory/owner.hpp"

namespace tranche::cli {

/// Returns when `owner` does not own the campaign any more: how it ended, in its own words.
std::string wait_for_end(const directory::CampaignPaths& paths, const directory::OwnerView& owner);

}  // namespace tranche::cli
