/// \file
/// What is known about a campaign as a page of text.
/// Layer: application (cli), pure: files and clock are read by cmd_status.
#pragma once

#include <optional>
#include <string>

#include "estimate.hpp"
#include "health.hpp"
#include "tranche/inspect/text_style.hpp"

namespace tranche::cli {

/// The stage's end against the job's; nothing unless both are known.
std::optional<Estimate> estimate_of(const Sighting& sighting);

/// Share of the slot time that the last job lost at its end; nothing unless it has said so.
std::optional<double> lost_share(const directory::Status& status);

/// How the campaign goes on: `tranche submit` if it was submitted before, else `tranche run`.
std::string way_on(const BatchWord& batch);

/// What a person should type, or wait for. One line.
std::string next_step(const Sighting& sighting);

/// A page within the style's width, whatever names and messages there are.
std::string status_text(const Sighting& sighting, const inspect::TextStyle& style);

}  // namespace tranche::cli
