/// \file
/// One run of a campaign from here: the ranks are started, watched, and tell how it ended.
/// Layer: application (cli).
#pragma once

#include "commands.hpp"
#include "tranche/directory/outcome.hpp"

namespace tranche::cli {

const directory::Outcome& nothing_left();

/// Runs the campaign at `paths`; what the ranks report goes to `data`, progress to the context's stderr.
/// \throws ConfigError, Failure for what stands against it before the ranks start
directory::Outcome run_campaign(const RunOptions& options, const directory::CampaignPaths& paths,
                                Context& context, std::ostream& data);

/// Whether there is nothing left to do.
bool is_finished(const directory::CampaignPaths& paths);

/// Says how it ended, and what to type; returns the exit code.
int tell_outcome(const directory::Outcome& end, Context& context);

}  // namespace tranche::cli
