/// \file
/// What `tranche try --keep` leaves of its runs, and how it is shown.
/// Layer: application (cli).
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "tranche/campaign/spec.hpp"
#include "try_points.hpp"

namespace tranche::cli {

/// Where what a point leaves goes: `tried/centre`, `tried/sample-77`. What an earlier one left there is
/// replaced.
std::filesystem::path kept_place(const directory::CampaignPaths& paths, const TryPoint& point);

/// The decks of a command in a kept directory, as the program found them or left them; long ones shortened.
std::string decks_text(const campaign::CampaignSpec& spec, const std::filesystem::path& place);

/// What --keep keeps of this kind of simulator: a sentence for kinds without a directory of each run, else
/// empty.
std::string what_is_kept(const campaign::SimulatorSpec& simulator);

}  // namespace tranche::cli
